import { accessSync, constants } from 'node:fs';
import type { Config } from '../config/config.js';
import type { ContainmentAction } from '../config/containment.js';
import { readSecretFile } from '../config/secret.js';
import { errorCode } from '../error-code.js';
import type { Log } from '../telemetry/log.js';
import type { Timers } from '../time/timers.js';
import { writerOf } from './writer.js';

type Configured = Pick<Config, 'containment' | 'sourceKinds'>;

/** Whether an action could be done now, by everything but the doing: why it could be, or what was found instead and what to do. Our words and configured names. */
export type ActionReadiness = { readonly fine: string } | { readonly found: string; readonly advice: string };

/** Of a rule that could not act; docs/errors.md says more. */
const CANNOT_ACT = 'CONTAINMENT_CANNOT_ACT';

/** When every rule is looked at again, in milliseconds; and when one could not act. */
const EVERY_MS = 3_600_000;
const AGAIN_MS = 60_000;

/** An action as it is named to people. */
export const namedAction = ({ name, dryRun }: ContainmentAction): string =>
  `${name} (${dryRun ? 'dry run' : 'ARMED'})`;

/** Looks at what an action needs: its program, its token, its account and table. Never rejects with what these can be guilty of. */
export async function actionReadiness(
  action: ContainmentAction,
  kinds: Config['sourceKinds'],
): Promise<ActionReadiness> {
  const { command, http, sql } = action;
  if (command !== undefined) {
    const code = refusalToRun(command[0]);
    if (code === null) return { fine: 'its program is there, and may be run' };
    const advice = `put it at ${command[0]}, for the user of the daemon to run`;
    return { found: `its program cannot be run (${code})`, advice };
  }
  if (http?.tokenFile !== undefined) {
    const token = readSecretFile('/', http.tokenFile);
    if (token.ok) return { fine: 'its token can be read; nobody was called' };
    return { found: `tokenFile: found ${token.found}`, advice: `needed ${token.needed}` };
  }
  if (sql === undefined) return { fine: 'nobody was called' };
  const way = writerOf(sql, action, kinds);
  if ('detail' in way) {
    return { found: way.detail, advice: 'put the connection string of its own account there' };
  }
  const found = await way.writer.examine(way.settings, way.write);
  if (found === null) {
    return { fine: `its account may set ${sql.column} of ${sql.table}, and nothing else runs there` };
  }
  const advice = 'docs/containment.md has the rights that its account needs, and no other';
  return { found: found.detail, advice };
}

function refusalToRun(program: string): string | null {
  try {
    accessSync(program, constants.X_OK);
    return null;
  } catch (error) {
    return errorCode(error) ?? 'unknown error';
  }
}

export interface ReadinessOptions {
  readonly config: () => Configured;
  readonly timers: Timers;
  readonly log: Log;
  readonly onError: (error: unknown) => void;
}

/**
 * Whether each rule of containment could act, looked at beside the watching, which waits for none of it: at the start, with each new configuration, and
 * again on a timer, since an account or a table can change. That a rule could not act is known before it is needed.
 */
export class ContainmentReadiness {
  readonly #options: ReadinessOptions;
  #problems: readonly string[] = [];
  /** What the problems are of. */
  #lookedAt: Configured['containment'] = null;
  #looking: Promise<void> | null = null;
  #isAsked = false;
  #isStopped = false;
  #timer: unknown;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** Looks at every rule, now or after the look under way. Never throws. */
  look(): void {
    this.#isAsked = true;
    this.#looking ??= this.#lookWhileAsked();
  }

  /** Begins no further look. */
  stop(): void {
    this.#isStopped = true;
    this.#options.timers.clear(this.#timer);
  }

  /** Resolves when the look under way has ended. */
  async idle(): Promise<void> {
    await this.#looking;
  }

  /** What keeps rules of the configuration in force from acting, for `degraded`. Empty as well before it is known. */
  problems(): readonly string[] {
    return this.#options.config().containment === this.#lookedAt ? this.#problems : [];
  }

  async #lookWhileAsked(): Promise<void> {
    const { timers, onError } = this.#options;
    timers.clear(this.#timer);
    while (this.#isAsked && !this.#isStopped) {
      this.#isAsked = false;
      await this.#lookAt(this.#options.config()).catch(onError);
    }
    this.#looking = null;
    if (this.#isStopped || this.#options.config().containment === null) return;
    const nextMs = this.#problems.length > 0 ? AGAIN_MS : EVERY_MS;
    this.#timer = timers.set(() => this.look(), nextMs);
  }

  async #lookAt({ containment, sourceKinds }: Configured): Promise<void> {
    const found: string[] = [];
    for (const action of containment?.actions ?? []) {
      const readiness = await actionReadiness(action, sourceKinds);
      if ('fine' in readiness) continue;
      found.push(
        `containment ${namedAction(action)}: ${CANNOT_ACT}: ${readiness.found}; ${readiness.advice}`,
      );
    }
    const before = this.problems();
    this.#lookedAt = containment;
    this.#problems = found;
    if (this.#isStopped) return;
    for (const problem of found) {
      if (!before.includes(problem))
        this.#options.log.warn({ problem }, 'a rule of containment could not act');
    }
    if (before.length > 0 && found.length === 0) {
      this.#options.log.info('every rule of containment could act');
    }
  }
}
