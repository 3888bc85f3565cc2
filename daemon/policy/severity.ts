import type { Kind } from '../../baselines/index.js';
import type { Severity } from '../../notifiers/index.js';

/** A rule of the configuration. Every field given must match; the first rule that matches decides. */
export interface Rule {
  readonly name?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly collection?: string | undefined;
  /** Matches when a field of this name changed. */
  readonly field?: string | undefined;
  readonly severity: Severity;
}

const DEFAULTS: Readonly<Record<Kind, Severity>> = {
  admin: 'critical',
  'wallet-route': 'critical',
  sensor: 'critical',
  permission: 'high',
  contact: 'high',
  terminal: 'high',
  config: 'medium',
  file: 'medium',
};

/** How severe something about a collection is, and why: for the journal. */
export function severityOf(
  rules: readonly Rule[],
  about: { readonly kind: Kind; readonly collection: string; readonly fields: readonly string[] },
): { severity: Severity; reason: string } {
  const index = rules.findIndex(
    (rule) =>
      (rule.kind === undefined || rule.kind === about.kind) &&
      (rule.collection === undefined || rule.collection === about.collection) &&
      (rule.field === undefined || about.fields.includes(rule.field)),
  );
  const rule = rules[index];
  if (rule) return { severity: rule.severity, reason: `rule ${rule.name ?? index + 1}` };
  return { severity: DEFAULTS[about.kind], reason: `default for ${about.kind}` };
}
