import type { Condition } from '../../daemon/finding.js';
import { baselineEvent } from '../../daemon/store/journal/approval.js';
import type { Store, StoreTransaction } from '../../daemon/store/store.js';
import type { Alert } from '../../notifiers/index.js';

export const DAY_MS = 86_400_000;
const SITE = 'prague-1';
const MAIL_AND_SLACK = [
  { name: 'slack', parts: ['message'] },
  { name: 'mail', parts: ['alarm'] },
];

const condition = (fingerprint: string): Condition => ({
  ...{ fingerprint, severity: 'high', reason: 'default for terminal', graceMs: 0 },
  subject: { what: 'blind', source: 'cas', detail: 'the connection was lost' },
});

/** An announcement of that instant. */
const notice = (atMs: number): Alert => ({
  ...{ id: `notice-${atMs}`, type: 'config-changed', role: 'notice', severity: 'info', site: 'all sites' },
  ...{ incident: null, state: null, dedupKey: null, title: 'The configuration changed', consequence: '' },
  ...{ facts: [], changes: [], changesLeftOut: 0, nextSteps: [], observedAtMs: atMs, timeZone: 'UTC' },
  head: { baselineVersion: null, journal: '0' },
});

/** One incident that was told on two channels and is over a minute later, with nine entries in the journal. Returns its id. */
export function pastIncident(store: Store, atMs: number, resolved = true): string {
  const id = store.transaction((tx) => open(tx, atMs));
  claimAll(store, atMs);
  if (!resolved) return id;
  store.transaction((tx) => {
    tx.findings.end(id, [{ fingerprint: `f-${atMs}`, ending: 'cleared' }], atMs + 60_000);
    tx.incidents.refresh(id);
    tx.incidents.resolve(id, 'it is so no more', atMs + 60_000);
    tx.journal.append(
      { type: 'incident-resolved', body: { site: SITE, incident: id, reason: 'it is so no more' } },
      atMs + 60_000,
    );
  });
  return id;
}

function open(tx: StoreTransaction, atMs: number): string {
  const incident = tx.incidents.create({ site: SITE, topic: `blind:${atMs}`, severity: 'high' }, atMs);
  tx.findings.add(
    { incident: incident.id, site: SITE, condition: condition(`f-${atMs}`), notified: true },
    atMs,
  );
  const { id } = tx.incidents.refresh(incident.id);
  tx.journal.append(
    { type: 'incident-resolved', body: { site: SITE, incident: id, reason: 'opened' } },
    atMs,
  );
  tx.incidents.advance(incident, { state: 'open', page: 1, observedMs: atMs }, atMs);
  tx.outbox.addPending({ incident: id, role: 'page', severity: 'high' }, MAIL_AND_SLACK, atMs);
  tx.outbox.enqueue(notice(atMs), MAIL_AND_SLACK, { atMs });
  return id;
}

/** A baseline that took effect. */
export function signedBaseline(store: Store, version: number, atMs: number): void {
  const digest = String(version).repeat(64).slice(0, 64);
  store.transaction((tx) => {
    tx.baselines.remember(SITE, { version, digest });
    tx.journal.append(baselineEvent(SITE, { version, digest, signers: ['alice'], recovery: [] }, null), atMs);
  });
}

/** Everything that waits is delivered. */
function claimAll(store: Store, atMs: number): void {
  for (const { name } of MAIL_AND_SLACK) {
    store.transaction((tx) => {
      for (let next = true; next; ) {
        const message = tx.deliveries.claim({ channel: name, nowMs: atMs });
        if (message !== null) tx.deliveries.delivered(message.id, { receipt: 'r', atMs });
        next = message !== null;
      }
    });
  }
}
