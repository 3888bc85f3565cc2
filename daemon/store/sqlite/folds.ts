import { foldedEvent, KEPT_TYPES } from '../journal/fold.js';
import type { Fold, FoldReader, FoldWriter, NewFold, StoredRows } from '../port/folds.js';
import type { JournalWriter } from '../port/journal.js';
import { foundNumber, number, textColumn } from './columns.js';
import type { Row, Statements } from './database.js';

/** What waits of an incident or an alert, or was given up: its messages must be found again. */
const UNSENT = "state in ('pending', 'claimed', 'failed')";
/** Tables with rows of an incident that are removed one by one, with their keys. */
const LONG_TABLES = [
  ['finding', 'id'],
  ['outbox', 'id'],
  ['alert', 'id'],
] as const;
const SHORT_TABLES = ['acknowledgement', 'escalation'] as const;
/** What people called hostile stays so when it comes again, however much later. */
const STAYING_TABLES = ['rejection'] as const;
const KEPT = [...KEPT_TYPES].map((type) => `'${type}'`).join(', ');

export class SqliteFoldReader implements FoldReader {
  constructor(protected readonly sql: Statements) {}

  last(): Fold | null {
    const row = this.sql.get('select * from fold order by number desc limit 1');
    return (
      row && { number: number(row, 'number'), through: number(row, 'through'), head: textColumn(row, 'head') }
    );
  }

  ofIncident(incident: string): { readonly number: number; readonly atMs: number } | null {
    const row = this.sql.get(
      'select number, at_ms from incident join fold on number = folded where id = ?',
      incident,
    );
    return row && { number: number(row, 'number'), atMs: number(row, 'at_ms') };
  }

  nothingOpenBefore(beforeMs: number): number {
    const first = this.sql.get(
      `select min(found) as found from (
         select min(opened_ms) as found from incident where state <> 'resolved'
         union all select min(created_ms) from outbox where state in ('pending', 'claimed'))`,
    );
    return Math.min(beforeMs, foundNumber(first) ?? beforeMs);
  }

  incidents(beforeMs: number, limit: number): string[] {
    return this.sql
      .all(
        `select id from incident where state = 'resolved' and folded is null and resolved_ms < ?
           and not exists (select 1 from outbox where outbox.incident = incident.id and ${UNSENT})
         order by resolved_ms, id limit ?`,
        beforeMs,
        limit,
      )
      .map((row) => textColumn(row, 'id'));
  }

  rowsOfIncident(incident: string): StoredRows {
    const tables = [...LONG_TABLES.map(([table]) => table), ...SHORT_TABLES, ...STAYING_TABLES];
    return Object.fromEntries<Row | null | Row[]>([
      ['incident', this.sql.get('select * from incident where id = ?', incident)],
      ...tables.map((table): [string, Row[]] => [
        table,
        this.sql.all(`select * from ${table} where incident = ?`, incident),
      ]),
    ]);
  }

  announcements(beforeMs: number, limit: number): string[] {
    return this.sql
      .all(
        `select id from alert where incident is null and created_ms < ?
           and not exists (select 1 from outbox where outbox.alert = alert.id and ${UNSENT})
         order by created_ms, id limit ?`,
        beforeMs,
        limit,
      )
      .map((row) => textColumn(row, 'id'));
  }

  rowsOfAnnouncement(alert: string): StoredRows {
    return {
      alert: this.sql.get('select * from alert where id = ?', alert),
      outbox: this.sql.all('select * from outbox where alert = ?', alert),
    };
  }
}

/** Folds in the transaction of its caller. */
export class SqliteFoldWriter extends SqliteFoldReader implements FoldWriter {
  constructor(
    sql: Statements,
    private readonly journal: JournalWriter,
  ) {
    super(sql);
  }

  begin(fold: NewFold, atMs: number): void {
    this.journal.append(foldedEvent(fold), atMs);
    const { number: own, through, head } = fold;
    this.sql.run(
      'insert into fold (number, through, head, at_ms) values (?, ?, ?, ?)',
      own,
      through,
      head,
      atMs,
    );
    for (const id of fold.incidents) {
      this.sql.run('update incident set folded = ? where id = ? and folded is null', own, id);
    }
  }

  removeSome(rows: number): boolean {
    const fold = this.sql.get('select number, through from fold where done = 0 order by number limit 1');
    if (fold === null) return false;
    const own = number(fold, 'number');
    const removed = this.#removeEntries(number(fold, 'through'), rows) || this.#removeDetails(own, rows);
    if (!removed) this.sql.run('update fold set done = 1 where number = ?', own);
    return true;
  }

  removeAnnouncements(alerts: readonly string[]): void {
    for (const alert of alerts) {
      this.sql.run('delete from outbox where alert = ?', alert);
      this.sql.run('delete from alert where id = ?', alert);
    }
  }

  removeObserved(sites: readonly string[], beforeMs: number): void {
    const gone = `site not in (select value from json_each(?))`;
    const names = JSON.stringify(sites);
    for (const row of this.sql.all(
      `select site, collection from observed where ${gone} and observed_at_ms < ?`,
      names,
      beforeMs,
    )) {
      const place = [textColumn(row, 'site'), textColumn(row, 'collection')];
      this.sql.run('delete from observed_record where site = ? and collection = ?', ...place);
      this.sql.run('delete from observed where site = ? and collection = ?', ...place);
    }
  }

  #removeEntries(through: number, rows: number): boolean {
    const removed = this.sql.run(
      `delete from journal where seq in (
         select seq from journal where seq <= ? and type not in (${KEPT}) order by seq limit ?)`,
      through,
      rows,
    );
    return removed > 0;
  }

  #removeDetails(fold: number, rows: number): boolean {
    for (const [table, key] of LONG_TABLES) {
      const removed = this.sql.run(
        `delete from ${table} where ${key} in (
           select ${table}.${key} from incident join ${table} on ${table}.incident = incident.id where folded = ? limit ?)`,
        fold,
        rows,
      );
      if (removed > 0) return true;
    }
    for (const table of SHORT_TABLES) {
      this.sql.run(`delete from ${table} where incident in (select id from incident where folded = ?)`, fold);
    }
    return false;
  }
}
