import type { Degradation } from '../source.js';

/** Connections that read of one server that are kept, however many sites would rather listen there: what nobody reads is not watched at all. */
const KEPT_FOR_READING = 4;
/** How long after the last time a connection was closed for another source this is shown, in milliseconds. */
const SHOWN_MS = 600_000;

/** How many are closed before one of ours was given one in their place. Where others took them, it is tried with a single one. */
const MADE_AT_A_TIME = 4;
/** How long the server has to give one of ours what was closed for it, in milliseconds: then others have taken it. */
const TAKEN_AFTER_MS = 2_000;
/** How long nothing is closed after that, in milliseconds; twice as long each further time. */
const FIRST_REST_MS = 10_000;
const LONGEST_REST_MS = 3_600_000;

interface Server {
  /** Those of its connections that nothing is done with, longest first, each with what closes it. */
  readonly idle: Map<object, () => void>;
  /** Connections that read, idle or not. */
  reading: number;
  lentAtMs: number;
  /** Closed for others of ours since one of them was given a connection, and when the first of these was. */
  made: number;
  madeSinceMs: number;
  /** How often others took what was closed, one time after the other, and until when nothing is closed therefore. */
  taken: number;
  restsUntilMs: number;
}

/**
 * Connections of all sites, by server. A server gives so many and no more; then one that is idle is closed for a source that gets none, and opened
 * again when its own source reads. So no site of a server is shut out by the others of ours, and the application by none of ours: we ask for no
 * more than we are given. Where what was closed goes to somebody else, the server is exhausted by others: then every site keeps what it has, and it
 * is tried again more and more seldom.
 */
export class IdleConnections {
  readonly #servers = new Map<string, Server>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  /** What a reader says of its connection to a server. */
  at(server: string): ServerConnections {
    const known = this.#servers.get(server) ?? {
      ...{ idle: new Map(), reading: 0, lentAtMs: Number.NEGATIVE_INFINITY },
      ...{ made: 0, madeSinceMs: 0, taken: 0, restsUntilMs: Number.NEGATIVE_INFINITY },
    };
    this.#servers.set(server, known);
    return new ServerConnections(known, this.#monotonic);
  }
}

/** One source among those that share a server. */
export class ServerConnections {
  readonly #server: Server;
  readonly #monotonic: () => number;
  #isOpen = false;

  constructor(server: Server, monotonic: () => number) {
    this.#server = server;
    this.#monotonic = monotonic;
  }

  /** The server gave this source a connection, to read or to listen with. */
  given(): void {
    this.#server.made = 0;
    this.#server.taken = 0;
    this.#server.restsUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** The connection of this source is open, and something is done with it. */
  busy(): void {
    if (!this.#isOpen) {
      this.#server.reading++;
      this.given();
    }
    this.#isOpen = true;
    this.#server.idle.delete(this);
  }

  /** Nothing is done with it. `close` ends it. */
  idle(close: () => void): void {
    if (!this.#isOpen) return;
    this.#server.idle.set(this, () => {
      this.gone();
      close();
    });
  }

  /** It is open no more. */
  gone(): void {
    if (this.#isOpen) this.#server.reading--;
    this.#isOpen = false;
    this.#server.idle.delete(this);
  }

  /**
   * The server gave no further one: closes the one that was idle for longest. False where it is no use to ask again: there is none to close for `purpose`, or
   * others take what is closed.
   */
  makeRoom(purpose: 'reading' | 'listening'): boolean {
    const server = this.#server;
    const nowMs = this.#monotonic();
    if (server.made > 0 && nowMs - server.madeSinceMs >= TAKEN_AFTER_MS) {
      server.restsUntilMs = nowMs + Math.min(FIRST_REST_MS * 2 ** server.taken, LONGEST_REST_MS);
      server.taken++;
      server.made = 0;
    }
    if (nowMs < server.restsUntilMs) return false;
    // What was closed already is about to be given to one of ours.
    if (server.made >= (server.taken === 0 ? MADE_AT_A_TIME : 1)) return true;
    const [close] = server.idle.values();
    if (close === undefined || (purpose === 'listening' && server.reading <= KEPT_FOR_READING)) return false;
    close();
    if (server.made === 0) server.madeSinceMs = nowMs;
    server.made++;
    server.lentAtMs = nowMs;
    return true;
  }

  degradations(source: string): Degradation[] {
    const { lentAtMs, taken } = this.#server;
    if (this.#monotonic() - lentAtMs > SHOWN_MS) return [];
    if (taken > 0) {
      const message = `source "${source}": its server gives nobody a further connection, and what sites of ours gave up for each other was taken by others, so each keeps what it has and some may not be read; see who holds the connections of the server, or raise its limit`;
      return [{ code: 'SOURCE_CONNECTIONS_SHARED', message }];
    }
    const message = `source "${source}": its server gives us fewer connections than its sites need, so they take turns and changes are told later; raise the limit of our role ("tillwarden sql", run again) or of the server`;
    return [{ code: 'SOURCE_CONNECTIONS_SHARED', message }];
  }
}
