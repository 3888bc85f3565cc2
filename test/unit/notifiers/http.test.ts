import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withDeadline } from '../../../notifiers/deadline.js';
import { type HttpPost, MAX_ANSWER_BYTES, post } from '../../../notifiers/http.js';
import { selfSignedCertificate } from '../../support/certificate.js';
import { type HttpStandIn, startHttpStandIn } from '../../support/http-stand-in.js';

describe('the HTTP client', () => {
  let server: HttpStandIn;
  beforeEach(async () => {
    server = await startHttpStandIn(({ body }) => ({ status: 200, body: `got ${body}` }));
  });
  afterEach(() => server.close());
  const send = (overrides: Partial<HttpPost> = {}, timeoutMs = 10_000) =>
    withDeadline(timeoutMs, [], (deadline) =>
      post(
        { url: new URL(server.url), headers: {}, body: 'ä', networkScope: 'loopback', ...overrides },
        deadline,
      ),
    );

  test('posts bytes and reads the answer', async () => {
    const answer = await send({ url: new URL(`${server.url}/a?b=c`), headers: { 'x-one': '1' } });
    expect(answer).toMatchObject({ type: 'answered', status: 200, body: Buffer.from('got ä') });
    expect(server.requests).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/a?b=c',
        headers: expect.objectContaining({ 'x-one': '1' }),
      }),
    ]);
  });

  test('follows no redirect, not even to itself', async () => {
    for (const status of [300, 301, 302, 303, 304, 307, 308]) {
      server.next({ type: 'reply', status, headers: { location: '/elsewhere' } });
      expect(await send()).toEqual({ type: 'redirected', status });
    }
    expect(server.requests).toHaveLength(7);
  });

  test('reads an answer to its limit and no further', async () => {
    server.next({ type: 'reply', status: 200, body: 'x'.repeat(MAX_ANSWER_BYTES) });
    expect(await send()).toMatchObject({ type: 'answered' });
    server.next({ type: 'reply', status: 500, body: 'x'.repeat(MAX_ANSWER_BYTES + 1) });
    expect(await send()).toEqual({ type: 'oversized' });
  });

  test.each(['silence', 'trickle'] as const)('the time limit ends the whole exchange: %s', async (type) => {
    server.next({ type });
    expect(await send({}, 300)).toEqual({ type: 'timeout' });
  });

  test('an answer that goes over to another protocol is an answer, and ends the exchange', async () => {
    server.next({ type: 'switch' });
    expect(await send()).toEqual({
      type: 'answered',
      status: 101,
      retryAfterMs: null,
      body: Buffer.alloc(0),
    });
  });

  test.each(['cut', 'half'] as const)(
    'a connection that is %s is unreachable, with the code of the system',
    async (type) => {
      server.next({ type });
      expect(await send()).toEqual({ type: 'unreachable', detail: 'ECONNRESET' });
    },
  );

  test.each([
    ['7', 7_000],
    ['0', 0],
    ['soon', null],
    ['-1', null],
    ['1.5', null],
    [new Date(0).toUTCString(), 0],
  ])('Retry-After %s is %s ms', async (header, retryAfterMs) => {
    server.next({ type: 'reply', status: 429, headers: { 'retry-after': header } });
    expect(await send()).toMatchObject({ status: 429, retryAfterMs });
  });

  test('Retry-After may be a date', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    server.next({ type: 'reply', status: 503, headers: { 'retry-after': date } });
    const answer = await send();
    expect(answer.type === 'answered' && answer.retryAfterMs).toBeGreaterThanOrEqual(
      Math.min(Date.parse(date) - Date.now(), 60_000),
    );
    expect(answer.type === 'answered' && answer.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test.each(['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])(
    'connects to no address that is not public, however spelled: %s',
    async (host) => {
      const url = new URL(`http://${host}:${server.port}`);
      expect(await send({ url, networkScope: 'public' })).toEqual({ type: 'address-refused' });
      expect(server.requests).toEqual([]);
    },
  );

  test('connects to no name that leads to an address that is not public', async () => {
    const url = new URL(`http://localhost:${server.port}`);
    expect(await send({ url, networkScope: 'public' })).toEqual({ type: 'address-refused' });
    expect(server.requests).toEqual([]);
    expect(await send({ url, networkScope: 'loopback' })).toMatchObject({ type: 'answered' });
    expect(await send({ url, networkScope: 'any' })).toMatchObject({ type: 'answered' });
  });

  test('a stopped exchange says so', async () => {
    const stopped = await withDeadline(10_000, [AbortSignal.abort()], (deadline) =>
      post({ url: new URL(server.url), headers: {}, body: '', networkScope: 'loopback' }, deadline),
    );
    expect(stopped).toEqual({ type: 'stopped' });
  });

  describe('over TLS', () => {
    const certificate = selfSignedCertificate();
    let secure: HttpStandIn;
    beforeEach(async () => {
      secure = await startHttpStandIn(() => ({ status: 204 }), certificate);
    });
    afterEach(() => secure.close());

    test('a trusted certificate of the right name is needed', async () => {
      const url = new URL(secure.url);
      expect(await send({ url, ca: certificate.cert })).toMatchObject({ type: 'answered', status: 204 });
      expect(await send({ url })).toEqual({ type: 'untrusted', detail: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
      const otherName = new URL(`https://[::ffff:127.0.0.1]:${secure.port}`);
      expect(await send({ url: otherName, ca: certificate.cert })).toEqual({
        type: 'untrusted',
        detail: 'ERR_TLS_CERT_ALTNAME_INVALID',
      });
      expect(secure.requests).toHaveLength(1);
    });

    test('a server that speaks no TLS is not trusted', async () => {
      const url = new URL(server.url.replace('http:', 'https:'));
      expect(await send({ url })).toMatchObject({ type: 'untrusted' });
    });
  });
});
