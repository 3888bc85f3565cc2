import { describe, expect, test } from '@jest/globals';
import { atMost, completeAlert } from '../../../daemon/policy/compose.js';
import { composeIncident } from '../../../daemon/policy/compose-incident.js';
import {
  approvalCondition,
  blindCondition,
  conditionsOfCollection,
  configCondition,
  unreachableCondition,
} from '../../../daemon/policy/conditions.js';
import type { Condition, Ending, Finding, UnknownCause } from '../../../daemon/policy/finding.js';
import type { IncidentNews } from '../../../daemon/store/store.js';
import { findingOf, incidentOf, NO_RULES, newsOf, SITE } from './build.js';
import { alertText, expectWords } from './golden.js';
import {
  admin,
  CONTEXT,
  changedContact,
  contact,
  diverted,
  drift,
  NOTICE,
  newAdmin,
  newTerminal,
  route,
  SEEN_MS,
  terminal,
  watched,
} from './words-scene.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MESSAGE = { id: 'a'.repeat(16), standing: 'page', page: 2 } as const;
const FOLLOW_UP = { ...MESSAGE, standing: 'follow-up' } as const;

const fresh = (conditions: readonly Condition[]): Finding[] =>
  conditions.map((one) => findingOf(one, { firstSeenMs: SEEN_MS - HOUR_MS }));
const told =
  (conditions: readonly Condition[], news: Partial<IncidentNews> = {}) =>
  () =>
    alertText(
      composeIncident(
        CONTEXT,
        newsOf({ fresh: fresh(conditions), open: conditions.length, ...news }),
        MESSAGE,
      ),
    );
const followed = (news: Partial<IncidentNews>) => () =>
  alertText(composeIncident(CONTEXT, newsOf(news), FOLLOW_UP));
/** `minutes` after it was first seen. */
const ended = (
  conditions: readonly Condition[],
  ending: Ending,
  { unheard = false, minutes = 4, told: toldMs = 0 as number | null } = {},
): IncidentNews['ended'] =>
  conditions.map((one) => ({
    ...findingOf(one, { firstSeenMs: SEEN_MS - HOUR_MS, toldMs }),
    ending,
    endedMs: SEEN_MS - HOUR_MS + minutes * MINUTE_MS,
    unheard,
  }));
const acknowledgement = (person: string, over = {}): IncidentNews['acknowledged'][number] => ({
  incident: '7f3a',
  person,
  reason: `${person} is looking`,
  revision: 'c'.repeat(64),
  atMs: SEEN_MS,
  untilMs: SEEN_MS + 4 * HOUR_MS,
  endedMs: null,
  ending: null,
  ...over,
});
const unknown = (collection: string, cause: UnknownCause, detail = 'SQLSTATE 42501') =>
  conditionsOfCollection(SITE, watched(collection), { outcome: 'unknown', cause, detail }, NO_RULES);
const approval = (code: string, file: string | null, detail: string) =>
  approvalCondition(SITE, { code, file, detail, severity: 'critical' });
const LAPSES = {
  sinceMs: SEEN_MS - HOUR_MS,
  times: 3,
  endedForMs: 5 * MINUTE_MS,
  runningSinceMs: SEEN_MS - MINUTE_MS,
  lastEndedMs: SEEN_MS - 10 * MINUTE_MS,
};
const lapsing = (condition: Condition, lapses: typeof LAPSES | { runningSinceMs: null }): Condition =>
  ({ ...condition, subject: { ...condition.subject, lapses: { ...LAPSES, ...lapses } } }) as Condition;
const BLIND = blindCondition(SITE, 'cas', 'the canary did not come back', 0);
const UNREACHABLE = unreachableCondition(SITE, 'cas', 'connection refused', 0);
const incident = (over: Parameters<typeof incidentOf>[0]) => ({ incident: incidentOf(over) });
const acknowledged = incident({ state: 'acknowledged' });
const UNANSWERED = { sinceMs: SEEN_MS - 600_000, noticedMs: SEEN_MS };

expectWords('compose', {
  'coins-diverted': told(diverted()),
  'the-whole-attack': told([
    ...newTerminal(),
    ...newAdmin('31', 'gb'),
    ...newAdmin('32', 'аnna'),
    ...changedContact(),
    ...diverted('7'),
    ...diverted('8'),
  ]),
  'admin-that-imitates-a-signed-one': told(
    drift('admin_users', [admin('1', 'anna')], [admin('1', 'anna'), admin('31', 'аnna')]),
  ),
  'admin-changed': told(
    drift(
      'admin_users',
      [admin('1', 'anna')],
      [admin('1', 'anna', { role: 'super', email: 'x@evil.example' })],
    ),
  ),
  'terminal-removed': told(drift('terminals', [terminal('1')], [])),
  'route-twice': told(
    drift('crypto_setting', [route('7')], [route('7'), route('7', { sell_wallet_address: 'bc1qother' })]),
  ),
  'place-in-json-changed': told(
    drift('crypto_setting', [route('7')], [route('7', { options: '{"confirmations":0}' })]),
  ),
  'destination-in-json-changed': told(
    drift(
      'crypto_setting',
      [route('7', { options: '{"payoutAddress":"bc1qa"}' })],
      [route('7', { options: '{"payoutAddress":"bc1qb"}' })],
    ),
  ),
  'contact-changed': told(drift('contacts', [contact('5')], [contact('5', { phone: '+420 999 999 999' })])),
  'drift-beside-others': told(newAdmin(), { open: 4 }),
  'drift-that-flips': told(diverted(), { reverts: 2 }),
  'drift-that-was-changed-back-once': told(diverted(), { reverts: 1 }),
  'drift-acknowledged-reopened': told(diverted(), {
    ...acknowledged,
    acknowledged: [acknowledgement('anna'), acknowledgement('ben')],
  }),
  'drift-unanswered': told(diverted(), { unanswered: UNANSWERED }),
  'drift-beside-unknown': told([...unknown('admin_users', 'denied'), ...newTerminal()]),
  'unknown-first-and-blind': told([BLIND, ...unknown('crypto_setting', 'denied')]),
  unknown: told(unknown('crypto_setting', 'denied')),
  'unknown-twice': told([...unknown('settings', 'timeout'), ...unknown('crypto_setting', 'missing')]),
  'unknown-eleven-times': told(
    Array.from({ length: 11 }, (_, index) =>
      conditionsOfCollection(
        SITE,
        { name: `settings_${index + 1}`, kind: 'config' },
        { outcome: 'unknown', cause: 'timeout', detail: 'SQLSTATE 57014' },
        NO_RULES,
      ),
    ).flat(),
  ),
  unapproved: told(unknown('terminals', 'unapproved')),
  'unapproved-twice': told([...unknown('terminals', 'unapproved'), ...unknown('settings', 'unapproved')]),
  'definition-differs': told(unknown('terminals', 'definition-differs', 'columns')),
  unreachable: told([lapsing(UNREACHABLE, LAPSES)]),
  blind: told([lapsing(BLIND, LAPSES)]),
  'blind-for-the-first-time': told([BLIND]),
  'blind-at-a-source-of-nothing': told([blindCondition(SITE, 'other', 'the canary did not come back', 0)]),
  'configuration-broken': told([configCondition(SITE, 'sites[0].name is missing.')]),
  'baseline-refused': told([
    approval('BASELINE_NOT_ENOUGH_SIGNERS', '000008.json', '1 of 2 needed people signed it.'),
  ]),
  'baseline-refused-twice': told([
    approval('BASELINE_NOT_ENOUGH_SIGNERS', '000008.json', '1 of 2 needed people signed it.'),
    approval('BASELINE_EQUIVOCATION', null, 'There are two of version 8.'),
  ]),
  'baseline-rolled-back': told([
    approval('BASELINE_ROLLED_BACK', null, 'Version 7 is remembered and 6 is the newest on disk.'),
  ]),
  'baseline-expires': told([
    approval('BASELINE_EXPIRES_SOON', null, 'Baseline 7 expires in 7 days or less.'),
    approval('TRUST_EXPIRES_SOON', null, 'Trust root 1 expires in a day or less.'),
  ]),
  'changed-back': followed({ ended: ended(diverted(), 'reverted'), reverts: 1 }),
  'changed-back-twice': followed({
    ended: [
      ...ended(newTerminal('1'), 'reverted', { minutes: 2 }),
      ...ended(newTerminal('2'), 'reverted', { minutes: 9 }),
      ...ended([UNREACHABLE], 'cleared', { minutes: 59, told: null }),
    ],
    open: 1,
    reverts: 2,
  }),
  'changed-back-before-it-was-heard': followed({ ended: ended(diverted(), 'reverted', { unheard: true }) }),
  'high-changed-back': followed({ ended: ended(newTerminal(), 'reverted') }),
  'changed-back-never-told': followed({ ended: ended(diverted(), 'reverted', { told: null }) }),
  'changed-back-once-and-flipped-before': followed({ ended: [], open: 1, reverts: 1 }),
  'changed-again-before-it-was-heard': followed({
    ended: ended(diverted(), 'superseded', { unheard: true }),
    open: 1,
  }),
  'signed-before-it-was-heard': followed({ ended: ended(newTerminal(), 'approved', { unheard: true }) }),
  'new-beside-changed-back-and-over': told(newAdmin(), {
    ended: [
      ...ended(diverted(), 'reverted'),
      ...ended(unknown('settings', 'timeout'), 'cleared', { minutes: 7 }),
      ...ended(newTerminal(), 'approved', { unheard: true }),
    ],
  }),
  'readable-again': followed({
    ended: ended(unknown('crypto_setting', 'denied'), 'cleared', { minutes: 3 }),
  }),
  'source-reachable-again': followed({
    ended: ended([lapsing(UNREACHABLE, { runningSinceMs: null })], 'cleared'),
  }),
  'heard-again': followed({ ended: ended([lapsing(BLIND, { runningSinceMs: null })], 'cleared') }),
  'heard-again-and-other-things-over': followed({
    ended: [...ended([BLIND], 'cleared'), ...ended(unknown('settings', 'timeout'), 'cleared')],
  }),
  'unapproved-no-more': followed({ ended: ended(unknown('terminals', 'unapproved'), 'cleared') }),
  acknowledged: followed({ ...acknowledged, acknowledged: [acknowledgement('anna')], open: 2 }),
  'acknowledged-again': followed({
    ...acknowledged,
    acknowledged: [acknowledgement('anna'), acknowledgement('ben')],
    open: 1,
  }),
  'acknowledgement-ran-out': told(diverted(), {
    expired: [acknowledgement('anna', { ending: 'expired', endedMs: SEEN_MS, untilMs: SEEN_MS })],
  }),
  'acknowledgements-ran-out-of-nothing-left': followed({
    expired: [
      acknowledgement('anna', { untilMs: SEEN_MS - HOUR_MS }),
      acknowledgement('ben', { untilMs: SEEN_MS }),
    ],
  }),
  'acknowledgement-ran-out-of-something-high': followed({
    ...incident({ severity: 'high' }),
    expired: [acknowledgement('anna', { untilMs: SEEN_MS })],
  }),
  'unanswered-and-nothing-left': followed({ unanswered: UNANSWERED }),
  'unanswered-by-a-clock-set-back': followed({
    unanswered: { sinceMs: SEEN_MS, noticedMs: SEEN_MS - 1 },
    open: 1,
  }),
  resolved: followed({
    ...incident({ state: 'resolved', resolution: 'baseline 8 was signed by anna and ben' }),
    resolved: true,
  }),
  'resolved-without-a-word': followed({
    ...incident({ state: 'resolved' }),
    resolved: true,
    acknowledged: [acknowledgement('anna')],
  }),
  'still-open': followed({ open: 3 }),
});

describe('a list cut off', () => {
  const facts = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ label: `${index + 1}`, text: '' }));

  test('says how many more there are, and says nothing when there are none', () => {
    expect(atMost(2, facts(2))).toEqual(facts(2));
    expect(atMost(2, facts(4))).toEqual([...facts(2), { label: 'And more', text: '2' }]);
  });
});

test('an announcement has nothing that it was not given', () => {
  const draft = { type: 'test', standing: 'notice', severity: 'info', title: 't', consequence: 'c' } as const;
  expect(completeAlert(CONTEXT, draft)).toEqual({
    ...draft,
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    ...{ site: SITE, timeZone: 'Europe/Prague', incident: null, state: null, dedupKey: null },
    ...{ facts: [], changes: [], changesLeftOut: 0, nextSteps: [] },
    ...{ observedAtMs: SEEN_MS, head: NOTICE.head },
  });
});
