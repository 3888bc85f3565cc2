import { composeDigest, type Day } from '../alerts/digest.js';
import type { Announcer } from '../outbox/announcer.js';
import type { Store } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import type { Timers } from '../time/timers.js';
import { type DailyTime, lastOccurrence, nextOccurrence, type Occurrence } from './daily.js';

/** The clock may be set and the configuration change: nothing is waited for longer than this without a look, in milliseconds. */
const LOOK_MS = 60_000;

/** A sender of the digest, once for each date, in the transaction that remembers the date; after a time of standing still once, late. */
export function createDailyDigest(options: {
  /** As configured now; null: off. */
  readonly time: () => DailyTime | null;
  readonly store: Pick<Store, 'meta' | 'transaction'>;
  readonly announce: Announcer['announce'];
  /** The figures of the time since the last digest. */
  readonly day: (sinceMs: number) => Promise<Day>;
  readonly onSent: (day: Day) => void;
  readonly clock: () => number;
  readonly timers: Timers;
  readonly log: Log;
  /** Takes what failed; it is tried again at the next look. */
  readonly onError: (error: unknown) => void;
}): { start(): void; look(): Promise<void>; stop(): void } {
  const { store, clock, timers } = options;
  let timer: unknown = null;
  let stopped = false;

  async function look(): Promise<void> {
    const time = options.time();
    if (time !== null) await occurrence(time).catch(options.onError);
    if (stopped) return;
    const waitMs = time === null ? LOOK_MS : nextOccurrence(time, clock()).atMs - clock();
    timers.clear(timer);
    timer = timers.set(() => void look(), Math.min(LOOK_MS, Math.max(0, waitMs)));
  }

  async function occurrence(time: DailyTime): Promise<void> {
    const nowMs = clock();
    const due = lastOccurrence(time, nowMs);
    const last = store.meta.get('digest');
    if (last === null || last.date > nextOccurrence(time, nowMs).date) {
      // The first start has nothing to report; and a clock that was far ahead must not silence the days until then.
      store.transaction((tx) => tx.meta.set('digest', { date: due.date, atMs: nowMs }));
      return;
    }
    if (due.date <= last.date) return;
    const day = await options.day(last.atMs);
    if (stopped) return;
    send(time, due, day);
  }

  function send({ timeZone }: DailyTime, { date }: Occurrence, day: Day): void {
    options.announce(
      { type: 'digest', body: { date } },
      (meta) => meta.set('digest', { date, atMs: day.nowMs }),
      (context) => composeDigest({ ...context, timeZone }, day),
    );
    options.onSent(day);
    options.log.info({ date }, 'daily digest');
  }

  return {
    start: () => void look(),
    look,
    stop: () => {
      stopped = true;
      timers.clear(timer);
    },
  };
}
