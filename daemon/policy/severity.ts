import type { Kind } from '../../baselines/index.js';
import { SEVERITIES, type Severity } from '../../notifiers/index.js';
import type { RankedObject } from '../sources/sensor.js';
import type { SensorChange } from './sensor-reach.js';

/** A rule of the configuration. Every field given must match; the first rule that matches decides. */
export interface SeverityRule {
  readonly name?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly collection?: string | undefined;
  /** Matches the change of a field of this name, and nothing else about the record. */
  readonly field?: string | undefined;
  /** Matches objects of a sensor of this sort that hang on nothing watched, and nothing else. */
  readonly object?: RankedObject | undefined;
  /** Matches those that lie in this schema. */
  readonly schema?: string | undefined;
  readonly severity: Severity;
}

/** How severe something is, and why: for the journal. */
export interface Ranking {
  readonly severity: Severity;
  /** `rule <name or number>` or `default for <kind>`. */
  readonly reason: string;
}

const DEFAULTS: Readonly<Record<Kind, Severity>> = {
  admin: 'critical',
  'wallet-route': 'critical',
  'access-link': 'critical',
  sensor: 'critical',
  permission: 'high',
  contact: 'high',
  terminal: 'high',
  file: 'high',
  door: 'high',
  config: 'medium',
  // Nothing follows from an entry before it is signed.
  'address-book': 'medium',
};

/**
 * How severe something about a collection is. Each changed field is ranked by itself and the worst counts: a rule that plays a field
 * down must not play down what changed along with it. `null` stands for the record or the collection as a whole, which no rule
 * with a `field` matches.
 */
export function severityOf(
  rules: readonly SeverityRule[],
  about: {
    readonly kind: Kind;
    readonly collection: string;
    readonly fields: readonly (string | null)[];
    /** Given for a change of a sensor. */
    readonly sensor?: SensorChange | undefined;
  },
): Ranking {
  const fields = about.fields.length === 0 ? [null] : about.fields;
  return worstOf(fields.map((field) => rank(rules, about, field)));
}

/** True when any rule looks at fields, so that finding out which ones changed is worth the time. */
export function rankFields(rules: readonly SeverityRule[]): boolean {
  return rules.some((rule) => rule.field !== undefined);
}

function rank(
  rules: readonly SeverityRule[],
  {
    kind,
    collection,
    sensor,
  }: {
    readonly kind: Kind;
    readonly collection: string;
    readonly sensor?: SensorChange | undefined;
  },
  field: string | null,
): Ranking {
  const index = rules.findIndex(
    (rule) =>
      (rule.kind === undefined || rule.kind === kind) &&
      (rule.collection === undefined || rule.collection === collection) &&
      (rule.field === undefined || rule.field === field) &&
      (rule.object === undefined || rule.object === sensor?.ranked?.object) &&
      (rule.schema === undefined || rule.schema === sensor?.ranked?.schema),
  );
  const rule = rules[index];
  if (rule) return { severity: rule.severity, reason: `rule ${rule.name ?? index + 1}` };
  if (sensor?.slight)
    return { severity: 'low', reason: `default for ${kind} of what reaches nothing watched` };
  return { severity: DEFAULTS[kind], reason: `default for ${kind}` };
}

function worstOf(rankings: readonly Ranking[]): Ranking {
  return rankings.reduce((worst, one) =>
    SEVERITIES.indexOf(one.severity) < SEVERITIES.indexOf(worst.severity) ? one : worst,
  );
}
