import { createHmac, timingSafeEqual } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Alert, Notifier } from '../../../notifiers/index.js';
import { signatureHeaders } from '../../../notifiers/webhook/signature.js';
import type { HttpReply, HttpRequestSeen } from '../../support/http-stand-in.js';
import { alertHolding, build, type ChannelUnderTest, type Received, request } from './channel-under-test.js';
import { describeNotifier } from './contract.js';
import { hostileStrings } from './hostile-strings.js';
import { describeHttpNotifier } from './http-contract.js';
import { apart, type HttpStage, startHttpStage } from './http-stage.js';
import { driftAlert, sampleAlerts, walletChange } from './sample-alerts.js';

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const OLDER = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** A receiver as the specification asks for one (Standard Webhooks 1.0.0): checks signature and time before it reads the body. */
class Receiver {
  readonly bodies: string[] = [];
  readonly ids: string[] = [];

  constructor(readonly secret = SECRET) {}

  readonly answer = ({ method, headers, body }: HttpRequestSeen): HttpReply => {
    const {
      'webhook-id': id = '',
      'webhook-timestamp': timestamp = '',
      'webhook-signature': signatures = '',
    } = headers;
    if (method !== 'POST' || headers['content-type'] !== 'application/json') return { status: 415 };
    if (!/^\d{10}$/.test(timestamp) || Math.abs(Number(timestamp) - Date.now() / 1000) > 300)
      return { status: 400 };
    const key = Buffer.from(this.secret.replace(/^whsec_/, ''), 'base64');
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
    const fits = signatures.split(' ').some((signature) => {
      const [version, base64 = ''] = signature.split(',');
      const bytes = Buffer.from(base64, 'base64');
      return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
    });
    if (!fits) return { status: 401, body: 'bad signature' };
    this.ids.push(id);
    this.bodies.push(body);
    return { status: 204 };
  };
}

const config = (url: string) => ({ kind: 'webhook', name: 'ops', url: `${url}/hook`, secret: SECRET });

interface WebhookStage extends HttpStage {
  readonly receiver: Receiver;
}

async function startStage(secret?: string): Promise<WebhookStage> {
  const receiver = new Receiver(secret);
  const received = () => receiver.bodies.map(readBody);
  return {
    ...(await startHttpStage({ secret: SECRET, config, service: receiver.answer, received })),
    receiver,
  };
}

/** What a receiver that follows docs/channels/webhook.md shows: our texts, and of each value what stands in `quoted`. */
function readBody(body: string): Received {
  const ours: string[] = [];
  const quoted: string[] = [];
  const walk = (value: unknown, label = ''): void => {
    if (typeof value === 'string') {
      ours.push(label === '' ? value : `${label}: ${value}`);
    } else if (Array.isArray(value)) {
      for (const item of value) walk(item);
    } else if (typeof value === 'object' && value !== null) {
      if ('quoted' in value) {
        const words = apart(String(value.quoted));
        ours.push(words.ours);
        quoted.push(...words.quoted);
      } else if ('text' in value && 'label' in value) {
        walk(value.text, String(value.label));
      } else {
        for (const item of Object.values(value)) walk(item);
      }
    }
  };
  const { type, data } = JSON.parse(body) as { type: string; data: { title: string } };
  walk(type);
  walk(data);
  return { preview: data.title, ourWords: ours.join('\n'), quotedWords: quoted.join('\n'), raw: body };
}

const channel: ChannelUnderTest = { kind: 'webhook', start: startStage };
describeNotifier(channel);
describeHttpNotifier({
  kind: 'webhook',
  setting: 'url',
  config: (url) => ({ ...config(url), url }),
  service: new Receiver().answer,
  delivered: [200, 201, 202, 204, 206],
  never: [400, 413, 415, 422],
});

describe('webhook', () => {
  let stage: WebhookStage;
  let notifier: Notifier;
  beforeEach(async () => {
    stage = await startStage();
    notifier = await build('webhook', stage);
  });
  afterEach(async () => {
    await notifier.close();
    await stage.stop();
  });
  const deliver = (alert: Alert, attempt = 1, over = notifier) =>
    over.deliver(request({ part: 'message', alert, attempt }));
  interface Body {
    readonly type: string;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, unknown>> & {
      readonly changes: readonly { readonly fields: readonly Readonly<Record<string, unknown>>[] }[];
    };
  }
  const bodyOf = (index = 0) => JSON.parse(stage.receiver.bodies[index] ?? '') as Body;

  test('the signature is that of the specification’s own example', () => {
    const headers = signatureHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}', [
      OLDER,
    ]);
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('an id is the same on every attempt and another for each alert', async () => {
    const first = await deliver(driftAlert(), 1);
    await deliver(driftAlert(), 2);
    await deliver(driftAlert({ id: 'a.b\r\nc' }));
    const [one, repeat, other] = stage.receiver.ids;
    expect(repeat).toBe(one);
    expect(other).not.toBe(one);
    expect(other).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(first).toEqual({ delivered: true, receipt: one });
  });

  test('while secrets are changed over, receivers with either one are served', async () => {
    for (const secret of [SECRET, OLDER]) {
      const there = await startStage(secret);
      const both = await build('webhook', there, { secret: SECRET, previousSecret: OLDER });
      expect(await deliver(driftAlert(), 1, both)).toMatchObject({ delivered: true });
      expect(there.server.requests[0]?.headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
      await there.stop();
    }
  });

  test('a receiver with another secret takes nothing, and is reported with what to repair', async () => {
    const other = await build('webhook', stage, { secret: OLDER });
    expect(await deliver(driftAlert(), 1, other)).toMatchObject({
      delivered: false,
      retry: true,
      reason: expect.stringContaining('secret_file'),
    });
    expect(stage.receiver.bodies).toEqual([]);
  });

  test('the body is as documented', async () => {
    await deliver(driftAlert({ changes: [walletChange] }));
    const { type, timestamp, data } = bodyOf();
    expect([type, timestamp]).toEqual(['alert.drift', '2026-11-24T02:13:07.000Z']);
    expect(data).toMatchObject({
      schema: 1,
      id: '01994f2e-7f3a-7c11-9d53-a1c0ffee0001',
      attempt: 1,
      severity: 'critical',
      site: 'prague-1',
      incident: '7f3a',
      standing: 'page',
      state: 'open',
      dedupKey: '7f3a-1',
      repeat: null,
      nextSteps: expect.arrayContaining([expect.objectContaining({ command: 'tillwarden show 7f3a' })]),
      head: { baselineVersion: 12, journal: expect.stringMatching(/^[0-9a-f]{64}$/) },
      changesLeftOut: 0,
      detailsWithheld: false,
      changes: [
        {
          severity: 'critical',
          collection: 'wallet_routes',
          kind: 'wallet-route',
          headline: 'wallet route now pays elsewhere',
          key: [{ name: 'id', value: { form: 'text', untrusted: '3', quoted: '“3”' } }],
          fields: [
            {
              name: 'sell_wallet_address',
              before: { form: 'text', untrusted: 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq' },
              after: { form: 'text', untrusted: 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440' },
            },
          ],
          fieldsLeftOut: 0,
        },
      ],
    });
  });

  test('values are distinguished: none, null, empty, secret, digest, too long', async () => {
    const long = `${'é'.repeat(5_000)}`;
    const values = [
      null,
      { untrusted: null },
      { untrusted: '' },
      { untrusted: 'a'.repeat(64), form: 'hmac' as const },
      { untrusted: 'b'.repeat(64), form: 'digest' as const, bytes: 70_000 },
      { untrusted: '{', form: 'raw-json' as const },
      { untrusted: long },
    ];
    const fields = values.map((after, index) => ({ name: `f${index}`, before: { untrusted: 'x' }, after }));
    await deliver(driftAlert({ changes: [{ ...walletChange, fields }] }));
    const told = bodyOf().data.changes[0]?.fields.map(({ after }) => after);
    expect(told).toMatchObject([
      null,
      { form: 'null', untrusted: null, quoted: 'NULL (no value)' },
      { form: 'text', untrusted: '', quoted: '“” (empty text)' },
      { form: 'hmac', untrusted: 'a'.repeat(64), quoted: expect.stringContaining('secret; fingerprint') },
      { form: 'digest', untrusted: 'b'.repeat(64), bytes: 70_000 },
      { form: 'raw-json', untrusted: '{' },
      { form: 'too-long', untrusted: null, bytes: 10_000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  test('hostile values arrive byte for byte in `untrusted`, and nowhere else', async () => {
    const short = hostileStrings.filter((hostile) => hostile.length < 4_000);
    expect(short.length).toBeGreaterThan(200);
    for (const hostile of short) {
      const value = `Zq${hostile}qZ`;
      await deliver(alertHolding(value));
      const body = stage.receiver.bodies.at(-1) ?? '';
      const places: string[] = [];
      JSON.parse(body, (name, found: unknown) => {
        if (typeof found === 'string' && found.includes('Zq') && name !== 'quoted')
          places.push(`${name}=${found}`);
        return found;
      });
      expect(places).toContain(`untrusted=${value}`);
      expect(new Set(places)).toEqual(new Set([`untrusted=${value}`, `untrusted=${value}2`]));
    }
  });

  test('5,000 changes stay within the limit, the worst first, the rest counted', async () => {
    const changes = Array.from({ length: 5_000 }, (_, index) => ({
      ...walletChange,
      severity: index === 4_999 ? ('critical' as const) : ('low' as const),
      headline: index === 4_999 ? 'administrator added' : 'wallet route changed',
    }));
    const facts = Array.from({ length: 500 }, () => ({
      label: 'x',
      quoted: { untrusted: '\u0001'.repeat(4_000) },
    }));
    for (const maxBodyBytes of [32_768, 262_144, 4_194_304]) {
      const limited = await build('webhook', stage, { maxBodyBytes });
      expect(await deliver(driftAlert({ changes, facts, changesLeftOut: 3 }), 1, limited)).toMatchObject({
        delivered: true,
      });
      const body = stage.receiver.bodies.at(-1) ?? '';
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(maxBodyBytes);
      const { data } = JSON.parse(body) as Body;
      expect(data.changes[0]).toMatchObject({ headline: 'administrator added' });
      expect(data.changes.length + Number(data['changesLeftOut'])).toBe(5_003);
      expect(data.changes.length).toBeGreaterThan(maxBodyBytes / 2_000);
    }
  });

  test('a body refused for its values arrives in our own words', async () => {
    stage.server.next({ type: 'reply', status: 413 });
    expect(await deliver(alertHolding('Zq'))).toMatchObject({ delivered: true });
    expect(stage.receiver.bodies).toHaveLength(1);
    expect(stage.receiver.bodies[0]).not.toContain('Zq');
    expect(bodyOf().data).toMatchObject({
      detailsWithheld: true,
      changesLeftOut: 1,
      counts: ['1 × administrator changed'],
    });
  });

  test('a receiver that is gone for good is reported, and tried again: an alert must still arrive once that is repaired', async () => {
    stage.server.next({ type: 'reply', status: 410 });
    expect(await deliver(driftAlert())).toMatchObject({
      retry: true,
      retryAfterMs: 60_000,
      reason: expect.stringContaining('url'),
    });
  });

  test.each([...sampleAlerts])('$type has its own type of event', async (alert) => {
    await deliver(alert);
    expect(bodyOf().type).toBe(`alert.${alert.type.replaceAll('-', '_')}`);
    expect(bodyOf().type).toMatch(/^[a-zA-Z0-9_]+\.[a-zA-Z0-9_]+$/);
  });

  test.each([
    ['a short secret', { secret: 'whsec_aGVsbG8=' }],
    ['a secret that is no base64', { secret: `whsec_${'?'.repeat(40)}` }],
    ['a long secret', { secret: `whsec_${'A'.repeat(120)}` }],
    ['a secret with a line end', { secret: `${SECRET}\n` }],
    ['a wrong previous secret', { previousSecret: 'x' }],
    ['a tiny body', { maxBodyBytes: 100 }],
  ])('the configuration refuses %s', async (_, wrong) => {
    await expect(build('webhook', stage, wrong)).rejects.toThrow();
  });
});
