import { SEVERITIES, type Severity } from '../../../notifiers/index.js';
import type { Finding } from '../../finding.js';
import type { EndedFinding } from '../../incident.js';
import type { FindingReader, Outage, Rejection } from '../port/findings.js';
import { number, numberOrNull } from './columns.js';
import type { Statements } from './database.js';
import { endedFindingIn, findingIn, rejectionIn } from './rows.js';

/** Reads what was found. */
export class SqliteFindingReader implements FindingReader {
  constructor(protected readonly sql: Statements) {}

  open(site: string): Finding[] {
    return this.sql
      .all('select * from finding where site = ? and ended_ms is null order by id', site)
      .map(findingIn);
  }

  openOf(incident: string): Finding[] {
    return this.sql
      .all(
        `select * from finding indexed by finding_open_of_incident
         where incident = ? and ended_ms is null order by id`,
        incident,
      )
      .map(findingIn);
  }

  countOpenOf(incident: string): number {
    const row = this.sql.get(
      // Without statistics SQLite would walk everything the incident was ever told of.
      `select count(*) as count from finding indexed by finding_open_of_incident
       where incident = ? and ended_ms is null`,
      incident,
    );
    return row === null ? 0 : number(row, 'count');
  }

  endedOf(incident: string): EndedFinding[] {
    return this.sql
      .all('select * from finding where incident = ? and ended_ms is not null order by id', incident)
      .map(endedFindingIn);
  }

  worstNotifiedOf(incident: string): Severity | null {
    const told = this.sql.all(
      'select distinct severity from finding where incident = ? and told_ms is not null',
      incident,
    );
    return SEVERITIES.find((severity) => told.some((row) => row['severity'] === severity)) ?? null;
  }

  ofCollection(site: string, collection: string, key: string | null = null): (Finding | EndedFinding)[] {
    return this.sql
      .all(
        `select * from finding where site = ?1 and subject ->> '$.collection' = ?2
           and (?3 is null or (subject ->> '$.what' = 'change' and subject ->> '$.key' = ?3)) order by id`,
        site,
        collection,
        key,
      )
      .map((row) => (row['ended_ms'] === null ? findingIn(row) : endedFindingIn(row)));
  }

  rejections(incident: string): Rejection[] {
    return this.#rejectionsOf('select fingerprint from finding where incident = ?', incident);
  }

  openRejections(site: string): Rejection[] {
    return this.#rejectionsOf('select fingerprint from finding where site = ? and ended_ms is null', site);
  }

  /** Walks all findings: for once a day. */
  outagesSince(sinceMs: number): Outage[] {
    return this.sql
      .all(
        `select * from finding where (ended_ms is null or ended_ms > ?)
           and subject ->> '$.what' in ('blind', 'unreachable') order by id`,
        sinceMs,
      )
      .map((row) => ({ ...findingIn(row), endedMs: numberOrNull(row, 'ended_ms') }));
  }

  #rejectionsOf(fingerprints: string, parameter: string): Rejection[] {
    return this.sql
      .all(
        `select * from rejection where fingerprint in (${fingerprints}) order by at_ms, fingerprint, incident`,
        parameter,
      )
      .map(rejectionIn);
  }
}
