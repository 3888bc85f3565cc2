import { connect, type Socket } from 'node:net';
import { errorCode } from '../../../error-code.js';

/** How knocking at one port ended. */
export type Knock =
  | { readonly type: 'open'; readonly socket: Socket }
  /** The machine said no: a packet came back. */
  | { readonly type: 'closed' }
  /** Nothing came back in time, or a router said that there is no way: dropped by a firewall, gone, or our own network. */
  | { readonly type: 'no-answer' }
  /** We could not even ask. `code` is the system's. */
  | { readonly type: 'not-asked'; readonly code: string };

const NO_ANSWER: ReadonlySet<string> = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN']);
/** The other side ended it, at once or after the first packets. */
const CLOSED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET']);

/** Opens one TCP connection. Never rejects. Whoever is given a socket destroys it. */
export function knock(address: string, port: number, timeoutMs: number): Promise<Knock> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, autoSelectFamily: false });
    const timer = setTimeout(() => done({ type: 'no-answer' }), timeoutMs);
    const done = (outcome: Knock) => {
      clearTimeout(timer);
      socket.removeAllListeners('connect').removeAllListeners('error');
      // What is said later concerns nobody; without a listener it would end the process.
      socket.on('error', () => undefined);
      if (outcome.type !== 'open') socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => done({ type: 'open', socket }));
    socket.once('error', (error) => done(outcomeOf(errorCode(error) ?? 'unknown')));
  });
}

function outcomeOf(code: string): Knock {
  if (CLOSED.has(code)) return { type: 'closed' };
  return NO_ANSWER.has(code) ? { type: 'no-answer' } : { type: 'not-asked', code };
}

/** A door of a host with several addresses is open if it is at one of them, and closed if every one says so. */
export async function knockAtOneOf(
  addresses: readonly string[],
  port: number,
  timeoutMs: number,
): Promise<Knock> {
  let worst: Knock = { type: 'closed' };
  for (const address of addresses) {
    const outcome = await knock(address, port, timeoutMs);
    if (outcome.type === 'open') return outcome;
    if (rank(outcome) > rank(worst)) worst = outcome;
  }
  return worst;
}

/** What is least certain decides. */
const rank = ({ type }: Knock): number => ['closed', 'no-answer', 'not-asked'].indexOf(type);
