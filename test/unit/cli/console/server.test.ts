import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ConsoleDoor, hostDoor, localDoor } from '../../../../daemon/cli/console/door.js';
import { type ConsoleServer, serveConsole } from '../../../../daemon/cli/console/server.js';
import { freePort } from '../../../../daemon/demo/server/free-port.js';
import { Sessions } from '../../../../daemon/http/sessions.js';
import type { KeptSession } from '../../../../daemon/store/meta.js';

const person = { name: 'approver', tokenDigest: 'a'.repeat(64), scopes: ['read'] as const };
/** Sessions in memory. */
function sessionsInMemory(): Sessions {
  let kept: readonly KeptSession[] = [];
  const save = (all: readonly KeptSession[]) => {
    kept = all;
  };
  return new Sessions({ load: () => kept, save }, Date.now, '__Host-tillwarden-console');
}

const nobody = new Sessions({ load: () => [], save: () => undefined }, Date.now, '__Host-tillwarden-console');

describe.each<readonly [string, (origin: string) => ConsoleDoor]>([
  ['on this machine', localDoor],
  ['on a host', (origin) => hostDoor(origin, person, nobody, Date.now)],
])('the console %s', (_, doorOf) => {
  let served: ConsoleServer;
  let port: number;
  let asked: number;

  beforeAll(async () => {
    port = await freePort('127.0.0.1');
    asked = 0;
    const handle = async () => {
      asked += 1;
      return {};
    };
    const page = { path: '/app.js', type: 'text/javascript', text: '', digest: 'd' };
    served = await serveConsole({
      ...{ door: doorOf(`http://localhost:${port}`), addresses: ['127.0.0.1'], port, certificate: null },
      files: [page],
      routes: [
        { method: 'GET', path: '/api/console', handle },
        { method: 'POST', path: '/api/sites/:site/sign', handle },
      ],
      onWatched: () => undefined,
    });
  });
  afterAll(() => served.close());

  const ask = (method: string, path: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { host: `localhost:${port}` };
      const sent = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
        answer.destroy();
        resolve(answer.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end();
    });

  test('answers nobody who was not let in, however the address is spelled', async () => {
    const whole = `http://localhost:${port}`;
    for (const path of ['/api/console', '/%61pi/console', '/api/consol%65', `${whole}/api/console`]) {
      expect([path, await ask('GET', path), await ask('HEAD', path)]).toEqual([path, 401, 401]);
    }
    for (const path of ['/%61pi/events', `${whole}/api/events`, '/nothing', '//api/console']) {
      expect([path, await ask('GET', path)]).toEqual([path, 401]);
    }
    for (const path of ['/api/sites/a/sign', '/%61pi/sites/a/sign', `${whole}/api/sites/a/sign`]) {
      expect([path, await ask('POST', path)]).toEqual([path, 401]);
    }
    expect(asked).toBe(0);
    expect(served.isWatched()).toBe(false);
  });

  test('serves its page to everybody', async () => {
    expect(await ask('GET', '/app.js')).toBe(200);
  });
});

test('signing out tells the other tabs to ask, which get nothing any more; a stranger tells nobody anything', async () => {
  const port = await freePort('127.0.0.1');
  const origin = `http://localhost:${port}`;
  const door = hostDoor(origin, person, sessionsInMemory(), Date.now);
  const served = await serveConsole({
    ...{ door, addresses: ['127.0.0.1'], port, certificate: null, files: [], routes: [] },
    onWatched: () => undefined,
  });
  const cookie =
    /^[^;]+/.exec(door.sessions?.begin(`Bearer ${door.link.split('#code=')[1]}`) ?? '')?.[0] ?? '';
  const own = { cookie, origin };
  const leaving = new AbortController();
  try {
    const events = await fetch(`${origin}/api/events`, { headers: own, signal: leaving.signal });
    const reader = events.body?.getReader();
    const next = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(await next()).toContain('event: state');
    const signOut = (headers: Record<string, string>) =>
      fetch(`${origin}/api/session`, { method: 'DELETE', headers });
    await signOut({});
    served.changed();
    // That of changed alone.
    expect(await next()).toBe('event: state\ndata: {}\n\n');
    await signOut(own);
    expect(await next()).toBe('event: state\ndata: {}\n\n');
    expect((await fetch(`${origin}/api/events`, { headers: own })).status).toBe(401);
  } finally {
    leaving.abort();
    await served.close();
  }
});

test('a daemon that tells without end is passed on now and then, and HEAD opens no stream', async () => {
  const port = await freePort('127.0.0.1');
  const origin = `http://localhost:${port}`;
  const door = localDoor(origin);
  let watched = 0;
  const served = await serveConsole({
    ...{ door, addresses: ['127.0.0.1'], port, certificate: null, files: [], routes: [] },
    onWatched: (isWatched) => {
      watched += isWatched ? 1 : 0;
    },
  });
  const headers = { authorization: `Bearer ${door.link.split('#secret=')[1]}` };
  const leaving = new AbortController();
  try {
    expect((await fetch(`${origin}/api/events`, { method: 'HEAD', headers })).status).toBe(404);
    expect([served.isWatched(), watched]).toEqual([false, 0]);
    const events = await fetch(`${origin}/api/events`, { headers, signal: leaving.signal });
    const reader = events.body?.getReader();
    let heard = Buffer.from((await reader?.read())?.value ?? []).toString();
    for (let n = 0; n < 1_000; n++) served.changed();
    while ((heard.match(/event: state/g) ?? []).length < 3) {
      heard += Buffer.from((await reader?.read())?.value ?? []).toString();
    }
    // The first state, that something happened, and that more did.
    expect(heard.match(/event: state/g)).toHaveLength(3);
  } finally {
    leaving.abort();
    await served.close();
  }
});
