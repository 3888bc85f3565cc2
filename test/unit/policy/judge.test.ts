import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CollectionSnapshot, RecordLine } from '../../../baselines/index.js';
import { type CollectionOutcome, compareCollection } from '../../../daemon/drift/compare.js';
import type { Condition, Ending, Finding, Outages } from '../../../daemon/finding.js';
import {
  approvalCondition,
  blindCondition,
  conditionsOfCollection,
  configCondition,
} from '../../../daemon/policy/conditions.js';
import { incidentMayResolve, isQuiet, type JudgeInput, judge } from '../../../daemon/policy/judge.js';
import type { Severity } from '../../../notifiers/index.js';
import {
  definitionOf,
  findingOf,
  GRACE_MS,
  NO_RULES,
  oneCondition,
  record,
  SITE,
  snapshot,
  unknownCondition,
  unknownOutcome,
} from './build.js';

const terminals = definitionOf('terminal');
const A = record('1', { name: 'a' });
const B = record('1', { name: 'b' });
const C = record('1', { name: 'c' });
const of = (...records: RecordLine[]) => snapshot('terminal', records);

const judged = (input: Partial<JudgeInput>) =>
  judge({
    conditions: [],
    open: [],
    examined: () => true,
    outcomes: new Map(),
    signed: new Map(),
    nowMs: 0,
    ...input,
  });

/** Judges one collection, as it is, against what was open. */
function judgeTerminals(
  signed: CollectionSnapshot | null,
  observed: CollectionSnapshot | CollectionOutcome,
  open: readonly Finding[],
  nowMs = 0,
) {
  const outcome =
    'outcome' in observed
      ? observed
      : compareCollection({
          site: SITE,
          configured: terminals,
          signed,
          reading: { readable: true, snapshot: observed },
        });
  return judged({
    conditions: conditionsOfCollection(SITE, terminals, outcome, NO_RULES),
    open,
    examined: ({ subject }) => subject.what !== 'change' || outcome.outcome !== 'unknown',
    outcomes: new Map([[terminals.name, outcome]]),
    signed: new Map(signed === null ? [] : [[terminals.name, signed]]),
    nowMs,
  });
}
const openAfter = (...args: Parameters<typeof judgeTerminals>): Finding[] =>
  judgeTerminals(...args).appeared.map((condition) => findingOf(condition));
const endings = (verdict: ReturnType<typeof judge>) => verdict.ended.map(({ ending }) => ending);

describe('a change', () => {
  test('notifies people once, at once, and not again for as long as it lasts', () => {
    const first = judgeTerminals(of(A), of(B), []);
    expect(first.appeared).toHaveLength(1);
    expect(first.notify).toEqual(first.appeared);
    const again = judgeTerminals(
      of(A),
      of(B),
      first.appeared.map((one) => findingOf(one)),
      1e9,
    );
    expect(isQuiet(again)).toBe(true);
  });

  test('notifies people again when it comes back after it ended', () => {
    const open = openAfter(of(A), of(B), []);
    expect(endings(judgeTerminals(of(A), of(A), open))).toEqual(['reverted']);
    expect(judgeTerminals(of(A), of(B), []).notify).toHaveLength(1);
  });

  test.each<[string, CollectionSnapshot, CollectionSnapshot, CollectionSnapshot, CollectionSnapshot, Ending]>(
    [
      ['went back to what is signed', of(A), of(B), of(A), of(A), 'reverted'],
      ['was added and vanished', of(), of(A), of(), of(), 'reverted'],
      ['was removed and came back', of(A), of(), of(A), of(A), 'reverted'],
      ['was doubled and is single again', of(A), of(A, B), of(A), of(A), 'reverted'],
      ['was signed', of(A), of(B), of(B), of(B), 'approved'],
      ['was added and signed', of(), of(A), of(A), of(A), 'approved'],
      ['was removed and signed', of(A), of(), of(), of(), 'approved'],
      ['changed again and that was signed', of(A), of(B), of(C), of(C), 'approved'],
      ['changed again', of(A), of(B), of(A), of(C), 'superseded'],
      ['was removed instead', of(A), of(B), of(A), of(), 'superseded'],
      ['stayed while something else was signed', of(A), of(B), of(C), of(B), 'superseded'],
      ['went back while it was being signed', of(A), of(B), of(B), of(A), 'superseded'],
    ],
  )('that %s has ended', (_how, signed, observed, signedNow, observedNow, ending) => {
    const open = openAfter(signed, observed, []);
    expect(open).toHaveLength(1);
    const verdict = judgeTerminals(signedNow, observedNow, open);
    expect(endings(verdict)).toEqual([ending]);
    expect(verdict.appeared).toHaveLength(ending === 'superseded' ? 1 : 0);
  });

  test('of one record does not replace that of another', () => {
    const open = openAfter(of(A), of(B), []);
    const other = record('2', { name: 'x' });
    const verdict = judgeTerminals(of(A), of(A, other), open);
    expect(endings(verdict)).toEqual(['reverted']);
  });

  test('stays open while its collection is unknown: what can still be said', () => {
    const open = openAfter(of(A), of(B), []);
    const verdict = judgeTerminals(of(A), unknownOutcome('denied'), open);
    expect(verdict.ended).toEqual([]);
    expect(verdict.notify).toMatchObject([{ subject: { what: 'unknown', cause: 'denied' } }]);
  });

  test('of a collection that people signed away is over, and without any baseline nobody signed that', () => {
    const open = openAfter(of(A), of(B), []);
    const signed = new Map([['another', of()]]);
    expect(endings(judged({ open, signed }))).toEqual(['approved']);
    expect(endings(judged({ open }))).toEqual(['reverted']);
  });

  test('notifies people once even if it is found twice in one look', () => {
    const one = oneCondition('terminal', 'added');
    expect(judged({ conditions: [one, one] }).appeared).toHaveLength(1);
  });
});

describe('an unknown collection', () => {
  const timeout = unknownCondition('terminal', 'timeout');

  test('notifies people when the grace is over, once', () => {
    const first = judgeTerminals(of(A), unknownOutcome('timeout'), [], 1000);
    expect(first).toMatchObject({ appeared: [{}], notify: [] });
    const open = first.appeared.map((one) => findingOf(one, { firstSeenMs: 1000, notifiedMs: null }));
    expect(judgeTerminals(of(A), unknownOutcome('timeout'), open, 1000 + 4_999).notify).toEqual([]);
    expect(judgeTerminals(of(A), unknownOutcome('timeout'), open, 1000 + 5_000).notify).toEqual(open);
    const found = open.map((one) => ({ ...one, notifiedMs: 1000 + GRACE_MS }));
    expect(isQuiet(judgeTerminals(of(A), unknownOutcome('timeout'), found, 1e9))).toBe(true);
  });

  test('that recovers within the grace ends without anybody having been notified', () => {
    const open = [findingOf(timeout, { notifiedMs: null })];
    const verdict = judgeTerminals(of(A), of(A), open, GRACE_MS);
    expect(verdict.notify).toEqual([]);
    expect(endings(verdict)).toEqual(['cleared']);
  });

  test('stays so until it has been compared, whatever the cause changes to', () => {
    const open = [findingOf(timeout, { notifiedMs: null })];
    const verdict = judgeTerminals(of(A), unknownOutcome('denied'), open, GRACE_MS);
    expect(verdict.ended).toEqual([]);
    expect(verdict.notify.map(({ subject }) => subject.what === 'unknown' && subject.cause)).toEqual([
      'denied',
      'timeout',
    ]);
  });

  test('notifies people also when it alternates between causes', () => {
    let open: Finding[] = [];
    const found: Condition[] = [];
    for (let nowMs = 0; nowMs <= GRACE_MS; nowMs += 30_000) {
      const cause = (nowMs / 30_000) % 2 === 0 ? 'timeout' : 'failed';
      const verdict = judgeTerminals(of(A), unknownOutcome(cause), open, nowMs);
      found.push(...verdict.notify);
      const notifiedMs = found.length > 0 ? nowMs : null;
      open = [...open, ...verdict.appeared.map((one) => findingOf(one, { firstSeenMs: nowMs }))].map(
        (finding) => ({ ...finding, notifiedMs }),
      );
    }
    expect(found).toHaveLength(1);
  });

  test('notifies people when the clock was set back, rather than never', () => {
    const open = [findingOf(timeout, { firstSeenMs: 1e12, notifiedMs: null })];
    expect(judgeTerminals(of(A), unknownOutcome('timeout'), open, 5).notify).toHaveLength(1);
  });
});

describe('whatever is not a collection', () => {
  const blind = blindCondition(SITE, 'cas', 'no answer', GRACE_MS);

  test('ends when it was looked at and is so no more', () => {
    expect(endings(judged({ open: [findingOf(blind)] }))).toEqual(['cleared']);
  });

  test('stays open when nobody looked, and notifies nobody for that', () => {
    const verdict = judged({
      open: [findingOf(blind, { notifiedMs: null })],
      examined: () => false,
      nowMs: 1e9,
    });
    expect(isQuiet(verdict)).toBe(true);
  });
});

test.each([
  ['changed again', of(A), of(C), 500],
  ['is compared with another signature now', of(C), of(B), undefined],
])('a record that %s is known since it was last as signed', (_how, signedNow, observedNow, sinceMs) => {
  const [finding] = openAfter(of(A), of(B), []);
  if (finding === undefined) throw new Error('there is no difference');
  const { appeared } = judgeTerminals(signedNow, observedNow, [{ ...finding, firstSeenMs: 500 }]);
  expect(appeared.map(({ subject }) => subject.what === 'change' && subject.sinceMs)).toEqual([sinceMs]);
});

test('the reason counts what was decided', () => {
  const open = openAfter(of(A), of(B), []);
  expect(judgeTerminals(of(A), of(C), open).reason).toBe('1 appeared, 1 told, 1 superseded, 1 still open');
  expect(judgeTerminals(of(A), of(A), open).reason).toBe('1 reverted, 0 still open');
});

test('what is open afterwards is exactly what is so now, for any sequence of states', () => {
  const states = fc.array(
    fc.tuple(fc.subarray([A, record('2'), record('3')]), fc.subarray([B, C, record('2'), record('4')])),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(states, (sequence) => {
      let open: Finding[] = [];
      for (const [signed, observed] of sequence) {
        const verdict = judgeTerminals(of(...signed), of(...observed), open);
        const ended = new Set(verdict.ended.map(({ finding }) => finding.fingerprint));
        open = [
          ...open.filter(({ fingerprint }) => !ended.has(fingerprint)),
          ...verdict.appeared.map((one) => findingOf(one)),
        ];
        const now = openAfter(of(...signed), of(...observed), []);
        expect(open.map(({ fingerprint }) => fingerprint).sort()).toEqual(
          now.map(({ fingerprint }) => fingerprint).sort(),
        );
        expect(verdict.notify).toEqual(verdict.appeared);
      }
    }),
  );
});

describe('an incident of which nothing is open', () => {
  const ended = (kind: 'wallet-route' | 'terminal', ending: Ending, endedMs = 100) => ({
    ...oneCondition(kind, 'modified'),
    ending,
    endedMs,
  });
  const isSettledByPeople = (one: { readonly ending: Ending; readonly severity: Severity }) =>
    one.ending === 'approved' || (one.ending === 'reverted' && one.severity === 'critical');
  const unknown = { ...unknownCondition('wallet-route', 'denied'), ending: 'cleared' as const, endedMs: 100 };

  test.each([
    ['a critical change was signed', [ended('wallet-route', 'approved')], null, true],
    ['a change that is not critical was reverted', [ended('terminal', 'reverted')], null, true],
    ['a critical change was reverted', [ended('wallet-route', 'reverted')], null, false],
    [
      'one of several critical changes was reverted',
      [ended('wallet-route', 'approved'), ended('wallet-route', 'reverted')],
      null,
      false,
    ],
    [
      'a critical change was replaced by one that was signed',
      [ended('wallet-route', 'superseded'), ended('wallet-route', 'approved')],
      null,
      true,
    ],
    [
      'a critical change was reverted and a baseline is older',
      [ended('wallet-route', 'reverted')],
      99,
      false,
    ],
    [
      'a critical change was reverted and people signed since',
      [ended('wallet-route', 'reverted')],
      100,
      true,
    ],
    [
      'another was reverted after people signed',
      [ended('wallet-route', 'reverted', 50), ended('wallet-route', 'reverted', 150)],
      100,
      false,
    ],
    ['a critical collection was unknown and is compared again', [unknown], null, true],
    ['nothing was ever told', [], null, true],
  ] as const)('%s', (_what, all, installedMs, resolves) => {
    const resolution = incidentMayResolve(all, () => installedMs);
    expect(resolution.resolves).toBe(resolves);
    expect(resolution.reason).toMatch(/^[a-z ;]+$/);
    expect(resolution.reason.startsWith('people signed')).toBe(resolves && all.some(isSettledByPeople));
  });
});

describe('an incident of which something was suppressed', () => {
  const about = (id: string, ending: Ending, endedMs: number) => ({
    ...oneCondition('terminal', 'modified', id),
    ending,
    endedMs,
  });
  const reason = (...ended: readonly ReturnType<typeof about>[]) =>
    incidentMayResolve(ended, () => null).reason;

  test('is never called signed as a whole', () => {
    expect(reason(about('1', 'approved', 100), about('2', 'superseded', 200))).toBe(
      'people signed some of it, and what they signed in advance about the rest began or ended',
    );
    expect(reason(about('1', 'reverted', 100), about('2', 'superseded', 200))).toBe(
      'what people signed in advance about it began or ended',
    );
  });

  test('is called so only by what became of each record last', () => {
    for (const endedMs of [100, 200]) {
      expect(reason(about('1', 'approved', endedMs), about('1', 'superseded', 100))).toBe(
        'people signed what had changed',
      );
    }
    expect(reason(about('1', 'superseded', 100), about('1', 'reverted', 200))).toBe('it is so no more');
  });
});

describe('something wrong with a file', () => {
  const problem = (code: string, detail: string, file: string | null = '000003.json') =>
    approvalCondition(SITE, { code, file, detail, severity: 'low' });
  const month = problem('BASELINE_EXPIRES_SOON', 'in 30 days or less');
  const week = problem('BASELINE_EXPIRES_SOON', 'in 7 days or less');
  const over = problem('BASELINE_EXPIRED', 'expired');

  test('notifies people at each stage of its expiry, and no stage is announced as over when the next one begins', () => {
    const open = [findingOf(month)];
    expect(judged({ conditions: [month], open }).notify).toEqual([]);
    const next = judged({ conditions: [week], open });
    expect(next.notify).toEqual([week]);
    expect(next.ended.map(({ ending }) => ending)).toEqual(['superseded']);
    const last = judged({ conditions: [over], open: [findingOf(week)] });
    expect(last.notify).toEqual([over]);
    expect(last.ended.map(({ ending }) => ending)).toEqual(['superseded']);
  });

  test('is over when nothing is wrong with that file any more, whatever is wrong with others', () => {
    const other = problem('BASELINE_FORMAT', 'bad', '000004.json');
    const verdict = judged({ conditions: [other, problem('X', 'no file', null)], open: [findingOf(over)] });
    expect(verdict.ended.map(({ ending }) => ending)).toEqual(['cleared']);
    const nameless = judged({
      conditions: [problem('X', 'b', null)],
      open: [findingOf(problem('X', 'a', null))],
    });
    expect(nameless.ended.map(({ ending }) => ending)).toEqual(['cleared']);
  });
});

describe('what comes and goes', () => {
  const blind = blindCondition(SITE, 'cas', 'no answer', GRACE_MS);
  const account: Outages = {
    sinceMs: 1_000,
    times: 1,
    endedForMs: 0,
    runningSinceMs: 1_000,
    lastEndedMs: null,
  };
  const lapsing = (over: Partial<Outages>): Condition => ({
    ...blind,
    subject: { what: 'blind', source: 'cas', detail: 'd', outages: { ...account, ...over } },
  });
  const begun = findingOf(lapsing({}), { firstSeenMs: 1_000, notifiedMs: null });
  const at = (nowMs: number, now: Partial<Outages>, open = begun) =>
    judged({ conditions: [lapsing(now)], open: [open], nowMs });

  test('notifies people once it was so for its grace in all, however often it was well between', () => {
    const flapping = { times: 3, endedForMs: 20_000, runningSinceMs: 500_000 };
    expect(at(500_000 + GRACE_MS - 20_001, flapping).notify).toEqual([]);
    expect(at(500_000 + GRACE_MS - 20_000, flapping).notify).toHaveLength(1);
  });

  test('notifies people with its outages as they are now, while it is so, and not while it is well', () => {
    const long = { times: 2, endedForMs: GRACE_MS, runningSinceMs: 500_000 };
    expect(at(500_000, long).notify).toMatchObject([{ subject: { outages: { times: 2 } } }]);
    expect(at(1e9, { ...long, runningSinceMs: null, lastEndedMs: 400_000 }).notify).toEqual([]);
  });

  test('notifies people when the clock was set back before its beginning, rather than never', () => {
    expect(at(999, {}).notify).toHaveLength(1);
    expect(at(1_000, {}).notify).toEqual([]);
  });

  test('notifies nobody for what was so before its outages were counted', () => {
    const early = { ...begun, firstSeenMs: 0 };
    const account = { sinceMs: GRACE_MS, runningSinceMs: GRACE_MS };
    expect(at(GRACE_MS, account, early).notify).toEqual([]);
  });

  test('is altered when it ends for now or comes again, and is so no less for it', () => {
    const well = at(5_000, { runningSinceMs: null, endedForMs: 4_000, lastEndedMs: 5_000 });
    expect(well).toMatchObject({ altered: [{ subject: { outages: { endedForMs: 4_000 } } }], ended: [] });
    expect(isQuiet(well)).toBe(false);
    expect(isQuiet(at(5_000, {}))).toBe(true);
  });
});

describe('a verdict', () => {
  const change = oneCondition('terminal', 'added');
  const unknown = unknownCondition('terminal', 'timeout');

  test('is quiet only when nothing appeared, is to be notified, is altered or ended', () => {
    const quiet = judged({});
    expect(isQuiet(quiet)).toBe(true);
    const ended = [{ finding: findingOf(change), ending: 'reverted' as const }];
    for (const news of [{ appeared: [change] }, { notify: [change] }, { altered: [change] }, { ended }]) {
      expect(isQuiet({ ...quiet, ...news })).toBe(false);
    }
  });

  test('waits for the grace where a finding was first seen at this very moment', () => {
    const open = [findingOf(unknown, { firstSeenMs: 5_000, notifiedMs: null })];
    expect(judged({ conditions: [unknown], open, nowMs: 5_000 }).notify).toEqual([]);
  });

  test('leaves it to what was examined whether a change of an unknown collection still lasts', () => {
    const outcomes = new Map([[terminals.name, unknownOutcome('denied')]]);
    expect(endings(judged({ open: [findingOf(change)], outcomes }))).toEqual(['reverted']);
  });

  test('keeps what was unknown where nobody looked and nothing was compared', () => {
    expect(isQuiet(judged({ open: [findingOf(unknown)], examined: () => false }))).toBe(true);
  });

  test('takes only news of the same record or file for a successor', () => {
    const config = configCondition(SITE, 'd');
    const verdict = judged({ conditions: [config], open: [findingOf(unknown)] });
    expect(endings(verdict)).toEqual(['cleared']);
  });
});

describe('the reason for which an incident resolves', () => {
  const { subject } = oneCondition('terminal', 'modified');
  const end = (ending: Ending) => ({ subject, severity: 'high' as const, ending, endedMs: 1 });
  const suppressed = 'what people signed in advance about it began or ended';

  test.each([
    [['approved', 'superseded'], 'people signed what had changed'],
    [['superseded'], suppressed],
    [['superseded', 'cleared'], 'it is so no more'],
    [['reverted'], 'it is so no more'],
    [[], 'it is so no more'],
  ] as const)('after %j is "%s"', (all, reason) => {
    expect(incidentMayResolve(all.map(end), () => null)).toEqual({ resolves: true, reason });
  });

  test('is not that somebody signed who answers for another collection', () => {
    const reverted = { ...end('reverted'), severity: 'critical' as const, endedMs: 5 };
    const answered = (name: string) => () => new Map([[name, 6]]);
    const { subject } = reverted;
    const own = subject.what === 'change' ? subject.collection : '';
    const by = (name: string) => incidentMayResolve([reverted], (one) => answered(name)().get(one) ?? null);
    expect([by('another').resolves, by(own).resolves]).toEqual([false, true]);
  });

  test('is never that nobody installed a baseline, also at the beginning of time', () => {
    const reverted = { ...end('reverted'), severity: 'critical' as const, endedMs: 0 };
    expect(incidentMayResolve([reverted], () => null).resolves).toBe(false);
  });
});
