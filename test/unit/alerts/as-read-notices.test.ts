import type { CollectionSnapshot, TrustRoot } from '../../../baselines/index.js';
import { rootDifference } from '../../../baselines/index.js';
import {
  composeConfigChanged,
  composeInstalled,
  composeTrustChanged,
  type InstalledBaseline,
} from '../../../daemon/alerts/announce.js';
import {
  composeProposalEnded,
  composeProposalWaits,
  composeRejected,
} from '../../../daemon/alerts/announce-approval.js';
import { composeStateEmpty, composeStateRestored } from '../../../daemon/alerts/announce-state.js';
import { composeDigest, type Day, type DigestIncident } from '../../../daemon/alerts/digest.js';
import {
  composeClockJumped,
  composeInternalError,
  composeNotRecording,
  composeRecordingAgain,
} from '../../../daemon/alerts/self-alerts.js';
import type { TrustNews } from '../../../daemon/alerts/trust-news.js';
import { readingTests } from '../../support/reading-tests.js';
import { CONTEXT, conditions, definitionOf, record, snapshot } from '../policy/build.js';
import { asRead } from './as-read.js';

const context = { ...CONTEXT, incident: null };
const monitor = { ...context, site: 'all sites' };
const counts = (site: string, drifted: number, unknown: number) => ({
  site,
  collections: { drifted, unknown },
});
const disk = (...sites: readonly ReturnType<typeof counts>[]) =>
  asRead(
    composeNotRecording(monitor, {
      problem: 'the disk of the state directory is full',
      code: 'STORE_FULL',
      sites,
    }),
  );

const baseline = (
  version: number,
  collections: readonly CollectionSnapshot[],
  recovery: readonly string[] = [],
): InstalledBaseline => ({
  version,
  ancestry: [{ version, recovery }],
  digest: String(version).repeat(64),
  signers: ['anna', 'ben'],
  collections: new Map(collections.map((one) => [one.definition.name, one])),
  expiresMs: Date.UTC(2027, 1, 22),
});
const installed = (
  before: readonly CollectionSnapshot[],
  after: readonly CollectionSnapshot[],
  recovery?: readonly string[],
) =>
  asRead(
    composeInstalled(context, { previous: baseline(7, before), baseline: baseline(8, after, recovery) }),
  );
const settings = (name: string) => snapshot('config', [record('1', { name })]);
const terminals = (name: string) => snapshot('terminal', [record('1', { name })]);
const readOtherwise = (one: CollectionSnapshot): CollectionSnapshot => ({
  ...one,
  definition: { ...definitionOf('config'), table: 'public.other', secret: ['address'] },
});

const root = (roles: readonly string[]): TrustRoot => ({
  format: 'tillwarden-root/1',
  version: 1,
  parent: null,
  created: '2026-01-01T00:00:00.000Z',
  expires: '2027-01-01T00:00:00.000Z',
  people: [{ name: 'anna', roles, keys: [] }],
  rules: [],
  heads: [],
});
const trust = (over: Partial<TrustNews>) =>
  asRead(
    composeTrustChanged(monitor, {
      version: 2,
      digest: '2'.repeat(64),
      signers: ['anna', 'ben'],
      recovery: [],
      difference: null,
      warnings: [],
      ...over,
    }),
  );

const NOW = Date.parse('2026-11-25T07:00:00Z');
const HOUR = 3_600_000;
const digest = (over: Partial<Day> = {}) =>
  asRead(
    composeDigest(monitor, {
      ...{ nowMs: NOW, sinceMs: NOW - 24 * HOUR, countedSinceMs: NOW - 24 * HOUR },
      ...{ reads: 2_880, hints: 3, deliveries: 2, incidents: [], outages: [], suppressed: [], degraded: [] },
      baselines: [{ site: 'prague-1', version: 7, expiresMs: NOW + 2_000 * HOUR }],
      trust: { version: 1, expiresMs: NOW + 2_000 * HOUR },
      channels: [],
      ...over,
    }),
  );
const incident = (id: string, over: Partial<DigestIncident> = {}): DigestIncident => ({
  ...{ id, site: 'prague-1', severity: 'high', topic: 'drift', state: 'open', openedMs: NOW - HOUR },
  ...over,
});
const channel = (name: string, over: Partial<Day['channels'][number]> = {}) => ({
  ...{ name, lastFailedMs: null, lastFailure: null, pending: 0, failed: 0 },
  ...over,
});
const lapse = (what: 'blind' | 'unreachable', endedMs: number | null) => ({
  subject: { what, source: 'cas', detail: 'd' } as const,
  ...{ site: 'prague-1', firstSeenMs: NOW - HOUR, endedMs },
});

const proposal = { version: 8, digest: 'd'.repeat(64), signers: ['anna'] };
const rejected = {
  person: 'anna',
  conditions: conditions('terminal', [record('1', { name: 'a' })], [record('1', { name: 'b' })]),
};
const backup = { backupHead: 'ab'.repeat(32), backupCreated: '2026-11-25T03:00:00.000Z' };
const sites = [{ site: 'prague-1', version: 7 }];

readingTests(import.meta.url, {
  'nothing can be recorded': () => disk(counts('brno-1', 0, 0), counts('prague-1', 0, 0)),
  'nothing can be recorded, and one collection differs': () =>
    disk(counts('brno-1', 0, 2), counts('prague-1', 1, 1), counts('ostrava-1', 0, 0)),
  'nothing can be recorded, and several collections differ': () =>
    disk(counts('brno-1', 1, 0), counts('prague-1', 2, 0)),
  'nothing can be recorded at many sites': () =>
    disk(...Array.from({ length: 14 }, (_, index) => counts(`site-${index}`, 1, 0))),
  'recording works again': () => asRead(composeRecordingAgain(monitor, 65_000)),
  'the clock jumped forward': () => asRead(composeClockJumped(monitor, 3_600_000)),
  'the clock was set back': () => asRead(composeClockJumped(monitor, -90_000)),

  'a part of the daemon fails': () =>
    asRead(
      composeInternalError(monitor, {
        part: 'watching source cas of prague-1',
        code: 'DAEMON_DEFECT',
        kind: 'TypeError',
      }),
    ),

  'the state was restored': () =>
    asRead(composeStateRestored(monitor, { ...backup, replacedHead: 'cd'.repeat(32) })),
  'the state was restored where there was none': () =>
    asRead(composeStateRestored(monitor, { ...backup, replacedHead: null })),
  'the memory of versions is lost': () => asRead(composeStateEmpty(monitor, { sites, lost: true })),
  'the memory of versions begins': () => asRead(composeStateEmpty(monitor, { sites, lost: false })),

  'a day without anything': () => digest(),
  'a day with everything': () =>
    digest({
      countedSinceMs: NOW - HOUR,
      incidents: [
        incident('0001', { openedMs: NOW - HOUR }),
        incident('0002', { openedMs: NOW - 2 * HOUR, state: 'acknowledged' }),
        incident('0003', { severity: 'critical' }),
      ],
      baselines: [
        { site: 'brno-1', version: 3, expiresMs: NOW + HOUR },
        { site: 'prague-1', version: 7, expiresMs: NOW },
        { site: 'plzen-1', version: 8, expiresMs: null },
        { site: 'ostrava-1', version: null, expiresMs: NOW },
      ],
      trust: { version: 2, expiresMs: NOW - HOUR },
      outages: [lapse('blind', NOW - HOUR / 2), lapse('unreachable', null)],
      suppressed: [
        { label: 'Muted', text: 'terminals of prague-1' },
        { label: 'Expected', text: '2 changes of brno-1' },
      ],
      channels: [
        channel('well'),
        channel('recovered', { lastFailedMs: NOW - 24 * HOUR, lastFailure: 'HTTP 503' }),
        channel('failed lately', { lastFailedMs: NOW - 24 * HOUR + 1, lastFailure: 'HTTP 503' }),
        channel('waits', { pending: 1 }),
        channel('gave up', { failed: 2 }),
        channel('both', { pending: 1, failed: 1, lastFailedMs: NOW, lastFailure: 'HTTP 500' }),
      ],
      degraded: ['no heartbeat is configured'],
    }),
  'a day without a trust root, with what is acknowledged only': () =>
    digest({ trust: null, incidents: [incident('0001', { state: 'acknowledged' })] }),

  'a proposal waits': () => asRead(composeProposalWaits(context, proposal)),
  'a proposal ended': () => asRead(composeProposalEnded(context, { version: 8, how: 'expired' })),
  'a change of an incident was called hostile': () => asRead(composeRejected(CONTEXT, rejected)),
  'a change of no incident was called hostile': () => asRead(composeRejected(context, rejected)),

  'the first baseline': () =>
    asRead(composeInstalled(context, { previous: null, baseline: baseline(1, [settings('a')]) })),
  'a baseline that changes nothing': () => installed([settings('a')], [settings('a')]),
  'a baseline with a lesser change': () => installed([settings('a')], [settings('b')]),
  'a baseline with a change of high severity': () => installed([terminals('a')], [terminals('b')]),
  'a baseline that reads a collection differently': () =>
    installed([settings('a')], [readOtherwise(settings('b'))]),
  'a baseline with a key that was signed twice before': () => {
    const twice = snapshot('terminal', [record('1', { name: 'a' }), record('1', { name: 'a' })]);
    return installed([twice], [twice]);
  },
  'a baseline signed with recovery keys': () =>
    installed([settings('a')], [settings('a')], ['vault', 'safe', 'vault']),

  'a trust root after one that is not known': () => trust({}),
  'a trust root that changes roles, with warnings': () =>
    trust({
      difference: rootDifference(root(['owner']), root(['tech'])),
      warnings: ['no recovery key is left'],
    }),
  'a trust root that changes nothing': () =>
    trust({ difference: rootDifference(root(['owner']), root(['owner'])) }),
  'a trust root signed with a recovery key': () => trust({ recovery: ['safe'] }),
  'a configuration that changed': () =>
    asRead(composeConfigChanged(monitor, ['notifiers: ops removed', 'rules: 1 more'])),
});
