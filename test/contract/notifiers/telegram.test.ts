import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Alert, DeliveryRequest, Notifier } from '../../../notifiers/index.js';
import type { HttpReply, HttpRequestSeen } from '../../support/http-stand-in.js';
import { alertHolding, build, type ChannelUnderTest, type Received, request } from './channel-under-test.js';
import { describeNotifier } from './contract.js';
import { hostileStrings } from './hostile-strings.js';
import { describeHttpNotifier } from './http-contract.js';
import { apart, type HttpStage, startHttpStage } from './http-stage.js';
import { driftAlert, sampleAlerts, walletChange } from './sample-alerts.js';

const TOKEN = '123456789:AAF-c0ffee_c0ffee_c0ffee_c0ffee_c0f';
const CHAT = '-1001234567890';

interface Entity {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
}
interface Message {
  readonly chat_id: number;
  readonly message_thread_id?: number;
  readonly text: string;
  readonly entities: readonly Entity[];
  readonly disable_notification: boolean;
  readonly reply_parameters?: { readonly message_id: number; readonly allow_sending_without_reply: boolean };
}

/** As much of the Bot API as a sender meets: its checks and limits, and its answers (core.telegram.org/bots/api). */
class BotApi {
  readonly messages: Message[] = [];
  /** The bot's reaction by message. */
  readonly reactions = new Map<number, readonly string[]>();

  readonly answer = ({ method, path, body }: HttpRequestSeen): HttpReply => {
    const [, token, call] = /^\/bot([^/]+)\/(\w+)$/.exec(path) ?? [];
    if (token !== TOKEN) return refusal(401, 'Unauthorized');
    if (method !== 'POST') return refusal(404, 'Not Found');
    if (call === 'sendMessage') return this.#send(JSON.parse(body) as Message);
    return call === 'setMessageReaction' ? this.#react(JSON.parse(body)) : refusal(404, 'Not Found');
  };

  #send(message: Message): HttpReply {
    const problem = problemOf(message);
    if (problem !== null) return refusal(400, `Bad Request: ${problem}`);
    this.messages.push(message);
    const chat = { id: message.chat_id, type: 'supergroup' };
    return json(200, { ok: true, result: { message_id: this.messages.length, date: 1_764_000_000, chat } });
  }

  #react(call: {
    chat_id: number;
    message_id: number;
    reaction: { type: string; emoji: string }[];
  }): HttpReply {
    if (this.messages[call.message_id - 1] === undefined)
      return refusal(400, 'Bad Request: message to react not found');
    if (call.reaction.length > 1) return refusal(400, 'Bad Request: REACTIONS_TOO_MANY');
    if (call.reaction.some(({ emoji }) => !'👀👌👍'.includes(emoji)))
      return refusal(400, 'Bad Request: REACTION_INVALID');
    this.reactions.set(
      call.message_id,
      call.reaction.map(({ emoji }) => emoji),
    );
    return json(200, { ok: true, result: true });
  }
}

function problemOf(message: Message): string | null {
  const known = ['chat_id', 'message_thread_id', 'text', 'entities', 'link_preview_options'];
  known.push('disable_notification', 'reply_parameters');
  const surprise = Object.keys(message).find((name) => !known.includes(name));
  if (surprise !== undefined) return `unexpected ${surprise}`;
  if (message.chat_id !== Number(CHAT)) return 'chat not found';
  if (message.text.trim() !== message.text || message.text === '') return 'message text is empty or trimmed';
  if (message.text.length > 4_096) return 'message is too long';
  if (message.entities.length > 100) return 'entities beyond 100 are ignored';
  let end = 0;
  for (const { type, offset, length } of message.entities) {
    if (!['bold', 'italic', 'code'].includes(type)) return `entity of type ${type}`;
    if (offset < end || length < 1 || offset + length > message.text.length) return 'entities overlap';
    end = offset + length;
  }
  return null;
}

const json = (status: number, body: object): HttpReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const refusal = (status: number, description: string, parameters?: object) =>
  json(status, { ok: false, error_code: status, description, ...(parameters && { parameters }) });
const config = (baseUrl: string) => ({ kind: 'telegram', name: 'ops', token: TOKEN, chat: CHAT, baseUrl });

/** Reads a message as strictly as it may be written: values in code, inside of “ ”, and no other code but commands on lines of their own. */
function readMessage({ text, entities, ...rest }: Message): Received {
  const code = entities.filter(({ type }) => type === 'code');
  const inCode = (at: number) => code.some(({ offset, length }) => at >= offset && at < offset + length);
  for (const { 1: value = '', index = 0 } of text.matchAll(/“([^”]*)”/g)) {
    for (let at = 0; at < value.length; at += 1) {
      const character = value[at] ?? '';
      if (!'⟦⟧'.includes(character) && !inCode(index + 1 + at)) throw new Error(`not in code: ${value}`);
    }
  }
  for (const { offset, length } of code) {
    const isValue = /“[^”]*$/.test(text.slice(0, offset));
    const isLine = text[offset - 1] === '\n' && (text[offset + length] ?? '\n') === '\n';
    if (!isValue && !isLine) throw new Error(`code that is no value and no command at ${offset}`);
  }
  const { ours, quoted } = apart(text);
  return {
    preview: text.split('\n')[0] ?? '',
    ourWords: ours,
    quotedWords: quoted.map((value) => value.replace(/[⟦⟧]/g, '')).join('\n'),
    raw: JSON.stringify({ text, entities, ...rest }),
  };
}

interface TelegramStage extends HttpStage {
  readonly api: BotApi;
}

async function startStage(): Promise<TelegramStage> {
  const api = new BotApi();
  const received = () => api.messages.map(readMessage);
  const stage = await startHttpStage({ secret: TOKEN, config, service: api.answer, received });
  return { ...stage, api };
}

const channel: ChannelUnderTest = { kind: 'telegram', narrow: true, start: startStage };
describeNotifier(channel);
describeHttpNotifier({
  kind: 'telegram',
  setting: 'baseUrl',
  config,
  service: new BotApi().answer,
  delivered: [],
  never: [400, 413, 422],
});

describe('Telegram', () => {
  let stage: TelegramStage;
  let notifier: Notifier;
  beforeEach(async () => {
    stage = await startStage();
    notifier = await build('telegram', stage);
  });
  afterEach(async () => {
    await notifier.close();
    await stage.stop();
  });
  const deliver = (alert: Alert, overrides: Partial<DeliveryRequest> = {}) =>
    notifier.deliver(request({ part: 'message', alert, ...overrides }));
  const answers = (status: number, description: string, parameters?: object) =>
    stage.server.next({ type: 'reply', ...refusal(status, description, parameters) });
  const followUp = (state: Alert['state'], overrides: Partial<Alert> = {}) =>
    driftAlert({ id: `next-${state}`, role: 'follow-up', severity: 'info', state, ...overrides });

  test('the receipt names chat and message', async () => {
    expect(await deliver(driftAlert())).toEqual({ delivered: true, receipt: `${CHAT}:1` });
  });

  test('a follow-up answers its page, and a reaction on the page says its state', async () => {
    const page = await deliver(driftAlert());
    if (!page.delivered) throw new Error(page.reason);
    const reactions: unknown[] = [];
    for (const state of ['acknowledged', 'open', 'resolved'] as const) {
      expect(await deliver(followUp(state), { thread: page.receipt })).toMatchObject({ delivered: true });
      reactions.push(stage.api.reactions.get(1));
    }
    expect(reactions).toEqual([['👀'], [], ['👌']]);
    expect(stage.api.messages.slice(1).map((one) => one.reply_parameters)).toEqual(
      Array.from({ length: 3 }, () => ({ message_id: 1, allow_sending_without_reply: true })),
    );
  });

  test('pages, announcements and follow-ups of a page elsewhere stand by themselves', async () => {
    await deliver(driftAlert(), { thread: `${CHAT}:7` });
    await deliver(driftAlert({ role: 'notice' }), { thread: `${CHAT}:7` });
    for (const thread of [null, '-100999:7', `${CHAT}:x`, 'C0123ABCD:1.2']) {
      expect(await deliver(followUp('resolved'), { thread })).toEqual({
        delivered: true,
        receipt: expect.stringMatching(/^-1001234567890:\d$/),
      });
    }
    expect(stage.api.messages.filter((one) => one.reply_parameters !== undefined)).toEqual([]);
    expect(stage.api.reactions.size).toBe(0);
  });

  test('a reaction that is not allowed leaves the alert delivered, with a warning, and is not tried again', async () => {
    await deliver(driftAlert());
    const outcome = deliver(followUp('resolved'), { thread: `${CHAT}:99` });
    expect(await outcome).toMatchObject({
      delivered: true,
      receipt: `${CHAT}:2`,
      warning: expect.stringMatching(/^the page shows its state before: Telegram refuses/),
    });
    expect(stage.server.requests).toHaveLength(3);
  });

  test('too many requests wait as the answer says', async () => {
    answers(429, 'Too Many Requests: retry after 35', { retry_after: 35 });
    expect(await deliver(driftAlert())).toEqual({
      delivered: false,
      retry: true,
      retryAfterMs: 35_000,
      reason: 'Telegram asks to slow down (HTTP 429)',
    });
  });

  test.each([-1, 'soon', 1e300, null])('a wish to wait of %s is bounded or ignored', async (retryAfter) => {
    answers(429, 'Too Many Requests', { retry_after: retryAfter });
    const outcome = await deliver(driftAlert());
    expect(outcome).toMatchObject({ retryAfterMs: retryAfter === 1e300 ? 600_000 : 30_000 });
  });

  test.each([
    [400, 'Bad Request: chat not found', /check chat/],
    [400, 'Bad Request: group chat was upgraded to a supergroup chat', /new id/],
    [400, 'Bad Request: message thread not found', /topic/],
    [400, 'Bad Request: not enough rights to send text messages to the chat', /let the bot write/],
    [401, 'Unauthorized', /token_file/],
    [403, 'Forbidden: bot was kicked from the supergroup chat', /let the bot into/],
    [404, 'Not Found', /token_file/],
  ])('%s %s is told with what to repair and tried again later', async (status, description, reason) => {
    answers(status, description);
    expect(await deliver(driftAlert())).toEqual({
      delivered: false,
      retry: true,
      retryAfterMs: 60_000,
      reason: expect.stringMatching(reason),
    });
    expect(stage.server.requests).toHaveLength(1);
  });

  test('a message refused for its values arrives in our own words', async () => {
    answers(400, 'Bad Request: message is too long');
    expect(await deliver(alertHolding('Zq'))).toMatchObject({
      delivered: true,
      warning: expect.stringContaining('values were refused'),
    });
    const [message] = stage.api.messages;
    expect(message?.text).not.toContain('Zq');
    expect(message?.text).toContain('1 × administrator changed');
    expect(message?.text).toContain('tillwarden show 7f3a');
  });

  test('no value stands among the first words, which a lock screen shows', async () => {
    for (const hostile of hostileStrings) await deliver(alertHolding(`Zq${hostile}`));
    for (const { text } of stage.api.messages) {
      expect(text.search(/Zq|“/)).toBeGreaterThan(500);
      expect(text.indexOf('tillwarden show 7f3a')).toBeLessThan(text.indexOf('“'));
    }
  });

  test('values that are much alike are marked where they differ, and others can be copied whole', async () => {
    const field = walletChange.fields[0];
    if (field === undefined) throw new Error('the wallet change has no field');
    const fields = [
      { ...field, before: { untrusted: 'ltc1qg9stkw7p6ck' }, after: { untrusted: 'ltc1qg9x0cmw7p6ck' } },
      field,
    ];
    await deliver(driftAlert({ changes: [{ ...walletChange, fields }] }));
    const { text = '', entities = [] } = stage.api.messages[0] ?? {};
    expect(text).toContain('was “ltc1qg9⟦stk⟧w7p6ck”\nnow “ltc1qg9⟦x0cm⟧w7p6ck”');
    const codes = entities.map(({ offset, length }) => text.slice(offset, offset + length));
    expect(codes).toContain('bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440');
  });

  test.each([
    ['critical', 'page', false],
    ['medium', 'page', false],
    ['low', 'page', true],
    ['high', 'follow-up', false],
    ['medium', 'follow-up', true],
    ['critical', 'notice', false],
    ['medium', 'notice', true],
  ] as const)('a %s %s arrives without a sound: %s', async (severity, role, quiet) => {
    await deliver(driftAlert({ severity, role }));
    expect(stage.api.messages[0]?.disable_notification).toBe(quiet);
  });

  test('a test makes a sound', async () => {
    await deliver(driftAlert({ type: 'test', role: 'notice', severity: 'info' }));
    expect(stage.api.messages[0]?.disable_notification).toBe(false);
  });

  test('the longest words stay within the limits, and keep the command and the proof', async () => {
    const long = '未'.repeat(5_000);
    const alert = driftAlert({
      title: long,
      consequence: long,
      facts: Array.from({ length: 30 }, () => ({ label: long, text: long })),
      nextSteps: [
        { text: long, command: 'tillwarden show 7f3a' },
        { text: long, command: long },
      ],
    });
    expect(await deliver(alert, { attempt: 2 })).toEqual({ delivered: true, receipt: `${CHAT}:1` });
    const { text = '' } = stage.api.messages[0] ?? {};
    expect(text).toContain('\ntillwarden show 7f3a\n');
    expect(text).toContain('Possibly a repeat');
    expect(text).toMatch(/alert 01994f2e-7f3a-7c11-9d53-a1c0ffee0001$/);
  });

  test('many short values never need more styles than Telegram heeds', async () => {
    const changes = Array.from({ length: 40 }, (_, index) => ({
      ...walletChange,
      fields: Array.from({ length: 8 }, () => ({
        name: 'x',
        before: { untrusted: `abcdefgh${index}` },
        after: { untrusted: 'abcdefghZ' },
      })),
    }));
    expect(await deliver(driftAlert({ changes }))).toEqual({ delivered: true, receipt: `${CHAT}:1` });
  });

  test('a topic is where all messages go', async () => {
    const inTopic = await build('telegram', stage, { topic: 17 });
    await inTopic.deliver(request({ part: 'message' }));
    expect(stage.api.messages[0]?.message_thread_id).toBe(17);
  });

  test('an own Bot API server below a path is called there', async () => {
    const own = await build('telegram', stage, { baseUrl: `${stage.server.url}/telegram/` });
    await own.deliver(request({ part: 'message' }));
    expect(stage.server.requests[0]?.path).toBe(`/telegram/bot${TOKEN}/sendMessage`);
  });

  test.each([...sampleAlerts])('$type is taken', async (alert) => {
    expect(await deliver(alert)).toMatchObject({ delivered: true });
  });

  test('a chat is named as a number too, as YAML reads it', async () => {
    const numbered = await build('telegram', stage, { chat: Number(CHAT) });
    expect(await numbered.deliver(request({ part: 'message' }))).toMatchObject({ delivered: true });
  });

  test.each([
    ['a name in the place of an id', { chat: '@ops' }],
    ['a chat that is no id', { chat: 1.5 }],
    ['the general topic', { topic: 1 }],
    ['a token without its number', { token: 'AAF-c0ffee_c0ffee_c0ffee_c0ffee_c0f' }],
    ['a token that leaves the path', { token: `${TOKEN}/../x` }],
    ['an unlimited time', { timeoutMs: 0 }],
  ])('the configuration refuses %s', async (_, wrong) => {
    await expect(build('telegram', stage, wrong)).rejects.toThrow();
  });
});
