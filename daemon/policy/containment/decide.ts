import { SEVERITIES } from '../../../notifiers/index.js';
import type { Finding } from '../../finding.js';
import type { ContainmentLimits, ContainmentRefusal, ContainmentRule } from './rule.js';

/** What is so at a site when a rule would act. Times are UTC milliseconds. */
export interface ContainmentSituation {
  readonly isBraked: boolean;
  /** Every open finding of the site, whatever the incident. */
  readonly open: readonly Pick<Finding, 'subject'>[];
  readonly hasBaseline: boolean;
  readonly incident: string;
  /** What was done at this site, dry runs counted, in any order. */
  readonly done: readonly { readonly incident: string; readonly atMs: number }[];
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;

/** Null: it may be done. Pure. */
export function containmentRefusal(
  { mostPerDay, coolDownMs }: ContainmentLimits,
  { isBraked, open, hasBaseline, incident, done, nowMs }: ContainmentSituation,
): ContainmentRefusal | null {
  const whats = new Set(open.map(({ subject }) => subject.what));
  if (isBraked) return 'brake';
  if (!hasBaseline || whats.has('approval')) return 'unverified';
  if (BLIND.some((what) => whats.has(what))) return 'blind';
  // A clock that was set back makes what was done lie ahead: that counts as just now.
  // Several rules may act for one incident: each does so once.
  if (done.some((one) => one.incident !== incident && nowMs - one.atMs < coolDownMs)) return 'cool-down';
  return done.filter(({ atMs }) => nowMs - atMs < DAY_MS).length >= mostPerDay ? 'budget' : null;
}

const BLIND = ['unknown', 'unreachable', 'blind', 'still'] as const;

/** The findings of an incident that an action is for: changes that people were told of, that nobody expected, of its kinds and at least as severe. */
export function concernedBy(
  action: Pick<ContainmentRule, 'kinds' | 'severity'>,
  findings: readonly Finding[],
): readonly Finding[] {
  const least = SEVERITIES.indexOf(action.severity);
  return findings.filter(
    ({ subject, severity, notifiedMs }) =>
      (subject.what === 'change' || subject.what === 'mass-change') &&
      subject.suppression === undefined &&
      notifiedMs !== null &&
      action.kinds.includes(subject.kind) &&
      SEVERITIES.indexOf(severity) <= least,
  );
}
