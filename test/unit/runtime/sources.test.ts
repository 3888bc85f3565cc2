import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../../daemon/config/load.js';
import { Closers } from '../../../daemon/runtime/closers.js';
import { openSources } from '../../../daemon/runtime/sources.js';
import { sourceKinds } from '../../../daemon/sources/index.js';
import { createLog } from '../../../daemon/telemetry/log.js';
import { FakeSystem } from '../../support/fake-source.js';
import { configFolder, exampleText } from '../config/folder.js';

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

/** A server that accepts and says nothing. */
async function silentServer(): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Opens the sources of sites that are silent or answer, in this order. */
function opening(system: FakeSystem, port: number, sites: readonly ('silent' | 'answers')[]) {
  const collections = '[{ name: rows, kind: terminal, table: public.rows, key: [id], columns: [name] }]';
  const source = {
    silent: `{ kind: postgres, name: cas, url: 'postgres://u:p@127.0.0.1:${port}/cas', collections: ${collections} }`,
    answers: `{ kind: ledger, name: cas, url: 'ledger://here', hints: none, collections: ${collections} }`,
  };
  const list = sites.map((what, index) => `  - name: site-${index}\n    sources: [${source[what]}]`);
  const text = exampleText('good.smallest.yaml').replace(
    /^sites:[\s\S]*?(?=^baselines:)/m,
    `sites:\n${list.join('\n')}\n`,
  );
  const folder = configFolder(text);
  const kinds = new Map([...sourceKinds, ...system.kinds]);
  const closers = new Closers();
  ended.push(folder.remove, () => closers.close());
  const config = loadConfig(folder.file, 'all', kinds);
  return openSources(config, { log: createLog({ level: 'silent', secrets: [] }), clock: Date.now }, closers);
}

test('servers that accept and say nothing delay the start by the patience of one, however many they are', async () => {
  const port = await silentServer();
  const began = performance.now();
  const silent = Array.from({ length: 100 }, () => 'silent' as const);
  const answers = Array.from({ length: 10 }, () => 'answers' as const);
  const opened = await opening(new FakeSystem(), port, [...silent, ...answers]);
  // Their patiences one after the other are minutes.
  expect(performance.now() - began).toBeLessThan(60_000);
  expect([...opened.keys()]).toEqual(Array.from({ length: 110 }, (_, index) => `site-${index}`));
  const reading = await opened.get('site-100')?.[0]?.read();
  expect([...(reading?.collections.values() ?? [])].every(({ readable }) => readable)).toBe(true);
});

test('a role that could do harm stops the start, though other servers say nothing', async () => {
  const system = new FakeSystem();
  system.isDangerous = true;
  const start = opening(system, await silentServer(), ['silent', 'answers']);
  await expect(start).rejects.toMatchObject({ code: 'SOURCE_ROLE_DANGEROUS' });
});
