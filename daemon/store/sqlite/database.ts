import { withStoreErrors } from './failure.js';

export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

/** The little we use of the driver. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): PreparedStatement;
  close(): void;
}

export interface PreparedStatement {
  run(...values: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

/** A database whose statements are compiled once and whose failures are `StoreError`s. */
export class Statements {
  readonly #cache = new Map<string, PreparedStatement>();
  constructor(private readonly database: Database) {}

  exec(sql: string): void {
    withStoreErrors(() => this.database.exec(sql));
  }
  /** Number of rows changed. */
  run(sql: string, ...values: SqlValue[]): number {
    return withStoreErrors(() => Number(this.#statement(sql).run(...values.map(whole)).changes));
  }
  get(sql: string, ...values: SqlValue[]): Row | null {
    return withStoreErrors(() => {
      const row = this.#statement(sql).get(...values.map(whole));
      return isRow(row) ? row : null;
    });
  }
  all(sql: string, ...values: SqlValue[]): Row[] {
    return withStoreErrors(() =>
      this.#statement(sql)
        .all(...values.map(whole))
        .filter(isRow),
    );
  }
  close(): void {
    this.#cache.clear();
    this.database.close();
  }

  #statement(sql: string): PreparedStatement {
    const known = this.#cache.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.#cache.set(sql, statement);
    return statement;
  }
}

/** The driver binds a text up to its first NUL: with the sign for one in its place, the rest is kept. */
function whole(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\u2400') : value;
}

/** The driver gives every row as an object by column; what a column holds is checked where it is read. */
function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}
