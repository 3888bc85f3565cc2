import * as z from 'zod';
import { KINDS } from '../../baselines/index.js';
import { SEVERITIES } from '../../notifiers/index.js';
import { PRODUCTS } from '../alerts/runbook.js';
import { INDICATOR_KINDS } from '../indicators/indicator.js';
import { calledHostileSchema, definitionSchema } from './approvals-wire.js';

/** What daemon and people say to each other about incidents. Both sides read it with these and believe none of it. */

/** Findings of one incident that are shown, the worst first; the rest is counted. */
export const MAX_FINDINGS = 1_000;
/** Resolved incidents that are listed, the newest. */
export const MAX_RESOLVED = 200;

/** Bytes of the answer about one incident: `MAX_FINDINGS` records as they were and are, 64 kB for each side. It is what a daemon that lies can have an approver's process hold. */
export const MAX_INCIDENT_BYTES = 128 * 1024 * 1024;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const id = z.string().regex(/^[0-9a-f]{1,32}$/);
const name = z.string().regex(/^[a-zA-Z0-9_-]{1,255}$/);
const person = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/);
const atMs = z.int().min(0).max(8.64e15);
const count = z.int().min(0);
const words = z.string().max(10_000);
const line = z.string().max(64 * 1024 * 1024);

const labelSchema = z.object({
  collection: name,
  fields: z
    .array(z.object({ name: z.string().max(255), value: line }))
    .max(8)
    .readonly(),
});

const coin = z.string().regex(/^[A-Za-z ]{1,20}$/);
const verdictSchema = z.object({
  field: z.string().max(255),
  path: z.exactOptional(line),
  book: z.enum(['known', 'lookalike', 'unknown', 'pending', 'no-book']),
  label: z.exactOptional(z.string().regex(/^[ -~]{1,64}$/)),
  wrong: z.exactOptional(z.enum(['invalid', 'test-network', 'other-coin'])),
  coin: z.exactOptional(coin),
  expected: z.exactOptional(coin),
  servesCoins: z.exactOptional(z.int().min(2).max(1_000_000)),
  customer: z.exactOptional(z.literal(true)),
});

/** Who was active when a change was first seen. */
const activitySchema = z.object({
  table: z.string().max(300),
  withinMs: count,
  users: z
    .array(
      z.object({ user: z.string().max(10_000), address: z.string().max(10_000).nullable(), agoMs: count }),
    )
    .max(1_000)
    .readonly(),
});

const matchSchema = z.object({
  kind: z.enum(INDICATOR_KINDS),
  value: z.string().max(500),
  feed: name,
  incident: name,
  severity: z.enum(SEVERITIES),
  field: z.string().max(255),
  falsePositives: z.exactOptional(z.string().max(500)),
  own: z.exactOptional(z.string().max(200)),
});

const subjectSchema = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('change'),
    collection: name,
    kind: z.enum(KINDS),
    type: z.enum(['added', 'removed', 'modified', 'ambiguous']),
    key: line,
    before: line.nullable(),
    after: z.array(line).max(10_000),
    lookalikeOf: z.exactOptional(line),
    labelFrom: z.exactOptional(labelSchema),
    linkEnded: z.exactOptional(z.enum(['used', 'expired'])),
    destinations: z.exactOptional(z.array(verdictSchema).max(100).readonly()),
    namedDestination: z.exactOptional(z.literal(true)),
    activity: z.exactOptional(activitySchema),
    sinceMs: z.exactOptional(atMs),
    indicators: z.exactOptional(z.array(matchSchema).max(20).readonly()),
  }),
  z.object({
    what: z.literal('indicator'),
    collection: name,
    kind: z.enum(KINDS),
    key: line.nullable(),
    signed: z.boolean(),
    matches: z.array(matchSchema).max(20).readonly(),
    records: count,
  }),
  z.object({
    what: z.literal('mass-change'),
    collection: name,
    kind: z.enum(KINDS),
    counts: z.object({ added: count, removed: count, modified: count, ambiguous: count }),
    signed: count,
    signedDigest: digest,
  }),
  z.object({
    what: z.literal('unknown'),
    collection: name,
    kind: z.enum(KINDS),
    cause: z.string().regex(/^[a-z-]{1,40}$/),
    detail: words,
  }),
  z.object({ what: z.enum(['unreachable', 'blind']), source: name, detail: words }),
  z.object({
    what: z.literal('log'),
    ...{ source: name, log: words, event: words, id: words, atMs, count, line },
    user: line.nullable(),
    address: line.nullable(),
    matches: z.array(matchSchema).max(20).readonly(),
  }),
  z.object({ what: z.literal('still'), source: name, table: words, maxStillMs: count, detail: words }),
  z.object({
    what: z.literal('approval'),
    code: z.string().regex(/^[A-Z][A-Z0-9_]{2,60}$/),
    file: words.nullable(),
    detail: words,
  }),
  z.object({
    what: z.literal('config'),
    detail: words,
    about: z.exactOptional(z.enum(['certificate', 'indicators'])),
  }),
]);

const incidentSchema = z.object({
  id,
  site: z.string().regex(/^[a-z0-9 -]{1,63}$/),
  state: z.enum(['open', 'acknowledged', 'resolved']),
  severity: z.enum(SEVERITIES),
  revision: digest,
  page: z.int().min(0),
  openedMs: atMs,
  unansweredMs: atMs.nullable(),
  // An older daemon says nothing of what follows.
  topic: z
    .string()
    .regex(/^[a-z:_-][a-zA-Z0-9:_. -]{0,300}$/)
    .optional(),
  event: count.optional(),
  observedMs: atMs.nullable().optional(),
  resolvedMs: atMs.nullable().optional(),
  resolution: words.nullable().optional(),
  /** Of an incident about a source, since when the source is well again; null while it is not. */
  wellSinceMs: atMs.nullable().optional(),
});

export const incidentsSchema = z.object({ incidents: z.array(incidentSchema).max(10_000) });

export const incidentDetailSchema = z.object({
  incident: incidentSchema,
  /** Worst first, `MAX_FINDINGS` at most. */
  open: z
    .array(
      z.object({
        fingerprint: digest,
        severity: z.enum(SEVERITIES),
        subject: subjectSchema,
        firstSeenMs: atMs.optional(),
        notifiedMs: atMs.nullable().optional(),
      }),
    )
    .max(MAX_FINDINGS),
  openCount: z.int().min(0),
  hostile: calledHostileSchema,
  acknowledgement: z.object({ person, reason: words, untilMs: atMs }).nullable(),
  definitions: z.array(definitionSchema).max(5_000),
  /** What the operator wrote into the configuration of the site for whoever reads it. An older daemon says nothing of it. */
  site: z
    .object({
      timeZone: z.string().max(100),
      product: z.enum(PRODUCTS).nullable(),
      runbook: z.array(z.object({ kinds: z.array(z.enum(KINDS)).optional(), text: words })).max(1_000),
    })
    .optional(),
});
export type WireIncident = z.infer<typeof incidentDetailSchema>;

const severity = z.enum(SEVERITIES);
const stepSchema = z.discriminatedUnion('what', [
  z.object({ atMs, what: z.enum(['opened', 'resolved']), words }),
  z.object({ atMs, what: z.literal('found'), count, severity }),
  z.object({
    atMs,
    what: z.literal('ended'),
    count,
    ending: z.enum(['reverted', 'approved', 'superseded', 'cleared']),
  }),
  z.object({
    ...{ atMs, what: z.literal('told'), severity, words },
    role: z.enum(['page', 'follow-up', 'notice']),
  }),
  z.object({ atMs, what: z.literal('acknowledged'), person, reason: words, untilMs: atMs }),
  z.object({
    ...{ atMs, what: z.literal('acknowledgement-ended'), person },
    because: z.enum(['expired', 'something-new', 'renewed', 'resolved']),
  }),
  z.object({ atMs, what: z.literal('called-hostile'), person, count }),
]);

export const timelineSchema = z.object({ steps: z.array(stepSchema).max(1_000), leftOut: count });

const listedSchema = z.object({
  ...{
    id,
    site: z.string().regex(/^[a-z0-9 -]{1,63}$/),
    state: z.enum(['open', 'acknowledged', 'resolved']),
  },
  ...{ severity, title: words, openedMs: atMs, unansweredMs: atMs.nullable(), resolvedMs: atMs.nullable() },
  answeredBy: person.nullable(),
  wellSinceMs: atMs.nullable().optional(),
});

/** What the watch page shows first, as whoever else shows it reads it. */
export const overviewSchema = z.object({
  incidents: z.array(listedSchema).max(10_000),
  incidentsLeftOut: count,
  resolved: z.array(listedSchema).max(1_000),
  degraded: z.array(words).max(10_000),
  nowMs: atMs,
  version: z.string().regex(/^[ -~]{1,40}$/),
});

export const readerSchema = z.object({
  name: person,
  scopes: z.array(z.string().regex(/^[a-z-]{1,20}$/)).max(20),
});

/** The revision is that of what the person saw, whole. */
export const acknowledgeSchema = z.strictObject({ revision: digest, reason: z.string().max(10_000) });

export const acknowledgedSchema = z.object({ incident: id, revision: digest, person, untilMs: atMs });
