import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { JOURNAL_START, journalBody, journalHash } from '../daemon/store/journal/chain.js';
import { openStore } from '../daemon/store/sqlite/open.js';

const SITE = 'prague-1';
/** Times within the last year: nothing of it is old enough to be folded. */
const SPREAD_MS = 350 * 86_400_000;

/** What became of the state of years. */
export interface OldState {
  readonly incidents: number;
  readonly entries: number;
  /** Id of an incident in the middle. */
  readonly incident: string;
}

/**
 * Writes a state with so many resolved incidents and so many journal entries for each into a directory where no daemon has run: a finding, two messages and
 * an alert with each. The rows are written past the program, which would take minutes; the journal's hashes are its own.
 */
export function writeOldState(directory: string, incidents: number, entriesEach: number): OldState {
  openStore(directory).close();
  const database = new DatabaseSync(join(directory, 'state.sqlite'));
  database.exec('pragma synchronous = off; begin');
  const rows = new Rows(database);
  const firstMs = Date.now() - SPREAD_MS;
  for (let n = 0; n < incidents; n++) {
    const atMs = firstMs + Math.floor((n / incidents) * SPREAD_MS);
    rows.incident(incidentId(n), atMs, n, entriesEach);
    if (n % 1000 === 999) database.exec('commit; begin');
  }
  database.exec('commit; pragma wal_checkpoint(truncate)');
  database.close();
  return { incidents, entries: incidents * entriesEach, incident: incidentId(Math.floor(incidents / 2)) };
}

const incidentId = (n: number): string => (0x10000 + n).toString(16);

class Rows {
  readonly #incident;
  readonly #finding;
  readonly #message;
  readonly #alert;
  readonly #entry;
  #previous = JOURNAL_START;
  #seq = 0;

  constructor(database: InstanceType<typeof DatabaseSync>) {
    this.#incident = database.prepare(
      `insert into incident (id, site, topic, state, severity, revision, opened_ms, resolved_ms, resolution, page, event, observed_ms, resolved_event)
       values (?, '${SITE}', 'drift', 'resolved', 'critical', ?, ?, ?, 'people signed what had changed', 1, 2, ?, 2)`,
    );
    this.#finding = database.prepare(
      `insert into finding (incident, site, fingerprint, severity, reason, grace_ms, subject, first_seen_ms, told_ms, ending, ended_ms, told_event, ended_event)
       values (?, '${SITE}', ?, 'critical', 'default for wallet-route', 0, ?, ?, ?, 'approved', ?, 1, 2)`,
    );
    this.#message = database.prepare(
      `insert into outbox (alert, standing, incident, page, since, covers, channel, part, part_rank, severity_rank, state, attempts, next_attempt_ms, receipt, created_ms, delivered_ms)
       values (?, 'page', ?, 1, 0, 1, ?, 'message', 0, 0, 'delivered', 1, ?, 'r', ?, ?)`,
    );
    this.#alert = database.prepare(
      "insert into alert (id, incident, severity, body, created_ms) values (?, ?, 'critical', ?, ?)",
    );
    this.#entry = database.prepare(
      'insert into journal (seq, at_ms, type, body, previous, hash) values (?, ?, ?, ?, ?, ?)',
    );
  }

  incident(id: string, atMs: number, n: number, entries: number): void {
    const digest = createHash('sha256').update(id).digest('hex');
    const line = JSON.stringify({ key: [String(n % 8)], fields: { sell_wallet_address: `bc1q${digest}` } });
    const subject = {
      ...{ what: 'change', collection: 'wallet_routes', kind: 'wallet-route', type: 'modified' },
      ...{ key: JSON.stringify([String(n % 8)]), before: line, after: [line] },
    };
    this.#incident.run(id, digest, atMs, atMs + 60_000, atMs);
    this.#finding.run(id, digest, JSON.stringify(subject), atMs, atMs, atMs + 60_000);
    const alert = digest.slice(0, 16);
    const text = {
      id: alert,
      type: 'drift',
      standing: 'page',
      severity: 'critical',
      site: SITE,
      incident: id,
    };
    const words = {
      title: '1 wallet route now pays elsewhere',
      consequence: 'x'.repeat(800),
      facts: [],
      changes: [],
      nextSteps: [],
    };
    this.#alert.run(alert, id, JSON.stringify({ ...text, ...words }), atMs);
    for (const channel of ['ops', 'oncall']) this.#message.run(alert, id, channel, atMs, atMs, atMs);
    for (let k = 0; k < entries; k++) this.#append(id, digest, atMs + k * 1000, k);
  }

  #append(incident: string, digest: string, atMs: number, k: number): void {
    const delivered = {
      alert: digest.slice(0, 16),
      incident,
      channel: 'ops',
      part: 'message',
      attempts: 1,
      digest,
    };
    const verdict = {
      ...{
        site: SITE,
        incident,
        revision: digest,
        baseline: digest,
        reason: 'something appeared',
        told: [digest],
        ended: [],
      },
      appeared: [
        {
          fingerprint: digest,
          severity: 'critical',
          reason: 'default',
          what: 'change',
          collection: 'wallet_routes',
          change: 'modified',
        },
      ],
      snapshots: [{ collection: 'wallet_routes', records: digest }],
    };
    const [type, body] = k % 4 === 0 ? ['verdict', verdict] : ['alert-delivered', delivered];
    const entry = { seq: ++this.#seq, atMs, type, body: journalBody(body), previous: this.#previous };
    this.#previous = journalHash(entry);
    this.#entry.run(entry.seq, atMs, type, entry.body, entry.previous, this.#previous);
  }
}
