import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Alert, Notifier } from '../../../notifiers/index.js';
import type { HttpReply, HttpRequestSeen } from '../../support/http-stand-in.js';
import { alertHolding, build, type ChannelUnderTest, type Received, request } from './channel-under-test.js';
import { describeNotifier } from './contract.js';
import { hostileStrings } from './hostile-strings.js';
import { describeHttpNotifier } from './http-contract.js';
import { type HttpStage, startHttpStage } from './http-stage.js';
import { driftAlert, sampleAlerts } from './sample-alerts.js';

const TOKEN = 'tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2';
const TOPIC = 'atm-alarms';

interface Push {
  readonly topic: string;
  readonly title: string;
  readonly message: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly sequence_id: string;
}

/** As much of an ntfy server as a publisher meets: its checks and limits (docs.ntfy.sh/publish), and its answers. */
class NtfyServer {
  readonly pushes: Push[] = [];

  readonly answer = ({ method, path, headers, body }: HttpRequestSeen): HttpReply => {
    if (method !== 'POST' || path !== '/') return refusal(404, 40401, 'page not found');
    if (headers['authorization'] !== `Bearer ${TOKEN}`) return refusal(401, 40101, 'unauthorized');
    const push = JSON.parse(body) as Push;
    const known = ['topic', 'title', 'message', 'priority', 'tags', 'sequence_id'];
    if (Object.keys(push).some((name) => !known.includes(name)))
      return refusal(400, 40024, 'unexpected member');
    if (!/^[-_A-Za-z0-9]{1,64}$/.test(push.topic)) return refusal(400, 40009, 'topic invalid');
    if (!/^[-_A-Za-z0-9]{1,64}$/.test(push.sequence_id)) return refusal(400, 40049, 'sequence ID invalid');
    if (!Number.isInteger(push.priority) || push.priority < 1 || push.priority > 5)
      return refusal(400, 40007, 'priority invalid');
    if (Buffer.byteLength(push.title) > 1_024) return refusal(400, 40057, 'title too long');
    if (Buffer.byteLength(push.message) > 4_096) return refusal(413, 41301, 'message too large');
    this.pushes.push(push);
    const id = `x${String(this.pushes.length).padStart(11, '0')}`;
    return json(200, { id, time: 1_764_000_000, event: 'message', topic: push.topic, message: push.message });
  };
}

const json = (status: number, body: object): HttpReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const refusal = (http: number, code: number, error: string) => json(http, { code, http, error });
const config = (baseUrl: string) => ({ kind: 'ntfy', name: 'ops', baseUrl, topic: TOPIC, token: TOKEN });

interface NtfyStage extends HttpStage {
  readonly pushes: readonly Push[];
}

async function startStage(): Promise<NtfyStage> {
  const ntfy = new NtfyServer();
  const received = (): readonly Received[] =>
    ntfy.pushes.map((push) => ({
      preview: push.title,
      ourWords: `${push.title}\n${push.message}`,
      quotedWords: [...push.message.matchAll(/“([^”]*)”/g)].map(([, value]) => value).join('\n'),
      raw: JSON.stringify(push),
    }));
  const stage = await startHttpStage({ secret: TOKEN, config, service: ntfy.answer, received });
  return { ...stage, pushes: ntfy.pushes };
}

const channel: ChannelUnderTest = { kind: 'ntfy', quotes: 'never', start: startStage };
describeNotifier(channel);
describeHttpNotifier({
  kind: 'ntfy',
  setting: 'baseUrl',
  config,
  service: new NtfyServer().answer,
  delivered: [],
  never: [400, 413, 422],
});

describe('ntfy', () => {
  let stage: NtfyStage;
  let notifier: Notifier;
  beforeEach(async () => {
    stage = await startStage();
    notifier = await build('ntfy', stage);
  });
  afterEach(async () => {
    await notifier.close();
    await stage.stop();
  });
  const deliver = (alert: Alert, attempt = 1) =>
    notifier.deliver(request({ part: 'message', alert, attempt }));

  test.each([
    ['critical', 'page', 5],
    ['high', 'page', 4],
    ['medium', 'page', 3],
    ['low', 'notice', 2],
    ['info', 'notice', 2],
    ['critical', 'follow-up', 3],
    ['info', 'follow-up', 2],
    ['critical', 'notice', 5],
  ] as const)('a %s %s has priority %s', async (severity, role, priority) => {
    await deliver(driftAlert({ severity, role }));
    expect(stage.pushes[0]?.priority).toBe(priority);
  });

  test('a test sounds like a usual message', async () => {
    await deliver(driftAlert({ type: 'test', role: 'notice', severity: 'info' }));
    expect(stage.pushes[0]?.priority).toBe(3);
  });

  test('a push begins with how bad it is and where, then what it means, and says where the values are', async () => {
    await deliver(driftAlert());
    const { message = '', tags } = stage.pushes[0] ?? {};
    expect(message).toMatch(/^CRITICAL prague-1: .*\nCoins may be going to an address nobody approved, /);
    expect(message).toContain('• 1 × wallet route now pays elsewhere\n• 1 × new administrator');
    expect(message).toContain('\ntillwarden show 7f3a\n');
    expect(message).toContain('never comes this way');
    expect(tags).toEqual(['rotating_light']);
  });

  test('not one byte of the watched system is in a push: it is the same whatever the values are', async () => {
    for (const hostile of ['harmless', ...hostileStrings]) await deliver(alertHolding(hostile));
    expect(new Set(stage.pushes.map((push) => JSON.stringify(push))).size).toBe(1);
    expect(stage.pushes).toHaveLength(hostileStrings.length + 1);
  });

  test('a repeat has the id of the first, so that a phone shows one message', async () => {
    await deliver(driftAlert(), 1);
    await deliver(driftAlert(), 2);
    await deliver(driftAlert({ id: 'another' }));
    const [first, repeat, other] = stage.pushes.map((push) => push.sequence_id);
    expect(repeat).toBe(first);
    expect(other).not.toBe(first);
  });

  test('the longest words stay within the limit, and keep the command and the proof', async () => {
    const long = '未'.repeat(5_000);
    const alert = driftAlert({
      title: long,
      consequence: long,
      facts: Array.from({ length: 30 }, () => ({ label: long, text: long })),
      nextSteps: [
        { text: long },
        { text: long, command: 'tillwarden show 7f3a' },
        { text: long, command: long },
      ],
    });
    expect(await deliver(alert, 2)).toMatchObject({ delivered: true });
    const { message = '' } = stage.pushes[0] ?? {};
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_000);
    expect(message).toContain('\ntillwarden show 7f3a\n');
    expect(message).toContain('Possibly a repeat');
    expect(message).toMatch(/alert 01994f2e-7f3a-7c11-9d53-a1c0ffee0001$/);
  });

  test('the receipt is the id that the server gave', async () => {
    expect(await deliver(driftAlert())).toEqual({ delivered: true, receipt: 'x00000000001' });
  });

  test('a wrong token is reported with what to repair', async () => {
    const wrong = await build('ntfy', stage, { token: 'tk_wrong_wrong_wrong' });
    expect(await wrong.deliver(request({ part: 'message' }))).toMatchObject({
      retry: true,
      retryAfterMs: 60_000,
      reason: expect.stringContaining('token_file'),
    });
  });

  test('without a token none is sent', async () => {
    const open = await build('ntfy', stage, { token: undefined });
    await open.deliver(request({ part: 'message' }));
    expect(stage.server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each([...sampleAlerts])('$type fits', async (alert) => {
    expect(await deliver(alert)).toMatchObject({ delivered: true });
  });

  test.each([
    ['a topic that is a path', { topic: 'a/b' }],
    ['no topic', { topic: '' }],
    ['a token with a line end', { token: 'tk_12345678\n' }],
    ['an unlimited time', { timeoutMs: 0 }],
  ])('the configuration refuses %s', async (_, wrong) => {
    await expect(build('ntfy', stage, wrong)).rejects.toThrow();
  });
});
