import type { ConfigWithSecrets } from '../config/config.js';
import { ConfigError } from '../config/errors.js';
import type { Assembly } from './assembly.js';

/** Deliveries and reads under way get this long when an assembly stops: well within the five seconds a stop may take. */
const STOP_LIMIT_MS = 2_500;
/** How long the old channels may take to announce a changed configuration before the new ones are used. */
const ANNOUNCE_LIMIT_MS = 15_000;

/** Of an assembly, what one that follows another needs. */
export type FollowedAssembly = Pick<Assembly, 'config' | 'watchFiles' | 'stop'> & {
  readonly outbox: Pick<Assembly['outbox'], 'start' | 'drain'>;
};

/** Builds the assembly of a configuration. Rejects when a part must not start, with nothing left open. */
type Build<A> = (config: ConfigWithSecrets) => Promise<A>;

/** The one assembly that works at a time. */
export class ActiveAssembly<A extends FollowedAssembly = Assembly> {
  readonly #build: Build<A>;
  #assembly: A;
  #stopping = false;

  private constructor(build: Build<A>, first: A) {
    this.#build = build;
    this.#assembly = first;
  }

  /** Builds the first assembly. Rejects with what `build` does. */
  static async of<A extends FollowedAssembly>(
    config: ConfigWithSecrets,
    build: Build<A>,
  ): Promise<ActiveAssembly<A>> {
    return new ActiveAssembly(build, await build(config));
  }

  assembly(): A {
    return this.#assembly;
  }

  /** Sends what is queued and listens for file events, unless the daemon stops. */
  begin(onFileHint: () => void): void {
    if (this.#stopping) return;
    this.#assembly.outbox.start();
    this.#assembly.watchFiles(onFileHint);
  }

  /**
   * Puts the assembly of another configuration in its place: builds the new parts before the old ones end, and calls `announce` so that the
   * old channels tell of the change. Resolves with whether it did: not when the daemon stops meanwhile. Rejects, with everything as it was,
   * with what `build` does and with CONFIG_NEEDS_RESTART.
   */
  async follow(next: ConfigWithSecrets, announce: () => void): Promise<boolean> {
    const before = this.#assembly;
    if (next.stateDirectory !== before.config.stateDirectory) throw needsRestart(next);
    const built = await this.#build(next);
    try {
      if (this.#stopping) return false;
      announce();
      await before.outbox.drain(ANNOUNCE_LIMIT_MS);
      if (this.#stopping) return false;
      await before.stop(STOP_LIMIT_MS);
      if (this.#stopping) return false;
      this.#assembly = built;
      return true;
    } finally {
      if (this.#assembly !== built) await built.stop(0);
    }
  }

  /** Ends it, and nothing follows. */
  stop(): Promise<void> {
    this.#stopping = true;
    return this.#assembly.stop(STOP_LIMIT_MS);
  }
}

function needsRestart({ file }: ConfigWithSecrets): ConfigError {
  return new ConfigError('CONFIG_NEEDS_RESTART', file, [
    {
      line: null,
      column: null,
      path: 'stateDirectory',
      found: 'another directory than at the start',
      needed: 'the same one, or a restart',
    },
  ]);
}
