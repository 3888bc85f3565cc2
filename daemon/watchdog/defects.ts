import { composeInternalError } from '../alerts/self-alerts.js';
import type { Announcer } from '../outbox/announcer.js';
import { StoreError } from '../store/errors.js';
import type { Log } from '../telemetry/log.js';

/** A code of docs/errors.md. */
const CODE = 'DAEMON_DEFECT';
/** A part shows as degraded for so long after its last defect, and the same one come back later is told again, in milliseconds. */
const SHOWN_FOR_MS = 15 * 60_000;
/** Least time between two log lines of one part, in milliseconds: hints can make a part fail many times a second. */
const LOG_PACE_MS = 10_000;

/**
 * Where everything goes that was caught and must end nothing: `part` is what threw, in our words and configured names, to stand after "in".
 * Never throws.
 */
export type ErrorSink = (part: string, error: unknown) => void;

/** What is known of the defects of this process. */
export interface Defects {
  readonly caught: ErrorSink;
  /** The parts that failed lately, in our words. */
  degradations(): string[];
}

interface Defect {
  readonly kind: string;
  seenAtMs: number;
  loggedAtMs: number;
  notified: boolean;
}

/**
 * Tells defects from a store that cannot be written. The store's own errors go to whoever watches the store. Anything else is a defect of
 * ours: logged with its stack, shown as degraded, and announced once for as long as it keeps coming.
 */
export function createDefects(options: {
  readonly onStoreError: (error: unknown) => void;
  readonly announce: Announcer['announce'];
  readonly monotonic: () => number;
  readonly log: Pick<Log, 'error'>;
}): Defects {
  const { monotonic, log } = options;
  /** By part: as many as there are parts. */
  const defects = new Map<string, Defect>();

  function caught(part: string, error: unknown): void {
    if (error instanceof StoreError) {
      options.onStoreError(error);
      return;
    }
    const nowMs = monotonic();
    forget(nowMs);
    const defect = defects.get(part) ?? {
      kind: kindOf(error),
      seenAtMs: nowMs,
      loggedAtMs: Number.NEGATIVE_INFINITY,
      notified: false,
    };
    defects.set(part, defect);
    defect.seenAtMs = nowMs;
    if (nowMs - defect.loggedAtMs >= LOG_PACE_MS) {
      defect.loggedAtMs = nowMs;
      log.error({ err: error, part }, 'a defect');
    }
    if (!defect.notified) notify(part, defect);
  }

  function notify(part: string, defect: Defect): void {
    const body = { part, code: CODE, kind: defect.kind };
    defect.notified = true;
    try {
      options.announce({ type: 'internal-error', body }, null, (context) =>
        composeInternalError(context, body),
      );
    } catch (error) {
      // What could not be announced is announced when it comes again.
      defect.notified = false;
      if (error instanceof StoreError) options.onStoreError(error);
      else log.error({ err: error, part }, 'a defect cannot be announced');
    }
  }

  function forget(nowMs: number): void {
    for (const [part, { seenAtMs }] of defects) {
      if (nowMs - seenAtMs >= SHOWN_FOR_MS) defects.delete(part);
    }
  }

  return {
    caught,
    degradations: () => {
      forget(monotonic());
      return [...defects].map(
        ([part, { kind }]) => `${CODE}: an internal error (${kind}) in ${part}: see the log`,
      );
    },
  };
}

/** The name of an error's class as far as it can be one: its message may hold anything. */
function kindOf(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  return /^[A-Za-z]{1,40}$/.test(name) ? name : 'Error';
}
