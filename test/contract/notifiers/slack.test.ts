import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ScriptedAnswer,
  type SlackStandIn,
  startSlackStandIn,
} from '../../../daemon/demo/slack-stand-in.js';
import type { Notifier } from '../../../notifiers/index.js';
import {
  alertHolding,
  build,
  type ChannelUnderTest,
  type Misbehaviour,
  request,
  type Stage,
} from './channel-under-test.js';
import { describeNotifier } from './contract.js';
import { hostileStrings } from './hostile-strings.js';
import { describeHttpNotifier } from './http-contract.js';
import { driftAlert } from './sample-alerts.js';
import { readSlackMessage } from './slack-reader.js';

const CHANNEL = 'C0123ABCD';

interface SlackStage extends Stage {
  readonly slack: SlackStandIn;
}

async function startStage(): Promise<SlackStage> {
  const slack = await startSlackStandIn({ channels: [CHANNEL] });
  const answers: Record<Misbehaviour, ScriptedAnswer> = {
    busy: { type: 'http', status: 503, body: 'upstream connect error' },
    silent: { type: 'silence' },
    cut: { type: 'cut', posts: true },
    'echoes-secret': { type: 'error', error: `bad_token_${slack.token}` },
    gibberish: {
      type: 'http',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html><b>Please log in to the hotel Wi-Fi</b></html>',
    },
  };
  return {
    slack,
    config: { kind: 'slack', name: 'ops', token: slack.token, channel: CHANNEL, apiUrl: slack.apiUrl },
    secret: slack.token,
    misbehave: (how) => slack.next(answers[how]),
    received: async () => slack.messages.map(readSlackMessage),
    stop: () => slack.close(),
  };
}

const channel: ChannelUnderTest = { kind: 'slack', start: startStage };
describeNotifier(channel);

describe('Slack', () => {
  let stage: SlackStage;
  let notifier: Notifier;
  beforeEach(async () => {
    stage = await startStage();
    notifier = await build('slack', stage);
  });
  afterEach(async () => {
    await notifier.close();
    await stage.stop();
  });
  const deliver = (overrides: Partial<Parameters<typeof request>[0]> = {}) =>
    notifier.deliver(request({ part: 'message', ...overrides }));

  test('the receipt names channel and message', async () => {
    const outcome = await deliver();
    expect(outcome).toEqual({ delivered: true, receipt: `${CHANNEL}:${stage.slack.messages[0]?.ts}` });
  });

  test.each([
    ['5', 5_000],
    ['0', 0],
    ['999999999', 600_000],
    ['soon', 30_000],
    [undefined, 30_000],
  ])('a 429 with Retry-After %s waits a bounded time', async (retryAfter, retryAfterMs) => {
    stage.slack.next({ type: 'rate-limit', ...(retryAfter === undefined ? {} : { retryAfter }) });
    expect(await deliver()).toMatchObject({ delivered: false, retry: true, retryAfterMs });
    expect(stage.slack.requests).toHaveLength(1);
  });

  test('a slow answer is waited for', async () => {
    stage.slack.next({ type: 'usual', delayMs: 300 });
    expect(await deliver()).toMatchObject({ delivered: true });
  });

  test('a rate limit holds back no other message', async () => {
    stage.slack.next({ type: 'rate-limit', retryAfter: '60' });
    const [limited, other] = await Promise.all([deliver(), deliver()]);
    expect([limited.delivered, other.delivered]).toEqual([false, true]);
  });

  test.each([
    ['invalid_auth', /token_file/],
    ['token_revoked', /token_file/],
    ['missing_scope', /chat:write/],
    ['channel_not_found', /invite the bot/],
    ['not_in_channel', /invite the bot/],
    ['is_archived', /unarchive/],
  ])('%s is told with what to repair and tried again later', async (error, reason) => {
    stage.slack.next({ type: 'error', error });
    expect(await deliver()).toEqual({
      delivered: false,
      retry: true,
      retryAfterMs: 60_000,
      reason: expect.stringMatching(reason),
    });
  });

  test.each(['internal_error', 'fatal_error', 'service_unavailable', 'some_code_of_tomorrow'])(
    '%s is tried again',
    async (error) => {
      stage.slack.next({ type: 'error', error });
      expect(await deliver()).toMatchObject({
        delivered: false,
        retry: true,
        reason: expect.stringContaining(error),
      });
    },
  );

  test.each(['invalid_blocks', 'msg_blocks_too_long', 'msg_too_long'])(
    'after %s the alert arrives in plain words of ours',
    async (error) => {
      stage.slack.next({ type: 'error', error });
      expect(await deliver({ alert: alertHolding('Zq<!channel>qZ') })).toMatchObject({ delivered: true });
      const [message] = stage.slack.messages;
      expect(message?.blocks).toEqual([]);
      expect(message?.text).toMatch(
        /^CRITICAL prague-1: .*\nCoins that customers send[\s\S]*refused the details[\s\S]*tillwarden show 7f3a/,
      );
      expect(message?.text).not.toContain('Zq');
    },
  );

  test('a message refused even in plain words is given up, with the reason', async () => {
    stage.slack.always({ type: 'error', error: 'invalid_arguments' });
    expect(await deliver()).toMatchObject({
      delivered: false,
      retry: false,
      reason: expect.stringContaining('plain'),
    });
    expect(stage.slack.requests).toHaveLength(2);
  });

  test('what pages stands in the channel, the rest answers in its thread', async () => {
    const first = await deliver();
    if (!first.delivered) throw new Error(first.reason);
    await deliver({ thread: first.receipt });
    await deliver({ thread: first.receipt, alert: driftAlert({ severity: 'info' }) });
    const threads = stage.slack.messages.map((message) => message.threadTs);
    expect(threads).toEqual([null, null, stage.slack.messages[0]?.ts]);
  });

  test('a reply whose first message is gone is posted by itself', async () => {
    const outcome = await deliver({ thread: `${CHANNEL}:1.000001`, alert: driftAlert({ severity: 'info' }) });
    expect(outcome).toMatchObject({ delivered: true });
    expect(stage.slack.messages[0]?.threadTs).toBeNull();
  });

  test('a thread of another channel is not answered to', async () => {
    await deliver({ thread: 'C9999ZZZZ:1.000001', alert: driftAlert({ severity: 'info' }) });
    expect(stage.slack.requests.map((call) => call.args['thread_ts'])).toEqual([undefined]);
  });

  test('nothing in a message unfurls, mentions or is parsed', async () => {
    await deliver();
    expect(stage.slack.requests[0]?.args).toMatchObject({
      parse: 'none',
      link_names: 'false',
      mrkdwn: 'false',
      unfurl_links: 'false',
      unfurl_media: 'false',
    });
  });

  test('hostile values stand in text elements only, and every element is of a kind that parses nothing', async () => {
    for (const hostile of hostileStrings) await deliver({ alert: alertHolding(hostile) });
    for (const message of stage.slack.messages) expect(() => readSlackMessage(message)).not.toThrow();
    expect(stage.slack.messages).toHaveLength(hostileStrings.length);
  }, 60_000);

  test('an answer longer than any honest one is not read to its end', async () => {
    const body = JSON.stringify({ ok: true, channel: CHANNEL, ts: '1.1', padding: 'x'.repeat(2_000_000) });
    stage.slack.next({ type: 'http', status: 200, headers: { 'content-type': 'application/json' }, body });
    expect(await deliver()).toMatchObject({ delivered: false, retry: true });
  });

  test('the largest alerts stay below the length at which Slack has refused, and still show a change', async () => {
    for (const value of ['x', '<', '\u202e', 'я', '"']) {
      const changes = Array.from({ length: 30 }, () => alertHolding(value.repeat(5_000)).changes).flat();
      await deliver({ alert: driftAlert({ changes }) });
    }
    for (const { blocks } of stage.slack.messages) {
      expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(10_000);
      expect(JSON.stringify(blocks)).toContain('administrator changed');
    }
    expect(stage.slack.messages).toHaveLength(5);
  });

  test.each([
    ['a channel name', { channel: '#ops' }],
    ['an API in clear on another machine', { apiUrl: 'http://slack.example/api/' }],
    ['a token with a line end', { token: 'xoxb-1234567\n' }],
    ['an unlimited time', { timeoutMs: 0 }],
    ['a name that could be markup', { name: '<!channel>' }],
  ])('the configuration refuses %s', async (_, wrong) => {
    await expect(build('slack', stage, wrong)).rejects.toThrow();
  });
});

describeHttpNotifier({
  kind: 'slack',
  setting: 'apiUrl',
  config: (url) => ({
    kind: 'slack',
    name: 'ops',
    token: 'xoxb-1234567890',
    channel: CHANNEL,
    apiUrl: `${url}/`,
  }),
  service: () => ({ status: 200, body: JSON.stringify({ ok: true, channel: CHANNEL, ts: '1.000001' }) }),
  delivered: [],
  never: [],
});
