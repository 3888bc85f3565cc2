import { KINDS, recordLine } from '../../../baselines/index.js';
import { composeIncident } from '../../../daemon/alerts/compose-incident.js';
import { sensorWords } from '../../../daemon/alerts/words/sensor.js';
import { consequence, happened, headline } from '../../../daemon/alerts/words.js';
import type { ChangeType } from '../../../daemon/drift/change.js';
import type { UnknownCause } from '../../../daemon/drift/compare.js';
import { divertsMoney } from '../../../daemon/drift/diverts.js';
import type { Condition, Ending } from '../../../daemon/finding.js';
import type { IncidentNews } from '../../../daemon/incident.js';
import {
  approvalCondition,
  blindCondition,
  configCondition,
  unreachableCondition,
} from '../../../daemon/policy/conditions.js';
import { readingTests } from '../../support/reading-tests.js';
import {
  CONTEXT,
  conditions,
  definitionOf,
  findingOf,
  incidentOf,
  newsOf,
  oneCondition,
  record,
  SITE,
  unknownCondition,
} from '../policy/build.js';
import { asRead } from './as-read.js';

const TYPES: readonly ChangeType[] = ['added', 'removed', 'modified', 'ambiguous'];
const CAUSES: readonly UnknownCause[] = [
  ...(['unreachable', 'denied', 'row-security', 'timeout', 'too-large', 'missing'] as const),
  ...(['not-a-table', 'moving', 'failed', 'definition-differs', 'not-configured', 'unapproved'] as const),
];

/** A small site, and a table of another source. */
const DEFINITIONS = new Map(
  [
    ...(['wallet-route', 'admin', 'terminal'] as const).map((kind) => definitionOf(kind)),
    { ...definitionOf('config'), source: 'other' },
  ].map((definition) => [definition.name, definition]),
);

const tell = (found: readonly Condition[], news: Partial<IncidentNews> = {}) =>
  asRead(
    composeIncident(
      { ...CONTEXT, definitions: DEFINITIONS },
      newsOf({
        fresh: found.map((one) => findingOf(one, { firstSeenMs: CONTEXT.observedAtMs - 65_000 })),
        open: found.length,
        ...news,
      }),
      { id: 'a'.repeat(16), role: 'page', page: 2 },
    ),
  );
const ended = (found: readonly Condition[], ending: Ending, unnotified = false): IncidentNews['ended'] =>
  found.map((one, index) => ({
    ...findingOf(one, { firstSeenMs: 1_000 * index }),
    ending,
    endedMs: 60_000 * (index + 1),
    unnotified,
  }));
const address = (id: string, before: string, after: string) =>
  conditions('wallet-route', [record(id, { address: before })], [record(id, { address: after })]);
const moved = address('7', 'bc1signed', 'bc1thief');
const problem = (code: string, detail: string) =>
  approvalCondition(SITE, { code, file: '000008.json', detail, severity: 'high' });
const unreachable = unreachableCondition(SITE, 'cas', 'ECONNREFUSED', 0);
const blind = blindCondition(SITE, 'cas', 'no notification arrives', 0);
const answer: IncidentNews['acknowledged'][number] = {
  incident: '7f3a',
  person: 'anna',
  reason: 'looking at it',
  revision: 'c'.repeat(64),
  atMs: 1,
  untilMs: CONTEXT.observedAtMs,
  endedMs: null,
  ending: null,
};
const later = { ...answer, person: 'ben' };
const acknowledged = { incident: incidentOf({ state: 'acknowledged' }), open: 1 };
const resolvedBy = (resolution: string) => ({
  incident: incidentOf({ state: 'resolved', resolution }),
  resolved: true,
  open: 0,
});
const signed = resolvedBy('people signed what had changed');
const over = resolvedBy('it is so no more');
const unanswered = { sinceMs: CONTEXT.observedAtMs - 600_000, noticedMs: CONTEXT.observedAtMs };

readingTests(import.meta.url, {
  'every change of every kind': () =>
    KINDS.flatMap((kind) =>
      TYPES.flatMap((type) =>
        [false, ...(kind === 'wallet-route' ? [true] : [])].map((diverts) =>
          [
            `${kind} ${type}${diverts ? ' of where money goes' : ''}`,
            `  ${happened(kind, type, diverts, 1)} · ${happened(kind, type, diverts, 2)}`,
            `  ${headline(kind, type, diverts)}`,
            `  ${consequence(kind, type, diverts)}`,
          ].join('\n'),
        ),
      ),
    ).join('\n'),
  'objects of a database by their sort': () => {
    const lineOf = (object: string, definition: object) =>
      recordLine({
        key: [object, 'x'],
        fields: new Map([['definition', JSON.stringify(definition)]]),
      }).line;
    const words = (
      type: ChangeType,
      object: string,
      after: object,
      before: object | null = type === 'added' ? null : {},
    ) => {
      const sides = { before: before && lineOf(object, before), after: [lineOf(object, after)] };
      const about = { what: 'change', collection: 'sensor_cas', kind: 'sensor', type, key: '[]' } as const;
      const said = sensorWords({ ...about, ...sides });
      return said && [`${object}: ${said.happened(1)} · ${said.happened(2)}`, `  ${said.consequence}`];
    };
    const place = (oid: string) => ({ place: { majorVersion: 18, oid, systemIdentifier: '7' } });
    return [
      words('modified', 'database', place('2'), place('1')),
      words('added', 'trigger', { reach: 'ours' }),
      words('modified', 'trigger', { enabled: 'trigger switched off' }),
      ...['function', 'role', 'rule', 'watched-table', 'membership', 'bound-setting', 'routine'].map(
        (object) => words('added', object, {}),
      ),
      [`something else: ${words('added', 'toString', {}) === null ? 'as an object of the database' : ''}`],
    ]
      .flatMap((lines) => lines ?? [])
      .join('\n');
  },
  'what says where money goes': () =>
    (
      [
        ['wallet-route', ['note', 'sell_wallet']],
        ['wallet-route', ['note']],
        ['terminal', ['address']],
      ] as const
    )
      .map(([kind, names]) => `${kind} ${names.join(', ')}: ${divertsMoney(kind, names)}`)
      .join('\n'),

  'a wallet route pays elsewhere': () => tell(moved),
  'a new administrator and a removed terminal': () =>
    tell([oneCondition('admin', 'added'), oneCondition('terminal', 'removed')]),
  'two records that share a key': () => tell([oneCondition('contact', 'ambiguous')]),
  'a change beside something unknown that is worse': () =>
    tell([unknownCondition('wallet-route', 'denied'), oneCondition('terminal', 'modified')]),
  ...Object.fromEntries(
    CAUSES.map((cause) => [
      `a collection that is unknown: ${cause}`,
      () => tell([unknownCondition('terminal', cause)]),
    ]),
  ),
  'two collections without a baseline': () =>
    tell([unknownCondition('terminal', 'unapproved'), unknownCondition('admin', 'unapproved')]),
  'ten collections without a baseline': () =>
    tell(Array.from({ length: 10 }, () => unknownCondition('terminal', 'unapproved'))),
  'two unknown collections': () =>
    tell([unknownCondition('terminal', 'timeout'), unknownCondition('admin', 'denied')]),
  'a source that cannot be read': () => tell([unreachable]),
  'a source that cannot be heard': () => tell([blind]),
  'a configuration that cannot be used': () => tell([configCondition(SITE, 'CONFIG_INVALID')]),
  'a baseline that does not count': () => tell([problem('BASELINE_X', 'too few have signed.')]),
  'a baseline that is older than the remembered one': () =>
    tell([problem('BASELINE_ROLLED_BACK', 'version 8 is gone')]),
  'a baseline that expires': () => tell([problem('BASELINE_EXPIRES_SOON', 'baseline 8 expires in 7 d')]),
  'a trust root that has expired': () =>
    tell([approvalCondition(SITE, { code: 'TRUST_EXPIRED', file: null, detail: 'd', severity: 'high' })]),
  'two things of which one expires': () =>
    tell([problem('BASELINE_EXPIRES_SOON', 'baseline 8 expires in 7 d'), problem('BASELINE_X', 'wrong')]),

  'one record is back': () =>
    tell([], { ended: ended([oneCondition('terminal', 'modified')], 'reverted'), open: 0 }),
  'two records are back, others still open': () =>
    tell([], {
      ended: ended(
        ['1', '2'].map((id) => oneCondition('admin', 'added', id)),
        'reverted',
      ),
      open: 3,
    }),
  'what nobody heard of is back': () => tell([], { ended: ended(moved, 'reverted', true), open: 0 }),
  'it changed again before anybody heard of it': () =>
    tell(address('7', 'bc1signed', 'bc1other'), { ended: ended(moved, 'superseded', true) }),
  'everything unnotified changed again': () => tell([], { ended: ended(moved, 'superseded', true), open: 1 }),
  'it was signed before anybody heard of it': () =>
    tell([], { ...signed, ended: ended(moved, 'approved', true) }),
  'it was heard of, and signed': () => tell([], { ...signed, ended: ended(moved, 'approved') }),
  'a collection can be compared again': () =>
    tell([], { ...over, ended: ended([unknownCondition('terminal', 'timeout')], 'cleared') }),
  'a source can be read again': () => tell([], { ...over, ended: ended([unreachable], 'cleared') }),
  'a source can be heard again': () => tell([], { ...over, ended: ended([blind], 'cleared') }),
  'a source that nobody was notified of is connected again': () =>
    tell([], { ended: ended([blind], 'cleared').map((one) => ({ ...one, notifiedMs: null })), open: 1 }),
  'one thing over, another ended unnotified': () =>
    tell([], {
      ended: [...ended([unreachable], 'cleared'), ...ended(moved, 'superseded')],
      open: 1,
    }),

  'it is acknowledged': () => tell([], { ...acknowledged, acknowledged: [answer] }),
  'it is acknowledged twice': () => tell([], { ...acknowledged, acknowledged: [answer, later] }),
  'the acknowledgement ran out': () => tell([], { expired: [answer, later], open: 1 }),
  'the acknowledgement ran out, everything is as it was': () => tell(moved, { expired: [answer] }),
  'nobody answers': () => tell(moved, { unanswered }),
  'nobody answers, and nothing is left to show': () => tell([], { unanswered, open: 1 }),
  'it is resolved': () =>
    tell([], {
      incident: incidentOf({ state: 'resolved', resolution: 'it is so no more' }),
      resolved: true,
      open: 0,
    }),
  'it is resolved after it was acknowledged': () =>
    tell([], {
      incident: incidentOf({ state: 'resolved', resolution: 'people signed what had changed' }),
      acknowledged: [answer],
      resolved: true,
      open: 0,
    }),
  'nothing changed since': () => tell([], { open: 2 }),
  'it was changed and changed back': () => tell(moved, { reverts: 2 }),
});
