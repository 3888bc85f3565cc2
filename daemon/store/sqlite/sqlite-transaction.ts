import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../../../baselines/index.js';
import { type Alert, SEVERITIES, type Severity } from '../../../notifiers/index.js';
import type { Condition, Ending, Finding } from '../../policy/finding.js';
import { JOURNAL_START, journalBody, journalHash } from '../journal.js';
import type { Incident, ObservedDelta, RememberedBaseline, StoreTransaction } from '../store.js';
import type { Statements } from './database.js';
import type { ObservedRecords } from './observed-records.js';
import { findingOf, incidentOf } from './rows.js';
import { journalHeadOf } from './sqlite-reader.js';

/** Digits of a new incident's id. An id that is taken gets one more. */
const INCIDENT_ID_DIGITS = 4;

/** Everything that can be done inside one transaction. The statements run in the transaction that `SqliteStore` began. */
export class SqliteTransaction implements StoreTransaction {
  constructor(
    private readonly sql: Statements,
    private readonly observed: ObservedRecords,
  ) {}

  openFindings(site: string): Finding[] {
    return this.sql
      .all('select * from finding where site = ? and ended_ms is null order by id', site)
      .map(findingOf);
  }

  openIncident(site: string, topic: string): Incident | null {
    const row = this.sql.get(
      "select * from incident where site = ? and topic = ? and state <> 'resolved'",
      site,
      topic,
    );
    return row && incidentOf(row);
  }

  createIncident(site: string, topic: string, severity: Severity, atMs: number): Incident {
    const digits = randomBytes(16).toString('hex');
    let id = digits.slice(0, INCIDENT_ID_DIGITS);
    while (this.sql.get('select 1 from incident where id = ?', id)) id = digits.slice(0, id.length + 1);
    this.sql.run(
      "insert into incident (id, site, topic, state, severity, revision, opened_ms) values (?, ?, ?, 'open', ?, ?, ?)",
      id,
      site,
      topic,
      severity,
      revisionOf([]),
      atMs,
    );
    return this.#incident(id);
  }

  addFinding(incident: string, site: string, condition: Condition, atMs: number, told: boolean): void {
    this.sql.run(
      `insert into finding (incident, site, fingerprint, severity, reason, grace_ms, subject, first_seen_ms, told_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      incident,
      site,
      condition.fingerprint,
      condition.severity,
      condition.reason,
      condition.graceMs,
      JSON.stringify(condition.subject),
      atMs,
      told ? atMs : null,
    );
  }

  updateFinding(site: string, { fingerprint, subject }: Pick<Condition, 'fingerprint' | 'subject'>): void {
    this.sql.run(
      'update finding set subject = ? where site = ? and fingerprint = ? and ended_ms is null',
      JSON.stringify(subject),
      site,
      fingerprint,
    );
  }

  markTold(incident: string, fingerprints: readonly string[], atMs: number): void {
    for (const fingerprint of fingerprints) {
      this.sql.run(
        'update finding set told_ms = ? where incident = ? and fingerprint = ? and ended_ms is null',
        atMs,
        incident,
        fingerprint,
      );
    }
  }

  endFindings(
    incident: string,
    endings: readonly { fingerprint: string; ending: Ending }[],
    atMs: number,
  ): void {
    for (const { fingerprint, ending } of endings) {
      this.sql.run(
        'update finding set ending = ?, ended_ms = ? where incident = ? and fingerprint = ? and ended_ms is null',
        ending,
        atMs,
        incident,
        fingerprint,
      );
    }
  }

  refreshIncident(id: string): Incident {
    const open = this.sql.all(
      'select fingerprint, severity from finding where incident = ? and ended_ms is null',
      id,
    );
    const before = this.#incident(id).severity;
    const worst = SEVERITIES.find(
      (severity) => severity === before || open.some((row) => row['severity'] === severity),
    );
    this.sql.run(
      'update incident set revision = ?, severity = ? where id = ?',
      revisionOf(open.map((row) => String(row['fingerprint']))),
      worst ?? before,
      id,
    );
    return this.#incident(id);
  }

  resolveIncident(id: string, resolution: string, atMs: number): void {
    this.sql.run(
      "update incident set state = 'resolved', resolved_ms = ?, resolution = ? where id = ? and state <> 'resolved'",
      atMs,
      resolution,
      id,
    );
  }

  journal(type: string, body: unknown, atMs: number): string {
    const last = this.sql.get('select seq, hash from journal order by seq desc limit 1');
    const entry = {
      seq: Number(last?.['seq'] ?? 0) + 1,
      atMs,
      type,
      body: journalBody(body),
      previous: last ? String(last['hash']) : JOURNAL_START,
    };
    const hash = journalHash(entry);
    this.sql.run(
      'insert into journal (seq, at_ms, type, body, previous, hash) values (?, ?, ?, ?, ?, ?)',
      entry.seq,
      entry.atMs,
      entry.type,
      entry.body,
      entry.previous,
      hash,
    );
    return hash;
  }

  journalHead(): string {
    return journalHeadOf(this.sql);
  }

  enqueue(
    alert: Alert,
    channels: readonly { readonly name: string; readonly parts: readonly string[] }[],
    atMs: number,
  ): void {
    const body = JSON.stringify(alert);
    // Composing the same thing again gives the same id: it is one message.
    const isNew = this.sql.run(
      'insert into alert (id, incident, severity, body, created_ms) values (?, ?, ?, ?, ?) on conflict do nothing',
      alert.id,
      alert.incident,
      alert.severity,
      body,
      atMs,
    );
    if (isNew > 0) {
      const { id, site, incident, type, severity } = alert;
      const to = channels.map(({ name }) => name);
      this.journal(
        'alert-enqueued',
        { alert: id, site, incident, alertType: type, severity, digest: sha256Hex(body), channels: to },
        atMs,
      );
    }
    for (const channel of channels) {
      for (const [partRank, part] of channel.parts.entries()) {
        this.sql.run(
          `insert into outbox
             (alert, incident, channel, part, part_rank, severity_rank, state, next_attempt_ms, created_ms)
           values (?, ?, ?, ?, ?, ?, 'pending', ?, ?) on conflict do nothing`,
          alert.id,
          alert.incident,
          channel.name,
          part,
          partRank,
          SEVERITIES.indexOf(alert.severity),
          atMs,
          atMs,
        );
      }
    }
  }

  saveObserved(site: string, delta: ObservedDelta): void {
    this.observed.save(site, delta);
  }

  rememberBaseline(site: string, baseline: RememberedBaseline): void {
    this.sql.run(
      'insert or replace into remembered_baseline (site, version, digest) values (?, ?, ?)',
      site,
      baseline.version,
      baseline.digest,
    );
  }

  rememberedBaseline(site: string): RememberedBaseline | null {
    const row = this.sql.get('select version, digest from remembered_baseline where site = ?', site);
    return row && { version: Number(row['version']), digest: String(row['digest']) };
  }

  setMeta(name: string, value: string): void {
    this.sql.run('insert or replace into meta (name, value) values (?, ?)', name, value);
  }

  meta(name: string): string | null {
    const row = this.sql.get('select value from meta where name = ?', name);
    return row && String(row['value']);
  }

  #incident(id: string): Incident {
    const row = this.sql.get('select * from incident where id = ?', id);
    if (!row) throw new RangeError('no such incident');
    return incidentOf(row);
  }
}

/** What a human decision about an incident binds (invariant 12). */
function revisionOf(openFingerprints: readonly string[]): string {
  return sha256Hex([...openFingerprints].sort().join('\n'));
}
