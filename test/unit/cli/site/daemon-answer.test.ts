import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { askDaemon } from '../../../../daemon/cli/site/daemon-answer.js';
import type { Config } from '../../../../daemon/config/config.js';

test('what goes over to another protocol in the place of a daemon is none', async () => {
  const server = createServer(({ socket }) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = { http: { host: '127.0.0.1', port } } as Config;
  expect(await askDaemon(asked)).toBeNull();
  server.close();
});
