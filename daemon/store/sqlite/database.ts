export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

/** The little we use of the driver. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  run(...values: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

/** Statements are compiled once. */
export class Statements {
  readonly #cache = new Map<string, Statement>();
  constructor(private readonly database: Database) {}

  run(sql: string, ...values: SqlValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }
  get(sql: string, ...values: SqlValue[]): Row | null {
    return (this.#statement(sql).get(...values) as Row | undefined) ?? null;
  }
  all(sql: string, ...values: SqlValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }
  #statement(sql: string): Statement {
    const known = this.#cache.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.#cache.set(sql, statement);
    return statement;
  }
}
