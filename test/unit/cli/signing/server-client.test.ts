import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { createServerClient, type ServerClient } from '../../../../daemon/cli/signing/server-client.js';
import { MAX_DOCUMENTS_BYTES } from '../../../../daemon/http/approvals-wire.js';
import { MAX_INCIDENT_BYTES } from '../../../../daemon/http/incidents-wire.js';

/** What is answered to everything, as whoever answers in the place of a daemon may. */
let said: { readonly status: number; readonly body: string };
const server = createServer((asked, answer) => {
  if (said.status === 101) {
    asked.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    return;
  }
  answer.writeHead(said.status);
  answer.end(said.body);
});
let client: ServerClient;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = createServerClient({
    ...{ server: `http://127.0.0.1:${port}`, token: 'till_x', ca: null, pin: 'a'.repeat(64) },
  });
});
afterAll(() => void server.close());

const ask = () => client.json('GET', '/api/me', z.object({ name: z.string() }));
const listen = () => client.events('/api/events', () => undefined, new AbortController().signal);

test.each([
  ['an object that becomes no text', '{"toString":1,"valueOf":1}'],
  ['lists in each other without end', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
])('a refusal whose words are %s is one that does not say why', async (_, message) => {
  said = { status: 403, body: `{"code":"API_SCOPE_MISSING","message":${message}}` };
  for (const asked of [ask, listen]) {
    await expect(asked()).rejects.toMatchObject({
      code: 'CLI_SERVER_REFUSED',
      message: 'the server refuses (API_SCOPE_MISSING): it does not say why',
    });
  }
});

test('an answer that goes over to another protocol is none', async () => {
  said = { status: 101, body: '' };
  for (const asked of [ask, listen]) {
    await expect(asked()).rejects.toMatchObject({
      code: 'CLI_SERVER_UNTRUE',
      message: expect.stringContaining('another protocol'),
    });
  }
});

test('of a refusal without end so much is read as ours have', async () => {
  said = { status: 502, body: `{"code":"API_BUSY","message":"${'x'.repeat(200_000)}"}` };
  await expect(ask()).rejects.toMatchObject({
    message: 'the server refuses (status 502): it does not say why',
  });
});

test('an answer is no longer than what was asked may be', async () => {
  const about = (most: number) =>
    client.json('GET', '/api/me', z.object({ name: z.string() }), { maxBytes: most });
  said = { status: 200, body: `{"name":"${'x'.repeat(200_000)}"}` };
  expect((await about(200_011)).name).toHaveLength(200_000);
  await expect(about(200_010)).rejects.toMatchObject({ code: 'CLI_SERVER_UNTRUE' });
  said = { status: 200, body: `{"name":"${'x'.repeat(64 * 1024 * 1024)}"}` };
  await expect(ask()).rejects.toMatchObject({ code: 'CLI_SERVER_UNTRUE' });
});

test('of an answer larger than was asked for no more is taken in, and the way on is said', async () => {
  said = { status: 200, body: `{"name":"${'x'.repeat(200_000)}"}` };
  const asked = client.json('GET', '/api/me', z.object({ name: z.string() }), { maxBytes: 102_400 });
  await expect(asked).rejects.toMatchObject({
    code: 'CLI_SERVER_UNTRUE',
    message: expect.stringMatching(/^the server gave more than 0\.1 MiB at \/api\/me, .*on its own machine/),
  });
});

test.each([
  ['signed documents', MAX_DOCUMENTS_BYTES],
  ['one incident', MAX_INCIDENT_BYTES],
])('%s cost an approver no more than a daemon really has', (_, most) => {
  expect(most).toBeLessThanOrEqual(128 * 1024 * 1024);
});
