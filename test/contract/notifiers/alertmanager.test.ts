import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Alert, DeliveryRequest, Notifier } from '../../../notifiers/index.js';
import type { HttpReply, HttpRequestSeen } from '../../support/http-stand-in.js';
import { alertHolding, build, type ChannelUnderTest, type Received, request } from './channel-under-test.js';
import { describeNotifier } from './contract.js';
import { hostileStrings } from './hostile-strings.js';
import { describeHttpNotifier } from './http-contract.js';
import { type HttpStage, startHttpStage } from './http-stage.js';
import { driftAlert, sampleAlerts } from './sample-alerts.js';

const PASSWORD = 'c0ffee: c0ffee ÄÖ';

interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** As much of Alertmanager as a sender meets: its checks, identity by labels, and what a later post makes of an earlier one (API v2). */
class Alertmanager {
  readonly posts: (readonly Posted[])[] = [];
  readonly #alerts = new Map<string, Posted>();

  readonly answer = ({ method, path, headers, body }: HttpRequestSeen): HttpReply => {
    if (method !== 'POST' || path !== '/api/v2/alerts') return { status: 404 };
    const basic = Buffer.from(`tillwarden:${PASSWORD}`).toString('base64');
    if (headers['authorization'] !== `Basic ${basic}`) return { status: 401, body: 'Unauthorized' };
    const alerts = JSON.parse(body) as Posted[];
    const problem = alerts.flatMap((one) => problemOf(one) ?? []);
    if (problem.length > 0) return { status: 400, body: JSON.stringify(problem[0]) };
    for (const alert of alerts) {
      const key = JSON.stringify(Object.entries(alert.labels).sort());
      const startsAt = [alert.startsAt, this.#alerts.get(key)?.startsAt ?? alert.startsAt].sort()[0];
      this.#alerts.set(key, { ...alert, startsAt: startsAt ?? alert.startsAt });
    }
    this.posts.push(alerts);
    return { status: 200 };
  };

  /** What fires at a time. */
  firing(atMs: number): Posted[] {
    return [...this.#alerts.values()].filter(
      ({ startsAt, endsAt }) => Date.parse(startsAt) <= atMs && Date.parse(endsAt) > atMs,
    );
  }
}

function problemOf({ labels, annotations, startsAt, endsAt }: Posted): string | null {
  const names = [...Object.keys(labels), ...Object.keys(annotations)];
  if (!names.every((name) => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))) return 'invalid label name';
  if (Object.values(labels).some((value) => value === '')) return 'empty label';
  if (labels['alertname'] === undefined) return 'no alertname';
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
  if (!rfc3339.test(startsAt) || !rfc3339.test(endsAt)) return 'time';
  return endsAt < startsAt ? 'start time must be before end time' : null;
}

const config = (baseUrl: string) => ({
  kind: 'alertmanager',
  name: 'ops',
  baseUrl,
  user: 'tillwarden',
  password: PASSWORD,
});

interface AlertmanagerStage extends HttpStage {
  readonly alertmanager: Alertmanager;
}

async function startStage(): Promise<AlertmanagerStage> {
  const alertmanager = new Alertmanager();
  const received = (): readonly Received[] =>
    alertmanager.posts.map((alerts) => {
      const [first] = alerts;
      return {
        preview: first?.annotations['summary'] ?? '',
        ourWords: Object.values({ ...first?.annotations, ...first?.labels }).join('\n'),
        quotedWords: '',
        raw: JSON.stringify(alerts),
      };
    });
  const stage = await startHttpStage({ secret: PASSWORD, config, service: alertmanager.answer, received });
  return { ...stage, alertmanager };
}

const channel: ChannelUnderTest = { kind: 'alertmanager', quotes: 'never', start: startStage };
describeNotifier(channel);
describeHttpNotifier({
  kind: 'alertmanager',
  setting: 'baseUrl',
  config,
  service: new Alertmanager().answer,
  delivered: [200],
  never: [400, 413, 422],
});

describe('Alertmanager', () => {
  let stage: AlertmanagerStage;
  let notifier: Notifier;
  beforeEach(async () => {
    stage = await startStage();
    notifier = await build('alertmanager', stage);
  });
  afterEach(async () => {
    await notifier.close();
    await stage.stop();
  });
  const deliver = async (alert: Alert, overrides: Partial<DeliveryRequest> = {}) => {
    const outcome = await notifier.deliver(request({ part: 'message', alert, ...overrides }));
    if (!outcome.delivered) throw new Error(outcome.reason);
    return outcome.receipt;
  };
  const START = Date.UTC(2026, 10, 24, 2, 13, 7);
  const minutesOn = (minutes: number) => START + minutes * 60_000;
  const firing = (minutes: number) => stage.alertmanager.firing(minutesOn(minutes));
  const followUp = (state: Alert['state'], minutes: number, overrides: Partial<Alert> = {}) =>
    driftAlert({
      ...{ id: `${state}-${minutes}`, role: 'follow-up', severity: 'info', state, title: `${state} now` },
      ...{ observedAtMs: minutesOn(minutes), ...overrides },
    });
  const notice = { role: 'notice', incident: null, state: null, dedupKey: null } as const;

  test('a page fires until people resolve it, without being sent again', async () => {
    expect(await deliver(driftAlert())).toBe('critical:7f3a-1');
    for (const days of [0, 1, 30, 360]) expect(firing(days * 24 * 60)).toHaveLength(1);
    const labels = { severity: 'critical', site: 'prague-1', incident: '7f3a', page: '7f3a-1' };
    expect(firing(0)[0]).toMatchObject({
      labels: { alertname: 'TillwardenIncident', ...labels },
      startsAt: '2026-11-24T02:13:07.000Z',
    });
  });

  test('follow-ups bring the same alert up to date, never make it less severe, and resolve it', async () => {
    const thread = await deliver(driftAlert());
    for (const state of ['open', 'acknowledged'] as const) {
      await deliver(followUp(state, 5), { thread });
      expect(firing(6)).toEqual([
        expect.objectContaining({
          labels: expect.objectContaining({ severity: 'critical', page: '7f3a-1' }),
          annotations: expect.objectContaining({ state, summary: expect.stringContaining(`${state} now`) }),
          startsAt: '2026-11-24T02:13:07.000Z',
        }),
      ]);
    }
    expect(await deliver(followUp('resolved', 10), { thread })).toBe(thread);
    expect([firing(9).length, firing(11).length]).toEqual([1, 0]);
    expect(stage.alertmanager.posts.at(-1)).toHaveLength(1);
  });

  test('the resolution ends every page of the incident, whatever each fired with', async () => {
    await deliver(driftAlert({ severity: 'medium' }));
    await deliver(driftAlert({ severity: 'high', dedupKey: '7f3a-2' }));
    const thread = await deliver(driftAlert({ dedupKey: '7f3a-3' }));
    await deliver(driftAlert({ dedupKey: '7f3b-1', incident: '7f3b' }));
    expect(firing(1)).toHaveLength(4);
    await deliver(followUp('resolved', 5, { dedupKey: '7f3a-3' }), { thread });
    expect(firing(6).map(({ labels }) => labels['incident'])).toEqual(['7f3b']);
  });

  test('a page that was reminded of with another severity ends whole', async () => {
    await deliver(driftAlert({ severity: 'medium' }));
    const thread = await deliver(driftAlert({ severity: 'high' }));
    await deliver(followUp('resolved', 5), { thread });
    expect(firing(6)).toEqual([]);
  });

  test('of very many pages the latest end', async () => {
    await deliver(followUp('resolved', 5, { dedupKey: '7f3a-900' }), { thread: 'critical:7f3a-900' });
    const pages = new Set(stage.alertmanager.posts[0]?.map(({ labels }) => labels['page']));
    expect(pages.size).toBe(21);
    expect([...pages].at(-1)).toBe('7f3a-880');
  });

  test('a follow-up whose page is not known finds it by the key', async () => {
    await deliver(driftAlert({ severity: 'high' }));
    await deliver(followUp('resolved', 5), { thread: 'no receipt of ours\n' });
    expect(firing(6)).toEqual([]);
  });

  test.each([
    ['critical', 24 * 60],
    ['high', 24 * 60],
    ['medium', 60],
    ['info', 60],
  ] as const)('a %s announcement fires for %s minutes and ends by itself', async (severity, minutes) => {
    await deliver(driftAlert({ ...notice, severity, id: 'n1' }));
    expect([firing(minutes - 1).length, firing(minutes + 1).length]).toEqual([1, 0]);
    const [{ labels, annotations } = {}] = stage.alertmanager.posts[0] ?? [];
    expect(labels).toEqual({
      ...{ alertname: 'TillwardenAnnouncement', severity, site: 'prague-1', alert_id: 'n1' },
    });
    expect(annotations?.['state']).toContain('ends by itself');
  });

  test('a test has a name of its own', async () => {
    await deliver(driftAlert({ ...notice, type: 'test', severity: 'info' }));
    expect(stage.alertmanager.posts[0]?.[0]?.labels['alertname']).toBe('TillwardenTest');
  });

  test("the operator's labels stand on every alert", async () => {
    const labels = { team: 'payments', cluster: 'eu 1' };
    const labelled = await build('alertmanager', stage, { labels });
    await labelled.deliver(request({ part: 'message' }));
    expect(stage.alertmanager.posts[0]?.[0]?.labels).toMatchObject({ ...labels, severity: 'critical' });
  });

  test('not one byte of the watched system is posted: templates put annotations anywhere', async () => {
    for (const hostile of ['harmless', ...hostileStrings]) await deliver(alertHolding(hostile));
    expect(new Set(stage.alertmanager.posts.map((post) => JSON.stringify(post))).size).toBe(1);
  });

  test('the address may have a path, and a bearer token takes the place of user and password', async () => {
    const login = { user: undefined, password: undefined, token: 'glsa_c0ffee' };
    const below = await build('alertmanager', stage, {
      ...login,
      baseUrl: `${stage.server.url}/alertmanager/`,
    });
    await below.deliver(request({ part: 'message' }));
    expect(stage.server.requests[0]).toMatchObject({
      path: '/alertmanager/api/v2/alerts',
      headers: { authorization: 'Bearer glsa_c0ffee' },
    });
    const open = await build('alertmanager', stage, { ...login, token: undefined });
    await open.deliver(request({ part: 'message' }));
    expect(stage.server.requests[1]?.headers).not.toHaveProperty('authorization');
  });

  test.each(['{"status":"error","errorType":"bad_data"}', '{"error":"not a leader"}'])(
    'success that says %s is none',
    async (body) => {
      stage.server.next({ type: 'reply', status: 200, body });
      expect(await notifier.deliver(request({ part: 'message' }))).toMatchObject({
        delivered: false,
        retry: true,
        reason: 'Alertmanager answered HTTP 200 with an error: look into its log',
      });
    },
  );

  test.each(['{"status":"success","error":null}', '{"status":"success","error":""}'])(
    'success with nothing in its error, %s, is one',
    async (body) => {
      stage.server.next({ type: 'reply', status: 200, body });
      expect(await notifier.deliver(request({ part: 'message' }))).toMatchObject({ delivered: true });
    },
  );

  test('what it refuses is given up, with what to check', async () => {
    stage.server.next({ type: 'reply', status: 400, body: '"invalid label set"' });
    expect(await notifier.deliver(request({ part: 'message' }))).toEqual({
      delivered: false,
      retry: false,
      reason: 'Alertmanager refuses even the plain message (HTTP 400): check labels',
    });
  });

  test.each([...sampleAlerts])('$type is taken', async (alert) => {
    expect(await deliver(alert)).toMatch(/^[a-z]+:/);
  });

  test.each([
    ['a label of ours', { labels: { severity: 'info' } }],
    ['a label that is no name', { labels: { 'a-b': 'x' } }],
    ['an empty label', { labels: { team: '' } }],
    ['a label on two lines', { labels: { team: 'a\nb' } }],
    [
      'too many labels',
      { labels: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`l${at}`, 'x'])) },
    ],
    ['a user without a password', { password: undefined }],
    ['a password without a user', { user: undefined }],
    ['two logins', { token: 'glsa_c0ffee' }],
    ['an unlimited time', { timeoutMs: 0 }],
  ])('the configuration refuses %s', async (_, wrong) => {
    await expect(build('alertmanager', stage, wrong)).rejects.toThrow();
  });
});
