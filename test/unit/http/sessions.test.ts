import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ApiConfig } from '../../../daemon/config/api.js';
import { newToken, tokenDigest } from '../../../daemon/config/api-token.js';
import { createApi } from '../../../daemon/http/api.js';
import { type SessionStore, Sessions } from '../../../daemon/http/sessions.js';
import type { KeptSession } from '../../../daemon/store/meta.js';
import { createLog } from '../../../daemon/telemetry/log.js';
import { temporaryStore } from '../../support/temporary-store.js';

const DAY_MS = 86_400_000;
const anna = newToken();
const people = [
  { name: 'anna', tokenDigest: tokenDigest(anna), scopes: ['read', 'acknowledge', 'submit'] as const },
];
const [person] = people;
if (person === undefined) throw new Error('nobody');

let nowMs: number;
let kept: readonly KeptSession[];
let sessions: Sessions;
const store: SessionStore = {
  load: () => kept,
  save: (all) => {
    kept = all;
  },
};

beforeEach(() => {
  nowMs = 1_000_000;
  kept = [];
  sessions = new Sessions(store, () => nowMs);
});

const cookieOf = (header: string) => header.split(';')[0] ?? '';

describe('a session of a browser', () => {
  test('is its person, and may read and answer only; nothing that is kept lets anybody in', () => {
    const header = sessions.begin(person);
    expect(header).toMatch(
      /^__Host-tillwarden=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000$/,
    );
    const found = sessions.personOf(people, `other=1; ${cookieOf(header)}`);
    expect(found).toMatchObject({ name: 'anna', scopes: ['read', 'acknowledge'] });
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain(cookieOf(header).slice('__Host-tillwarden='.length));
    for (const wrong of ['', '__Host-tillwarden=', `__Host-tillwarden=${kept[0]?.digest}`, 'tillwarden=x']) {
      expect(sessions.personOf(people, wrong)).toBeNull();
    }
  });

  test('outlives the process, and ends with its token, after 30 days, when it is signed out, or under a clock set back', () => {
    const cookie = cookieOf(sessions.begin(person));
    const later = new Sessions(store, () => nowMs);
    expect(later.personOf(people, cookie)).toMatchObject({ name: 'anna' });
    expect(later.personOf([{ ...person, tokenDigest: tokenDigest(newToken()) }], cookie)).toBeNull();
    nowMs += 30 * DAY_MS;
    expect(later.personOf(people, cookie)).toBeNull();
    nowMs -= 31 * DAY_MS;
    expect(later.personOf(people, cookie)).toBeNull();
    nowMs += 2 * DAY_MS;
    expect(later.personOf(people, cookie)).toMatchObject({ name: 'anna' });
    expect(later.end(cookie)).toContain('Max-Age=0');
    expect(later.personOf(people, cookie)).toBeNull();
  });

  test('is one of eight of a token: the oldest goes', () => {
    const cookies = Array.from({ length: 9 }, () => cookieOf(sessions.begin(person)));
    expect(cookies.map((cookie) => sessions.personOf(people, cookie) !== null)).toEqual([
      false,
      ...Array.from({ length: 8 }, () => true),
    ]);
  });

  test('is kept in the state as its digests', () => {
    const scene = temporaryStore();
    try {
      const one = { digest: 'a'.repeat(64), token: 'b'.repeat(64), untilMs: 5 };
      scene.store.transaction((tx) => tx.meta.set('sessions', [one]));
      expect(scene.store.meta.get('sessions')).toEqual([one]);
    } finally {
      scene.remove();
    }
  });
});

describe('the API with a page', () => {
  test('serves the page to everybody and nothing else, and takes changes from its own page only', async () => {
    const asked: string[] = [];
    const files = [{ path: '/', type: 'text/html; charset=utf-8', text: '<!doctype html>', digest: '1' }];
    const api = createApi({
      routes: [
        { method: 'GET', path: '/api/me', scope: 'read', handle: ({ name, scopes }) => ({ name, scopes }) },
        {
          method: 'POST',
          path: '/api/answer',
          scope: 'acknowledge',
          handle: ({ name }) => {
            asked.push(name);
            return {};
          },
        },
        { method: 'POST', path: '/api/submit', scope: 'submit', handle: () => ({}) },
      ],
      log: createLog({ level: 'info', secrets: [], destination: { write: () => undefined } }),
      clock: () => nowMs,
      page: { files, sessions },
    });
    const config: ApiConfig = { host: '127.0.0.1', port: 0, tls: null, pageUrl: null, people };
    await api.apply(config);
    const url = api.url() ?? '';
    const ask = async (method: string, path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${url}${path}`, { method, headers })).status;
    try {
      const page = await fetch(url);
      expect([page.status, await page.text()]).toEqual([200, '<!doctype html>']);
      expect(page.headers.get('content-security-policy')).toContain("trusted-types 'none'");
      expect(await ask('GET', '/', { 'if-none-match': '"1"' })).toBe(304);
      expect(page.headers.get('cache-control')).toBe('no-cache');
      expect((await fetch(`${url}/?1`)).headers.get('cache-control')).toContain('immutable');
      expect((await fetch(`${url}/?2`)).headers.get('cache-control')).toBe('no-cache');
      expect(await ask('GET', '/other')).toBe(401);
      expect(await ask('POST', '/api/session')).toBe(401);
      const begun = await fetch(`${url}/api/session`, {
        method: 'POST',
        headers: { authorization: `Bearer ${anna}` },
      });
      const cookie = cookieOf(begun.headers.get('set-cookie') ?? '');
      expect(await ask('GET', '/api/me', { cookie })).toBe(200);
      const own = { cookie, 'sec-fetch-site': 'same-origin' };
      // Who has a cookie alone cannot make it last, nor push out the others.
      expect(await ask('POST', '/api/session', own)).toBe(401);
      expect(await ask('POST', '/api/answer', own)).toBe(200);
      expect(await ask('POST', '/api/answer', { cookie, origin: url })).toBe(200);
      for (const foreign of [
        { cookie },
        { cookie, origin: 'http://elsewhere.example' },
        { cookie, 'sec-fetch-site': 'same-site', origin: url },
        { cookie, 'sec-fetch-site': 'cross-site' },
      ]) {
        expect(await ask('POST', '/api/answer', foreign)).toBe(403);
      }
      expect(asked).toEqual(['anna', 'anna']);
      expect(await ask('POST', '/api/submit', own)).toBe(403);
      expect(await ask('DELETE', '/api/session', own)).toBe(200);
      expect(await ask('GET', '/api/me', { cookie })).toBe(401);
    } finally {
      await api.close();
    }
  });
});
