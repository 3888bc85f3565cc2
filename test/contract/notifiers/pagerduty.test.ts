import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Alert, DeliveryRequest, Notifier } from '../../../notifiers/index.js';
import type { HttpReply, HttpRequestSeen } from '../../support/http-stand-in.js';
import { alertHolding, build, type ChannelUnderTest, type Received, request } from './channel-under-test.js';
import { describeNotifier } from './contract.js';
import { describeHttpNotifier } from './http-contract.js';
import { apart, type HttpStage, startHttpStage } from './http-stage.js';
import { driftAlert, sampleAlerts } from './sample-alerts.js';

const KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00';

interface Payload {
  readonly summary: string;
  readonly source: string;
  readonly severity?: string;
  readonly timestamp: string;
  readonly custom_details: Readonly<Record<string, unknown>>;
}
interface Event {
  readonly path: string;
  readonly action: string;
  readonly dedupKey: string | null;
  readonly payload: Payload | null;
  readonly raw: string;
}

/** As much of the Events API v2 as a sender meets: its checks and limits, and its answers (PagerDuty developer docs). */
class EventsApi {
  readonly events: Event[] = [];

  readonly answer = ({ method, path, body }: HttpRequestSeen): HttpReply => {
    if (method !== 'POST' || !['/v2/enqueue', '/v2/change/enqueue'].includes(path)) return json(404, {});
    const event = JSON.parse(body) as Readonly<Record<string, unknown>>;
    const problem = Buffer.byteLength(body) > 512 * 1024 ? 'payload too large' : problemOf(event, path);
    if (problem !== null) return json(400, { status: 'invalid event', message: problem, errors: [problem] });
    const { routing_key: _, ...kept } = event;
    this.events.push({
      path,
      action: path === '/v2/enqueue' ? String(event['event_action']) : 'change',
      dedupKey: typeof event['dedup_key'] === 'string' ? event['dedup_key'] : null,
      payload: (event['payload'] as Payload | undefined) ?? null,
      raw: JSON.stringify(kept),
    });
    return json(202, { status: 'success', message: 'Event processed', dedup_key: event['dedup_key'] });
  };
}

function problemOf(event: Readonly<Record<string, unknown>>, path: string): string | null {
  const text = (value: unknown, max: number) =>
    typeof value === 'string' && value !== '' && [...value].length <= max;
  if (event['routing_key'] !== KEY) return 'routing_key is invalid';
  const isChange = path === '/v2/change/enqueue';
  if (!isChange) {
    if (!['trigger', 'acknowledge', 'resolve'].includes(String(event['event_action']))) return 'event_action';
    if (!text(event['dedup_key'], 255)) return 'dedup_key';
    if (event['event_action'] !== 'trigger') return null;
  }
  const payload = event['payload'] as Partial<Payload> | undefined;
  if (!text(payload?.summary, 1_024)) return 'summary';
  if (!text(payload?.source, 1_000)) return 'source';
  if (Number.isNaN(Date.parse(String(payload?.timestamp)))) return 'timestamp';
  if (typeof payload?.custom_details !== 'object') return 'custom_details';
  if (isChange) return 'severity' in payload ? 'severity of a change' : null;
  return ['critical', 'error', 'warning', 'info'].includes(String(payload.severity)) ? null : 'severity';
}

const json = (status: number, body: object): HttpReply => ({ status, body: JSON.stringify(body) });
const config = (baseUrl: string) => ({ kind: 'pagerduty', name: 'ops', baseUrl, routingKey: KEY });

interface PagerDutyStage extends HttpStage {
  readonly events: readonly Event[];
}

async function startStage(): Promise<PagerDutyStage> {
  const api = new EventsApi();
  const received = () => api.events.map(readEvent);
  const stage = await startHttpStage({ secret: KEY, config, service: api.answer, received });
  return { ...stage, events: api.events };
}

function readEvent({ payload, raw }: Event): Received {
  const texts = Object.values(payload?.custom_details ?? {})
    .flat()
    .map(String);
  const { ours, quoted } = apart(texts.join('\n'));
  const preview = payload?.summary ?? '';
  return {
    preview,
    ourWords: `${preview}\n${payload?.source}\n${ours}`,
    quotedWords: quoted.join('\n'),
    raw,
  };
}

const channel: ChannelUnderTest = { kind: 'pagerduty', start: startStage };
describeNotifier(channel);
describeHttpNotifier({
  kind: 'pagerduty',
  setting: 'baseUrl',
  config,
  service: new EventsApi().answer,
  delivered: [],
  never: [400, 413, 422],
});

describe('PagerDuty', () => {
  let stage: PagerDutyStage;
  let notifier: Notifier;
  beforeEach(async () => {
    stage = await startStage();
    notifier = await build('pagerduty', stage);
  });
  afterEach(async () => {
    await notifier.close();
    await stage.stop();
  });
  const deliver = (alert: Alert, overrides: Partial<DeliveryRequest> = {}) =>
    notifier.deliver(request({ part: 'message', alert, ...overrides }));
  const told = () => stage.events.map(({ action, dedupKey }) => [action, dedupKey]);
  const KEY_OF_PAGE = 'tillwarden/prague-1/7f3a-1';

  test('a page triggers, and its follow-ups acknowledge and resolve the same', async () => {
    const page = await deliver(driftAlert());
    if (!page.delivered) throw new Error(page.reason);
    expect(page.receipt).toBe(`critical:${KEY_OF_PAGE}`);
    const followUp = { role: 'follow-up', severity: 'info' } as const;
    for (const state of ['open', 'acknowledged', 'resolved'] as const) {
      await deliver(driftAlert({ ...followUp, id: state, state }), { thread: page.receipt });
    }
    expect(told()).toEqual([
      ['trigger', KEY_OF_PAGE],
      ['trigger', KEY_OF_PAGE],
      ['acknowledge', KEY_OF_PAGE],
      ['resolve', KEY_OF_PAGE],
    ]);
  });

  test('a follow-up never makes what was sent less severe', async () => {
    const calm = driftAlert({ role: 'follow-up', severity: 'info' });
    await deliver(calm, { thread: `critical:${KEY_OF_PAGE}` });
    await deliver(calm, { thread: null });
    expect(stage.events.map(({ payload }) => payload?.severity)).toEqual(['critical', 'info']);
  });

  test('a follow-up whose page is not known finds it by the key', async () => {
    await deliver(driftAlert({ role: 'follow-up', state: 'resolved' }), {
      thread: 'no receipt of ours\n',
    });
    expect(told()).toEqual([['resolve', KEY_OF_PAGE]]);
  });

  test('another page of the incident is another alert', async () => {
    await deliver(driftAlert({ dedupKey: '7f3a-2' }));
    expect(told()).toEqual([['trigger', 'tillwarden/prague-1/7f3a-2']]);
  });

  test.each(['acknowledged', 'resolved'] as const)(
    'an incident that is %s is so for every page of it',
    async (state) => {
      const alert = driftAlert({ role: 'follow-up', severity: 'info', state, dedupKey: '7f3a-3' });
      await deliver(alert, { thread: 'critical:tillwarden/prague-1/7f3a-3' });
      const action = state === 'resolved' ? 'resolve' : 'acknowledge';
      expect(told()).toEqual([3, 2, 1].map((page) => [action, `tillwarden/prague-1/7f3a-${page}`]));
    },
  );

  test('of very many pages the latest are resolved', async () => {
    await deliver(driftAlert({ role: 'follow-up', state: 'resolved', dedupKey: '7f3a-900' }));
    expect(told()).toHaveLength(21);
    expect(told().at(-1)).toEqual(['resolve', 'tillwarden/prague-1/7f3a-880']);
  });

  test('a page before that could not be resolved is tried again with the others', async () => {
    const resolved = driftAlert({ role: 'follow-up', state: 'resolved', dedupKey: '7f3a-2' });
    stage.server.next({ type: 'reply', status: 202, body: '{"status":"success"}' });
    stage.server.next({ type: 'reply', status: 503, body: '' });
    expect(await deliver(resolved)).toMatchObject({ delivered: false, retry: true });
    await deliver(resolved);
    expect(told()).toHaveLength(2);
  });

  test.each([
    ['critical', 'critical'],
    ['high', 'error'],
    ['medium', 'warning'],
    ['low', 'info'],
    ['info', 'info'],
  ] as const)('a %s page is %s', async (severity, expected) => {
    await deliver(driftAlert({ severity }));
    expect(stage.events[0]?.payload?.severity).toBe(expected);
  });

  const notice = { role: 'notice', incident: null, state: null, dedupKey: null } as const;

  test.each(['critical', 'high'] as const)('a %s announcement wakes people', async (severity) => {
    await deliver(driftAlert({ ...notice, severity, id: 'n1' }));
    expect(told()).toEqual([['trigger', 'tillwarden/prague-1/n1']]);
  });

  test.each(['medium', 'low', 'info'] as const)(
    'a %s announcement is a change event, which wakes nobody',
    async (severity) => {
      expect(await deliver(driftAlert({ ...notice, severity, id: 'n1' }))).toEqual({
        delivered: true,
        receipt: 'n1',
      });
      expect(told()).toEqual([['change', null]]);
    },
  );

  test('a test wakes people: that is what it is to prove', async () => {
    await deliver(driftAlert({ ...notice, type: 'test', severity: 'info' }));
    expect(stage.events[0]?.action).toBe('trigger');
  });

  test('an event says when the change was observed, not when it was sent', async () => {
    await deliver(driftAlert());
    expect(stage.events[0]?.payload).toMatchObject({
      timestamp: '2026-11-24T02:13:07.000Z',
      source: 'prague-1',
    });
  });

  test('a proxy is asked below the address that it has', async () => {
    const behind = await build('pagerduty', stage, { baseUrl: `${stage.server.url}/pager/` });
    await behind.deliver(request({ part: 'message' }));
    expect(stage.server.requests[0]?.path).toBe('/pager/v2/enqueue');
  });

  test('an event refused for its values arrives in our own words', async () => {
    stage.server.next({ type: 'reply', status: 400, body: '{"status":"invalid event"}' });
    expect(await deliver(alertHolding('Zq'))).toMatchObject({ delivered: true });
    expect(stage.events).toHaveLength(1);
    expect(stage.events[0]?.raw).not.toContain('Zq');
    expect(JSON.stringify(stage.events[0]?.payload?.custom_details)).toContain('1 × administrator changed');
  });

  test('an event refused even so is given up, with what to check', async () => {
    stage.server.always({ type: 'reply', status: 400 });
    expect(await deliver(driftAlert())).toEqual({
      delivered: false,
      retry: false,
      reason: 'PagerDuty refuses even the plain message (HTTP 400): check routingKey',
    });
    expect(stage.server.requests).toHaveLength(2);
  });

  test('the largest alerts stay below 512 KB', async () => {
    for (const value of ['x', '\u202e', '未', '"']) {
      const changes = Array.from({ length: 600 }, () => alertHolding(value.repeat(3_000)).changes).flat();
      const facts = Array.from({ length: 40 }, () => ({
        label: '未'.repeat(90),
        quoted: { untrusted: value.repeat(9_000) },
      }));
      expect(await deliver(driftAlert({ changes, facts, title: '未'.repeat(3_000) }))).toMatchObject({
        delivered: true,
      });
    }
    for (const { raw } of stage.events) expect(Buffer.byteLength(raw)).toBeLessThan(450_000);
  });

  test('a name of a site that fits no key becomes one that does', async () => {
    expect(await deliver(driftAlert({ site: 'Ř '.repeat(200) }))).toMatchObject({ delivered: true });
    expect(stage.events[0]?.dedupKey).toMatch(/^[!-~]{255}$/);
  });

  test.each([...sampleAlerts])('$type is taken', async (alert) => {
    expect(await deliver(alert)).toMatchObject({ delivered: true });
  });

  test.each([
    ['a key of an event orchestration', { routingKey: `R${KEY.slice(1)}` }],
    ['a short key', { routingKey: 'abc' }],
    ['a key with a line end', { routingKey: `${KEY}\n` }],
    ['an unlimited time', { timeoutMs: 0 }],
  ])('the configuration refuses %s', async (_, wrong) => {
    await expect(build('pagerduty', stage, wrong)).rejects.toThrow();
  });
});
