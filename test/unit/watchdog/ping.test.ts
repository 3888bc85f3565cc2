import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type HeartbeatConfig, ping, pingUrl } from '../../../daemon/watchdog/ping.js';
import { type HttpStandIn, startHttpStandIn } from '../../support/http-stand-in.js';

let server: HttpStandIn;
const never = new AbortController().signal;

beforeEach(async () => {
  server = await startHttpStandIn(() => ({ status: 200, body: 'OK' }));
});
afterEach(() => server.close());

const config = (over: Partial<HeartbeatConfig> = {}): HeartbeatConfig => ({
  url: `${server.url}/5bf66975-secret`,
  intervalMs: 60_000,
  timeoutMs: 30_000,
  allowPrivateAddress: false,
  ...over,
});

describe('a ping', () => {
  test.each([
    ['success', '/5bf66975-secret'],
    ['start', '/5bf66975-secret/start'],
    ['fail', '/5bf66975-secret/fail'],
  ] as const)('of %s is posted to %s with its body', async (signal, path) => {
    expect(await ping(config(), signal, 'how it goes\n', never)).toEqual({ arrived: true });
    expect(server.requests).toMatchObject([{ method: 'POST', path, body: 'how it goes\n' }]);
  });

  test('keeps the query of its URL, and no slash twice', () => {
    expect(pingUrl('https://hc.example.org/key/name?create=1', 'fail').href).toBe(
      'https://hc.example.org/key/name/fail?create=1',
    );
    expect(pingUrl('https://hc.example.org/key/', 'start').href).toBe('https://hc.example.org/key/start');
    expect(pingUrl('https://hc.example.org/key/', 'success').href).toBe('https://hc.example.org/key/');
  });

  test.each([
    [
      'a check that does not exist, which is answered 200',
      { status: 200, body: 'OK (not found)' },
      'did not count the ping',
    ],
    [
      'one too many, which is answered 200',
      { status: 200, body: 'OK (rate limited)' },
      'did not count the ping',
    ],
    ['404', { status: 404, body: 'not found' }, 'HTTP 404'],
    ['500', { status: 500 }, 'HTTP 500'],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://elsewhere.example.org/' } },
      'redirects (HTTP 302)',
    ],
  ])('did not arrive after %s', async (_, reply, words) => {
    server.always({ type: 'reply', ...reply });
    const outcome = await ping(config(), 'success', '', never);
    expect(outcome).toMatchObject({ arrived: false, reason: expect.stringContaining(words) });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  test('other services may answer what they like with a 2xx', async () => {
    server.always({ type: 'reply', status: 202, body: '{"ok":true}' });
    expect(await ping(config(), 'success', '', never)).toEqual({ arrived: true });
  });

  test('gives up on a switch that takes the connection and never answers', async () => {
    server.always({ type: 'silence' });
    expect(await ping(config({ timeoutMs: 500 }), 'success', '', never)).toEqual({
      arrived: false,
      reason: 'it did not answer within 500 ms',
    });
  });

  test('does not go to an address that is not public, unless that is allowed', async () => {
    expect(await ping(config({ url: 'https://10.0.0.1/secret' }), 'success', '', never)).toMatchObject({
      arrived: false,
      reason: expect.stringContaining('not public'),
    });
  });
});
