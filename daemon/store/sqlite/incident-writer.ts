import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../../../baselines/index.js';
import { SEVERITIES } from '../../../notifiers/index.js';
import type { Acknowledgement, Incident, TakenStep } from '../../incident.js';
import type { IncidentWriter } from '../port/incidents.js';
import { textColumn } from './columns.js';
import { SqliteIncidentReader } from './incident-reader.js';
import { incidentIn } from './rows.js';

/** Digits of a new incident's id. An id that is taken gets one more. */
const ID_DIGITS = 4;

/** The event of an incident, whose id is the parameter, that the step under way makes. */
export const NEXT_EVENT = '(select event + 1 from incident where id = ?)';

/** Writes the steps of incidents, in the transaction of its caller. */
export class SqliteIncidentWriter extends SqliteIncidentReader implements IncidentWriter {
  unresolved(site: string, topic: string): Incident | null {
    const row = this.sql.get(
      "select * from incident where site = ? and topic = ? and state <> 'resolved'",
      site,
      topic,
    );
    return row && incidentIn(row);
  }

  create({ site, topic, severity }: Pick<Incident, 'site' | 'topic' | 'severity'>, atMs: number): Incident {
    const digits = randomBytes(16).toString('hex');
    let id = digits.slice(0, ID_DIGITS);
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

  refresh(id: string): Incident & { readonly open: number } {
    const open = this.sql.all(
      // Without statistics SQLite would walk everything the incident was ever told of.
      'select fingerprint, severity from finding indexed by finding_open_of_incident where incident = ? and ended_ms is null',
      id,
    );
    const before = this.#incident(id);
    const severities = new Set(open.map((row) => row['severity']));
    const worst = SEVERITIES.find((one) => one === before.severity || severities.has(one));
    const severity = worst ?? before.severity;
    const revision = revisionOf(open.map((row) => textColumn(row, 'fingerprint')));
    const after = { ...before, revision, severity, open: open.length };
    if (severity === before.severity && revision === before.revision) return after;
    this.sql.run('update incident set revision = ?, severity = ? where id = ?', revision, severity, id);
    return after;
  }

  advance(
    from: Pick<Incident, 'id' | 'state' | 'event' | 'page'>,
    to: { readonly state: 'open' | 'acknowledged'; readonly page: number; readonly observedMs?: number },
    atMs: number,
  ): boolean {
    const begins = to.state === 'open' && (from.state === 'acknowledged' || to.page !== from.page);
    const changed = this.sql.run(
      `update incident set state = ?, page = ?, event = event + 1, observed_ms = coalesce(?, observed_ms),
         unanswered_ms = coalesce(?, unanswered_ms)
       where id = ? and state = ? and event = ?`,
      to.state,
      to.page,
      to.observedMs ?? null,
      begins ? atMs : null,
      from.id,
      from.state,
      from.event,
    );
    if (changed !== 1) return false;
    if (begins) this.#forgetSteps(from.id);
    return true;
  }

  resolve(id: string, resolution: string, atMs: number, observedMs?: number): boolean {
    this.endAcknowledgement(id, 'resolved', atMs);
    this.#setLadder(id, null);
    const changed = this.sql.run(
      `update incident set state = 'resolved', resolved_ms = ?, resolution = ?, event = event + 1, resolved_event = event + 1,
         observed_ms = coalesce(?, observed_ms)
       where id = ? and state <> 'resolved'`,
      atMs,
      resolution,
      observedMs ?? null,
      id,
    );
    return changed === 1;
  }

  acknowledge(
    { id, state, event, revision }: Pick<Incident, 'id' | 'state' | 'event' | 'revision'>,
    { person, reason, untilMs }: Pick<Acknowledgement, 'person' | 'reason' | 'untilMs'>,
    atMs: number,
  ): boolean {
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

  escalate(
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

  /** The ladder begins anew, or ends: what was taken of the one before counts no more. */
  #setLadder(id: string, unansweredMs: number | null): void {
    this.sql.run('update incident set unanswered_ms = ? where id = ?', unansweredMs, id);
    this.#forgetSteps(id);
  }

  #forgetSteps(id: string): void {
    this.sql.run('delete from escalation where incident = ?', id);
  }

  #incident(id: string): Incident {
    const row = this.sql.get('select * from incident where id = ?', id);
    if (!row) throw new RangeError('no such incident');
    return incidentIn(row);
  }
}

/** What a human decision about an incident binds (invariant 12). */
function revisionOf(openFingerprints: readonly string[]): string {
  return sha256Hex([...openFingerprints].sort().join('\n'));
}
