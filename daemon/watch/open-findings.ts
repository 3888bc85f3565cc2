import type { Finding } from '../finding.js';
import type { Verdict } from '../policy/judge.js';

/**
 * The open findings of a site once a decision is recorded, in the order in which they were found: what the store would answer. Asked for it, the
 * store would read and parse everything that is open to learn of one change.
 */
export function openAfter(
  before: readonly Finding[],
  { altered, notify, ended }: Verdict,
  /** As they were written down. */
  { found, atMs }: { readonly found: readonly Finding[]; readonly atMs: number },
): readonly Finding[] {
  const gone = new Set(ended.map(({ finding }) => finding.fingerprint));
  const notified = new Set(notify.map(({ fingerprint }) => fingerprint));
  const subjects = new Map(altered.map(({ fingerprint, subject }) => [fingerprint, subject]));
  const open: Finding[] = [];
  for (const finding of before) {
    const { fingerprint } = finding;
    if (gone.has(fingerprint)) continue;
    const subject = subjects.get(fingerprint) ?? finding.subject;
    const notifiedMs = notified.has(fingerprint) ? (finding.notifiedMs ?? atMs) : finding.notifiedMs;
    const isSame = subject === finding.subject && notifiedMs === finding.notifiedMs;
    open.push(isSame ? finding : { ...finding, subject, notifiedMs });
  }
  for (const finding of found) open.push(finding);
  return open;
}
