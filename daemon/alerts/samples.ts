import { collectionSnapshot, type Definition, encodeValue, recordLine } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import { diffCollection } from '../drift/compare.js';
import { fingerprint } from '../drift/fingerprint.js';
import type { Condition, Ending, Finding } from '../finding.js';
import { type Incident, type IncidentNews, RESOLUTION } from '../incident.js';
import {
  approvalCondition,
  blindCondition,
  conditionsOfCollection,
  configCondition,
  topicOf,
} from '../policy/conditions.js';
import type { AlertContext } from './compose.js';
import { composeIncident, type Message } from './compose-incident.js';

const SITE = 'prague-1';
const OBSERVED_MS = Date.UTC(2026, 10, 24, 2, 13, 7);
const SINCE_MS = OBSERVED_MS - 4_000;
const MINUTE_MS = 60_000;
const DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

const definition = (name: string, kind: Definition['kind'], key: string, columns: string[]): Definition => ({
  ...{ name, kind, source: 'cas', table: `public.${name}`, key: [key], columns, secret: [] },
});
const ROUTES: Definition = {
  ...definition('wallet_routes', 'wallet-route', 'id', ['crypto_currency', 'sell_wallet_address']),
  label: ['crypto_currency'],
};
const ADMINS = definition('admin_users', 'admin', 'username', ['role', 'enabled']);
const TERMINALS = definition('terminals', 'terminal', 'serial_number', ['name', 'active']);
const FILES = definition('cas_files', 'file', 'path', ['sha256', 'mode']);
const SENSOR: Definition = {
  ...definition('sensor_cas', 'sensor', 'object', ['definition']),
  key: ['object', 'identity'],
};
const DEFINITIONS = [ROUTES, ADMINS, TERMINALS, FILES, SENSOR];

const CONTEXT: AlertContext = {
  ...{ site: SITE, timeZone: 'Europe/Prague', canAcknowledge: true, pageUrl: null },
  ...{ incident: '7f3a', observedAtMs: OBSERVED_MS, head: { baselineVersion: 12, journal: DIGEST } },
  definitions: new Map(DEFINITIONS.map((one) => [one.name, one])),
  personal: new Map(),
  guidance: {
    product: 'cas',
    runbook: [
      {
        kinds: ['wallet-route', 'admin', 'terminal'],
        text: 'call the data centre, +420 555 0100: stop host cas-1',
      },
    ],
  },
};

type Row = readonly [key: readonly string[], fields: Readonly<Record<string, string | null>>];

/** What differs between signed rows and those that are there, as the comparison says it. */
function differing(of: Definition, signed: readonly Row[], there: readonly Row[]): readonly Condition[] {
  const [before, after] = [signed, there].map((rows) =>
    collectionSnapshot(
      of,
      rows.map(([key, fields]) =>
        recordLine({
          key,
          fields: new Map(
            Object.entries(fields).map(([name, text]) => [
              name,
              text === null ? null : encodeValue({ form: 'text', text }),
            ]),
          ),
        }),
      ),
    ),
  );
  if (before === undefined || after === undefined) return [];
  const outcome = diffCollection(SITE, before, after);
  return conditionsOfCollection(SITE, of, outcome, { rules: [], unknownGraceMs: 0 }, before);
}

function route(id: string, coin: string, signed: string, there: string): readonly Condition[] {
  const row = (address: string): Row => [[id], { crypto_currency: coin, sell_wallet_address: address }];
  return differing(ROUTES, [row(signed)], [row(there)]);
}

const DIVERTED = route(
  '3',
  'BTC',
  'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
  'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440',
);
const SAME_ENDS = route(
  '5',
  'LTC',
  'ltc1qg9stkxrszkdqsuj92lm4c7akvk36zvhqw7p6ck',
  'ltc1qg9x0cm2qkp7vda3nhe8wztl64sjyf5d0w7p6ck',
);
const NEW_ADMIN = differing(ADMINS, [], [[['gb'], { role: 'superuser', enabled: 'true' }]]);
const NEW_TERMINAL = differing(TERMINALS, [], [[['BT123456'], { name: 'Касса 7', active: 'true' }]]);
const OWN_TERMINAL: Row = [['BT100200'], { name: 'Anděl', active: 'true' }];
const FALSE_TERMINAL = differing(
  TERMINALS,
  [OWN_TERMINAL],
  [OWN_TERMINAL, [['ВТ100200'], { name: 'Anděl', active: 'true' }]],
);
const FUNCTION: readonly string[] = ['function', 'public.round_amount(numeric)'];
const codeOf = (source: string): Row => [FUNCTION, { definition: JSON.stringify({ source }) }];
const CODE = differing(
  SENSOR,
  [codeOf('begin return round($1, 2); end')],
  [codeOf('begin return round($1, 4); end')],
);
const WAR = '/batm/app/master/webapps/admin.war';
const FILE = differing(
  FILES,
  [[[WAR], { sha256: DIGEST, mode: '0644' }]],
  [[[WAR], { sha256: '5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592', mode: '0644' }]],
);
const DENIED = conditionsOfCollection(
  SITE,
  ROUTES,
  { outcome: 'unknown', cause: 'denied', detail: 'SQLSTATE 42501' },
  { rules: [], unknownGraceMs: 0 },
);
const DEAF = blindCondition(SITE, 'cas', 'no notification of our own came back for 10 s', 0);
const KNOWN: Condition = {
  fingerprint: fingerprint('indicator', SITE, 'terminals', '12'),
  ...{ severity: 'high', reason: 'indicator', graceMs: 0 },
  subject: {
    ...{ what: 'indicator', collection: 'terminals', kind: 'terminal', key: '["BT123456"]' },
    ...{ signed: true, records: 1 },
    matches: [
      {
        ...{ kind: 'serial', value: 'BT123456', feed: 'general-bytes', incident: 'general-bytes-2022-08' },
        ...{ severity: 'high', field: 'serial_number' },
        falsePositives: "the example of the vendor's documentation: somebody may have tried things out",
      },
    ],
  },
};
const LINE: Condition = {
  fingerprint: fingerprint('log', SITE, 'cas_log', '1'),
  ...{ severity: 'high', reason: 'pattern login-failed', graceMs: 0 },
  subject: {
    ...{ what: 'log', id: '1', source: 'cas_log', log: '/batm/app/master/logs/admin.log' },
    ...{ event: 'login-failed', atMs: OBSERVED_MS, count: 1, user: 'gb', address: '172.104.237.25' },
    ...{ line: '03:11:58 WARN login of gb from 172.104.237.25 failed', matches: [] },
  },
};
const TWO_OF_ONE_VERSION = approvalCondition(SITE, {
  ...{ code: 'BASELINE_EQUIVOCATION', file: '000013.json', severity: 'critical' },
  detail: 'two statements of version 13 with different bytes are signed',
});
const OLDER = approvalCondition(SITE, {
  ...{ code: 'BASELINE_ROLLED_BACK', file: null, severity: 'critical' },
  detail: 'the newest baseline is 11, and 12 was in force already',
});
const UNUSABLE = configCondition(SITE, '2 problems; "tillwarden check" names each with its line');

const ANSWER: IncidentNews['acknowledged'][number] = {
  ...{ incident: '7f3a', person: 'alice', reason: 'calling the data centre', revision: DIGEST },
  ...{ atMs: OBSERVED_MS - 60 * MINUTE_MS, untilMs: OBSERVED_MS, endedMs: null, ending: null },
};

function found(
  conditions: readonly Condition[],
  about: { readonly sinceMs?: number; readonly incident?: string } = {},
): readonly Finding[] {
  const { sinceMs = SINCE_MS, incident = '7f3a' } = about;
  return conditions.map((one) => ({
    ...one,
    ...{ site: SITE, incident, firstSeenMs: sinceMs, notifiedMs: OBSERVED_MS },
  }));
}

function over(conditions: readonly Condition[], ending: Ending, lastedMs: number): IncidentNews['ended'] {
  return found(conditions, { sinceMs: OBSERVED_MS - lastedMs }).map((one) => ({
    ...{ ...one, ending, endedMs: OBSERVED_MS, unnotified: false },
  }));
}

interface Sample {
  readonly role: Message['role'];
  readonly page?: number;
  readonly alike?: NonNullable<Alert['alike']>;
  readonly incident?: Partial<Incident>;
  readonly news: Partial<IncidentNews>;
}

/** The very same at twelve sites, as a vendor's upgrade makes it (docs/adr/0077). */
const ELSEWHERE = Array.from({ length: 11 }, (_, n) => ({
  site: n < 6 ? `brno-${n + 1}` : `ostrava-${n - 5}`,
  incident: `d4${(n + 16).toString(16)}`,
}));
const RESOLVED = { state: 'resolved', resolvedMs: OBSERVED_MS, unansweredMs: null } as const;
const ANSWERED = { state: 'acknowledged', unansweredMs: null } as const;

const SAMPLES: readonly Sample[] = [
  { role: 'page', news: { fresh: found([...DIVERTED, ...NEW_ADMIN, ...NEW_TERMINAL]), open: 3 } },
  { role: 'page', alike: ELSEWHERE, incident: { id: 'd40e' }, news: { fresh: found(CODE), open: 1 } },
  { role: 'page', page: 2, news: { fresh: found(SAME_ENDS), open: 4 } },
  { role: 'page', incident: { id: 'd40e' }, news: { fresh: found(CODE), open: 1 } },
  { role: 'page', incident: { id: 'f11e' }, news: { fresh: found(FILE), open: 1 } },
  { role: 'page', news: { fresh: found(NEW_ADMIN), open: 1 } },
  {
    ...{ role: 'page', page: 3 },
    news: {
      ...{ fresh: found(DIVERTED, { sinceMs: OBSERVED_MS - 11 * MINUTE_MS }), open: 4 },
      unanswered: { sinceMs: OBSERVED_MS - 10 * MINUTE_MS, noticedMs: OBSERVED_MS },
    },
  },
  { role: 'follow-up', news: { fresh: found(FALSE_TERMINAL), open: 5 } },
  { role: 'follow-up', news: { ended: over(DIVERTED, 'reverted', 252_000), reverts: 1 } },
  { role: 'page', incident: { id: '81c0' }, news: { fresh: found(DENIED), open: 1 } },
  {
    ...{ role: 'follow-up', incident: { id: '81c0', ...RESOLVED, resolution: RESOLUTION.wellAgain } },
    news: { ended: over(DENIED, 'cleared', 9 * MINUTE_MS), resolved: true },
  },
  { role: 'page', incident: { id: '90aa' }, news: { fresh: found([DEAF]), open: 1 } },
  {
    ...{ role: 'follow-up', incident: { id: '90aa', ...RESOLVED, resolution: RESOLUTION.wellAgain } },
    news: { ended: over([DEAF], 'cleared', 185_000), resolved: true },
  },
  { role: 'page', incident: { id: 'b210' }, news: { fresh: found([KNOWN]), open: 1 } },
  { role: 'page', incident: { id: 'c3d1' }, news: { fresh: found([LINE]), open: 1 } },
  {
    role: 'follow-up',
    incident: ANSWERED,
    news: { acknowledged: [{ ...ANSWER, atMs: SINCE_MS, untilMs: SINCE_MS + 60 * MINUTE_MS }], open: 3 },
  },
  {
    ...{ role: 'page', page: 2 },
    news: {
      ...{ fresh: found(DIVERTED, { sinceMs: OBSERVED_MS - 63 * MINUTE_MS }), open: 3 },
      expired: [{ ...ANSWER, endedMs: OBSERVED_MS, ending: 'expired' }],
    },
  },
  {
    role: 'page',
    page: 3,
    news: { expired: [{ ...ANSWER, endedMs: OBSERVED_MS, ending: 'expired' }], open: 3 },
  },
  {
    ...{ role: 'follow-up', incident: { ...RESOLVED, resolution: RESOLUTION.signed } },
    news: { ended: over(DIVERTED, 'approved', 30 * MINUTE_MS), resolved: true },
  },
  { role: 'page', incident: { id: 'a001' }, news: { fresh: found([TWO_OF_ONE_VERSION]), open: 1 } },
  { role: 'page', incident: { id: 'a002' }, news: { fresh: found([OLDER]), open: 1 } },
  { role: 'page', incident: { id: 'c0f1' }, news: { fresh: found([UNUSABLE]), open: 1 } },
];

/**
 * The alerts of made-up incidents, pages and follow-ups of every type there is, composed as those of real ones are: what `tillwarden notify preview`
 * shows is what would be sent.
 */
export function sampleIncidentAlerts(): readonly Alert[] {
  return SAMPLES.map(alertOf);
}

function alertOf({ role, page = 1, alike = [], incident, news }: Sample, index: number): Alert {
  const [first] = [...(news.fresh ?? []), ...(news.ended ?? [])];
  const whole: Incident = {
    ...{ id: '7f3a', site: SITE, topic: first === undefined ? 'drift' : topicOf(first.subject) },
    ...{ state: 'open', severity: first?.severity ?? 'critical', revision: DIGEST, page, event: 1 },
    ...{ openedMs: SINCE_MS, observedMs: OBSERVED_MS, unansweredMs: OBSERVED_MS },
    ...{ resolvedMs: null, resolution: null },
    ...incident,
  };
  return composeIncident(
    { ...CONTEXT, incident: whole.id },
    {
      ...{ incident: whole, since: 0, fresh: [], ended: [], toldBefore: [], open: 0, reverts: 0 },
      ...{ acknowledged: [], expired: [], resolved: false, unanswered: null, ...news },
    },
    { id: fingerprint('sample', String(index)).slice(0, 16), role, page, alike },
  );
}
