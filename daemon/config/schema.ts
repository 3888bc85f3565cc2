import * as z from 'zod';
import { KINDS } from '../../baselines/index.js';
import { endpointUrl, SEVERITIES } from '../../notifiers/index.js';
import { PRODUCTS } from '../alerts/runbook.js';
import { MAY_WAIT } from '../policy/quiet-hours.js';
import { RANKED_OBJECTS } from '../sources/sensor.js';
import { SCOPES } from './api-token.js';
import { isBareOrigin } from './bare-origin.js';
import { containmentSchema } from './containment.js';
import { indicatorsSchema } from './indicators.js';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of 1 to 63 of a-z, 0-9 and -');
const path = z.string().min(1).max(4096);
/** Characters of the name of a column: MySQL has the longest. */
export const MAX_NAME = 64;
const column = z.string().min(1).max(MAX_NAME);
const timeZone = z.string().refine(isTimeZone, 'an IANA time zone such as Europe/Prague');
const ms = (least: number, most: number, fallback: number) => z.int().min(least).max(most).default(fallback);

/** Sites of one configuration. */
export const MAX_SITES = 500;
/** Collections of one source. */
export const MAX_COLLECTIONS = 200;
/** Columns of one collection, and of its key. */
export const MAX_TABLE_COLUMNS = 200;
export const MAX_KEY_COLUMNS = 8;
/** Columns that say who changed a record. */
export const MAX_AUTHORS = 8;

/** Sensor and address book come with their sources and cannot be configured, and tables hold no files. */
const COLLECTION_KINDS = KINDS.filter(
  (kind) => kind !== 'sensor' && kind !== 'file' && kind !== 'address-book' && kind !== 'door',
);
/** Two names with a dot between; one that holds a dot or a quote stands in quotes of its database, doubled inside. The source looks closer. */
const TABLE = /^(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|[^.]+)\.(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|[^.]+)$/s;

const memberPath = z.string().min(1).max(255);

/** A collection as an operator writes it: a definition without its source, and which columns messages show masked. */
export const collectionSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a name of 1 to 63 of a-z, 0-9 and _, a letter first'),
  kind: z.enum(COLLECTION_KINDS),
  table: z.string().max(255).regex(TABLE, 'schema.table, letter by letter as the database spells them'),
  key: z.array(column).min(1).max(MAX_KEY_COLUMNS),
  /** Empty where the key says all there is to say. */
  columns: z.array(column).max(MAX_TABLE_COLUMNS).default([]),
  secret: z.array(column).max(MAX_TABLE_COLUMNS).default([]),
  author: z.array(column).max(MAX_AUTHORS).default([]),
  /** By which people know a record, the most telling first. */
  label: z.array(column).max(8).default([]),
  /** Which columns hold addresses that money goes to; by their names, by default. */
  destination: z.array(column).max(50).default([]),
  labelFrom: z.strictObject({ collection: z.string(), by: column }).optional(),
  personal: z.array(column).max(MAX_TABLE_COLUMNS).default([]),
  touch: z.enum(['auto', 'off']).default('auto'),
  /** Which rows count; of all that are read, by default. Values as the database writes them: `t` for true. */
  rows: z
    .strictObject({
      where: z.record(column, z.string().min(1).max(255)).default({}),
      latest: column.optional(),
      distinct: z.literal(true).optional(),
    })
    .optional(),
  /** Records out of a column of JSON; `key` and `columns` then name parts of these. */
  json: z
    .strictObject({
      column,
      members: z
        .array(z.strictObject({ path: memberPath, field: column, host: column.optional() }))
        .min(1)
        .max(200),
      except: z.array(memberPath).max(1000).default([]),
      restOf: z.array(z.string()).max(MAX_COLLECTIONS).default([]),
    })
    .optional(),
  /** Members left out of columns of JSON, by column: paths. */
  drop: z.record(column, z.array(memberPath).min(1).max(50)).optional(),
  history: z.literal(true).optional(),
  preset: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}@[1-9][0-9]{0,5}$/, 'a name and a version, such as lamassu@1')
    .optional(),
});

const ruleSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9 -]{0,62}$/, '1 to 63 of a-z, 0-9, blank and -')
      .optional(),
    kind: z.enum(KINDS).optional(),
    collection: z.string().min(1).optional(),
    field: z.string().min(1).optional(),
    object: z.enum(RANKED_OBJECTS).optional(),
    schema: z.string().min(1).max(63).optional(),
    severity: z.enum(SEVERITIES),
  })
  .refine(
    ({ kind, collection, field, object, schema }) => kind ?? collection ?? field ?? object ?? schema,
    'at least one of kind, collection, field, object and schema',
  );

/** The dead man's switch. Apart from the rest, for its URL is a secret. */
export const heartbeatSchema = z.strictObject({
  url: z
    .string()
    .refine(
      (text) => endpointUrl.safeParse(text).success,
      'https:// without user, password or #, and http:// only for this machine',
    ),
  intervalMs: ms(500, 3_600_000, 60_000),
  timeoutMs: ms(500, 60_000, 10_000),
  allowPrivateAddress: z.boolean().default(false),
});

/** Names of `heartbeat` that hold a secret. */
export const HEARTBEAT_SECRETS = ['url'] as const;
const some = <T extends z.ZodType>(items: T) => z.array(items).min(1).max(500);

/** What a channel is for. */
export const scopeSchema = z.strictObject({
  severities: some(z.enum(SEVERITIES)).optional(),
  kinds: some(z.enum(KINDS)).optional(),
  sites: some(name).optional(),
});

/** What every notifier can be told beside what its kind can. */
export const everyNotifierSchema = z.strictObject({
  paceMs: ms(0, 60_000, 1_000),
  for: scopeSchema.prefault({}),
});

const escalationSchema = z
  .strictObject({
    afterMs: z.int().min(1_000).max(604_800_000),
    severities: some(z.enum(SEVERITIES)).default(['critical']),
    to: some(name),
    repeatMs: z.int().min(60_000).max(86_400_000).optional(),
    times: z.int().min(1).max(100).default(1),
  })
  .refine((step) => step.repeatMs !== undefined || step.times === 1, {
    path: ['times'],
    message: 'repeatMs as well: the time between two repeats',
  });

const wallClock = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'a time of day from 00:00 to 23:59');

/** Whatever the configuration says, what is critical or high never waits, nor what is about an administrator, a wallet route or a sensor. */
const quietHoursSchema = z
  .strictObject({
    from: wallClock,
    to: wallClock,
    timeZone,
    severities: some(z.enum(MAY_WAIT)).default([...MAY_WAIT]),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'another time than from' });

/** The certificate of the API and its key. */
export const apiTlsSchema = z.strictObject({ certificateFile: path, key: z.string() });

/** People with tokens, and where they are served. There is no API without it. */
export const apiSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(9772),
  /** Checked apart, for its key is a secret. */
  tls: z.unknown().optional(),
  allowCleartext: z.boolean().default(false),
  /** Where people reach the watch page: alerts link to it. */
  pageUrl: z
    .string()
    .max(500)
    .refine(isBareOrigin, 'https://host:port, or http:// to this machine; no path, name or password')
    .optional(),
  people: z
    .array(
      z.strictObject({
        name,
        /** Its form is checked with the rest of the API: where a token was pasted instead, it must not be repeated. */
        tokenDigest: z.string(),
        scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
      }),
    )
    .min(1)
    .max(100),
});

/** The secret at the top of the configuration. */
export const topSecretsSchema = z.strictObject({
  fingerprintKey: z
    .string()
    .regex(/^[0-9a-f]{64,256}$/, '64 to 256 hex digits, such as `openssl rand -hex 32` prints')
    .optional(),
});

/** A line of the operator's own for people who are woken. One line: it stands among the facts of an alert. */
const runbookLineSchema = z.strictObject({
  kinds: some(z.enum(KINDS)).optional(),
  text: z.string().regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,300}$/u, 'one line of 1 to 300 visible characters'),
});

/**
 * The whole configuration, but for sources, notifiers and the heartbeat, which are checked apart. Unknown names are refused everywhere, so that a
 * misspelled one is never silently without effect.
 */
export const configSchema = z.strictObject({
  stateDirectory: path.default('./state'),
  /** A folder of files with one site each; what is in there stands behind `sites` when this is checked. */
  sitesDirectory: path.optional(),
  sites: z
    .array(
      z.strictObject({
        name,
        timeZone: timeZone.default('UTC'),
        product: z.enum(PRODUCTS).optional(),
        runbook: z.array(runbookLineSchema).max(32).default([]),
        sources: z.array(z.unknown()).min(1).max(16),
      }),
    )
    .min(1)
    .max(MAX_SITES),
  baselines: z.strictObject({ directory: path }),
  trust: z.strictObject({
    directory: path,
    root: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and the 64 hex digits of trust root 1'),
  }),
  /** Checked apart, for it is a secret. */
  fingerprintKey: z.unknown().optional(),
  notifiers: z.array(z.unknown()).min(1).max(32),
  rules: z.array(ruleSchema).max(500).default([]),
  indicators: indicatorsSchema,
  timing: z
    .strictObject({
      readIntervalMs: ms(500, 3_600_000, 30_000),
      filesIntervalMs: ms(500, 3_600_000, 30_000),
      unknownGraceMs: ms(0, 3_600_000, 60_000),
      proposalMaxAgeMs: ms(60_000, 2_592_000_000, 86_400_000),
      flapWindowMs: ms(0, 3_600_000, 600_000),
    })
    .prefault({}),
  heartbeat: z.unknown().optional(),
  digest: z
    .strictObject({
      at: z
        .string()
        .regex(/^(?:off|(?:[01]\d|2[0-3]):[0-5]\d)$/, 'a time such as "08:00", or off')
        .default('08:00'),
      timeZone: z.string().refine(isTimeZone, 'an IANA time zone such as Europe/Prague').default('UTC'),
    })
    .prefault({}),
  incidents: z
    .strictObject({
      acknowledgeCriticalForMs: ms(60_000, 86_400_000, 3_600_000),
      acknowledgeOthersForMs: ms(60_000, 604_800_000, 86_400_000),
    })
    .prefault({}),
  /** A folder of runbooks of one's own, for `tillwarden respond`. */
  runbooksDirectory: path.optional(),
  containment: containmentSchema.optional(),
  retention: z
    .strictObject({
      fold: z.boolean().default(true),
      keepMs: ms(2_592_000_000, 315_360_000_000, 34_560_000_000),
    })
    .prefault({}),
  messages: z.strictObject({ showPersonal: z.boolean().default(false) }).prefault({}),
  escalation: z.array(escalationSchema).max(16).optional(),
  quietHours: quietHoursSchema.optional(),
  http: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(9771),
    })
    .prefault({}),
  api: apiSchema.optional(),
  log: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') })
    .prefault({}),
});

/** Names at the top level that hold a secret. */
export const SECRETS = ['fingerprintKey'] as const;

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
