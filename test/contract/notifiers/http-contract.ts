import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Notifier, notifierKinds } from '../../../notifiers/index.js';
import { selfSignedCertificate } from '../../support/certificate.js';
import {
  type HttpReply,
  type HttpRequestSeen,
  type HttpStandIn,
  startHttpStandIn,
} from '../../support/http-stand-in.js';
import { build, request, type Stage } from './channel-under-test.js';

/** A channel that speaks HTTP, and a service that takes its messages. */
export interface HttpChannelUnderTest {
  readonly kind: string;
  /** The setting that names the service's address. */
  readonly setting: string;
  config(url: string): Readonly<Record<string, unknown>>;
  /** The service's usual answer. */
  service(request: HttpRequestSeen): HttpReply;
  /** Statuses, with an empty body, by which a message counts as delivered, or is given up after plainer words were refused too. */
  readonly delivered: readonly number[];
  readonly never: readonly number[];
}

// biome-ignore format: a line holds many
const STATUSES = [
  200, 201, 202, 204, 206, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 413, 415, 418, 421, 422, 423, 425, 429,
  431, 451, 500, 501, 502, 503, 504, 507, 520, 599,
];
const REDIRECTS = [300, 301, 302, 303, 304, 305, 307, 308];

/** What every channel that speaks HTTP makes of each answer, tried on real sockets. */
export function describeHttpNotifier(channel: HttpChannelUnderTest): void {
  describe(`${channel.kind} over HTTP`, () => {
    let server: HttpStandIn;
    let notifier: Notifier;
    const stageOf = (url: string): Stage => ({
      config: channel.config(url),
      secret: '',
      misbehave: () => undefined,
      received: async () => [],
      stop: async () => undefined,
    });
    const at = (url: string, overrides = {}) => build(channel.kind, stageOf(url), overrides);
    beforeEach(async () => {
      server = await startHttpStandIn(channel.service);
      notifier = await at(server.url);
    });
    afterEach(async () => {
      await notifier.close();
      await server.close();
    });
    const deliver = (over = notifier) => over.deliver(request({ part: over.parts[0] ?? '' }));

    test('the service takes a message', async () => {
      expect(await deliver()).toMatchObject({ delivered: true });
    });

    test.each(STATUSES)('HTTP %s', async (status) => {
      server.always({ type: 'reply', status });
      const outcome = await deliver();
      if (channel.delivered.includes(status)) {
        expect(outcome).toEqual({ delivered: true, receipt: expect.stringMatching(/^[!-~]+$/) });
        return;
      }
      expect(outcome).toMatchObject({
        delivered: false,
        retry: !channel.never.includes(status),
        reason: expect.stringMatching(/.{10,}/),
      });
    });

    test.each([408, 429, 500, 502, 503, 504])(
      'HTTP %s with Retry-After waits as asked, within limits',
      async (status) => {
        const waits: unknown[] = [];
        for (const header of ['7', '0', '999999999', 'soon', undefined]) {
          server.next({
            type: 'reply',
            status,
            ...(header === undefined ? {} : { headers: { 'retry-after': header } }),
          });
          const outcome = await deliver();
          waits.push(outcome.delivered ? 'delivered' : outcome.retryAfterMs);
        }
        expect(waits.slice(0, 3)).toEqual([7_000, 0, 600_000]);
        const [unreadable, absent] = waits.slice(3);
        expect(unreadable).toBe(absent);
        if (status === 429) expect(absent).toBeGreaterThanOrEqual(30_000);
        else expect(absent).toBeUndefined();
        expect(server.requests).toHaveLength(5);
      },
    );

    test.each(REDIRECTS)('HTTP %s leads nowhere, to no private address either', async (status) => {
      const inside = await startHttpStandIn(channel.service);
      for (const location of [
        `${inside.url}/`,
        '/here',
        '//169.254.169.254/latest/',
        'file:///etc/passwd',
        '',
      ]) {
        server.next({ type: 'reply', status, headers: { location } });
        expect(await deliver()).toMatchObject({
          delivered: false,
          retry: true,
          reason: expect.stringMatching(new RegExp(`redirect \\(HTTP ${status}\\).*${channel.setting}`)),
        });
      }
      expect([server.requests.length, inside.requests.length]).toEqual([5, 0]);
      await inside.close();
    });

    test('a slow answer is waited for', async () => {
      server.next({ type: 'reply', ...channel.service(await seen()), delayMs: 300 });
      expect(await deliver()).toMatchObject({ delivered: true });
    });
    /** A request of the channel, as its service sees it. */
    const seen = async (): Promise<HttpRequestSeen> => {
      await deliver();
      const [first] = server.requests;
      if (first === undefined) throw new Error('no request arrived');
      return first;
    };

    test.each(['cut', 'half'] as const)(
      'a connection that is %s is reported with the code of the system',
      async (type) => {
        server.next({ type });
        expect(await deliver()).toMatchObject({
          delivered: false,
          retry: true,
          reason: expect.stringContaining('ECONNRESET'),
        });
      },
    );

    test.each(['silence', 'trickle'] as const)('the time limit ends an exchange of %s', async (type) => {
      const impatient = await at(server.url, { timeoutMs: 500 });
      server.always({ type });
      expect(await deliver(impatient)).toMatchObject({
        delivered: false,
        retry: true,
        reason: expect.stringContaining('within 500 ms'),
      });
    });

    test('an answer that goes over to another protocol is no delivery', async () => {
      server.next({ type: 'switch' });
      expect(await deliver()).toMatchObject({
        delivered: false,
        retry: true,
        reason: expect.stringMatching(new RegExp(`HTTP 101: check ${channel.setting}`)),
      });
    });

    test.each([
      ['a login page', '<!DOCTYPE html><html><b>Please log in to the hotel Wi-Fi</b></html>'],
      ['an endless answer', 'x'.repeat(2_000_000)],
    ])('200 with %s is no delivery', async (_, body) => {
      for (const status of [200, 202]) {
        server.next({ type: 'reply', status, headers: { 'content-type': 'text/html' }, body });
        expect(await deliver()).toMatchObject({
          delivered: false,
          retry: true,
          reason: expect.stringContaining(channel.setting),
        });
      }
    });

    test.each(['[::ffff:127.0.0.1]', '10.0.0.1', '169.254.169.254', '[fd00::1]', '192.168.1.1'])(
      'an address that is not public is not connected to unless allowed: %s',
      async (host) => {
        const inside = await at(`https://${host}:${server.port}`);
        expect(inside.degradations).toEqual([]);
        expect(await deliver(inside)).toMatchObject({
          delivered: false,
          retry: true,
          reason: expect.stringMatching(/not public.*allowPrivateAddress/),
        });
        expect(server.requests).toEqual([]);
      },
    );

    test('allowing private addresses works, and shows as degraded', async () => {
      const allowed = await at(`https://[::ffff:127.0.0.1]:${server.port}`, { allowPrivateAddress: true });
      expect(allowed.degradations).toEqual([
        { code: 'NOTIFY_PRIVATE_ADDRESS', message: expect.stringContaining('allowPrivateAddress') },
      ]);
      // It connects now, and finds a server that speaks no TLS.
      expect(await deliver(allowed)).toMatchObject({ reason: expect.stringContaining('TLS') });
    });

    test('a server that nobody vouches for gets nothing', async () => {
      const certificate = selfSignedCertificate();
      const secure = await startHttpStandIn(channel.service, certificate);
      expect(await deliver(await at(secure.url))).toMatchObject({
        delivered: false,
        retry: true,
        reason: expect.stringMatching(/no trusted TLS.*SELF_SIGNED/),
      });
      expect(secure.requests).toEqual([]);
      if ('tlsCaFile' in (notifierKinds.get(channel.kind)?.configSchema.shape ?? {})) {
        const folder = mkdtempSync(join(tmpdir(), 'tillwarden-ca-'));
        const tlsCaFile = join(folder, 'ca.pem');
        writeFileSync(tlsCaFile, certificate.cert);
        expect(await deliver(await at(secure.url, { tlsCaFile }))).toMatchObject({ delivered: true });
        await expect(at(secure.url, { tlsCaFile: join(folder, 'none.pem') })).rejects.toMatchObject({
          code: 'NOTIFY_CA_UNREADABLE',
        });
        rmSync(folder, { recursive: true });
      }
      await secure.close();
    });

    test.each([
      ['in clear on another machine', 'http://alarm.example/'],
      ['with a user', 'https://me@alarm.example/'],
      ['with a password', 'https://me:secret@alarm.example/'],
      ['with a fragment', 'https://alarm.example/#here'],
      ['with a line end', 'https://alarm.example/\r\nx: y'],
      ['of another scheme', 'ftp://alarm.example/'],
      ['that is none', 'alarm.example'],
    ])('the configuration refuses an address %s', async (_, url) => {
      await expect(at(url)).rejects.toThrow();
    });
  });
}
