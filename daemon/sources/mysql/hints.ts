import type { SourceContext } from '../context.js';
import { keepListening, type Listening, type ListeningEvents, pause } from '../relational/listening.js';
import type { Hint } from '../source.js';
import type { MysqlConfig } from './config.js';
import { errorNumber, explainMysqlError } from './failure.js';
import { awaitedAfter, type GtidSet, movedUuid, parseGtidSet } from './gtid.js';
import type { PinnedSession } from './pinned-session.js';

interface ListenOptions {
  readonly config: MysqlConfig;
  readonly connect: (signal: AbortSignal) => Promise<PinnedSession>;
  /** All collections of tables: a position says that something changed, never what. */
  readonly collections: readonly string[];
  /** How long a read of them takes of late, in milliseconds. */
  readonly readMs: () => number;
  readonly onHint: (hint: Hint) => void;
  readonly log: SourceContext['log'];
}

/** What `sql_log_bin = 0` hides from every position is found by a read this often, if reading is cheap. */
const TIMED_READ_MS = 1000;
/** The same where there is no position. */
const BLIND_READ_MS = 100;
/** A timed read takes at most one part in so many of our time, and less of the server's. */
const TIMED_SHARE = 50;
const BLIND_SHARE = 20;
/** A read for a hint waits until the last one's share is over, so that a busy server is not read without end. */
const HINTED_SHARE = 4;
/** MariaDB moves its position before the row can be read (until it is on disk): a change is read again after so long, and so on. */
const ECHOES_MS = [4, 10, 20] as const;
const WAIT_SECONDS = 1;

/**
 * Listens for ever, without a trigger or a right. One connection of `keepListening`: it either waits inside the server for the next
 * transaction (MySQL with GTIDs), or asks for the position again and again. Both prove that they are answered at least once a second; an answer that does
 * not come in time, or a position that moved without waking us, ends the connection.
 */
export function listenToServer(options: ListenOptions): Listening {
  const { config, onHint, log } = options;
  return keepListening({
    source: config.name,
    onHint,
    log,
    listen: async (events, signal) => {
      let session: PinnedSession | null = null;
      try {
        session = await options.connect(signal);
        await listenOver(session, options, events, signal);
        return 'closed';
      } catch (error) {
        return signal.aborted ? 'closed' : reasonOf(error);
      } finally {
        session?.destroy();
      }
    },
  });
}

async function listenOver(
  session: PinnedSession,
  options: ListenOptions,
  events: ListeningEvents,
  signal: AbortSignal,
): Promise<void> {
  const { config } = options;
  const pace = new Pace(options, events);
  const waits = config.hints === 'gtid' || (config.hints === 'auto' && (await hasGtids(session, config)));
  if (waits) await waitForTransactions(session, config, pace, events, signal);
  else await pollPosition(session, config, pace, events, signal);
}

async function hasGtids(session: PinnedSession, config: MysqlConfig): Promise<boolean> {
  if (session.version.flavour !== 'mysql') return false;
  return (await ask(session, config, 'SELECT @@GLOBAL.gtid_mode'))[0] === 'ON';
}

/** Decides when collections are read. Times are those of a clock that never goes back. */
class Pace {
  #readAt = performance.now();
  /** A change is not read yet because the last read was too near. */
  #isOwed = false;

  constructor(
    private readonly options: ListenOptions,
    private readonly events: ListeningEvents,
  ) {}

  /** Whether a change waits to be read. */
  get isOwed(): boolean {
    return this.#isOwed;
  }

  /** Something changed. */
  changed(): void {
    this.#isOwed = true;
    this.tick(TIMED_READ_MS);
  }

  /** Nothing changed that we know of; `timedMs` after the last read there is another, `share` permitting. */
  tick(timedMs: number, share = TIMED_SHARE): void {
    const sinceMs = performance.now() - this.#readAt;
    const readMs = this.options.readMs();
    const dueMs = this.#isOwed ? readMs * HINTED_SHARE : Math.max(timedMs, readMs * share);
    if (sinceMs < dueMs) return;
    this.#isOwed = false;
    this.#readAt = performance.now();
    this.events.onChanged(this.options.collections);
  }
}

/** Waits inside the server, a second at a time. */
async function waitForTransactions(
  session: PinnedSession,
  config: MysqlConfig,
  pace: Pace,
  events: ListeningEvents,
  signal: AbortSignal,
): Promise<void> {
  const executed = async (): Promise<GtidSet> =>
    parseGtidSet((await ask(session, config, 'SELECT @@GLOBAL.gtid_executed'))[0] ?? '');
  let uuid = (await ask(session, config, 'SELECT @@server_uuid'))[0] ?? '';
  // What a copy applies bears the name of another server, of which there may be several: which one is known once something moved.
  let isNamed = (await ask(session, config, 'SELECT @@GLOBAL.read_only'))[0] === '0';
  let known = await executed();
  events.onListening();
  while (!signal.aborted) {
    const wait = `SELECT WAIT_FOR_EXECUTED_GTID_SET('${awaitedAfter(known, uuid)}', ${WAIT_SECONDS})`;
    const [isLate] = isNamed ? await ask(session, config, wait) : ['1'];
    if (isLate === '0') pace.changed();
    const now = await executed();
    const moved = movedUuid(known, now);
    if (moved !== null && isLate !== '0') pace.changed();
    if (moved !== null) {
      uuid = moved;
      isNamed = true;
    }
    known = now;
    if (!isNamed) await pause(config.pollIntervalMs, signal);
    pace.tick(TIMED_READ_MS);
    // A busy server wakes us no more often than we would ask.
    for (let more = isLate === '0'; more && !signal.aborted; more = pace.isOwed) {
      await pause(config.pollIntervalMs, signal);
      pace.tick(TIMED_READ_MS);
    }
  }
}

/** A position that moves with every transaction; empty where there is none, whatever an earlier life of the server has left there. */
const POSITION = {
  mariadb:
    "SELECT IF(@@GLOBAL.log_bin, CONCAT_WS(' ', @@GLOBAL.gtid_binlog_pos, @@GLOBAL.gtid_slave_pos), '')",
  mysql: "SELECT IF(@@GLOBAL.gtid_mode = 'ON', @@GLOBAL.gtid_executed, '')",
} as const;

/** Asks for the position on every tick. */
async function pollPosition(
  session: PinnedSession,
  config: MysqlConfig,
  pace: Pace,
  events: ListeningEvents,
  signal: AbortSignal,
): Promise<void> {
  const question = POSITION[session.version.flavour];
  let known = (await ask(session, config, question))[0] ?? '';
  let echoes: readonly number[] = [];
  events.onListening();
  while (!signal.aborted) {
    const position = (await ask(session, config, question))[0] ?? '';
    if (position !== known) {
      known = position;
      echoes = ECHOES_MS;
      pace.changed();
    } else if (echoes.length > 0) {
      echoes = echoes.slice(1);
      pace.changed();
    }
    if (position === '') pace.tick(BLIND_READ_MS, BLIND_SHARE);
    else pace.tick(TIMED_READ_MS);
    const tickMs = position === '' ? Math.max(config.pollIntervalMs, BLIND_READ_MS) : config.pollIntervalMs;
    await pause(Math.min(echoes[0] ?? tickMs, tickMs), signal);
  }
}

/** The first row of an answer, which must come within the canary's limit. */
async function ask(
  session: PinnedSession,
  { canaryTimeoutMs }: MysqlConfig,
  sql: string,
): Promise<readonly (string | null)[]> {
  const [result] = await session.run(sql, WAIT_SECONDS * 1000 + canaryTimeoutMs);
  return result?.rows[0] ?? [];
}

/** What a server without GTIDs says to a wait (ER_GTID_MODE_OFF). */
const GTID_MODE_OFF = 3062;
/** What a server says that has no such function or variable: MariaDB, or MySQL before 5.7.5. */
const UNKNOWN_TO_SERVER = [1193, 1305];

function reasonOf(error: unknown): string {
  const number = errorNumber(error);
  if (number === GTID_MODE_OFF) return 'the server has gtid_mode OFF (then: hints: auto)';
  if (number !== null && UNKNOWN_TO_SERVER.includes(number)) {
    return 'the server knows no MySQL transaction identifiers (then: hints: auto)';
  }
  return `listening failed: ${explainMysqlError(error).detail}`;
}
