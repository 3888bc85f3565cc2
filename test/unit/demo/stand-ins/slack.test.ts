import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import { type FaultySlack, startFaultySlack } from '../../../support/faulty-slack.js';

const CHANNEL = 'C0123ABCD';

let slack: FaultySlack;
beforeEach(async () => {
  slack = await startFaultySlack();
});
afterEach(() => slack.close());

function clientOf(token = slack.token): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 60_000,
    logger: {
      ...{ debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {} },
      getLevel: () => 'error' as never,
    },
  });
}

/** A call without Slack's own client. */
async function call(method: string, args: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${slack.apiUrl}${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(args),
  });
  return (await response.json()) as Record<string, unknown>;
}
const post = (args: object) => call('chat.postMessage', { token: slack.token, channel: CHANNEL, ...args });

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

describe("with Slack's own client", () => {
  test('a message is taken as it was sent, with the time of its arrival', async () => {
    const blocks = [section('*Příliš* & <dangerous>')];
    const before = performance.timeOrigin + performance.now();
    const answer = await clientOf().chat.postMessage({ channel: CHANNEL, text: 'Ahoj ✓', blocks });
    expect(answer).toMatchObject({
      ok: true,
      channel: CHANNEL,
      ts: expect.stringMatching(/^\d{10}\.\d{6}$/),
    });
    expect(slack.messages).toEqual([
      {
        ...{ channel: CHANNEL, ts: answer.ts, threadTs: null, text: 'Ahoj ✓', blocks, update: false },
        attachments: [],
        receivedAtMs: expect.any(Number),
      },
    ]);
    expect(slack.messages[0]?.receivedAtMs).toBeGreaterThanOrEqual(before);
    expect(slack.messages[0]?.receivedAtMs).toBeLessThanOrEqual(performance.timeOrigin + performance.now());
  });

  test('a reply stands in its thread, an update replaces what it names', async () => {
    const client = clientOf();
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: 'first' });
    const reply = await client.chat.postMessage({ channel: CHANNEL, text: 'reply', thread_ts: ts });
    expect(reply.ts).not.toBe(ts);
    await client.chat.update({ channel: CHANNEL, ts, text: 'first, corrected' });
    expect(slack.messages.map(({ text, threadTs, update }) => [text, threadTs, update])).toEqual([
      ['first', null, false],
      ['reply', ts, false],
      ['first, corrected', null, true],
    ]);
  });

  test('an update that gives attachments alone keeps text and blocks', async () => {
    const client = clientOf();
    const blocks = [section('first')];
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: 'first', blocks });
    const attachments = [{ fallback: 'done', blocks: [section('done')] }];
    await client.chat.update({ channel: CHANNEL, ts, attachments });
    expect(slack.messages.at(-1)).toMatchObject({ ts, text: 'first', blocks, attachments, update: true });
    const wrong = [{ blocks: [section('y'.repeat(3001))] }];
    await expect(client.chat.update({ channel: CHANNEL, ts, attachments: wrong })).rejects.toMatchObject({
      data: { error: 'invalid_blocks' },
    });
  });

  test('messages that arrive together have names of their own', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => post({ text: `nr ${n}` })));
    expect(new Set(answers.map(({ ts }) => ts)).size).toBe(20);
  });

  test('a wrong token is refused everywhere', async () => {
    const client = clientOf('xoxb-wrong');
    await expect(client.auth.test()).rejects.toMatchObject({ data: { error: 'invalid_auth' } });
    await expect(client.chat.postMessage({ channel: CHANNEL, text: 'x' })).rejects.toMatchObject({
      data: { error: 'invalid_auth' },
    });
    expect(slack.messages).toEqual([]);
    expect((await clientOf().auth.test()).ok).toBe(true);
  });

  test('too large blocks are refused with the place of what is too large', async () => {
    await expect(
      clientOf().chat.postMessage({ channel: CHANNEL, text: 'x', blocks: [section('y'.repeat(3001))] }),
    ).rejects.toMatchObject({
      data: {
        error: 'invalid_blocks',
        response_metadata: {
          messages: ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
        },
      },
    });
    expect(slack.messages).toEqual([]);
    expect(slack.requests).toHaveLength(1);
  });
});

describe('refusals', () => {
  test.each([
    ['channel_not_found', { channel: '#general', text: 'x' }],
    ['no_text', {}],
    ['msg_too_long', { text: 'x'.repeat(4001) }],
    ['thread_not_found', { text: 'x', thread_ts: '1700000000.000001' }],
    ['invalid_blocks_format', { text: 'x', blocks: '[{"type":' }],
  ])('%s', async (error, args) => {
    expect(await post(args)).toEqual({ ok: false, error });
    expect(slack.messages).toEqual([]);
  });

  test('not_authed without any token, message_not_found for an update of nothing, unknown_method', async () => {
    expect(await call('chat.postMessage', { channel: CHANNEL, text: 'x' })).toEqual({
      ok: false,
      error: 'not_authed',
    });
    expect(
      await call('chat.update', { token: slack.token, channel: CHANNEL, ts: '1.000001', text: 'x' }),
    ).toEqual({ ok: false, error: 'message_not_found' });
    expect(await call('chat.shout', { token: slack.token })).toEqual({ ok: false, error: 'unknown_method' });
  });

  test('only the channels it was given exist', async () => {
    const other = await startFaultySlack({ channels: ['C0OPS'], token: 'xoxb-given' });
    const client = new WebClient('xoxb-given', { slackApiUrl: other.apiUrl });
    expect((await client.chat.postMessage({ channel: 'C0OPS', text: 'x' })).ok).toBe(true);
    await expect(client.chat.postMessage({ channel: CHANNEL, text: 'x' })).rejects.toMatchObject({
      data: { error: 'channel_not_found' },
    });
    await other.close();
  });

  test('the token is in no record of a request', async () => {
    await post({ text: 'x' });
    await clientOf().auth.test();
    expect(slack.requests).toHaveLength(2);
    expect(JSON.stringify(slack.requests)).not.toContain(slack.token);
  });
});

describe('scripted answers', () => {
  test('come in order, once each, and then the usual one', async () => {
    slack.next({ type: 'error', error: 'is_archived' }, { type: 'rate-limit', retryAfter: '7' });
    const client = clientOf();
    const send = () => client.chat.postMessage({ channel: CHANNEL, text: 'x' });
    await expect(send()).rejects.toMatchObject({ data: { error: 'is_archived' } });
    await expect(send()).rejects.toMatchObject({ retryAfter: 7 });
    expect(slack.messages).toEqual([]);
    expect((await send()).ok).toBe(true);
    expect(slack.messages).toHaveLength(1);
  });

  test('stand until lifted when they are for always', async () => {
    slack.always({ type: 'error', error: 'internal_error' });
    slack.next({ type: 'usual' });
    expect(await post({ text: '1' })).toMatchObject({ ok: true });
    expect(await post({ text: '2' })).toEqual({ ok: false, error: 'internal_error' });
    expect(await post({ text: '3' })).toEqual({ ok: false, error: 'internal_error' });
    slack.always(null);
    expect(await post({ text: '4' })).toMatchObject({ ok: true });
    expect(slack.messages.map(({ text }) => text)).toEqual(['1', '4']);
  });

  test('may be any HTTP answer, such as the HTML of a proxy', async () => {
    slack.next({
      type: 'http',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>Log in</html>',
    });
    const response = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST' });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'text/html',
      '<html>Log in</html>',
    ]);
  });

  test('cut the connection before or after the message was taken', async () => {
    slack.next({ type: 'cut' }, { type: 'cut', posts: true });
    await expect(post({ text: 'lost' })).rejects.toThrow();
    await expect(post({ text: 'taken' })).rejects.toThrow();
    expect(slack.messages.map(({ text }) => text)).toEqual(['taken']);
    expect(slack.requests).toHaveLength(2);
  });

  test('leave a request without an answer, and close even so', async () => {
    slack.next({ type: 'silence', posts: true });
    const waiting = post({ text: 'taken' });
    waiting.catch(() => undefined);
    await slack.waitForMessage(({ text }) => text === 'taken', 30_000);
    await slack.close();
    await expect(waiting).rejects.toThrow();
  });

  test('may be late', async () => {
    slack.next({ type: 'usual', delayMs: 120 });
    const from = performance.now();
    expect(await post({ text: 'x' })).toMatchObject({ ok: true });
    expect(performance.now() - from).toBeGreaterThanOrEqual(115);
  });
});

describe('waiting for a message', () => {
  test('gives one that is there already, or the first to come that fits', async () => {
    await post({ text: 'one' });
    expect(await slack.waitForMessage(({ text }) => text === 'one', 10)).toBe(slack.messages[0]);
    const waiting = slack.waitForMessage(({ text }) => text === 'three', 30_000);
    await post({ text: 'two' });
    await post({ text: 'three' });
    expect(await waiting).toBe(slack.messages[2]);
  });

  test('ends at its limit', async () => {
    await post({ text: 'other' });
    await expect(slack.waitForMessage(({ text }) => text === 'never', 30)).rejects.toMatchObject({
      code: 'DEMO_WAIT_TIMEOUT',
      message: expect.stringMatching(/within 30 ms; 1 /),
    });
  });
});
