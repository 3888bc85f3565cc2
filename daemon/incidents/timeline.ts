import { type AlertType, type DeliveryRole, SEVERITIES, type Severity } from '../../notifiers/index.js';
import type { Ending } from '../finding.js';
import type { Acknowledgement } from '../incident.js';
import type { IncidentRecord, Rejection } from '../store/store.js';

/** Steps of one incident that are shown, the newest; the rest is counted. */
export const MAX_STEPS = 500;

/** Something that happened to an incident. People's own words are raw: whoever shows them quotes them. */
export type TimelineStep = { readonly atMs: number } & (
  | { readonly what: 'opened' | 'resolved'; readonly words: string }
  /** Findings that began at the same moment: how many, and the worst of them. */
  | { readonly what: 'found'; readonly count: number; readonly severity: Severity }
  | { readonly what: 'ended'; readonly count: number; readonly ending: Ending }
  | {
      readonly what: 'told';
      readonly type: AlertType;
      readonly role: DeliveryRole;
      readonly severity: Severity;
      readonly words: string;
    }
  | {
      readonly what: 'acknowledged';
      readonly person: string;
      readonly reason: string;
      readonly untilMs: number;
    }
  | {
      readonly what: 'acknowledgement-ended';
      readonly person: string;
      readonly because: NonNullable<Acknowledgement['ending']>;
    }
  | { readonly what: 'called-hostile'; readonly person: string; readonly count: number }
);

/** Everything that happened to an incident, the newest first. */
export function timelineOf(
  { incident, open, ended, acknowledgements }: IncidentRecord,
  alerts: readonly { readonly alert: Told; readonly createdMs: number }[],
  rejections: readonly Rejection[],
): { readonly steps: readonly TimelineStep[]; readonly leftOut: number } {
  const steps: TimelineStep[] = [
    { what: 'opened', atMs: incident.openedMs, words: incident.topic },
    ...grouped([...open, ...ended], ({ firstSeenMs }) => String(firstSeenMs)).map((group) => ({
      what: 'found' as const,
      atMs: group[0].firstSeenMs,
      count: group.length,
      severity: SEVERITIES.find((one) => group.some(({ severity }) => severity === one)) ?? 'info',
    })),
    ...grouped(ended, ({ endedMs, ending }) => `${endedMs} ${ending}`).map((group) => ({
      what: 'ended' as const,
      atMs: group[0].endedMs,
      count: group.length,
      ending: group[0].ending,
    })),
    ...alerts.map(({ alert: { type, role, severity, title }, createdMs }) => ({
      what: 'told' as const,
      ...{ atMs: createdMs, type, role, severity, words: title },
    })),
    ...acknowledgements.flatMap(stepsOfAnswer),
    ...grouped(rejections, ({ person, atMs }) => `${atMs} ${person}`).map((group) => ({
      what: 'called-hostile' as const,
      atMs: group[0].atMs,
      person: group[0].person,
      count: group.length,
    })),
    ...(incident.resolvedMs === null
      ? []
      : [{ what: 'resolved' as const, atMs: incident.resolvedMs, words: incident.resolution ?? '' }]),
  ];
  const newestFirst = steps.map((step, index) => ({ step, index }));
  newestFirst.sort((a, b) => b.step.atMs - a.step.atMs || b.index - a.index);
  return {
    steps: newestFirst.slice(0, MAX_STEPS).map(({ step }) => step),
    leftOut: Math.max(0, steps.length - MAX_STEPS),
  };
}

interface Told {
  readonly type: AlertType;
  readonly role: DeliveryRole;
  readonly severity: Severity;
  readonly title: string;
}

function stepsOfAnswer({ person, reason, atMs, untilMs, endedMs, ending }: Acknowledgement): TimelineStep[] {
  const answer = { what: 'acknowledged' as const, atMs, person, reason, untilMs };
  if (endedMs === null || ending === null) return [answer];
  return [answer, { what: 'acknowledgement-ended', atMs: endedMs, person, because: ending }];
}

/** What has the same name together, in the order of the first of each. */
function grouped<One>(all: readonly One[], nameOf: (one: One) => string): [One, ...One[]][] {
  const groups = new Map<string, [One, ...One[]]>();
  for (const one of all) {
    const group = groups.get(nameOf(one));
    if (group === undefined) groups.set(nameOf(one), [one]);
    else group.push(one);
  }
  return [...groups.values()];
}
