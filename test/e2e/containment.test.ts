import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newToken, tokenDigest } from '../../daemon/config/api-token.js';
import { type DaemonProcess, startDaemonProcess } from '../../daemon/demo/daemon-process.js';
import { freePort } from '../../daemon/demo/server/free-port.js';
import { approveSite } from '../../daemon/demo/site.js';
import { allEntries } from '../../daemon/store/journal/chain.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'daemon', 'main.js');
const WALLET =
  'update crypto_setting set sell_wallet_address = $1 where id = (select min(id) from crypto_setting)';

let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: DaemonProcess;
let api: string;
let called: string[];
/** The address that people signed. */
let was: string;
let server: Server;
const mayAnswer = newToken();
const maySign = newToken();

/** Armed: SQL that switches the two-way terminals off, a call, and a command that does not end. */
beforeAll(async () => {
  own = await startOwnPostgres();
  db = await own.createDatabase();
  const contain = await db.createRole('contain');
  await db.query(`GRANT USAGE ON SCHEMA public TO ${contain};
    GRANT SELECT (active, type), UPDATE (active) ON public.terminal TO ${contain};
    UPDATE public.terminal SET active = true;
    UPDATE public.terminal SET type = 'BATMTwoWay' WHERE id IN (SELECT id FROM public.terminal ORDER BY id LIMIT 3)`);
  called = [];
  const [signed] = await db.query<{ a: string }>(
    'SELECT sell_wallet_address AS a FROM crypto_setting ORDER BY id LIMIT 1',
  );
  was = signed?.a ?? '';
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      called.push(body);
      response.writeHead(204).end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const port = await freePort('127.0.0.1');
  const person = (name: string, token: string, scopes: string) =>
    `    - { name: ${name}, tokenDigest: "sha256:${tokenDigest(token)}", scopes: [${scopes}] }\n`;
  const at = (name: string) => join(watched.directory, name);
  watched = await prepareWatchedSite(db, { readIntervalMs: 500 });
  await writeFile(at('url'), `${db.urlAs(contain)}\n`, { mode: 0o600 });
  await writeFile(
    at('program'),
    `#!/bin/sh\ncat >> ${at('given')}\necho "$$" >> ${at('begun')}\nexec sleep 600\n`,
  );
  await chmod(at('program'), 0o700);
  await mkdir(at('runbooks'));
  await writeFile(
    at('runbooks/ours.yaml'),
    `name: ours\ntitle: Ours\nproduct: cas\nsteps:\n  - { id: call, do: Call everybody. }\n  - { id: wallets, do: Put the wallets right., see: { as-signed: [wallet-route] } }\nfinish: { do: Activate the terminals. }\n`,
  );
  const { configFile } = watched.site;
  await writeFile(
    configFile,
    `${await readFile(configFile, 'utf8')}runbooksDirectory: ./runbooks
containment:
  brakeFile: ${at('brake')}
  mostPerDay: 10
  actions:
    - name: terminals-off
      dryRun: false
      kinds: [wallet-route]
      sites: [prague-1]
      sql:
        database: postgres
        urlFile: ${at('url')}
        table: public.terminal
        column: active
        value: 'false'
        where: [{ column: type, value: BATMTwoWay }]
        mostRows: 3
    - { name: firewall, dryRun: false, kinds: [wallet-route], http: { url: 'http://127.0.0.1:${(server.address() as AddressInfo).port}/' } }
    - { name: siren, dryRun: false, kinds: [wallet-route], command: [${at('program')}], timeoutMs: 300000 }
    - { name: guard, dryRun: false, kinds: [admin], command: [${at('program')}] }
api:
  port: ${port}
  people:
${person('bob', mayAnswer, 'read, acknowledge')}${person('alice', maySign, 'read, acknowledge, submit')}`,
  );
  api = `http://127.0.0.1:${port}`;
  await approveSite(watched.site, watched.site.approvers, 'first');
  await begin();
});

afterAll(async () => {
  await daemon?.stop();
  for (const pid of (await lines('begun')).map(Number)) process.kill(pid, 'SIGKILL');
  server?.close();
  await watched?.close();
  await db?.drop();
  await own?.close();
});

async function begin(): Promise<void> {
  daemon = await startDaemonProcess(watched.site.configFile, join(watched.directory, 'log'), PROGRAM);
}

async function lines(file: string): Promise<string[]> {
  const text = await readFile(join(watched.directory, file), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

const off = async () =>
  (await db.query<{ type: string }>('SELECT type FROM terminal WHERE NOT active')).map(({ type }) => type);

/** What the journal says of containment. */
function journal(): string[] {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  if (store === null) throw new Error('there is no state');
  try {
    return [...allEntries(store)].flatMap(({ type, body }) => {
      if (!type.startsWith('containment-')) return [];
      const { action, outcome, because, result, code } = JSON.parse(body) as Record<string, string | null>;
      return [[action, outcome ?? result, because ?? code].filter((word) => word != null).join(' ')];
    });
  } finally {
    store.close();
  }
}

/** What somebody says of a step, that it is over, or asks; the daemon's answer. */
async function say(
  token: string,
  body: { readonly step: string; readonly done: boolean } | 'finish' | null,
): Promise<{ readonly status: number; readonly text: string }> {
  const [, id = ''] = /being done, for incident ([0-9a-f]+)/.exec(watched.titles().join('\n')) ?? [];
  const answer = await fetch(`${api}/api/incidents/${id}/response${body === 'finish' ? '/finish' : ''}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === null ? {} : { method: 'POST', body: JSON.stringify(body === 'finish' ? {} : body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

describe('armed containment', () => {
  test('acts once for a route that was diverted: it writes a column, calls, and runs a program, and says so', async () => {
    await db.query(WALLET, ['bc1qthief']);
    await watched.told('containment "terminals-off" was done: 3 rows set');
    await watched.told('containment "firewall" was done');
    await waitFor(async () => (await lines('begun')).length === 1, { what: 'the program to begin' });
    for (const name of ['terminals-off', 'firewall', 'siren'])
      expect(watched.count(`containment "${name}" is being done`)).toBe(1);
    expect(await off()).toEqual(['BATMTwoWay', 'BATMTwoWay', 'BATMTwoWay']);
    const given = { format: 'tillwarden containment 1', dryRun: false, site: 'prague-1' };
    expect(called.map((text) => JSON.parse(text))).toMatchObject([{ ...given, action: 'firewall' }]);
    expect((await lines('given')).map((text) => JSON.parse(text))).toMatchObject([
      { ...given, action: 'siren' },
    ]);
  });

  test('does nothing a second time after kill -9 in the middle, and says that nobody knows', async () => {
    daemon.kill();
    await daemon.exited;
    await db.query("UPDATE terminal SET active = true WHERE type = 'BATMTwoWay'");
    await begin();
    await watched.told('containment "siren" FAILED');
    // Another change of the same incident is no second occasion.
    await db.query(WALLET, ['bc1qthief2']);
    await watched.told('bc1qthief2');
    expect(journal()).toEqual([
      ...['terminals-off begun', 'firewall begun', 'siren begun'],
      ...['terminals-off done ROWS', 'firewall done 204', 'siren failed STOPPED'],
    ]);
    expect([await off(), called.length, (await lines('begun')).length]).toEqual([[], 1, 1]);
  });

  test('does nothing while the hand brake is drawn', async () => {
    const brake = join(watched.directory, 'brake');
    await writeFile(brake, '');
    await db.query(
      `insert into cas_user (login, password_hash, person_id, group_id) values ('thief', 'x', 1, 1)`,
    );
    await watched.told('containment "guard" is not done');
    expect(journal().at(-1)).toBe('guard refused brake');
    expect(await lines('begun')).toHaveLength(1);
    await rm(brake);
    await db.query(`delete from cas_user where login = 'thief'`);
  });

  test('is over only after the runbook, by somebody who may sign, and switches nothing on', async () => {
    await db.query("UPDATE terminal SET active = false WHERE type = 'BATMTwoWay'");
    expect((await say(mayAnswer, { step: 'call', done: true })).status).toBe(200);
    expect(await say(maySign, 'finish')).toMatchObject({
      text: expect.stringContaining('INCIDENT_STEPS_LEFT'),
    });
    expect(await say(mayAnswer, { step: 'wallets', done: true })).toMatchObject({
      text: expect.stringContaining('INCIDENT_STEP_CONTRARY'),
    });
    await db.query(WALLET, [was]);
    await waitFor(async () => JSON.parse((await say(mayAnswer, null)).text).left === 0, {
      what: 'the wallets to be seen as signed',
    });
    expect((await say(mayAnswer, 'finish')).status).toBe(403);
    expect((await say(maySign, 'finish')).status).toBe(200);
    await watched.told('the response to incident');
    expect(await off()).toHaveLength(3);
  });
});
