import {
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  encodeValue,
  KINDS,
  type Kind,
  type RecordLine,
  recordLine,
} from '../../../baselines/index.js';
import type { AlertContext } from '../../../daemon/alerts/compose.js';
import type { ChangeType } from '../../../daemon/drift/change.js';
import type { UnknownCause } from '../../../daemon/drift/compare.js';
import { type CollectionOutcome, diffCollection } from '../../../daemon/drift/compare.js';
import type { Condition, Finding } from '../../../daemon/finding.js';
import type { Incident, IncidentNews } from '../../../daemon/incident.js';
import { conditionsOfCollection } from '../../../daemon/policy/conditions.js';
import type { SeverityRule } from '../../../daemon/policy/severity.js';
import type { Severity } from '../../../notifiers/index.js';

export const SITE = 'prague-1';
export const GRACE_MS = 60_000;
export const NO_RULES = { rules: [], unknownGraceMs: GRACE_MS };

/** A collection of each kind, named after it. */
export const definitionOf = (kind: Kind, columns: readonly string[] = ['name', 'address']): Definition => ({
  name: `${kind.replace('-', '_')}s`,
  kind,
  source: 'cas',
  table: `public.${kind.replace('-', '_')}`,
  key: ['id'],
  columns,
  secret: [],
});

export const record = (id: string, fields: Readonly<Record<string, string | null>> = {}): RecordLine =>
  recordLine({
    key: [id],
    fields: new Map(
      Object.entries(fields).map(([name, text]) => [
        name,
        text === null ? null : encodeValue({ form: 'text', text }),
      ]),
    ),
  });

export const snapshot = (kind: Kind, records: readonly RecordLine[]): CollectionSnapshot =>
  collectionSnapshot(definitionOf(kind), records);

/** The conditions that follow from the difference between these records of a collection. */
export function conditions(
  kind: Kind,
  signed: readonly RecordLine[],
  observed: readonly RecordLine[],
  rules: readonly SeverityRule[] = [],
): readonly Condition[] {
  const outcome = diffCollection(SITE, snapshot(kind, signed), snapshot(kind, observed));
  return conditionsOfCollection(SITE, definitionOf(kind), outcome, { ...NO_RULES, rules });
}

export function oneCondition(kind: Kind, type: ChangeType, id = '1'): Condition {
  const [a, b] = [record(id, { name: 'a' }), record(id, { name: 'b' })];
  const sides: Record<ChangeType, readonly [signed: RecordLine[], observed: RecordLine[]]> = {
    added: [[], [a]],
    removed: [[a], []],
    modified: [[a], [b]],
    ambiguous: [[a], [a, b]],
  };
  const [found] = conditions(kind, ...sides[type]);
  if (found === undefined) throw new Error('there is no difference');
  return found;
}

export function unknownCondition(kind: Kind, cause: UnknownCause, detail = 'SQLSTATE 55P03'): Condition {
  const [found] = conditionsOfCollection(SITE, definitionOf(kind), unknownOutcome(cause, detail), NO_RULES);
  if (found === undefined) throw new Error('an unknown outcome is a condition');
  return found;
}

export const unknownOutcome = (cause: UnknownCause, detail = 'SQLSTATE 55P03'): CollectionOutcome => ({
  outcome: 'unknown',
  cause,
  detail,
});

export const findingOf = (
  condition: Condition,
  times: { readonly firstSeenMs?: number; readonly notifiedMs?: number | null } = {},
): Finding => ({ ...condition, site: SITE, incident: '7f3a', firstSeenMs: 0, notifiedMs: 0, ...times });

export const CONTEXT: AlertContext = {
  site: SITE,
  timeZone: 'Europe/Prague',
  incident: '7f3a',
  canAcknowledge: true,
  observedAtMs: Date.UTC(2026, 10, 24, 2, 13, 7),
  head: { baselineVersion: 7, journal: 'a'.repeat(64) },
  definitions: new Map(KINDS.map((kind) => [definitionOf(kind).name, definitionOf(kind)])),
  personal: new Map(),
};

export const withSeverity = (condition: Condition, severity: Severity): Condition => ({
  ...condition,
  severity,
});

export const incidentOf = (over: Partial<Incident> = {}): Incident => ({
  id: '7f3a',
  site: SITE,
  topic: 'drift',
  state: 'open',
  severity: 'critical',
  revision: 'c'.repeat(64),
  page: 2,
  event: 5,
  openedMs: 1_000,
  observedMs: 1_000,
  unansweredMs: 1_000,
  resolvedMs: null,
  resolution: null,
  ...over,
});

export const newsOf = (over: Partial<IncidentNews> = {}): IncidentNews => ({
  incident: incidentOf(),
  since: 4,
  fresh: [],
  ended: [],
  toldBefore: [],
  open: 0,
  reverts: 0,
  acknowledged: [],
  expired: [],
  resolved: false,
  unanswered: null,
  ...over,
});
