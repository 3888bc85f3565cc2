import type { ReadFailure } from '../relational/failure.js';
import type { Degradation } from '../source.js';
import type { Rows } from './session.js';

/**
 * One row: whether the server is a standby, whether its replay is paused, whether all it received is replayed, how old the last replayed
 * transaction is in milliseconds, the position of replay, and whether a receiver runs. No right is needed. Null: not known, or no standby. Last, what
 * has nothing to do with it and must be known before a read as well: whether the identifier of the cluster may be read.
 */
export const STANDBY_QUERY = `SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END,
  pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn(),
  floor(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint,
  pg_last_wal_replay_lsn(), (pg_stat_get_wal_receiver()).pid IS NOT NULL,
  has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')`;

/** The age of what a standby shows, followed from read to read. */
export interface StandbyWatch {
  /** Takes the row of `STANDBY_QUERY`. Returns why nothing that is read now may be believed; null when it may. */
  observe(row: Rows[number] | undefined): ReadFailure | null;
  /** Shown for as long as the server is a standby. */
  degradations(): Degradation[];
}

/** `now`: milliseconds of a clock that never goes back. */
export function watchStandby(
  source: string,
  staleAfterMs: number,
  now: () => number = () => performance.now(),
): StandbyWatch {
  let isStandby = false;
  let position: string | null | undefined;
  let movedAt = 0;
  return {
    observe: (row) => {
      isStandby = row?.[0] !== 'f';
      if (!isStandby) {
        position = undefined;
        return null;
      }
      const [, paused, isReplayed, age, replayed, hasReceiver] = row ?? [];
      if (position === undefined || position !== replayed) movedAt = now();
      position = replayed ?? null;
      // An idle primary writes nothing, so that a standby in step with it stands still as well: its receiver tells them apart.
      if (paused !== 't' && isReplayed === 't' && hasReceiver === 't') return null;
      const stoodMs = now() - movedAt;
      const ageMs = age === null || age === undefined ? stoodMs : Math.max(Number(age), stoodMs);
      if (ageMs <= staleAfterMs) return null;
      const why =
        paused === 't'
          ? 'its replay is paused'
          : hasReceiver === 't'
            ? 'its replay lags behind what it received'
            : 'it receives nothing from its primary';
      const limit = Math.round(staleAfterMs / 1000);
      return {
        cause: 'unreachable',
        detail: `the server is a standby whose data is more than ${limit} s old (staleAfterMs): ${why}`,
      };
    },
    degradations: () =>
      isStandby
        ? [
            {
              code: 'SOURCE_STANDBY',
              message:
                `source "${source}": the server is a standby. What is read there is as old as its replay, and changes are found by the ` +
                'timed read alone',
            },
          ]
        : [],
  };
}
