import { composeInternalError } from '../alerts/self-alerts.js';
import { isPartMissing } from '../error-code.js';
import type { Announcer } from '../outbox/announcer.js';
import { StoreError } from '../store/errors.js';
import type { Log } from '../telemetry/log.js';

/** Codes of docs/errors.md. */
const DEFECT = 'DAEMON_DEFECT';
const NOT_WHOLE = 'DAEMON_NOT_WHOLE';
/** A part shows as degraded for so long after its last defect, and the same one come back later is told again, in milliseconds. */
const SHOWN_FOR_MS = 15 * 60_000;
/** Least time between two log lines of one part, in milliseconds: hints can make a part fail many times a second. */
const LOG_PACE_MS = 10_000;

/**
 * Where everything goes that was caught and must end nothing: `part` is what threw, in our words and configured names, to stand after "in".
 * Never throws.
 */
export type ErrorSink = (part: string, error: unknown) => void;

export interface DefectsOptions {
  readonly onStoreError: (error: unknown) => void;
  readonly announce: Announcer['announce'];
  readonly monotonic: () => number;
  readonly log: Pick<Log, 'error'>;
}

interface Defect {
  readonly code: typeof DEFECT | typeof NOT_WHOLE;
  readonly kind: string;
  seenAtMs: number;
  loggedAtMs: number;
  notified: boolean;
}

/**
 * Tells defects from a store that cannot be written. The store's own errors go to whoever watches the store. A part of the program that is
 * gone from the disk, and anything else, which is a defect of ours: logged with its stack, shown as degraded, and announced once for as long as it keeps coming.
 */
export class Defects {
  readonly #options: DefectsOptions;
  /** By part: as many as there are parts. */
  readonly #defects = new Map<string, Defect>();

  constructor(options: DefectsOptions) {
    this.#options = options;
  }

  /** An `ErrorSink`. */
  caught(part: string, error: unknown): void {
    const { onStoreError, monotonic, log } = this.#options;
    if (error instanceof StoreError) {
      onStoreError(error);
      return;
    }
    const nowMs = monotonic();
    const defect = this.#defectOf(part, error, nowMs);
    if (nowMs - defect.loggedAtMs >= LOG_PACE_MS) {
      defect.loggedAtMs = nowMs;
      log.error({ err: error, part }, 'a defect');
    }
    if (!defect.notified) this.#notify(part, defect);
  }

  /** The parts that failed lately, in our words. */
  degradations(): string[] {
    this.#forget(this.#options.monotonic());
    return [...this.#defects].map(([part, { code, kind }]) =>
      code === NOT_WHOLE
        ? `${code}: files of the program were removed while it ran, and ${part} needs one: start the daemon anew`
        : `${code}: an internal error (${kind}) in ${part}: see the log`,
    );
  }

  #defectOf(part: string, error: unknown, nowMs: number): Defect {
    this.#forget(nowMs);
    const code = isPartMissing(error) ? NOT_WHOLE : DEFECT;
    const fresh = {
      code,
      kind: kindOf(error),
      loggedAtMs: Number.NEGATIVE_INFINITY,
      notified: false,
    } as const;
    const defect = this.#defects.get(part) ?? { ...fresh, seenAtMs: nowMs };
    defect.seenAtMs = nowMs;
    this.#defects.set(part, defect);
    return defect;
  }

  #notify(part: string, defect: Defect): void {
    const { announce, onStoreError, log } = this.#options;
    const body = { part, code: defect.code, kind: defect.kind };
    defect.notified = true;
    try {
      announce({ type: 'internal-error', body }, null, (context) => composeInternalError(context, body));
    } catch (error) {
      // What could not be announced is announced when it comes again.
      defect.notified = false;
      if (error instanceof StoreError) onStoreError(error);
      else log.error({ err: error, part }, 'a defect cannot be announced');
    }
  }

  #forget(nowMs: number): void {
    for (const [part, { seenAtMs }] of this.#defects) {
      if (nowMs - seenAtMs >= SHOWN_FOR_MS) this.#defects.delete(part);
    }
  }
}

/** The name of an error's class as far as it can be one: its message may hold anything. */
function kindOf(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  return /^[A-Za-z]{1,40}$/.test(name) ? name : 'Error';
}
