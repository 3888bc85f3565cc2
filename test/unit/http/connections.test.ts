import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { connectionLimits } from '../../../daemon/http/connections.js';
import { createListener, type ListenerLimits } from '../../../daemon/http/listener.js';
import { selfSignedCertificate } from '../../support/certificate.js';
import { waitFor } from '../../support/wait.js';

let server: FastifyInstance;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

async function listen(own: Partial<ListenerLimits>): Promise<number> {
  // Nobody is let go of for being late, unless the test says so.
  const patient = { requestTimeoutMs: 300_000, headersTimeoutMs: 300_000 };
  server = createListener({ bodyLimitBytes: 1024, ...patient, ...own });
  server.get('/', async () => ({ ok: true }));
  return Number(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port);
}

/** Connects and says nothing. */
function idle(port: number, localAddress = '127.0.0.1'): Socket {
  const socket = createConnection({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  socket.resume();
  sockets.push(socket);
  return socket;
}

const open = () => sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
const settled = (count: number) =>
  waitFor(() => open() === count && sockets.every(({ connecting }) => !connecting), {
    what: `${count} connections to be left`,
  });

describe('a listener, before anybody has shown a token', () => {
  test('keeps so many connections of one address, and serves another address meanwhile', async () => {
    const port = await listen({ connections: { total: 50, perAddress: 5 } });
    for (let n = 0; n < 100; n++) idle(port, '127.0.0.2');
    await settled(5);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });

  test('keeps so many connections in all, from however many addresses', async () => {
    const port = await listen({ connections: { total: 20, perAddress: 5 } });
    for (let n = 0; n < 100; n++) idle(port, `127.0.0.${2 + n}`);
    await settled(20);
  });

  test('counts those that never finish a TLS handshake', async () => {
    const { cert: certificate, key } = selfSignedCertificate();
    const port = await listen({ tls: { certificate, key }, connections: { total: 50, perAddress: 5 } });
    for (let n = 0; n < 100; n++) idle(port);
    await settled(5);
  });

  test('lets go of whoever says nothing, and takes the next', async () => {
    const port = await listen({ connections: { total: 2, perAddress: 2 }, headersTimeoutMs: 100 });
    await Promise.all([once(idle(port), 'connect'), once(idle(port), 'connect')]);
    await settled(0);
    // A slow machine may be late itself.
    await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 200, {
      what: 'the next to be served',
    });
  });
});

test('with few file handles most are kept for watching and notifying', async () => {
  server = createListener({ bodyLimitBytes: 1, requestTimeoutMs: 1 });
  expect(connectionLimits(256)).toEqual({ total: 48, perAddress: 24 });
  expect(connectionLimits(64).total).toBe(8);
  expect(connectionLimits(1_000_000)).toEqual({ total: 128, perAddress: 32 });
  expect(connectionLimits(null).total).toBe(128);
});
