import { open } from 'node:fs/promises';
import { errorCode } from '../../error-code.js';

/** A TCP socket on which something listens. */
export interface ListeningSocket {
  /** `tcp 127.0.0.1:5432`, `tcp6 [::]:22`. */
  readonly door: string;
  /** Number of the account that opened it. */
  readonly user: string;
  /** Whether other machines reach it. */
  readonly isReachable: boolean;
}

interface SocketTable {
  readonly protocol: string;
  readonly file: string;
  readonly mayBeAbsent?: true;
}

/** The kernel's tables of this machine, or of this container. */
const TABLES = [
  { protocol: 'tcp', file: '/proc/net/tcp' },
  // A kernel without IPv6 has none.
  { protocol: 'tcp6', file: '/proc/net/tcp6', mayBeAbsent: true },
] as const satisfies readonly SocketTable[];

/** State of a socket that listens, as the kernel numbers it (include/net/tcp_states.h). */
const LISTEN = '0A';
/** Of a table no more is read: the kernel lists what listens first, some 6,000 sockets. */
const MOST_BYTES = 1_048_576;

/** The table of sockets is larger than is read, and nobody knows what else listens. */
export class TooManySockets extends Error {
  override readonly name = 'TooManySockets';
}

/**
 * What listens on this machine, by the kernel's tables (proc_net_tcp in the kernel's documentation), each door once, with every account that opened it.
 * Throws `TooManySockets`, and the system's error where the tables cannot be read: another system than Linux.
 */
export async function listeningSockets(
  tables: readonly SocketTable[] = TABLES,
): Promise<readonly ListeningSocket[]> {
  const sockets = new Map<string, ListeningSocket>();
  for (const table of tables) {
    for (const one of socketsOf(table.protocol, await beginningOf(table))) {
      const known = sockets.get(one.door);
      const users = [...new Set([...(known?.user.split(', ') ?? []), one.user])].sort();
      sockets.set(one.door, { ...one, user: users.join(', ') });
    }
  }
  return [...sockets.values()];
}

function socketsOf(protocol: string, { text, isWhole }: Beginning): readonly ListeningSocket[] {
  const [, ...lines] = text.split('\n');
  const found: ListeningSocket[] = [];
  for (const line of lines) {
    const [, local = '', , state, , , , user = ''] = line.trim().split(/\s+/);
    if (state === undefined) continue;
    // What is connected follows what listens.
    if (state !== LISTEN) return found;
    const [hex = '', port = ''] = local.split(':');
    const address = hex.length === 8 ? v4(hex) : v6(hex);
    const isReachable = !/^(127\.|\[::1\]$|\[::ffff:7f)/.test(address);
    found.push({ door: `${protocol} ${address}:${Number.parseInt(port, 16)}`, user, isReachable });
  }
  if (!isWhole) throw new TooManySockets('more sockets listen than are read');
  return found;
}

interface Beginning {
  readonly text: string;
  readonly isWhole: boolean;
}

async function beginningOf({ file, mayBeAbsent }: SocketTable): Promise<Beginning> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (mayBeAbsent === true && errorCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return { text: '', isWhole: true };
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    while (bytes < MOST_BYTES) {
      const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(65_536) });
      if (bytesRead === 0) return { text: Buffer.concat(chunks).toString('latin1'), isWhole: true };
      chunks.push(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    // The last line may be half of one.
    const text = Buffer.concat(chunks).toString('latin1');
    return { text: text.slice(0, text.lastIndexOf('\n')), isWhole: false };
  } finally {
    await handle.close();
  }
}

/** The kernel prints each 32 bits as the machine holds them: least byte first where we run. */
function bytesOf(hex: string): readonly string[] {
  const words = hex.match(/.{8}/g) ?? [];
  return words.flatMap((word) => (word.match(/../g) ?? []).reverse());
}

function v4(hex: string): string {
  return bytesOf(hex)
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

function v6(hex: string): string {
  const groups = (bytesOf(hex).join('').match(/.{4}/g) ?? []).map((group) => group.toLowerCase());
  // The one spelling of RFC 5952, as the WHATWG URL parser writes it.
  return new URL(`http://[${groups.join(':')}]`).hostname;
}
