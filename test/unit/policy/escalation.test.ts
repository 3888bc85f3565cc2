import { describe, expect, test } from '@jest/globals';
import type { TakenStep } from '../../../daemon/incident.js';
import {
  DEFAULT_ESCALATION,
  dueSteps,
  type EscalationStep,
  escalatedTo,
  nextStepMs,
  overdue,
  stepName,
} from '../../../daemon/policy/escalation.js';
import { incidentOf } from './build.js';

const MINUTE = 60_000;
const START = 1_000_000_000;
const incident = incidentOf({ unansweredMs: START });
const phone: EscalationStep = {
  afterMs: 10 * MINUTE,
  severities: ['critical'],
  to: ['phone'],
  repeatMs: null,
  times: 0,
};
const repeated: EscalationStep = { ...phone, afterMs: 30 * MINUTE, repeatMs: 5 * MINUTE, times: 2 };
const taken = (step: EscalationStep, time: number, afterStartMs: number): TakenStep => ({
  step: stepName(step),
  time,
  atMs: START + afterStartMs,
});
const due = (afterStartMs: number, steps: readonly EscalationStep[], done: readonly TakenStep[] = []) =>
  dueSteps(incident, done, steps, START + afterStartMs).map(({ step, time }) => [
    step.afterMs / MINUTE,
    time,
  ]);

describe('a step of the ladder', () => {
  test('is due when its time is over, and once', () => {
    expect(due(10 * MINUTE - 1, [phone])).toEqual([]);
    expect(due(10 * MINUTE, [phone])).toEqual([[10, 1]]);
    expect(due(60 * MINUTE, [phone], [taken(phone, 1, 10 * MINUTE)])).toEqual([]);
  });

  test('is for its severities only', () => {
    const high = incidentOf({ severity: 'high', unansweredMs: START });
    expect(dueSteps(high, [], [phone], START + 60 * MINUTE)).toEqual([]);
    expect(dueSteps(high, [], [{ ...phone, severities: ['high'] }], START + 60 * MINUTE)).toHaveLength(1);
  });

  test('is not due while somebody answers', () => {
    expect(dueSteps(incidentOf({ unansweredMs: null }), [], [phone], START + 60 * MINUTE)).toEqual([]);
    expect(nextStepMs(incidentOf({ unansweredMs: null }), [], [phone])).toBeNull();
  });

  test('is repeated at its interval, as often as it says', () => {
    const done = [taken(repeated, 1, 31 * MINUTE)];
    expect(due(36 * MINUTE - 1, [repeated], done)).toEqual([]);
    expect(due(36 * MINUTE, [repeated], done)).toEqual([[30, 2]]);
    done.push(taken(repeated, 2, 36 * MINUTE));
    expect(due(41 * MINUTE, [repeated], done)).toEqual([[30, 3]]);
    done.push(taken(repeated, 3, 41 * MINUTE));
    expect(due(999 * MINUTE, [repeated], done)).toEqual([]);
    expect(nextStepMs(incident, done, [repeated])).toBeNull();
  });

  test('is due once however many repeats were missed', () => {
    expect(due(999 * MINUTE, [phone, repeated])).toEqual([
      [10, 1],
      [30, 1],
    ]);
  });

  test('is known again when the configuration lists it elsewhere, and is another when it says something else', () => {
    const done = [taken(phone, 1, 10 * MINUTE)];
    expect(due(20 * MINUTE, [repeated, phone], done)).toEqual([]);
    expect(due(20 * MINUTE, [{ ...phone, to: ['mail'] }], done)).toEqual([[10, 1]]);
  });

  test('comes no later than twice its time when the clock is set back', () => {
    expect(due(-9 * MINUTE, [phone])).toEqual([]);
    expect(due(-10 * MINUTE - 1, [phone])).toEqual([[10, 1]]);
  });

  test('is waited for until it is due', () => {
    expect(nextStepMs(incident, [], [repeated, phone])).toBe(START + 10 * MINUTE);
    expect(nextStepMs(incident, [taken(phone, 1, 10 * MINUTE)], [repeated, phone])).toBe(START + 30 * MINUTE);
    expect(nextStepMs(incident, [], [])).toBeNull();
  });
});

describe('an escalation goes to', () => {
  const channels = ['slack', 'mail', 'phone'].map((name) => ({ name, parts: ['message'] }));
  const to = (step: EscalationStep, found: readonly string[]) =>
    escalatedTo(step, channels, new Set(found)).map(({ name }) => name);

  test('the channels it names, notified already or not', () => {
    expect(to(phone, [])).toEqual(['phone']);
    expect(to({ ...phone, to: ['phone', 'slack'] }, ['slack'])).toEqual(['slack', 'phone']);
  });

  test('the next one that was not notified, unless configured otherwise, and to all when all were', () => {
    const [step = phone] = DEFAULT_ESCALATION;
    expect(to(step, ['slack'])).toEqual(['mail']);
    expect(to(step, ['slack', 'mail'])).toEqual(['phone']);
    expect(to(step, ['slack', 'mail', 'phone'])).toEqual(['slack', 'mail', 'phone']);
  });
});

describe('overdue is', () => {
  const late = (over: Parameters<typeof incidentOf>[0], steps: readonly EscalationStep[], afterMs: number) =>
    overdue([incidentOf({ unansweredMs: START, ...over })], steps, START + afterMs).length === 1;

  test('what nobody answered for by the first step for its severity', () => {
    expect(late({}, [repeated, phone], 10 * MINUTE - 1)).toBe(false);
    expect(late({}, [repeated, phone], 10 * MINUTE)).toBe(true);
    expect(late({}, [{ ...phone, afterMs: 60 * MINUTE }], 30 * MINUTE)).toBe(false);
    expect(late({ unansweredMs: null }, [phone], 999 * MINUTE)).toBe(false);
  });

  test('what is critical after ten minutes, also without a step for it', () => {
    expect(late({}, [], 10 * MINUTE)).toBe(true);
    expect(late({}, [{ ...phone, severities: ['high'] }], 10 * MINUTE - 1)).toBe(false);
    expect(late({ severity: 'high' }, [], 999 * MINUTE)).toBe(false);
  });
});

describe('the ladder of an incident', () => {
  const step = { afterMs: 100, severities: ['critical'], to: null, repeatMs: null, times: 3 } as const;
  const critical = { severity: 'critical', unansweredMs: 0 } as const;

  test('has no time for a severity that no step is for', () => {
    expect(nextStepMs({ ...critical, severity: 'low' }, [], [step])).toBeNull();
  });

  test('repeats nothing that has no time between repeats', () => {
    const taken = [{ step: stepName(step), time: 1, atMs: 100 }];
    expect(nextStepMs(critical, taken, [step])).toBeNull();
    expect(dueSteps(critical, taken, [step], 1e9)).toEqual([]);
  });

  test('waits once more the time itself where the clock was set back, and no longer', () => {
    const incident = { ...critical, unansweredMs: 1_000 };
    expect(dueSteps(incident, [], [step], 900)).toEqual([]);
    expect(dueSteps(incident, [], [step], 899)).toHaveLength(1);
  });
});
