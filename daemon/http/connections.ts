import type { Server, Socket } from 'node:net';
import { readGuardedText } from '../guarded-file.js';

/** How many may be connected at a time, whoever they are: counted before anything of theirs is read. */
export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

/** File handles that are left to watching, recording and notifying, whatever listens. */
const RESERVED_HANDLES = 160;
/** Listeners of one daemon: its health page and its API. */
const LISTENERS = 2;
const MOST = 128;
const FEWEST = 8;
const PER_ADDRESS = 32;

/** The limits that leave this process its reserve of file handles. */
export function connectionLimits(openFiles: number | null = mostOpenFiles()): ConnectionLimits {
  const spare = openFiles === null ? MOST : Math.floor((openFiles - RESERVED_HANDLES) / LISTENERS);
  const total = Math.max(FEWEST, Math.min(MOST, spare));
  return { total, perAddress: Math.min(PER_ADDRESS, Math.ceil(total / 2)) };
}

/**
 * Closes every connection beyond the limits at once. What is refused is the newest: those that are idle make room by their own time limits. A TLS handshake counts
 * from its first byte.
 */
export function guardConnections(server: Server, { total, perAddress }: ConnectionLimits): void {
  const byAddress = new Map<string, number>();
  server.maxConnections = total;
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const own = byAddress.get(address) ?? 0;
    if (own >= perAddress) {
      socket.destroy();
      return;
    }
    byAddress.set(address, own + 1);
    socket.once('close', () => {
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
  });
}

/** What the kernel lets this process open; null where it does not say. */
function mostOpenFiles(): number | null {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readGuardedText('/proc/self/limits', 16 * 1024))?.[1];
    return found === undefined ? null : Number(found);
  } catch {
    return null;
  }
}
