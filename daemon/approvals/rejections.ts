import { composeRejected } from '../alerts/announce-approval.js';
import type { Finding } from '../finding.js';
import { enqueueNotice } from '../outbox/enqueue.js';
import type { StoreTransaction } from '../store/store.js';
import type { RejectionOutcome } from './approval-backend.js';
import type { SubmissionNotes, SubmissionSite, SubmissionsOptions } from './submission-notes.js';

/** A person calling changes rejected, by fingerprint: a change that has changed again has another one, so it binds what they saw. */
export interface RejectionRequest {
  readonly person: string;
  readonly fingerprints: readonly string[];
}

/** Marks open changes of a site in their incidents, journals that and tells it, in one transaction. */
export function rejectChanges(
  options: SubmissionsOptions,
  site: SubmissionSite,
  notes: SubmissionNotes,
  { person, fingerprints }: RejectionRequest,
): RejectionOutcome {
  const { store, clock, assembly } = options;
  const { routes, outbox } = assembly();
  const named = new Set(fingerprints);
  const incidents = store.transaction((tx) => {
    const open = tx.findings
      .open(site.name)
      .filter(({ fingerprint, subject }) => subject.what === 'change' && named.delete(fingerprint));
    const ids = [...new Set(open.map(({ incident }) => incident))];
    for (const incident of ids) mark(tx, incident, open);
    return ids;
  });
  outbox.wake();
  return { incidents, unknown: named.size };

  function mark(tx: StoreTransaction, incident: string, open: readonly Finding[]): void {
    const atMs = clock();
    const conditions = open
      .filter((finding) => finding.incident === incident)
      .filter(({ fingerprint }) => tx.findings.reject(incident, { fingerprint, person, atMs }));
    if (conditions.length === 0) return;
    const marked = conditions.map(({ fingerprint }) => fingerprint);
    const body = { site: site.name, incident, person, fingerprints: marked };
    tx.journal.append({ type: 'changes-rejected', body }, atMs);
    const alert = composeRejected(notes.context(tx, incident), { person, conditions });
    enqueueNotice(tx, alert, { channels: routes, atMs });
  }
}
