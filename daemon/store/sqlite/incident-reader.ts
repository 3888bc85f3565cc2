import type { Acknowledgement, Incident, TakenStep } from '../../incident.js';
import { StoreError } from '../errors.js';
import type { IncidentReader, IncidentRecord } from '../port/incidents.js';
import type { Statements } from './database.js';
import { SqliteFindingReader } from './finding-reader.js';
import { acknowledgementIn, incidentIn, takenStepIn } from './rows.js';

/** Reads incidents, and who answers for them. */
export class SqliteIncidentReader implements IncidentReader {
  constructor(protected readonly sql: Statements) {}

  list(filter: { readonly site?: string; readonly unresolvedOnly?: boolean }): Incident[] {
    const { site, unresolvedOnly = false } = filter;
    // Each question is written out: the unresolved ones have an index, which a parameter in the condition would hide.
    const conditions = [
      ...(site === undefined ? [] : ['site = ?']),
      ...(unresolvedOnly ? ["state <> 'resolved'"] : []),
    ];
    const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
    return this.sql
      .all(
        `select * from incident ${where} order by opened_ms desc, id`,
        ...(site === undefined ? [] : [site]),
      )
      .map(incidentIn);
  }

  resolved(limit: number): Incident[] {
    return this.sql
      .all("select * from incident where state = 'resolved' order by opened_ms desc, id limit ?", limit)
      .map(incidentIn);
  }

  find(id: string): IncidentRecord | null {
    if (!/^[0-9a-f]{1,32}$/.test(id)) return null;
    const exact = this.sql.get('select * from incident where id = ?', id);
    const rows = exact ? [exact] : this.sql.all('select * from incident where id glob ? limit 2', `${id}*`);
    if (rows.length > 1) {
      throw new StoreError('STORE_AMBIGUOUS_ID', `several incidents begin with ${id}: give more digits`);
    }
    const [row] = rows;
    if (!row) return null;
    const incident = incidentIn(row);
    const findings = new SqliteFindingReader(this.sql);
    return {
      incident,
      open: findings.openOf(incident.id),
      ended: findings.endedOf(incident.id),
      acknowledgements: this.sql
        .all('select * from acknowledgement where incident = ? order by id', incident.id)
        .map(acknowledgementIn),
    };
  }

  acknowledgements(): Acknowledgement[] {
    return this.sql
      .all('select * from acknowledgement where ended_ms is null order by until_ms, id')
      .map(acknowledgementIn);
  }

  escalations(incident: string): TakenStep[] {
    return this.sql
      .all('select step, time, at_ms from escalation where incident = ? order by at_ms, step, time', incident)
      .map(takenStepIn);
  }
}
