import { randomBytes } from 'node:crypto';
import type { Definition } from '../../../../baselines/index.js';
import type { SourceContext } from '../../context.js';
import { keepListening, type Listening, type ListeningEvents, pause } from '../../relational/listening.js';
import { type Degradation, type Hint, SourceError } from '../../source.js';
import type { PostgresConfig } from '../config.js';
import { explainFailure } from '../failure.js';
import { takeBack } from '../recover.js';
import type { Session } from '../session.js';
import { beginReading } from '../settings.js';
import { type PollAnswer, pollAnswers, pollStatement } from './poll-statement.js';

/** Tables with more rows are asked about one at a time, and seldom. */
const SMALL_ROWS = 2_000;
/** Small tables take at most one part in so many of one core of the server, large ones as much again of another. */
const SMALL_SHARE = 75;
const LARGE_SHARE = 150;
/** The least time between two questions about large tables, or those that could not be asked about, in milliseconds. */
const LARGE_PAUSE_MS = 1_000;
/** How often a table must fail one after the other before it counts as changed: a lock for a moment is nothing. */
const FAILURES_THAT_COUNT = 2;
/** A table in somebody's way is left alone soon, in milliseconds. */
const LOCK_TIMEOUT_MS = 100;
/** Slower than asked for by this factor is shown. */
const SLOW = 4;

export interface PollOptions {
  readonly config: PostgresConfig;
  /** Connects and refuses a role that could harm. */
  readonly connect: (signal: AbortSignal) => Promise<Session>;
  readonly definitions: readonly Definition[];
  readonly onHint: (hint: Hint) => void;
  readonly log: SourceContext['log'];
}

/** Listening by asking, and what is to be said of it. */
export interface Polling extends Listening {
  degradations(): Degradation[];
}

/** One table as it was last asked about. */
interface Asked {
  readonly definition: Definition;
  answer: PollAnswer | null;
  failures: number;
}

/**
 * Asks for ever whether anything changed, with nothing installed in the database, on a standby as well:
 *
 * ```
 *   connect ─▶ every table asked about once ─▶ `listening` ─▶ small tables every pollIntervalMs, one large one now and then … ─▶ lost
 * ```
 *
 * What the questions cost is measured by the server's own clock, and they come so seldom that they take a fiftieth of one of its cores at most: on a
 * busy server, which answers slowly, by themselves.
 */
export function poll(options: PollOptions): Polling {
  const { config, onHint, log } = options;
  const cost = { everyMs: 0, largeEveryMs: 0, large: 0 };
  const listening = keepListening({
    source: config.name,
    onHint,
    log,
    listen: async (events, signal) => {
      let session: Session | null = null;
      try {
        session = await options.connect(signal);
        await new Poller(session, options, events, cost).run(signal);
        return 'closed';
      } catch (error) {
        return signal.aborted ? 'closed' : reasonOf(error);
      } finally {
        session?.destroy();
      }
    },
  });
  return { close: () => listening.close(), degradations: () => slowness(config, cost) };
}

class Poller {
  readonly #asked: readonly Asked[];
  readonly #seed = randomBytes(8).readBigInt64BE();
  readonly #begin: string;
  #largeDueMs = 0;
  #nextLarge = 0;

  constructor(
    private readonly session: Session,
    private readonly options: PollOptions,
    private readonly events: ListeningEvents,
    private readonly cost: { everyMs: number; largeEveryMs: number; large: number },
  ) {
    const { config, definitions } = options;
    this.#asked = definitions.map((definition) => ({ definition, answer: null, failures: 0 }));
    const { serverVersion, encoding } = session;
    this.#begin = beginReading({
      serverVersion,
      encoding,
      lockTimeoutMs: Math.min(LOCK_TIMEOUT_MS, config.lockTimeoutMs),
      transactionTimeoutMs: Math.ceil(config.canaryTimeoutMs / 2),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    for (const one of this.#asked) await this.#ask([one], null);
    this.events.onListening();
    while (!signal.aborted) {
      const from = performance.now();
      const smallMs = await this.#askSmall();
      await this.#askLarge();
      this.cost.everyMs = Math.max(this.options.config.pollIntervalMs, smallMs * SMALL_SHARE);
      await pause(Math.max(1, from + this.cost.everyMs - performance.now()), signal);
    }
  }

  /** Returns what it cost the server, in milliseconds. */
  async #askSmall(): Promise<number> {
    const small = this.#asked.filter(isSmall);
    if (small.length === 0) return 0;
    const tookMs = await this.#ask(small, SMALL_ROWS + 1);
    if (tookMs !== null) return tookMs;
    // One of them failed, and took the answers of the others along.
    let sumMs = 0;
    for (const one of small) sumMs += (await this.#ask([one], SMALL_ROWS + 1)) ?? 0;
    return sumMs;
  }

  /** One of those that are no longer small, when it is time. */
  async #askLarge(): Promise<void> {
    const large = this.#asked.filter((one) => !isSmall(one));
    this.cost.large = large.length;
    const one = large[this.#nextLarge % Math.max(1, large.length)];
    if (one === undefined || performance.now() < this.#largeDueMs) return;
    this.#nextLarge++;
    const from = performance.now();
    const tookMs = (await this.#ask([one], null)) ?? performance.now() - from;
    const pauseMs = Math.max(LARGE_PAUSE_MS, tookMs * LARGE_SHARE);
    this.cost.largeEveryMs = pauseMs * large.length;
    this.#largeDueMs = performance.now() + pauseMs;
  }

  /** Returns what it cost the server in milliseconds, or null when it was refused; rejects when the connection is lost. */
  async #ask(tables: readonly Asked[], mostRows: number | null): Promise<number | null> {
    const { canaryTimeoutMs } = this.options.config;
    const questions = pollStatement(
      tables.map(({ definition }) => definition),
      { seed: this.#seed, mostRows },
    );
    try {
      const results = await this.session.run(`${this.#begin}; ${questions}; COMMIT`, canaryTimeoutMs);
      const answers = pollAnswers(results.slice(this.#begin.split('; ').length, -1));
      tables.forEach((one, i) => {
        this.#take(one, answers[i] ?? null);
      });
      return answers.reduce((sum, { tookMs }) => sum + tookMs, 0);
    } catch (error) {
      await takeBack(this.session, error, { to: 'ROLLBACK', timeoutMs: canaryTimeoutMs });
      const [one, ...others] = tables;
      if (one !== undefined && others.length === 0) this.#take(one, null);
      return null;
    }
  }

  #take(one: Asked, answer: PollAnswer | null): void {
    if (answer === null) {
      one.failures++;
      if (one.failures === FAILURES_THAT_COUNT) this.events.onChanged([one.definition.name]);
      return;
    }
    const wasLost = one.failures >= FAILURES_THAT_COUNT;
    const isOther = one.answer !== null && one.answer.sum !== answer.sum;
    one.failures = 0;
    one.answer = answer;
    if (wasLost || isOther) this.events.onChanged([one.definition.name]);
  }
}

/** A table whose rows are few, as far as is known, and that answers. */
function isSmall({ answer, failures }: Asked): boolean {
  return answer !== null && answer.rows <= SMALL_ROWS && failures < FAILURES_THAT_COUNT;
}

function slowness(
  config: PostgresConfig,
  cost: { readonly everyMs: number; readonly largeEveryMs: number; readonly large: number },
): Degradation[] {
  const parts = [
    ...(cost.everyMs > config.pollIntervalMs * SLOW
      ? [`the server answers slowly, and is asked every ${Math.round(cost.everyMs)} ms only`]
      : []),
    ...(cost.large > 0
      ? [
          `${cost.large === 1 ? 'one collection has' : `${cost.large} collections have`} more than ${SMALL_ROWS} rows or cannot be asked about: ` +
            `changes there are heard of within ${Math.ceil(Math.max(LARGE_PAUSE_MS, cost.largeEveryMs) / 1000)} s`,
        ]
      : []),
  ];
  if (parts.length === 0) return [];
  return [
    { code: 'SOURCE_POLL_SLOW', message: `source "${config.name}" (hints: poll): ${parts.join('; ')}` },
  ];
}

function reasonOf(error: unknown): string {
  if (error instanceof SourceError) return `listening was refused (${error.code})`;
  return `listening failed: ${explainFailure(error).detail}`;
}
