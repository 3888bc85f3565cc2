import type { Alert } from '../../notifiers/index.js';
import type { Finding, Subject } from '../finding.js';
import type { EndedFinding } from '../incident.js';
import type { OutboxStatus } from './store.js';

/**
 * The form in which findings and alerts are written down: in the store, in `show --json` and in evidence. Its names went out before the
 * code's own words changed, and a journal holds digests of such texts, so they stay (docs/adr/0020).
 */

/** Names of members in the code, and as they are written. */
type Names = Readonly<Record<string, string>>;

const SUBJECT: Names = { suppression: 'excuse', outages: 'lapses', lookalikeOf: 'twinOf' };
const FINDING: Names = { notifiedMs: 'toldMs' };
const ALERT: Names = { role: 'standing' };
const CHANGE: Names = { lookalikeOf: 'twinOf' };

const inverse = (names: Names): Names =>
  Object.fromEntries(Object.entries(names).map(([ours, written]) => [written, ours]));

/** A copy with other names for some members, in the same order. */
function renamed(value: object, names: Names): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [Object.hasOwn(names, name) ? names[name] : name, member]),
  );
}

export function subjectText(subject: Subject): string {
  return JSON.stringify(renamed(subject, SUBJECT));
}

/** The subject that `subjectText` wrote. */
export function subjectOf(text: string): Subject {
  return renamed(JSON.parse(text) as object, inverse(SUBJECT)) as unknown as Subject;
}

/** A finding as it is given out. */
export function writtenFinding(finding: Finding | EndedFinding): object {
  return { ...renamed(finding, FINDING), subject: renamed(finding.subject, SUBJECT) };
}

/** A message as it is given out. */
export function writtenMessage(message: OutboxStatus): object {
  return renamed(message, ALERT);
}

/** An alert as it is given out. */
export function writtenAlert(alert: Alert): object {
  return renamedAlert(alert, ALERT, CHANGE);
}

export function alertText(alert: Alert): string {
  return JSON.stringify(writtenAlert(alert));
}

/** The alert that `alertText` wrote. */
export function alertOf(text: string): Alert {
  return renamedAlert(JSON.parse(text) as object, inverse(ALERT), inverse(CHANGE)) as unknown as Alert;
}

function renamedAlert(alert: object, names: Names, ofChanges: Names): object {
  const { changes, ...rest } = alert as { readonly changes?: readonly object[] };
  if (changes === undefined) return renamed(rest, names);
  // In the order in which the members stand: the journal holds the digest of this text.
  return renamed({ ...alert, changes: changes.map((change) => renamed(change, ofChanges)) }, names);
}
