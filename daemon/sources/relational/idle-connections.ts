import type { Degradation } from '../source.js';

/** Connections that read of one server that are kept, however many sites would rather listen there: what nobody reads is not watched at all. */
const KEPT_FOR_READING = 4;
/** How long after the last time a connection was closed for another source this is shown, in milliseconds. */
const SHOWN_MS = 600_000;

interface Server {
  /** Those of its connections that nothing is done with, longest first, each with what closes it. */
  readonly idle: Map<object, () => void>;
  /** Connections that read, idle or not. */
  reading: number;
  /** By `performance.now()`. */
  lentAtMs: number;
}

/**
 * Connections of all sites, by server. A server gives so many and no more; then one that is idle is closed for a source that gets none, and opened
 * again when its own source reads. So no site of a server is shut out by the others of ours, and the application by none of ours: we ask for no
 * more than we are given.
 */
export class IdleConnections {
  readonly #servers = new Map<string, Server>();

  /** What a reader says of its connection to a server. */
  at(server: string): ServerConnections {
    const known = this.#servers.get(server) ?? {
      idle: new Map(),
      reading: 0,
      lentAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#servers.set(server, known);
    return new ServerConnections(known);
  }
}

/** One source among those that share a server. */
export class ServerConnections {
  readonly #server: Server;
  #isOpen = false;

  constructor(server: Server) {
    this.#server = server;
  }

  /** The connection of this source is open, and something is done with it. */
  busy(): void {
    if (!this.#isOpen) this.#server.reading++;
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

  /** The server gave no further one: closes the one that was idle for longest. False where there is none to close for `purpose`. */
  makeRoom(purpose: 'reading' | 'listening'): boolean {
    const { idle, reading } = this.#server;
    const [close] = idle.values();
    if (close === undefined || (purpose === 'listening' && reading <= KEPT_FOR_READING)) return false;
    close();
    this.#server.lentAtMs = performance.now();
    return true;
  }

  degradations(source: string): Degradation[] {
    if (performance.now() - this.#server.lentAtMs > SHOWN_MS) return [];
    const message = `source "${source}": its server gives us fewer connections than its sites need, so they take turns and changes are told later; raise the limit of our role ("tillwarden sql", run again) or of the server`;
    return [{ code: 'SOURCE_CONNECTIONS_SHARED', message }];
  }
}
