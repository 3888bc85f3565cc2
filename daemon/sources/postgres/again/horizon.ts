import type { Rows } from '../session.js';

/** Everything that was written before it was written, or given up, when a transaction took its snapshot (PostgreSQL, "System Information Functions"). */
export interface Horizon {
  /** The oldest transaction under way then, with its epoch: `xmin` of the snapshot. */
  readonly transaction: number;
  /** When the server was started: another one counts its transactions by itself. */
  readonly server: string;
}

/** The columns of a statement that has one row: a horizon, as of its transaction. */
export const HORIZON_COLUMNS = 'txid_snapshot_xmin(txid_current_snapshot()), pg_postmaster_start_time()';
export const HORIZON_QUERY = `SELECT ${HORIZON_COLUMNS}`;

/** Transactions after which numbers of four bytes begin anew; the first three of them are none. */
const NUMBERS = 2 ** 32;
const FIRST_NORMAL = 3;
/** Two horizons that are further apart are not compared. Numbers of four bytes are told apart over twice as many. */
const FURTHEST = 2 ** 30;

/** Null where the row is not one of `HORIZON_COLUMNS`. */
export function horizonOf(row: Rows[number] | undefined): Horizon | null {
  const [transaction, server] = row ?? [];
  const number = Number(transaction ?? Number.NaN);
  return Number.isSafeInteger(number) && server ? { transaction: number, server } : null;
}

/** True where all that was written before the first horizon was written before the second one too, on the same server, and rows between are told apart. */
export function isLater(before: Horizon, after: Horizon): boolean {
  const apart = after.transaction - before.transaction;
  return (
    before.server === after.server && apart >= 0 && apart < FURTHEST && horizonMark(before) >= FIRST_NORMAL
  );
}

/** The number that marks of rows are compared with. */
export function horizonMark({ transaction }: Horizon): number {
  return transaction % NUMBERS;
}

/** A condition in SQL: the row was written after the horizon, or perhaps so. It needs the right to read `xmin`. */
export function writtenSince(horizon: Horizon): string {
  return `age(xmin) <= (SELECT age('${horizonMark(horizon)}'::xid))`;
}

/** The column that `writtenBefore` needs: by which transaction `age` counts. */
export const AGE_COLUMN = `age('${FIRST_NORMAL}'::xid)`;

/** Tells by the mark of a row, exactly as the server does in the transaction of `ageColumn`, that it is none of `writtenSince`. */
export function writtenBefore(
  horizon: Horizon,
  ageColumn: string | null | undefined,
): (mark: number) => boolean {
  const now = Number(ageColumn ?? Number.NaN) + FIRST_NORMAL;
  const age = (number: number) => (now - number) | 0;
  const atHorizon = age(horizonMark(horizon));
  return (mark) => mark < FIRST_NORMAL || age(mark) > atHorizon;
}
