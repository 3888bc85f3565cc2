import { request as httpsRequest } from 'node:https';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { BaselineError } from '../../../baselines/index.js';
import type { ApiConfig } from '../../../daemon/config/api.js';
import { newToken, type TokenScope, tokenDigest } from '../../../daemon/config/api-token.js';
import { type Api, createApi } from '../../../daemon/http/api.js';
import { parsedBody, type Route } from '../../../daemon/http/route.js';
import { createLog } from '../../../daemon/telemetry/log.js';
import { selfSignedCertificate } from '../../support/certificate.js';

const anna = newToken();
const reader = newToken();
const noteSchema = z.strictObject({ note: z.string().max(10) });
const routes: readonly Route[] = [
  { method: 'GET', path: '/api/me/:what', scope: 'read', handle: ({ name }, { what }) => ({ name, what }) },
  {
    method: 'POST',
    path: '/api/notes',
    scope: 'submit',
    handle: (_, __, body) => parsedBody(noteSchema, body),
  },
  {
    method: 'POST',
    path: '/api/large',
    scope: 'submit',
    bodyLimitBytes: 100_000,
    handle: (_, __, body) => ({ length: JSON.stringify(body).length }),
  },
  { method: 'GET', path: '/api/bytes', scope: 'read', handle: () => Buffer.from([0, 255, 10]) },
  {
    method: 'GET',
    path: '/api/broken',
    scope: 'read',
    handle: () => {
      throw new Error(`a secret ${anna}`);
    },
  },
  {
    method: 'GET',
    path: '/api/stale',
    scope: 'read',
    handle: () => {
      throw new BaselineError('BASELINE_PROPOSAL_STALE', 'It is stale.');
    },
  },
];

let api: Api;
let now: number;
let logged: string[];

function configOf(people: readonly (readonly [string, string, readonly TokenScope[]])[]): ApiConfig {
  return {
    host: '127.0.0.1',
    port: 0,
    tls: null,
    pageUrl: null,
    people: people.map(([name, token, scopes]) => ({ name, tokenDigest: tokenDigest(token), scopes })),
  };
}

const usual = configOf([
  ['anna', anna, ['read', 'submit']],
  ['reader', reader, ['read']],
]);

beforeEach(async () => {
  now = 1_000_000;
  logged = [];
  const log = createLog({ level: 'info', secrets: [], destination: { write: (line) => logged.push(line) } });
  api = createApi({ routes, log, clock: () => now });
  await api.apply(usual);
});
afterEach(() => api.close());

async function ask(path: string, token: string | null = anna, init: RequestInit = {}) {
  const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...init.headers };
  const answer = await fetch(`${api.url()}${path}`, { ...init, headers });
  return { status: answer.status, body: (await answer.json()) as unknown };
}
const post = (path: string, body: string, token = anna) =>
  ask(path, token, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

describe('whoever holds a token', () => {
  test('is asked for by name, and gets JSON or bytes', async () => {
    expect(await ask('/api/me/routes')).toEqual({ status: 200, body: { name: 'anna', what: 'routes' } });
    const bytes = await fetch(`${api.url()}/api/bytes`, { headers: { authorization: `Bearer ${reader}` } });
    expect(Buffer.from(await bytes.arrayBuffer())).toEqual(Buffer.from([0, 255, 10]));
    expect(bytes.headers.get('cache-control')).toBe('no-store');
  });

  test('may do what the scopes say and nothing else', async () => {
    expect(await post('/api/notes', '{"note":"x"}')).toEqual({ status: 200, body: { note: 'x' } });
    expect(await post('/api/notes', '{"note":"x"}', reader)).toEqual({
      status: 403,
      body: {
        code: 'API_SCOPE_MISSING',
        message:
          'the token of reader does not allow submit: whoever runs the daemon adds it under api.people',
      },
    });
  });

  test('is refused once the token is taken away, while the others go on', async () => {
    const { port } = new URL(api.url() ?? '');
    await api.apply({ ...configOf([['reader', reader, ['read']]]), port: 0 });
    expect(new URL(api.url() ?? '').port).toBe(port);
    expect((await ask('/api/me/x')).status).toBe(401);
    expect((await ask('/api/me/x', reader)).status).toBe(200);
  });
});

describe('a stranger', () => {
  test.each([
    ['without a token', null],
    ['with an empty token', ''],
    ['with another token', newToken()],
    ['with the digest of a token', tokenDigest(anna)],
  ])('%s is refused, at addresses that do not exist too', async (_, token) => {
    for (const path of ['/api/me/x', '/api/nothing', '/']) {
      expect(await ask(path, token)).toMatchObject({ status: 401, body: { code: 'API_TOKEN_REFUSED' } });
    }
  });

  test('learns nothing from an address that cannot be decoded or is too long, and is counted', async () => {
    for (const path of ['/api/%zz', '/api/me/%ff', `/api/me/${'x'.repeat(200)}`]) {
      expect(await ask(path, newToken())).toEqual({
        status: 401,
        body: { code: 'API_TOKEN_REFUSED', message: expect.stringContaining('Bearer') },
      });
      expect(await ask(path)).toEqual({
        status: 404,
        body: { code: 'API_NOT_FOUND', message: 'there is nothing at this address' },
      });
    }
    expect(logged.filter((line) => line.includes('a token was refused'))).toHaveLength(1);
  });

  test('has no body read', async () => {
    const answer = await post('/api/large', `"${'x'.repeat(90_000)}"`, newToken());
    expect(answer.status).toBe(401);
  });

  test('who goes on trying is told to wait, costs one line of the log, and shuts nobody out', async () => {
    const tokens = Array.from({ length: 12 }, newToken);
    const statuses: number[] = [];
    for (const token of tokens) statuses.push((await ask('/api/me/x', token)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect(logged.filter((line) => line.includes('a token was refused'))).toHaveLength(1);
    for (const token of tokens) expect(logged.join('')).not.toContain(token);
    expect((await ask('/api/me/x')).status).toBe(200);
    now += 60_000;
    expect((await ask('/api/me/x', newToken())).status).toBe(401);
  });
});

describe('an error', () => {
  test('names the places of a body that are wrong and repeats nothing of it', async () => {
    const answer = await post('/api/notes', JSON.stringify({ note: 'much too long', '<b>': 1 }));
    expect(answer).toMatchObject({ status: 400, body: { code: 'API_INVALID' } });
    expect(JSON.stringify(answer.body)).not.toMatch(/much|<b>/);
    expect(await post('/api/notes', '{"note":')).toMatchObject({
      status: 400,
      body: { code: 'API_INVALID' },
    });
    expect(await post('/api/notes', '{"__proto__":{"note":"x"}}')).toMatchObject({ status: 400 });
  });

  test('has a limit of its own for each address', async () => {
    const body = JSON.stringify({ note: 'x'.repeat(50_000) });
    expect(await post('/api/notes', body)).toMatchObject({ status: 413, body: { code: 'API_TOO_LARGE' } });
    expect((await post('/api/large', body)).status).toBe(200);
    expect((await post('/api/large', `"${'x'.repeat(200_000)}"`)).status).toBe(413);
  });

  test('of ours keeps its code; of anything else only the log learns more', async () => {
    expect(await ask('/api/stale')).toEqual({
      status: 409,
      body: { code: 'BASELINE_PROPOSAL_STALE', message: 'It is stale.' },
    });
    const broken = await ask('/api/broken');
    expect(broken).toMatchObject({ status: 500, body: { code: 'API_INTERNAL' } });
    expect(JSON.stringify(broken.body)).not.toMatch(/secret|till_|at /);
    expect(logged.join('')).toContain('a request to the API failed');
    expect(await ask('/api/nothing')).toMatchObject({ status: 404, body: { code: 'API_NOT_FOUND' } });
  });
});

describe('where it listens', () => {
  test('nowhere without people, and nowhere after it was closed', async () => {
    const url = api.url() ?? '';
    await api.apply(null);
    expect(api.url()).toBeNull();
    await expect(fetch(url)).rejects.toThrow();
  });

  test('nowhere when it is closed while it takes another address, or takes one later', async () => {
    const taking = api.apply({ ...usual, host: 'localhost' });
    await Promise.all([taking, api.close()]);
    expect(api.url()).toBeNull();
    await api.apply(usual);
    expect(api.url()).toBeNull();
  });

  test('under TLS where there is a certificate', async () => {
    const { cert, key } = selfSignedCertificate();
    await api.apply({ ...usual, tls: { certificate: cert, key } });
    expect(api.url()).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${anna}` };
      const asked = httpsRequest(`${api.url()}/api/me/x`, { ca: cert, headers, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject).end();
    });
    expect(status).toBe(200);
  });

  test('an address that is taken is told', async () => {
    const other = createApi({ routes, log: createLog({ level: 'error', secrets: [] }), clock: () => now });
    const port = Number(new URL(api.url() ?? '').port);
    await expect(other.apply({ ...usual, port })).rejects.toThrow();
    expect(other.url()).toBeNull();
    expect(other.problem()).toBe(`the API cannot listen on 127.0.0.1:${port} (EADDRINUSE)`);
  });
});
