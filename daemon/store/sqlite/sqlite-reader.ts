import type { Alert } from '../../../notifiers/index.js';
import type { Finding } from '../../finding.js';
import type { Acknowledgement, EndedFinding, Incident, TakenStep } from '../../incident.js';
import type { KnownSuppression } from '../../policy/suppression-news.js';
import { StoreError } from '../errors.js';
import { JOURNAL_START } from '../journal.js';
import type {
  ChannelDeliveries,
  JournalEntry,
  Outage,
  OutboxStatus,
  Rejection,
  RememberedBaseline,
  StoreReader,
} from '../store.js';
import { alertOf } from '../written-form.js';
import type { Statements } from './database.js';
import { UNDELIVERED } from './pending-notifications.js';
import {
  acknowledgementOf,
  endedFindingOf,
  findingOf,
  incidentOf,
  journalEntryOf,
  outboxStatusOf,
  suppressionOf,
} from './rows.js';
import { deliveredSince, outagesSince, unnotifiedSinceMs } from './silence.js';

/** Reads the state in one SQLite database. */
export class SqliteReader implements StoreReader {
  constructor(protected readonly sql: Statements) {}

  incidents(filter: { readonly site?: string; readonly unresolvedOnly?: boolean }): Incident[] {
    return this.sql
      .all(
        `select * from incident where (?1 is null or site = ?1) and (?2 = 0 or state <> 'resolved')
         order by opened_ms desc, id`,
        filter.site ?? null,
        filter.unresolvedOnly ? 1 : 0,
      )
      .map(incidentOf);
  }

  incident(id: string): {
    incident: Incident;
    open: Finding[];
    ended: EndedFinding[];
    acknowledgements: Acknowledgement[];
  } | null {
    if (!/^[0-9a-f]{1,32}$/.test(id)) return null;
    const exact = this.sql.get('select * from incident where id = ?', id);
    const rows = exact ? [exact] : this.sql.all('select * from incident where id glob ? limit 2', `${id}*`);
    if (rows.length > 1) {
      throw new StoreError('STORE_AMBIGUOUS_ID', `several incidents begin with ${id}: give more digits`);
    }
    const [row] = rows;
    if (!row) return null;
    const incident = incidentOf(row);
    const findings = this.sql.all('select * from finding where incident = ? order by id', incident.id);
    return {
      incident,
      open: findings.filter((finding) => finding['ended_ms'] === null).map(findingOf),
      ended: findings.filter((finding) => finding['ended_ms'] !== null).map(endedFindingOf),
      acknowledgements: this.sql
        .all('select * from acknowledgement where incident = ? order by id', incident.id)
        .map(acknowledgementOf),
    };
  }

  findings(site: string, collection: string): (Finding | EndedFinding)[] {
    return this.sql
      .all(
        `select * from finding where site = ? and json_extract(subject, '$.collection') = ? order by id`,
        site,
        collection,
      )
      .map((row) => (row['ended_ms'] === null ? findingOf(row) : endedFindingOf(row)));
  }

  alerts(incident: string): { alert: Alert; createdMs: number }[] {
    return this.sql
      .all('select body, created_ms from alert where incident = ? order by created_ms, id', incident)
      .map((row) => ({
        alert: alertOf(String(row['body'])),
        createdMs: Number(row['created_ms']),
      }));
  }

  acknowledgements(): Acknowledgement[] {
    return this.sql
      .all('select * from acknowledgement where ended_ms is null order by until_ms, id')
      .map(acknowledgementOf);
  }

  escalations(incident: string): TakenStep[] {
    return this.sql
      .all('select step, time, at_ms from escalation where incident = ? order by at_ms, step, time', incident)
      .map((row) => ({ step: String(row['step']), time: Number(row['time']), atMs: Number(row['at_ms']) }));
  }

  rejections(incident: string): Rejection[] {
    return this.rejectionsOf('select fingerprint from finding where incident = ?', incident);
  }

  openRejections(site: string): Rejection[] {
    return this.rejectionsOf('select fingerprint from finding where site = ? and ended_ms is null', site);
  }

  private rejectionsOf(fingerprints: string, parameter: string): Rejection[] {
    return this.sql
      .all(
        `select * from rejection where fingerprint in (${fingerprints}) order by at_ms, fingerprint, incident`,
        parameter,
      )
      .map((row) => ({
        fingerprint: String(row['fingerprint']),
        person: String(row['person']),
        atMs: Number(row['at_ms']),
      }));
  }

  observed(
    site: string,
  ): { collection: string; recordsDigest: string; count: number; observedAtMs: number }[] {
    return this.sql.all('select * from observed where site = ? order by collection', site).map((row) => ({
      collection: String(row['collection']),
      recordsDigest: String(row['records_digest']),
      count: Number(row['count']),
      observedAtMs: Number(row['observed_at_ms']),
    }));
  }

  observedLines(site: string, collection: string): string[] | null {
    if (this.sql.get('select 1 from observed where site = ? and collection = ?', site, collection) === null) {
      return null;
    }
    return this.sql
      .all(
        'select line from observed_record where site = ? and collection = ? order by key, ordinal',
        site,
        collection,
      )
      .map((row) => String(row['line']));
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

  suppressions(site: string): KnownSuppression[] {
    return this.sql.all('select * from excuse where site = ? order by digest', site).map(suppressionOf);
  }

  meta(name: string): string | null {
    const row = this.sql.get('select value from meta where name = ?', name);
    return row && String(row['value']);
  }

  journalEntries(afterSeq: number, limit: number): JournalEntry[] {
    return this.sql
      .all('select * from journal where seq > ? order by seq limit ?', afterSeq, limit)
      .map(journalEntryOf);
  }

  journalHead(): string {
    return journalHeadOf(this.sql);
  }

  outbox(filter: { readonly undeliveredOnly?: boolean; readonly limit: number }): OutboxStatus[] {
    return this.sql
      .all(
        filter.undeliveredOnly
          ? `select * from outbox where ${UNDELIVERED} order by +id desc limit ?`
          : 'select * from outbox order by id desc limit ?',
        filter.limit,
      )
      .map(outboxStatusOf);
  }

  unnotifiedSinceMs(channels: readonly string[]): number | null {
    return unnotifiedSinceMs(this.sql, channels);
  }

  outagesSince(sinceMs: number): Outage[] {
    return outagesSince(this.sql, sinceMs);
  }

  deliveredSince(sinceMs: number): number {
    return deliveredSince(this.sql, sinceMs);
  }

  copyTo(file: string): void {
    this.sql.run('vacuum into ?', file);
  }

  deliveries(): ChannelDeliveries[] {
    const rows = this.sql.all(
      `with waiting as (
         select channel as name, sum(state <> 'failed') as pending, sum(state = 'failed') as failed
         from outbox where ${UNDELIVERED} group by channel)
       select name, delivered_ms, failed_ms, failure, coalesce(pending, 0) as pending, coalesce(failed, 0) as failed
       from (select name from channel union select name from waiting) left join channel using (name) left join waiting using (name)
       order by name`,
    );
    return rows.map((row) => ({
      channel: String(row['name']),
      lastDeliveredMs: row['delivered_ms'] === null ? null : Number(row['delivered_ms']),
      lastFailedMs: row['failed_ms'] === null ? null : Number(row['failed_ms']),
      lastFailure: row['failure'] === null ? null : String(row['failure']),
      pending: Number(row['pending']),
      failed: Number(row['failed']),
    }));
  }

  close(): void {
    this.sql.close();
  }
}

export function journalHeadOf(sql: Statements): string {
  return String(sql.get('select hash from journal order by seq desc limit 1')?.['hash'] ?? JOURNAL_START);
}
