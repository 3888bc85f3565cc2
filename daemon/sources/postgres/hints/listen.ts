import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { ClientConfig } from 'pg';
import pgListen from 'pg-listen';
import { errorCode } from '../../../error-code.js';
import type { SourceContext } from '../../context.js';
import { keepListening, type Listening, pause } from '../../relational/listening.js';
import type { Hint } from '../../source.js';
import type { PostgresConfig } from '../config.js';
import { explainFailure } from '../failure.js';

export interface ListenOptions {
  readonly config: PostgresConfig;
  /** Settings of a connection, taken anew for each. */
  readonly clientConfig: () => ClientConfig;
  /** The one payload that names each watched relation, and its collections. */
  readonly relations: ReadonlyMap<string, readonly string[]>;
  /** Sends a notification over another connection. */
  readonly notify: (channel: string, payload: string) => Promise<void>;
  /** Told why a connection could not begin, or ended. */
  readonly onFailure: (error: unknown) => void;
  readonly onHint: (hint: Hint) => void;
  readonly log: SourceContext['log'];
}

const REPORT_FOREIGN_MS = 60_000;

/** A notification whose return proves that we are listening. Other watchers on the channel send such as well. */
const CANARY = 'canary:';

/**
 * Listens for ever. One connection of `keepListening`:
 *
 * ```
 *   connect ─▶ LISTEN ─▶ first canary back ─▶ `listening` ─▶ canaries … ─▶ lost
 *      └───────────┴──────────────┴──────────────────────────────────────────▲
 * ```
 *
 * The library's own reconnecting is off (`retryLimit: 1` makes no attempt): it gives up after a time, cannot be stopped while the server is
 * down and goes on behind the back of a `connect` that failed. A canary is a notification of ours, sent over another connection: only its
 * return proves that we can be told anything, which neither a living socket nor a pooler in transaction mode does.
 */
export function listen(options: ListenOptions): Listening {
  const { config, onHint, log } = options;
  let startup: Startup = NEVER_TOO_IDLE;
  const countForeign = foreignCounter(options);
  return keepListening({
    source: config.name,
    onHint,
    log,
    listen: ({ onListening, onChanged }, signal) => {
      const onPayload = (payload: string): void => {
        const collections = options.relations.get(payload);
        if (collections) onChanged(collections);
        else if (!payload.startsWith(CANARY)) countForeign();
      };
      const refused = () => {
        startup = {};
      };
      return listenOnce(options, { onListening, onPayload, refused }, startup, signal);
    },
  });
}

/** Settings that a connection begins with. */
type Startup = { readonly options?: string };

/** Whoever limits idle sessions would end one that listens again and again. Only what a connection begins with can be said to it before it listens. */
const NEVER_TOO_IDLE: Startup = { options: '-c idle_session_timeout=0' };

/** What a pooler says of a startup parameter it does not know (protocol_violation), and a server before 14 of the setting. */
const REFUSED_AT_STARTUP: readonly (string | null)[] = ['08P01', '42704'];

interface ConnectionEvents {
  /** The settings that the connection was to begin with. */
  readonly refused: () => void;
  /** The first canary came back. */
  readonly onListening: () => void;
  /** Something was said on the channel. Anybody may have said it. */
  readonly onPayload: (payload: string) => void;
}

/** One connection, from connecting to its loss. Resolves with the reason of the loss, in our words; never rejects. */
async function listenOnce(
  options: ListenOptions,
  events: ConnectionEvents,
  startup: Startup,
  signal: AbortSignal,
): Promise<string> {
  const { config } = options;
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  // A socket of our own: only destroying it ends a connection that no longer answers.
  const socket = new Socket();
  const canary: { payload: string; onReturn: () => void } = { payload: '', onReturn: () => undefined };

  const reason = await new Promise<string>((lose) => {
    signal.addEventListener('abort', () => lose('closed'), { once: true, signal: over.signal });
    const work = async (): Promise<void> => {
      const subscriber = pgListen.default<Record<string, string>>(
        {
          ...options.clientConfig(),
          ...startup,
          query_timeout: config.canaryTimeoutMs,
          stream: () => socket,
        },
        {
          retryLimit: 1,
          // It proves the socket; the canary proves that as well.
          paranoidChecking: false,
          // Foreign text is never parsed: a payload is compared with those we know, whole.
          parse: (payload) => payload,
        },
      );
      // The reason that a failed call gives is better than this one, and comes in the same turn.
      subscriber.events.on('error', () => setImmediate(() => lose('the listening connection broke')));
      // Without a listener, a channel of this name would end the process, whoever made the server say it.
      subscriber.notifications.on('error', () => undefined);
      subscriber.events.on('notification', (notification) => {
        const payload = String(notification.payload ?? '');
        if (payload === canary.payload) canary.onReturn();
        else events.onPayload(payload);
      });
      ended.addEventListener('abort', () => void subscriber.close().catch(() => undefined), { once: true });

      await subscriber.connect();
      await subscriber.listenTo(config.channel);
      for (let first = true; !ended.aborted; first = false) {
        await sendCanary(options, canary);
        if (first && !ended.aborted) events.onListening();
        await pause(config.canaryIntervalMs, ended);
      }
    };
    work().catch((error: unknown) => {
      options.onFailure(error);
      if (REFUSED_AT_STARTUP.includes(errorCode(error))) events.refused();
      lose(reasonOf(error));
    });
  });
  over.abort();
  socket.destroy();
  return reason;
}

/** The canary did not come back. */
class CanaryLost extends Error {}

/** Resolves when the canary came back; rejects with why it did not. */
async function sendCanary(
  { config, notify }: ListenOptions,
  canary: { payload: string; onReturn: () => void },
): Promise<void> {
  const returned = new Promise<void>((resolve) => {
    canary.payload = CANARY + randomBytes(16).toString('hex');
    canary.onReturn = resolve;
  });
  await notify(config.channel, canary.payload);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CanaryLost()), config.canaryTimeoutMs);
  });
  try {
    await Promise.race([returned, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CanaryLost) {
    return 'our own notification was not heard: the connection is dead, or a pooler in transaction mode is in between (then: hints: poll)';
  }
  if (errorCode(error) === READ_ONLY) return 'the server is a standby and refuses LISTEN (then: hints: poll)';
  return `listening failed: ${explainFailure(error).detail}`;
}

/** `read_only_sql_transaction`: what a standby says to LISTEN. */
const READ_ONLY = '25006';

/** Counts what is not for us and says so once a minute at most, without a word of it. */
function foreignCounter({ config, log }: ListenOptions): () => void {
  let count = 0;
  let reportAt = 0;
  return () => {
    count++;
    if (performance.now() < reportAt) return;
    log('warn', 'notifications that are not ours were ignored', { source: config.name, count });
    count = 0;
    reportAt = performance.now() + REPORT_FOREIGN_MS;
  };
}
