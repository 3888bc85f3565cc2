import { describe, expect, test } from '@jest/globals';
import { outageFacts } from '../../../daemon/alerts/outage-facts.js';
import type { Condition, Finding, Outages } from '../../../daemon/finding.js';
import { blindCondition } from '../../../daemon/policy/conditions.js';
import {
  followOutages,
  outageMs,
  outagesMoved,
  outagesOf,
  withOutages,
} from '../../../daemon/policy/outages.js';

const WINDOW_MS = 600_000;

/** Follows a source that is well or not at each of these seconds. */
function follow(...steps: readonly (readonly [second: number, isSo: boolean])[]): Outages | null {
  return steps.reduce<Outages | null>(
    (before, [second, isSo]) => followOutages(before, isSo, second * 1000, WINDOW_MS),
    null,
  );
}

describe('the account of what comes and goes', () => {
  test('one outage counts from its beginning to its end', () => {
    const outages = follow([0, true], [30, true], [42, false]);
    expect(outages).toEqual({
      sinceMs: 0,
      times: 1,
      endedForMs: 42_000,
      runningSinceMs: null,
      lastEndedMs: 42_000,
    });
  });

  test('flapping adds up in one account, however often', () => {
    const outages = follow([0, true], [5, false], [20, true], [27, false], [600, true]);
    expect(outages).toMatchObject({ sinceMs: 0, times: 3, endedForMs: 12_000, runningSinceMs: 600_000 });
    expect(outageMs(outages as Outages, 603_000)).toBe(15_000);
  });

  test('it is over when all was well for the window, and not a moment before', () => {
    expect(follow([0, true], [5, false], [604, false])).not.toBeNull();
    expect(follow([0, true], [5, false], [605, false])).toBeNull();
    expect(follow([0, true], [5, false], [604, true], [610, false], [1209, false])).not.toBeNull();
  });

  test('without a window it is over at once', () => {
    const begun = followOutages(null, true, 1000, 0);
    expect(followOutages(begun, false, 2000, 0)).toBeNull();
  });

  test('a clock that is set back adds no time and keeps nothing open', () => {
    const begun = followOutages(null, true, 100_000, WINDOW_MS) as Outages;
    expect(outageMs(begun, 40_000)).toBe(0);
    const well = followOutages(begun, false, 40_000, WINDOW_MS);
    expect(well).toMatchObject({ endedForMs: 0, lastEndedMs: 40_000 });
    expect(followOutages(well, false, 30_000, WINDOW_MS)).toBeNull();
  });
});

const BLIND = blindCondition('prague-1', 'cas', 'no notification arrives', 60_000);
const finding = (condition: Condition, firstSeenMs = 0): Finding => ({
  ...condition,
  site: 'prague-1',
  incident: '7f3a',
  firstSeenMs,
  notifiedMs: null,
});
const at = (nowMs: number, examined = true) => ({ examined: () => examined, nowMs, windowMs: WINDOW_MS });

describe('conditions with their account', () => {
  test('what is connected again stays a condition until the window is over', () => {
    const [begun] = withOutages([BLIND], [], at(0));
    const [well] = withOutages([], [finding(begun as Condition)], at(5_000));
    expect(well).toMatchObject({
      fingerprint: BLIND.fingerprint,
      subject: { outages: { times: 1, runningSinceMs: null } },
    });
    const [again] = withOutages([BLIND], [finding(well as Condition)], at(9_000));
    expect(again?.subject).toMatchObject({ outages: { times: 2, endedForMs: 5_000, runningSinceMs: 9_000 } });
    expect(withOutages([], [finding(well as Condition)], at(605_000))).toEqual([]);
  });

  test('nothing moves while nobody knows whether the source is connected: after a restart the outage goes on', () => {
    const [begun] = withOutages([BLIND], [], at(0));
    expect(withOutages([], [finding(begun as Condition)], at(50_000, false))).toEqual([]);
    const [well] = withOutages([], [finding(begun as Condition)], at(50_000));
    expect(well?.subject).toMatchObject({ outages: { endedForMs: 50_000 } });
  });

  test('a finding of an earlier version has been so since it was first seen', () => {
    expect(outagesOf(finding(BLIND, 7_000))).toMatchObject({
      sinceMs: 7_000,
      times: 1,
      runningSinceMs: 7_000,
    });
  });

  test('other conditions pass unchanged', () => {
    const other = { ...BLIND, subject: { what: 'config', detail: 'CONFIG_INVALID' } } as const;
    expect(withOutages([other], [finding(other)], at(0))).toEqual([other]);
  });
});

describe('the words', () => {
  const outages: Outages = {
    sinceMs: 0,
    times: 3,
    endedForMs: 52_000,
    runningSinceMs: null,
    lastEndedMs: 500_000,
  };
  const words = { untilMs: 1_100_000, timeZone: 'UTC', collections: ['admin_users', 'wallet_routes'] };

  test('say how often, how long in all and since when a source was disconnected, and what was missed', () => {
    expect(
      outageFacts(
        finding({ ...BLIND, subject: { ...BLIND.subject, outages } as Condition['subject'] }),
        words,
      ),
    ).toEqual([
      { label: 'Not heard', text: '52 s in all, 3 times, since 1970-01-01 00:00:00 UTC' },
      {
        label: 'Missed',
        text: 'changes of cas (admin_users, wallet_routes) are found by the timed read only, not at once',
      },
    ]);
  });

  test('say between which moments nothing was read', () => {
    const subject = {
      what: 'unreachable',
      source: 'cas',
      detail: 'ECONNREFUSED',
      outages: { ...outages, times: 1 },
    } as const;
    expect(outageFacts(finding({ ...BLIND, subject }), words)[1]?.label).toBe('Missed');
    expect(outageFacts(finding({ ...BLIND, subject }), words)[1]).toEqual({
      label: 'Missed',
      text: 'nothing of cas (admin_users, wallet_routes) was read between 1970-01-01 00:00:00 UTC and 1970-01-01 00:08:20 UTC',
    });
  });
});

const CONFIG: Condition = { ...BLIND, subject: { what: 'config', detail: 'CONFIG_INVALID' } };

describe('what keeps no account', () => {
  test('has none, never had one, and does not linger', () => {
    expect(followOutages(null, false, 5, WINDOW_MS)).toBeNull();
    expect(outagesOf(finding(CONFIG, 7))).toBeNull();
    expect(withOutages([], [finding(CONFIG)], at(5_000))).toEqual([]);
    const words = { untilMs: 1, timeZone: 'UTC', collections: [] };
    expect(outageFacts(finding(CONFIG), words)).toEqual([]);
  });

  test('has none that could move', () => {
    expect(outagesMoved(finding(CONFIG), CONFIG)).toBe(false);
    expect(outagesMoved(finding(CONFIG), withOutages([BLIND], [], at(0))[0] as Condition)).toBe(false);
  });
});

describe('the account as it moves', () => {
  const [begun] = withOutages([BLIND], [], at(0)) as [Condition];
  const [well] = withOutages([], [finding(begun)], at(5_000)) as [Condition];
  const [again] = withOutages([BLIND], [finding(well)], at(9_000)) as [Condition];

  test('moves when it ends for now and when it begins again, and not while it lasts', () => {
    expect(outagesMoved(finding(begun), begun)).toBe(false);
    expect(outagesMoved(finding(begun), well)).toBe(true);
    expect(outagesMoved(finding(well), again)).toBe(true);
    expect(outagesMoved(finding(BLIND), BLIND)).toBe(false);
  });

  test('moves with the number of times alone, when it ended and began between two looks', () => {
    const times = (count: number): Condition =>
      ({
        ...BLIND,
        subject: {
          ...(begun.subject as object),
          outages: { ...(follow([0, true]) as Outages), times: count },
        },
      }) as Condition;
    expect(outagesMoved(finding(times(1)), times(2))).toBe(true);
  });

  test('is of one condition, however often it came', () => {
    expect(withOutages([BLIND], [finding(well)], at(9_000))).toHaveLength(1);
  });

  test('stays where it is when two looks see the same moment', () => {
    expect(follow([0, true], [5, false], [5, false])).toMatchObject({ times: 1, lastEndedMs: 5_000 });
  });
});

describe('the words about a source that was not read', () => {
  const words = { untilMs: 700_000, timeZone: 'UTC', collections: [] };
  const texts = (outages: Partial<Outages>) => {
    const account = { ...(follow([0, true]) as Outages), ...outages };
    const subject = { what: 'unreachable', source: 'cas', detail: 'd', outages: account } as const;
    return outageFacts(finding({ ...BLIND, subject }), words);
  };

  test('say how long in all, and what was missed until it was read again', () => {
    const ended = { times: 2, endedForMs: 52_000, runningSinceMs: null, lastEndedMs: 500_000 };
    expect(texts(ended)).toEqual([
      { label: 'Not read', text: '52 s in all, 2 times, since 1970-01-01 00:00:00 UTC' },
      {
        label: 'Missed',
        text: 'between 1970-01-01 00:00:00 UTC and 1970-01-01 00:08:20 UTC nothing of cas was read for 52 s',
      },
    ]);
  });

  test('count until now while it goes on', () => {
    const [, missed] = texts({ lastEndedMs: 5, times: 2 });
    expect(missed).toMatchObject({ label: 'Missed' });
    expect(missed).toMatchObject({
      text: expect.stringContaining('between 1970-01-01 00:00:00 UTC and 1970-01-01 00:11:40 UTC'),
    });
  });

  test('have no length yet while the first time has only begun', () => {
    expect(texts({ lastEndedMs: 5 })[1]).toEqual({
      label: 'Missed',
      text: 'nothing of cas has been read since then',
    });
  });
});
