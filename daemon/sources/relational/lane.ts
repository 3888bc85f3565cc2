import { createExclusive } from '../../time/exclusive.js';
import type { ServerConnections } from './idle-connections.js';

/** A connection to a database, for one work at a time. */
export interface Connection {
  /** True once it was lost or destroyed. */
  readonly lost: boolean;
  /** Never throws, never waits long. */
  destroy(): void;
}

/** A connection that is kept from work to work and made anew where it was lost, one work after the other. In between it may be closed for another source of its server. */
export class Lane<C extends Connection> {
  readonly #connect: () => Promise<C>;
  readonly #connections: ServerConnections;
  #connection: C | null = null;
  /** A connection holds one transaction. */
  readonly #queued = createExclusive();

  /** `connect`: rejects with what kept it from connecting. */
  constructor(connect: () => Promise<C>, connections: ServerConnections) {
    this.#connect = connect;
    this.#connections = connections;
  }

  get isOpen(): boolean {
    return this.#connection !== null && !this.#connection.lost;
  }

  /** The connection, a new one if need be; only within `inTurn`. Rejects with what kept it from connecting. */
  async connected(): Promise<C> {
    if (this.#connection && !this.#connection.lost) return this.#connection;
    this.#connection = null;
    this.#connections.gone();
    this.#connection = await this.#connect();
    this.#connections.busy();
    return this.#connection;
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#queued(async () => {
      if (this.#connection !== null) this.#connections.busy();
      try {
        return await work();
      } finally {
        const connection = this.#connection;
        if (connection === null || connection.lost) this.#connections.gone();
        else this.#connections.idle(() => connection.destroy());
      }
    });
  }

  /** Does one work over the connection. Rejects with what `work` or connecting rejects with. */
  use<T>(work: (connection: C) => Promise<T>): Promise<T> {
    return this.inTurn(async () => work(await this.connected()));
  }

  /** Ends the connection when what was asked for before is done. */
  close(): Promise<void> {
    return this.#queued(async () => {
      this.#connection?.destroy();
      this.#connection = null;
      this.#connections.gone();
    });
  }

  /** Resolves when what was asked for before is done. */
  idle(): Promise<void> {
    return this.#queued(async () => undefined);
  }
}
