import type { Severity } from '../../notifiers/index.js';
import type { Channel } from '../channel.js';
import type { TakenStep } from '../incident.js';

/** One step of the ladder that an incident climbs while nobody answers for it. */
export interface EscalationStep {
  /** How long the incident must have been unanswered, in milliseconds. */
  readonly afterMs: number;
  readonly severities: readonly Severity[];
  /** Names of channels. Null: the next one in the order of the configuration that was not notified; all of them when all were. */
  readonly to: readonly string[] | null;
  /** Time between two repeats, in milliseconds; null: it is not repeated. */
  readonly repeatMs: number | null;
  /** How often it is repeated at most. */
  readonly times: number;
}

/** The ladder of a configuration that names none: after ten minutes an unanswered critical incident goes to the next channel. */
export const DEFAULT_ESCALATION: readonly EscalationStep[] = [
  { afterMs: 600_000, severities: ['critical'], to: null, repeatMs: null, times: 0 },
];

export interface DueStep {
  readonly step: EscalationStep;
  readonly time: number;
}

/** The little of an incident that decides its ladder. */
interface Climbing {
  readonly severity: Severity;
  /** UTC milliseconds; null while somebody answers for it. */
  readonly unansweredMs: number | null;
}

/** The name a step is remembered by: its content, so that another order in the configuration repeats and forgets none. */
export function stepName({ afterMs, severities, to }: EscalationStep): string {
  return JSON.stringify([afterMs, severities, to]);
}

/**
 * The steps that are due for an incident. The ladder begins when it becomes unanswered, with a page or with the end of an acknowledgement, and
 * ends with an acknowledgement or its resolution. What was missed while nobody watched is not made up for: each step is due once.
 */
export function dueSteps(
  incident: Climbing,
  taken: readonly TakenStep[],
  steps: readonly EscalationStep[],
  nowMs: number,
): readonly DueStep[] {
  return waits(incident, taken, steps)
    .filter(({ sinceMs, afterMs }) => isOver(sinceMs, afterMs, nowMs))
    .map(({ step, time }) => ({ step, time }));
}

/** When the next step will be due, in UTC milliseconds; null: there is none. */
export function nextStepMs(
  incident: Climbing,
  taken: readonly TakenStep[],
  steps: readonly EscalationStep[],
): number | null {
  const times = waits(incident, taken, steps).map(({ sinceMs, afterMs }) => sinceMs + afterMs);
  return times.length === 0 ? null : Math.min(...times);
}

/** The channels a step goes to. `notified` names those that were sent the page already. */
export function escalatedTo<C extends Channel>(
  { to }: EscalationStep,
  channels: readonly C[],
  notified: ReadonlySet<string>,
): readonly C[] {
  if (to !== null) return channels.filter(({ name }) => to.includes(name));
  const next = channels.find(({ name }) => !notified.has(name));
  return next === undefined ? channels : [next];
}

/**
 * Those of the incidents that nobody has answered for in time: the first step that is for their severity is due. What is critical is overdue
 * after ten minutes also where the configuration has no step for it.
 */
export function overdue<I extends Climbing>(
  incidents: readonly I[],
  steps: readonly EscalationStep[],
  nowMs: number,
): readonly I[] {
  return incidents.filter(({ severity, unansweredMs }) => {
    const own = (ladder: readonly EscalationStep[]) =>
      ladder.filter(({ severities }) => severities.includes(severity)).map(({ afterMs }) => afterMs);
    const limits = own(steps).length > 0 ? own(steps) : own(DEFAULT_ESCALATION);
    return unansweredMs !== null && limits.some((afterMs) => isOver(unansweredMs, afterMs, nowMs));
  });
}

/** From when and for how long each step that is left waits. */
function waits(
  { severity, unansweredMs }: Climbing,
  taken: readonly TakenStep[],
  steps: readonly EscalationStep[],
) {
  if (unansweredMs === null) return [];
  return steps.flatMap((step) => {
    if (!step.severities.includes(severity)) return [];
    const name = stepName(step);
    const [last] = taken.filter((one) => one.step === name).sort((a, b) => b.time - a.time);
    if (last === undefined) return [{ step, time: 1, sinceMs: unansweredMs, afterMs: step.afterMs }];
    if (step.repeatMs === null || last.time > step.times) return [];
    return [{ step, time: last.time + 1, sinceMs: last.atMs, afterMs: step.repeatMs }];
  });
}

/** A clock that was set back puts nothing off for longer than once more the time itself. */
function isOver(sinceMs: number, afterMs: number, nowMs: number): boolean {
  return nowMs - sinceMs >= afterMs || sinceMs - nowMs > afterMs;
}
