import type { Config } from '../config/config.js';
import { ConfigError } from '../config/errors.js';
import { type Assembly, assemble, type DaemonEnvironment } from './assembly.js';

/** Deliveries and reads under way get this long when an assembly stops: well within the five seconds a stop may take. */
const STOP_LIMIT_MS = 2_500;
/** How long the old channels may take to announce a changed configuration before the new ones are used. */
const ANNOUNCE_LIMIT_MS = 15_000;

/** The one assembly that works at a time. */
export interface ActiveAssembly {
  assembly(): Assembly;
  /** Sends what is queued and listens for file events, unless the daemon stops. */
  begin(onFileHint: () => void): void;
  /**
   * Puts the assembly of another configuration in its place: builds the new parts before the old ones end, and calls `announce` so that the
   * old channels tell of the change. Resolves with whether it did: not when the daemon stops meanwhile. Rejects, with everything as it was,
   * with what `assemble` throws and with CONFIG_NEEDS_RESTART.
   */
  follow(next: Config, announce: () => void): Promise<boolean>;
  /** Ends it, and nothing follows. */
  stop(): Promise<void>;
}

/** Builds the first assembly. Throws what `assemble` throws. */
export async function activate(config: Config, environment: DaemonEnvironment): Promise<ActiveAssembly> {
  let assembly = await assemble(config, environment);
  let stopping = false;

  async function follow(next: Config, announce: () => void): Promise<boolean> {
    if (next.stateDirectory !== assembly.config.stateDirectory) throw needsRestart(next);
    const built = await assemble(next, environment);
    try {
      if (stopping) return false;
      announce();
      await assembly.outbox.drain(ANNOUNCE_LIMIT_MS);
      if (stopping) return false;
      await assembly.stop(STOP_LIMIT_MS);
      if (stopping) return false;
      assembly = built;
      return true;
    } finally {
      if (assembly !== built) await built.stop(0);
    }
  }

  return {
    assembly: () => assembly,
    begin: (onFileHint) => {
      if (stopping) return;
      assembly.outbox.start();
      assembly.watchFiles(onFileHint);
    },
    follow,
    stop: () => {
      stopping = true;
      return assembly.stop(STOP_LIMIT_MS);
    },
  };
}

function needsRestart({ file }: Config): ConfigError {
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
