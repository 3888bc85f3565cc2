import type { ReadFailure } from '../relational/failure.js';
import type { Degradation } from '../source.js';

/** A thread of the server that replicates. */
export interface ReplicationThread {
  readonly command: string;
  readonly state: string;
}

/** The age of what a replica shows, followed from one read of the sensor to the next. */
export interface ReplicaWatch {
  /** Takes the threads that replicate, and whether the server takes writes from its replication alone (`read_only`). */
  observe(threads: readonly ReplicationThread[], isReadOnly: boolean): void;
  /** Why nothing that is read may be believed; null when it may. */
  failure(): ReadFailure | null;
  /** Shown for as long as the server is a replica, or looks like one. */
  degradations(): Degradation[];
}

/**
 * A replica is in step when it waits for its source and has applied all it received, by the words of its own threads. (Its
 * `Seconds_Behind` counts from the last transaction it applied: it is 0 while the connection to the source is dead.) A server that was a replica and has no
 * such threads any more is a stopped one as long as it is read-only, and else has taken over. `now`: milliseconds of a clock that never goes back.
 */
export function watchReplica(
  source: string,
  staleAfterMs: number,
  now: () => number = () => performance.now(),
): ReplicaWatch {
  let isReplica = false;
  let looksLikeOne = false;
  let inStepAt = now();
  let lookedAt = inStepAt;
  return {
    observe: (threads, isReadOnly) => {
      lookedAt = now();
      looksLikeOne = isReadOnly && threads.length === 0;
      isReplica = threads.length > 0 || (isReplica && isReadOnly);
      if (!isReplica || isInStep(threads)) inStepAt = lookedAt;
    },
    failure: () => {
      // As it was when it was last looked at: reads of tables alone, as hints cause them, come between two looks, however far apart these are.
      if (!isReplica || lookedAt - inStepAt <= staleAfterMs) return null;
      const limit = Math.round(staleAfterMs / 1000);
      return {
        cause: 'unreachable',
        detail: `the server is a replica that has been out of step with its source for more than ${limit} s (staleAfterMs)`,
      };
    },
    degradations: () => {
      if (!isReplica && !looksLikeOne) return [];
      const what = isReplica
        ? 'the server is a replica. What is read there is as old as its replication'
        : 'the server is read-only and replicates from nobody. If it is a copy, what is read there may be old';
      return [{ code: 'SOURCE_STANDBY', message: `source "${source}": ${what}` }];
    },
  };
}

/** Both servers say it in these words; newer ones say source and replica for master and slave. */
function isInStep(threads: readonly ReplicationThread[]): boolean {
  const states = threads.map(({ state }) => state);
  return (
    states.some((state) => /^Waiting for (?:master|source) to send event/.test(state)) &&
    states.some((state) => /has read all relay log; waiting for/.test(state))
  );
}
