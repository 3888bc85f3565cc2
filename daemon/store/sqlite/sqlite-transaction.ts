import { randomBytes } from 'node:crypto';
import { canonicalJson, type JsonValue, sha256Hex } from '../../../baselines/index.js';
import { type Alert, SEVERITIES, type Severity } from '../../../notifiers/index.js';
import type { Condition, Ending, Finding } from '../../policy/finding.js';
import { JOURNAL_START, journalHash } from '../journal.js';
import type { Incident, ObservedDelta, RememberedBaseline, StoreTransaction } from '../store.js';
import type { Statements } from './database.js';
import { findingOf, incidentOf } from './rows.js';

/** Digits of a new incident's id. An id that is taken gets one more. */
const INCIDENT_ID_DIGITS = 4;

/** Everything that can be done inside one transaction. The statements run in the transaction that `SqliteStore` began. */
export class SqliteTransaction implements StoreTransaction {
  constructor(private readonly sql: Statements) {}

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
    const rows = this.sql.all('select fingerprint, severity, ended_ms from finding where incident = ?', id);
    const open = rows.filter((row) => row['ended_ms'] === null).map((row) => String(row['fingerprint']));
    const worst = SEVERITIES.find((severity) => rows.some((row) => row['severity'] === severity));
    this.sql.run(
      'update incident set revision = ?, severity = coalesce(?, severity) where id = ?',
      revisionOf(open),
      worst ?? null,
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
      body: canonicalJson(body as JsonValue),
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
    return String(
      this.sql.get('select hash from journal order by seq desc limit 1')?.['hash'] ?? JOURNAL_START,
    );
  }

  enqueue(
    alert: Alert,
    channels: readonly { readonly name: string; readonly parts: readonly string[] }[],
    atMs: number,
  ): void {
    this.sql.run(
      'insert into alert (id, incident, severity, body, created_ms) values (?, ?, ?, ?, ?)',
      alert.id,
      alert.incident,
      alert.severity,
      JSON.stringify(alert),
      atMs,
    );
    for (const channel of channels) {
      for (const part of channel.parts) {
        this.sql.run(
          `insert into outbox (alert, incident, channel, part, severity_rank, state, next_attempt_ms, created_ms)
           values (?, ?, ?, ?, ?, 'pending', ?, ?)`,
          alert.id,
          alert.incident,
          channel.name,
          part,
          SEVERITIES.indexOf(alert.severity),
          atMs,
          atMs,
        );
      }
    }
  }

  saveObserved(site: string, delta: ObservedDelta): void {
    const { collection } = delta;
    if (delta.replace) {
      this.sql.run('delete from observed_record where site = ? and collection = ?', site, collection);
    }
    for (const { key, ordinal } of delta.removals) {
      this.sql.run(
        'delete from observed_record where site = ? and collection = ? and key = ? and ordinal = ?',
        site,
        collection,
        key,
        ordinal,
      );
    }
    for (const { key, ordinal, line } of delta.upserts) {
      this.sql.run(
        'insert or replace into observed_record (site, collection, key, ordinal, line) values (?, ?, ?, ?, ?)',
        site,
        collection,
        key,
        ordinal,
        line,
      );
    }
    this.sql.run(
      'insert or replace into observed (site, collection, records_digest, count, observed_at_ms) values (?, ?, ?, ?, ?)',
      site,
      collection,
      delta.recordsDigest,
      delta.count,
      delta.observedAtMs,
    );
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
