import { composeConfigChanged } from '../alerts/announce.js';
import { NO_SUPPRESSIONS } from '../approvals/active/suppressions.js';
import { ALL_SITES } from '../channel.js';
import type { Config } from '../config/config.js';
import { configDifferences } from '../config/differences.js';
import { ConfigError } from '../config/errors.js';
import { loadConfig } from '../config/load.js';
import { errorCode } from '../error-code.js';
import type { Announcer } from '../outbox/announcer.js';
import { configCondition } from '../policy/conditions.js';
import { judge } from '../policy/judge.js';
import type { Log } from '../telemetry/log.js';
import { createRecorder, type RecorderOptions } from '../watch/recorder.js';

/** The configuration file, while the daemon runs. */
export interface ConfigFile {
  /** Reads it: what differs takes effect and is told, and what cannot be used is an incident. Never rejects. */
  look(): Promise<void>;
  /** Remembers and tells that this configuration takes effect. */
  announce(next: Config, differences: readonly string[]): void;
}

export function createConfigFile(options: {
  /** The configuration in force. */
  readonly config: () => Config;
  /** Puts another one in its place, having called `announce` when that cannot fail any more. */
  readonly follow: (next: Config, announce: () => void) => Promise<void>;
  readonly announce: Announcer['announce'];
  readonly recorder: Omit<RecorderOptions, 'site' | 'timeZone' | 'definitions' | 'personal'>;
  readonly log: Log;
}): ConfigFile {
  const { log } = options;
  const { clock } = options.recorder;
  const recorder = createRecorder({
    ...options.recorder,
    site: ALL_SITES,
    timeZone: 'UTC',
    definitions: [],
    personal: new Map(),
  });

  async function look(): Promise<void> {
    const problem = await problemNow();
    try {
      decide(problem);
    } catch (error) {
      log.error({ err: error }, 'what the configuration on disk comes to cannot be recorded');
    }
  }

  /** Follows what is on disk. Returns in our words why it cannot be used; null when it can. */
  async function problemNow(): Promise<string | null> {
    const active = options.config();
    try {
      const next = loadConfig(active.file, 'all', active.sourceKinds);
      const differences = configDifferences(active, next);
      if (differences.length > 0) {
        await options.follow(next, () => {
          log.warn({ differences }, 'the configuration changed');
          announce(next, differences);
        });
      }
      return null;
    } catch (error) {
      log.error({ err: error }, 'the configuration on disk cannot be used');
      return inOurWords(error);
    }
  }

  function announce({ digest }: Config, differences: readonly string[]): void {
    options.announce(
      { type: 'config-changed', body: { digest, differences: [...differences] } },
      (meta) => meta.set('config', digest),
      (context) => composeConfigChanged(context, differences),
    );
  }

  function decide(problem: string | null): void {
    const verdict = judge({
      conditions: problem === null ? [] : [configCondition(ALL_SITES, problem)],
      open: recorder.openFindings(),
      examined: () => true,
      outcomes: new Map(),
      signed: new Map(),
      nowMs: clock(),
    });
    const approvals = {
      active: null,
      previous: null,
      adopted: false,
      problems: [],
      suppressions: NO_SUPPRESSIONS,
    };
    recorder.record({ verdict, approvals, readings: new Map(), observedAtMs: clock() });
  }

  return { look, announce };
}

/** Codes and our own messages; what a library says may hold anything. */
function inOurWords(error: unknown): string {
  if (error instanceof ConfigError) {
    const { length } = error.problems;
    return `${length} ${length === 1 ? 'problem' : 'problems'}; "tillwarden check" names each with its line`;
  }
  return errorCode(error) ?? 'an internal error, see the log';
}
