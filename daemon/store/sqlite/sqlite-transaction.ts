import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../../../baselines/index.js';
import { type Alert, SEVERITIES, type Severity } from '../../../notifiers/index.js';
import type { Channel } from '../../channel.js';
import { type Condition, type Ending, type Finding, recordOf } from '../../finding.js';
import type { Acknowledgement, Incident, TakenStep } from '../../incident.js';
import type { KnownSuppression } from '../../policy/suppression-news.js';
import { JOURNAL_START, journalBody, journalHash } from '../journal.js';
import type {
  FailingMessage,
  ObservedDelta,
  Rejection,
  RememberedBaseline,
  StoreTransaction,
} from '../store.js';
import { subjectText } from '../written-form.js';
import type { Statements } from './database.js';
import type { ObservedRecords } from './observed-records.js';
import type { SqliteOutbox } from './outbox.js';
import { findingOf, incidentOf } from './rows.js';
import { journalHeadOf } from './sqlite-reader.js';

/** Digits of a new incident's id. An id that is taken gets one more. */
const INCIDENT_ID_DIGITS = 4;

/** The event of an incident, whose id is the parameter, that the step under way makes. */
const NEXT_EVENT = '(select event + 1 from incident where id = ?)';

/** Everything that can be done inside one transaction. The statements run in the transaction that `SqliteStore` began. */
export class SqliteTransaction implements StoreTransaction {
  constructor(
    private readonly sql: Statements,
    private readonly observed: ObservedRecords,
    private readonly outbox: SqliteOutbox,
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

  addFinding(incident: string, site: string, condition: Condition, atMs: number, notified: boolean): void {
    this.sql.run(
      `insert into finding (incident, site, fingerprint, severity, reason, grace_ms, subject, record, first_seen_ms, told_ms, told_event)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, iif(?, ${NEXT_EVENT}, null))`,
      incident,
      site,
      condition.fingerprint,
      condition.severity,
      condition.reason,
      condition.graceMs,
      subjectText(condition.subject),
      recordOf(condition),
      atMs,
      notified ? atMs : null,
      notified ? 1 : 0,
      incident,
    );
  }

  updateFinding(site: string, { fingerprint, subject }: Pick<Condition, 'fingerprint' | 'subject'>): void {
    this.sql.run(
      'update finding set subject = ? where site = ? and fingerprint = ? and ended_ms is null',
      subjectText(subject),
      site,
      fingerprint,
    );
  }

  markNotified(incident: string, fingerprints: readonly string[], atMs: number): void {
    for (const fingerprint of fingerprints) {
      this.sql.run(
        `update finding set told_ms = ?, told_event = ${NEXT_EVENT}
         where incident = ? and fingerprint = ? and ended_ms is null and told_ms is null`,
        atMs,
        incident,
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
        `update finding set ending = ?, ended_ms = ?, ended_event = ${NEXT_EVENT}
         where incident = ? and fingerprint = ? and ended_ms is null`,
        ending,
        atMs,
        incident,
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

  reject(incident: string, { fingerprint, person, atMs }: Rejection): boolean {
    const rows = this.sql.run(
      'insert or ignore into rejection (incident, fingerprint, person, at_ms) values (?, ?, ?, ?)',
      incident,
      fingerprint,
      person,
      atMs,
    );
    return rows > 0;
  }

  advanceIncident(
    from: Pick<Incident, 'id' | 'state' | 'event'>,
    to: { readonly state: 'open' | 'acknowledged'; readonly page: number },
    atMs: number,
    observedMs?: number,
  ): boolean {
    const before = this.sql.get(
      'select page from incident where id = ? and state = ? and event = ?',
      from.id,
      from.state,
      from.event,
    );
    if (before === null) return false;
    this.sql.run(
      'update incident set state = ?, page = ?, event = event + 1, observed_ms = coalesce(?, observed_ms) where id = ?',
      to.state,
      to.page,
      observedMs ?? null,
      from.id,
    );
    const begins =
      to.state === 'open' && (from.state === 'acknowledged' || to.page !== Number(before['page']));
    if (begins) this.#setLadder(from.id, atMs);
    return true;
  }

  resolveIncident(id: string, resolution: string, atMs: number): boolean {
    this.endAcknowledgement(id, 'resolved', atMs);
    this.#setLadder(id, null);
    const changed = this.sql.run(
      `update incident set state = 'resolved', resolved_ms = ?, resolution = ?, event = event + 1, resolved_event = event + 1
       where id = ? and state <> 'resolved'`,
      atMs,
      resolution,
      id,
    );
    return changed === 1;
  }

  acknowledgeIncident(
    from: Pick<Incident, 'id' | 'state' | 'event' | 'revision'>,
    {
      person,
      reason,
      untilMs,
    }: { readonly person: string; readonly reason: string; readonly untilMs: number },
    atMs: number,
  ): boolean {
    const { id, state, event, revision } = from;
    const changed = this.sql.run(
      `update incident set state = 'acknowledged'
       where id = ? and state = ? and event = ? and revision = ? and state <> 'resolved'`,
      id,
      state,
      event,
      revision,
    );
    if (changed !== 1) return false;
    this.endAcknowledgement(id, 'renewed', atMs);
    this.#setLadder(id, null);
    this.sql.run(
      `insert into acknowledgement (incident, person, reason, revision, at_ms, until_ms, event)
       values (?, ?, ?, ?, ?, ?, ${NEXT_EVENT})`,
      id,
      person,
      reason,
      revision,
      atMs,
      untilMs,
      id,
    );
    this.sql.run('update incident set event = event + 1 where id = ?', id);
    return true;
  }

  endAcknowledgement(
    incident: string,
    ending: NonNullable<Acknowledgement['ending']>,
    atMs: number,
  ): boolean {
    const changed = this.sql.run(
      `update acknowledgement set ending = ?, ended_ms = ?, ended_event = ${NEXT_EVENT}
       where incident = ? and ended_ms is null`,
      ending,
      atMs,
      incident,
      incident,
    );
    return changed === 1;
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

  enqueue(alert: Alert, channels: readonly Channel[], atMs: number, mayWait = false): void {
    const digest = this.outbox.enqueue(alert, channels, atMs, mayWait);
    if (digest === null) return;
    const { id, site, incident, type, severity } = alert;
    const to = channels.map(({ name }) => name);
    this.journal(
      'alert-enqueued',
      { alert: id, site, incident, alertType: type, severity, digest, channels: to },
      atMs,
    );
  }

  addPending(
    pending: Parameters<StoreTransaction['addPending']>[0],
    channels: readonly Channel[],
    atMs: number,
  ): void {
    const alert = this.outbox.addPending(pending, channels, atMs);
    const { incident, role, severity } = pending;
    const to = channels.map(({ name }) => name);
    this.journal('alert-owed', { alert, incident, standing: role, severity, channels: to }, atMs);
  }

  notifiedChannels(incident: string, channels: readonly Channel[], page?: number): string[] {
    return channels
      .map(({ name }) => name)
      .filter((name) => this.outbox.wasNotified(incident, name, page ?? null));
  }

  escalateIncident(
    { id, page, unansweredMs }: Pick<Incident, 'id' | 'page' | 'unansweredMs'>,
    { step, time }: Pick<TakenStep, 'step' | 'time'>,
    atMs: number,
  ): boolean {
    const changed = this.sql.run(
      `insert into escalation (incident, step, time, at_ms)
       select id, ?, ?, ? from incident where id = ? and state = 'open' and page = ? and unanswered_ms = ?
       on conflict do nothing`,
      step,
      time,
      atMs,
      id,
      page,
      unansweredMs,
    );
    return changed === 1;
  }

  failing(sinceMs: number): FailingMessage[] {
    return this.outbox.failing(sinceMs);
  }

  passOn(message: number, to: Channel | null, atMs: number): void {
    this.outbox.passOn(message, to, atMs);
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

  rememberedBaselines(): { readonly site: string; readonly version: number }[] {
    return this.sql
      .all('select site, version from remembered_baseline order by site')
      .map((row) => ({ site: String(row['site']), version: Number(row['version']) }));
  }

  saveSuppression({ digest, site, id, signers, untilMs, state, covered }: KnownSuppression): void {
    this.sql.run(
      'insert or replace into excuse (digest, site, id, signers, until_ms, state, covered) values (?, ?, ?, ?, ?, ?, ?)',
      digest,
      site,
      id,
      JSON.stringify(signers),
      untilMs,
      state,
      covered,
    );
  }

  setMeta(name: string, value: string): void {
    this.sql.run('insert or replace into meta (name, value) values (?, ?)', name, value);
  }

  meta(name: string): string | null {
    const row = this.sql.get('select value from meta where name = ?', name);
    return row && String(row['value']);
  }

  /** The ladder begins anew, or ends: what was taken of the one before counts no more. */
  #setLadder(id: string, unansweredMs: number | null): void {
    this.sql.run('update incident set unanswered_ms = ? where id = ?', unansweredMs, id);
    this.sql.run('delete from escalation where incident = ?', id);
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
