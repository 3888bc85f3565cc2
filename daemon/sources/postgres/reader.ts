import type { Definition } from '../../../baselines/index.js';
import type { SourceContext } from '../context.js';
import { createFingerprint } from '../relational/fingerprint.js';
import { RowCache } from '../relational/row-cache.js';
import { type CollectionReading, type Degradation, SourceError } from '../source.js';
import type { PostgresConfig } from './config.js';
import type { Endpoint } from './endpoint.js';
import { explainFailure } from './failure.js';
import { quoteLiteral } from './quote.js';
import { type Batch, readBatch, unreadable, type Watched } from './read.js';
import { checkRole } from './role-check.js';
import { clientConfig, openSession, type Session } from './session.js';

/** A relation that moved during the read is read again at once, this often in all. */
const ROUNDS = 3;

/** The connection was there and broke. */
class LostConnection extends Error {
  constructor(cause: unknown) {
    super('connection lost', { cause });
  }
}

/** Reads collections over one connection that is kept, one thing at a time. */
export class Reader {
  readonly #context: SourceContext;
  readonly #config: PostgresConfig;
  readonly #endpoint: Endpoint;
  readonly #watched: ReadonlyMap<string, Watched>;
  /** Collections that ran into a limit last time: each in a transaction of its own, so that it delays nothing else. */
  readonly #slow = new Set<Watched>();
  #session: Session | null = null;
  #roleDegradations: readonly Degradation[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  readonly #ending = new AbortController();

  constructor(
    context: SourceContext,
    config: PostgresConfig,
    endpoint: Endpoint,
    definitions: readonly Definition[],
  ) {
    this.#context = context;
    this.#config = config;
    this.#endpoint = endpoint;
    this.#watched = new Map(
      definitions.map((definition) => {
        const key = definition.secret.length > 0 ? context.fingerprintKey : null;
        const fingerprint = key ? createFingerprint(key, context.site, definition.name) : null;
        return [definition.name, { definition, fingerprint, rows: new RowCache(definition, config) }];
      }),
    );
  }

  /** What the newest connection's checks left degraded. */
  get degradations(): readonly Degradation[] {
    return this.#roleDegradations;
  }

  /** Connects and checks. Rejects with `SourceError` for a refusal, and else with what kept it from connecting. */
  connect(): Promise<void> {
    return this.#queued(async () => {
      await this.#connected();
    });
  }

  /** Reads the named collections. Never rejects: what went wrong stands in the readings. */
  read(names: readonly string[]): Promise<Map<string, CollectionReading>> {
    return this.#queued(async () => {
      const readings = new Map<string, CollectionReading>();
      const wanted = names.flatMap((name) => this.#watched.get(name) ?? []);
      const together = wanted.filter((one) => !this.#slow.has(one));
      const alone = wanted.filter((one) => this.#slow.has(one)).map((one) => [one]);
      for (const group of [together, ...alone]) {
        if (group.length > 0) await this.#readGroup(group, readings);
      }
      return readings;
    });
  }

  /** Sends a notification from the reading connection. Rejects when it cannot. */
  notify(channel: string, payload: string): Promise<void> {
    return this.#queued(async () => {
      const session = await this.#connected();
      const sql = `SELECT pg_catalog.pg_notify(${quoteLiteral(channel)}, ${quoteLiteral(payload)})`;
      await session.run(sql, this.#config.connectTimeoutMs);
    });
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#turn;
  }

  /** One after another: a connection holds one transaction. */
  #queued<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #connected(): Promise<Session> {
    if (this.#session && !this.#session.lost) return this.#session;
    this.#session = null;
    const config = this.#config;
    const session = await openSession(
      clientConfig(this.#endpoint, config),
      config.connectTimeoutMs,
      this.#ending.signal,
    );
    try {
      this.#roleDegradations = await checkRole(session, config, this.#context.collections);
    } catch (error) {
      session.destroy();
      throw error;
    }
    this.#session = session;
    return session;
  }

  async #readGroup(group: readonly Watched[], readings: Map<string, CollectionReading>): Promise<void> {
    let waiting = group;
    let mayRetry = true;
    for (let round = 1; waiting.length > 0; ) {
      let batch: Batch;
      try {
        batch = await this.#readOnce(waiting);
      } catch (error) {
        // A connection that died since the last read says nothing about the source: a new one is tried, once.
        if (mayRetry && error instanceof LostConnection) {
          mayRetry = false;
          continue;
        }
        this.#failAll(waiting, error instanceof LostConnection ? error.cause : error, readings);
        return;
      }
      for (const [one, reading] of batch.readings) {
        const name = one.definition.name;
        readings.set(name, reading);
        if (!reading.readable && reading.cause === 'timeout') this.#slow.add(one);
        else this.#slow.delete(one);
        if (round === ROUNDS && batch.moved.has(one) && one.definition.kind !== 'sensor') {
          const detail = 'the table was swapped, truncated or altered during each of our reads';
          readings.set(name, unreadable({ cause: 'moving', detail }));
        }
      }
      waiting = round === ROUNDS ? [] : waiting.filter((one) => batch.moved.has(one));
      round++;
    }
  }

  async #readOnce(watched: readonly Watched[]): Promise<Batch> {
    const session = await this.#connected();
    try {
      return await readBatch(session, { config: this.#config, watched, tables: this.#context.collections });
    } catch (cause) {
      session.destroy();
      throw explainFailure(cause).cause === 'unreachable' ? new LostConnection(cause) : cause;
    }
  }

  #failAll(group: readonly Watched[], error: unknown, readings: Map<string, CollectionReading>): void {
    // A role that became dangerous is refused like one that was so at the start.
    const failure =
      error instanceof SourceError
        ? ({ cause: 'denied', detail: error.message } as const)
        : explainFailure(error);
    for (const one of group) readings.set(one.definition.name, unreadable(failure));
    this.#context.log('warn', 'source cannot be read', { source: this.#context.name, ...failure });
  }
}
