import { randomInt } from 'node:crypto';
import pg from 'pg';
import type { HeartbeatStatements } from '../scenario/scenario.js';

export interface TerminalHeartbeatOptions {
  /** Connection string of a role that may update the volatile columns of `terminal`, such as `cas_app`. */
  readonly url: string;
  /** Updates per second over all connections together. */
  readonly perSecond: number;
  /** 1 when absent. */
  readonly connections?: number;
  /** Of another application than the reference CAS. */
  readonly statements?: HeartbeatStatements | undefined;
}

export interface Heartbeats {
  /** Updates that the server confirmed. */
  sent(): number;
  /** Updates and connection attempts that failed. */
  errors(): number;
  /** The latest failure, or null. */
  lastError(): Error | null;
  /** Ends after the updates under way. */
  stop(): Promise<void>;
}

const RECONNECT_MS = 250;

/**
 * Terminals that report all the time, as they do at a real site: each beat updates the volatile columns of a random terminal of the reference
 * schema. A lost connection is counted as an error and made anew until `stop`. Rejects when the first connection or the
 * reading of the terminals fails.
 */
export async function startHeartbeats(options: TerminalHeartbeatOptions): Promise<Heartbeats> {
  const { url, perSecond, connections = 1, statements } = options;
  const first = await connect(url);
  const terminals = await terminalIds(first, statements?.terminals ?? TERMINALS);
  const beat = new Beat(url, (1000 * connections) / perSecond, terminals, beatOf(statements?.beat));
  const running = [beat.run(first)];
  for (let i = 1; i < connections; i++) running.push(beat.run(null));
  return {
    sent: () => beat.sent,
    errors: () => beat.errors,
    lastError: () => beat.lastError,
    stop: async () => {
      beat.stopping.abort();
      await Promise.all(running);
    },
  };
}

const TERMINALS = 'select id from public.terminal';

function beatOf(text: string | undefined): (terminal: string) => pg.QueryConfig {
  return text === undefined ? heartbeat : (terminal) => ({ name: 'heartbeat', text, values: [terminal] });
}

async function terminalIds(client: pg.Client, statement: string): Promise<string[]> {
  try {
    const { rows } = await client.query<{ id: string }>(statement);
    return rows.map(({ id }) => id);
  } catch (error) {
    await client.end();
    throw error;
  }
}

class Beat {
  sent = 0;
  errors = 0;
  lastError: Error | null = null;
  readonly stopping = new AbortController();

  constructor(
    private readonly url: string,
    private readonly intervalMs: number,
    private readonly terminals: readonly string[],
    private readonly beat: (terminal: string) => pg.QueryConfig,
  ) {}

  /** One connection's life: beats at its times, catching up when the server was slow, reconnecting when it is gone. */
  async run(connected: pg.Client | null): Promise<void> {
    let client = connected;
    let due = performance.now();
    while (!this.stopping.signal.aborted) {
      try {
        client ??= await connect(this.url);
        const terminal = this.terminals[randomInt(this.terminals.length)] ?? '';
        await client.query(this.beat(terminal));
        this.sent += 1;
        due = Math.max(due + this.intervalMs, performance.now() - 1000);
        await this.#sleep(due - performance.now());
      } catch (error) {
        this.errors += 1;
        this.lastError = error instanceof Error ? error : new Error(String(error));
        await client?.end().catch(() => undefined);
        client = null;
        await this.#sleep(RECONNECT_MS);
        due = performance.now();
      }
    }
    await client?.end().catch(() => undefined);
  }

  /** Ends early when stopping. */
  #sleep(ms: number): Promise<void> {
    const { signal } = this.stopping;
    if (!(ms > 0) || signal.aborted) return Promise.resolve();
    return new Promise((done) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        done();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    });
  }
}

/** One report of a terminal, as a prepared statement: it touches the volatile columns and nothing that is watched. */
export function heartbeat(terminal: string): pg.QueryConfig {
  const rates = JSON.stringify({ BTC: 2_154_300 + randomInt(1000), LTC: 1890 + randomInt(10) });
  return { name: 'heartbeat', text: UPDATE, values: [terminal, rates, randomInt(50) === 0 ? 1 : 0] };
}

const UPDATE = `
  update public.terminal
     set last_ping = now(), connected_at = coalesce(connected_at, now()), rates = $2::jsonb, errors = errors + $3
   where id = $1`;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'heartbeats',
    connectionTimeoutMillis: 5000,
    query_timeout: 10_000,
  });
  // The loss shows as the next query's rejection, where it is counted.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
