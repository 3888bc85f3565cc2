import type { Server } from 'node:net';

/** The port that a server listens on. Throws `RangeError` while it listens on none. */
export function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new RangeError('the server listens on no port');
  return address.port;
}
