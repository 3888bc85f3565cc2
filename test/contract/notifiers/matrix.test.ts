import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Alert, DeliveryRequest, Notifier } from '../../../notifiers/index.js';
import type { HttpReply, HttpRequestSeen } from '../../support/http-stand-in.js';
import { alertHolding, build, type ChannelUnderTest, type Received, request } from './channel-under-test.js';
import { describeNotifier } from './contract.js';
import { hostileStrings } from './hostile-strings.js';
import { describeHttpNotifier } from './http-contract.js';
import { type HttpStage, startHttpStage } from './http-stage.js';
import { driftAlert, sampleAlerts } from './sample-alerts.js';

const TOKEN = 'syt_dGlsbHdhcmRlbg_c0ffeeC0ffeeC0ffee_1AbCdE';
const ROOM = '!AbCdEfGh/x:example.org';

interface Content {
  readonly msgtype?: string;
  readonly body?: string;
  readonly format?: string;
  readonly formatted_body?: string;
  readonly 'm.mentions'?: Readonly<Record<string, unknown>>;
  readonly 'm.relates_to'?: {
    readonly rel_type: string;
    readonly event_id: string;
    readonly key?: string;
    readonly is_falling_back?: boolean;
    readonly 'm.in_reply_to'?: { readonly event_id: string };
  };
}
interface RoomEvent {
  readonly type: string;
  readonly id: string;
  readonly content: Content;
}

/** As much of a homeserver as a sender meets: idempotent requests, checks of size and relations, and its answers (client-server API). */
class Homeserver {
  /** What the room shows. */
  readonly events: RoomEvent[] = [];
  /** Every message that was accepted, repeats too. */
  readonly accepted: Content[] = [];
  readonly #transactions = new Map<string, string>();

  readonly answer = ({ method, path, headers, body }: HttpRequestSeen): HttpReply => {
    const [, room = '', type = '', transaction] =
      /^\/_matrix\/client\/v3\/rooms\/([^/]+)\/send\/([\w.]+)\/(\w+)$/.exec(path) ?? [];
    if (transaction === undefined || method !== 'PUT') return refusal(404, 'M_UNRECOGNIZED');
    if (headers['authorization'] !== `Bearer ${TOKEN}`) return refusal(401, 'M_UNKNOWN_TOKEN');
    if (decodeURIComponent(room) !== ROOM) return refusal(403, 'M_FORBIDDEN');
    if (Buffer.byteLength(body) > 65_000) return refusal(413, 'M_TOO_LARGE');
    const content = JSON.parse(body) as Content;
    if (type === 'm.room.message') this.accepted.push(content);
    const repeated = this.#transactions.get(`${type}/${transaction}`);
    if (repeated !== undefined) return json(200, { event_id: repeated });
    const relation = content['m.relates_to'];
    const related = this.events.find(({ id }) => id === relation?.event_id)?.content['m.relates_to'];
    if (relation?.rel_type === 'm.thread' && related !== undefined) return refusal(400, 'M_UNKNOWN');
    if (relation?.rel_type === 'm.annotation' && this.#isThere(relation))
      return refusal(400, 'M_DUPLICATE_ANNOTATION');
    const id = `$${Buffer.from(`event ${this.events.length}`).toString('base64')}/x+`;
    this.events.push({ type, id, content });
    this.#transactions.set(`${type}/${transaction}`, id);
    return json(200, { event_id: id });
  };

  #isThere(relation: NonNullable<Content['m.relates_to']>): boolean {
    return this.events.some(
      ({ content }) => JSON.stringify(content['m.relates_to']) === JSON.stringify(relation),
    );
  }
}

const json = (status: number, body: object): HttpReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const refusal = (status: number, errcode: string, more = {}) =>
  json(status, { errcode, error: 'words of the server', ...more });
const config = (baseUrl: string) => ({ kind: 'matrix', name: 'ops', baseUrl, token: TOKEN, room: ROOM });

/** Tags that the specification lists as safe and that we use; none with an attribute. */
const TAGS = ['p', 'strong', 'em', 'br', 'blockquote', 'code', 'ul', 'ol', 'li'];

/** Reads a formatted body as strictly as it may be written: values in `code` outside of numbered lists, everything else our words. */
function readFormatted(html: string): { readonly ours: string; readonly quoted: readonly string[] } {
  for (const [code] of html.replace(/<ol>.*<\/ol>/g, '').matchAll(/.?<code>.*?<\/code>.?/g))
    if (!/^“.*”$/.test(code)) throw new Error(`a value outside of quotation marks: ${code}`);
  const quoted: string[] = [];
  let ours = '';
  const open: string[] = [];
  for (const { 1: end, 2: tag, 3: text } of html.matchAll(/<(\/?)([^<>]*)>|([^<>]+)/g)) {
    if (tag !== undefined) {
      if (!TAGS.includes(tag)) throw new Error(`tag <${tag}>`);
      if (end === '/' && open.pop() !== tag) throw new Error(`</${tag}> closes another tag`);
      if (end === '' && tag !== 'br') open.push(tag);
      if (end === '' && tag === 'code' && !open.includes('ol')) quoted.push('');
      if (/^(br|p|li|blockquote)$/.test(tag)) ours += '\n';
    } else {
      const plain = unescaped(text ?? '');
      if (open.includes('code') && !open.includes('ol')) quoted.push(`${quoted.pop() ?? ''}${plain}`);
      else ours += plain;
    }
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join()}`);
  return { ours, quoted };
}

function unescaped(text: string): string {
  if (/&(?!#\d{2,3};)/.test(text)) throw new Error(`an ampersand that is not escaped: ${text}`);
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

function readContent(content: Content): Received {
  const { ours, quoted } = readFormatted(content.formatted_body ?? '');
  return {
    preview: content.body?.split('\n')[0] ?? '',
    ourWords: content.formatted_body === undefined ? (content.body ?? '') : `${content.body}\n${ours}`,
    quotedWords: quoted.join('\n'),
    raw: JSON.stringify(content),
  };
}

interface MatrixStage extends HttpStage {
  readonly room: Homeserver;
}

async function startStage(): Promise<MatrixStage> {
  const room = new Homeserver();
  const received = () => room.accepted.map(readContent);
  const stage = await startHttpStage({ secret: TOKEN, config, service: room.answer, received });
  return { ...stage, room };
}

const channel: ChannelUnderTest = { kind: 'matrix', start: startStage };
describeNotifier(channel);
describeHttpNotifier({
  kind: 'matrix',
  setting: 'baseUrl',
  config,
  service: new Homeserver().answer,
  delivered: [],
  never: [400, 413, 422],
});

describe('Matrix', () => {
  let stage: MatrixStage;
  let notifier: Notifier;
  beforeEach(async () => {
    stage = await startStage();
    notifier = await build('matrix', stage);
  });
  afterEach(async () => {
    await notifier.close();
    await stage.stop();
  });
  const deliver = (alert: Alert, overrides: Partial<DeliveryRequest> = {}) =>
    notifier.deliver(request({ part: 'message', alert, ...overrides }));
  const answers = (status: number, errcode: string, more = {}) =>
    stage.server.next({ type: 'reply', ...refusal(status, errcode, more) });
  const page = async () => {
    const outcome = await deliver(driftAlert());
    if (!outcome.delivered) throw new Error(outcome.reason);
    return { receipt: outcome.receipt, id: stage.room.events[0]?.id ?? '' };
  };
  const followUp = (overrides: Partial<Alert>) =>
    driftAlert({ id: 'next', role: 'follow-up', severity: 'info', ...overrides });
  const reactions = () =>
    stage.room.events.flatMap(({ type, content }) =>
      type === 'm.reaction' ? [content['m.relates_to']?.key] : [],
    );

  test('the receipt names room and event', async () => {
    const { receipt, id } = await page();
    expect(receipt).toBe(`${ROOM}/${id}`);
  });

  test('a repeat whose first attempt arrived is no second message', async () => {
    stage.misbehave('cut');
    expect(await deliver(driftAlert())).toMatchObject({ delivered: false, retry: true });
    expect(await deliver(driftAlert(), { attempt: 2 })).toMatchObject({ delivered: true });
    expect(stage.room.events).toHaveLength(1);
  });

  test('an alert composed anew is a message of its own, and so is another alert', async () => {
    await deliver(driftAlert());
    await deliver(driftAlert({ title: 'something more' }), { attempt: 2 });
    await deliver(driftAlert({ id: 'another' }));
    expect(stage.room.events).toHaveLength(3);
  });

  test('a follow-up answers in the thread of its page, for clients without threads too', async () => {
    const { receipt, id } = await page();
    await deliver(followUp({}), { thread: receipt });
    expect(stage.room.events[1]?.content['m.relates_to']).toEqual({
      rel_type: 'm.thread',
      event_id: id,
      is_falling_back: true,
      'm.in_reply_to': { event_id: id },
    });
  });

  test('pages, announcements and follow-ups of a page elsewhere stand by themselves', async () => {
    const { receipt } = await page();
    await deliver(driftAlert({ id: 'a' }), { thread: receipt });
    await deliver(driftAlert({ id: 'b', role: 'notice' }), { thread: receipt });
    for (const thread of [null, '!other:example.org/$x', `${ROOM}/x`, 'C012:1.2'])
      await deliver(followUp({ state: 'resolved', id: String(thread) }), { thread });
    expect(stage.room.events).toHaveLength(7);
    expect(stage.room.events.filter(({ content }) => content['m.relates_to'] !== undefined)).toEqual([]);
  });

  test('a reaction on the page says each state and since when, and other news brings none', async () => {
    const { receipt } = await page();
    // The read that is reported is the one before people answered.
    const at = (minutes: number) => ({ stateSinceMs: Date.UTC(2026, 10, 24, 2, 13 + minutes) });
    const news: Partial<Alert>[] = [
      { ...at(1), type: 'acknowledged', state: 'acknowledged' },
      { ...at(2), type: 'drift', state: 'acknowledged' },
      { ...at(3), type: 'acknowledgement-expired', state: 'open' },
      { ...at(4), type: 'drift', state: 'open' },
      { ...at(5), type: 'resolved', state: 'resolved' },
    ];
    for (const [index, one] of news.entries())
      await deliver(followUp({ ...one, id: `n${index}` }), { thread: receipt });
    expect(reactions()).toEqual(['ACKNOWLEDGED 03:14', 'OPEN AGAIN 03:16', 'RESOLVED 03:18']);
  });

  test('a reaction that is there already is no fault', async () => {
    const { receipt } = await page();
    const resolved = { type: 'resolved', state: 'resolved' } as const;
    await deliver(followUp({ ...resolved, id: 'a' }), { thread: receipt });
    expect(await deliver(followUp({ ...resolved, id: 'b' }), { thread: receipt })).toEqual({
      delivered: true,
      receipt: expect.any(String),
    });
    expect(reactions()).toHaveLength(1);
  });

  test('a reaction that is refused leaves the alert delivered, with a warning', async () => {
    const { receipt } = await page();
    const news = followUp({ type: 'resolved', state: 'resolved' });
    stage.server.next({ type: 'reply', status: 200, body: '{"event_id":"$reply"}' });
    answers(403, 'M_FORBIDDEN');
    expect(await deliver(news, { thread: receipt })).toEqual({
      delivered: true,
      receipt: `${ROOM}/$reply`,
      warning: expect.stringMatching(/^the page shows its state before: .*join the room/),
    });
  });

  test('what a push shows is our own words alone, whatever the values are', async () => {
    for (const hostile of ['harmless', ...hostileStrings]) await deliver(alertHolding(hostile));
    expect(new Set(stage.room.accepted.map(({ body }) => body)).size).toBe(1);
    expect(stage.room.accepted[0]?.body).toContain('1 × administrator changed');
  });

  test('a client that makes its push of the HTML shows our own words first', async () => {
    await deliver(alertHolding('Zq'));
    expect(stage.room.accepted[0]?.formatted_body).toMatch(/^<p><strong>CRITICAL .*?<\/p><p>Coins may/);
    expect(stage.room.accepted[0]?.formatted_body?.indexOf('Zq')).toBeGreaterThan(200);
  });

  test.each([
    ['critical', 'page', 'm.text', { room: true }],
    ['high', 'notice', 'm.text', { room: true }],
    ['medium', 'page', 'm.text', {}],
    ['medium', 'notice', 'm.notice', {}],
    ['critical', 'follow-up', 'm.notice', {}],
  ] as const)('a %s %s is %s and mentions %j', async (severity, role, msgtype, mentions) => {
    await deliver(driftAlert({ severity, role }));
    expect(stage.room.accepted[0]).toMatchObject({ msgtype, 'm.mentions': mentions });
    expect(stage.room.accepted[0]?.['m.mentions']).toEqual(mentions);
  });

  test('a test mentions the room, unless no message is to', async () => {
    const alert = driftAlert({ type: 'test', role: 'notice', severity: 'info' });
    const silent = await build('matrix', stage, { mentionRoom: false });
    await deliver(alert);
    await silent.deliver(request({ part: 'message', alert }));
    expect(stage.room.accepted.map((one) => one['m.mentions'])).toEqual([{ room: true }, {}]);
  });

  test.each([
    [{ retry_after_ms: 2_500 }, 2_500],
    [{ retry_after_ms: 1e300 }, 600_000],
    [{ retry_after_ms: 'soon' }, 30_000],
    [{ retry_after_ms: -1 }, 30_000],
  ])('too many requests with %j wait %s ms', async (more, retryAfterMs) => {
    answers(429, 'M_LIMIT_EXCEEDED', more);
    expect(await deliver(driftAlert())).toMatchObject({ delivered: false, retry: true, retryAfterMs });
  });

  test.each([
    [401, 'M_UNKNOWN_TOKEN', /token_file/],
    [403, 'M_FORBIDDEN', /join the room/],
    [404, 'M_UNRECOGNIZED', /baseUrl/],
  ])('%s %s is told with what to repair and tried again later', async (status, errcode, reason) => {
    answers(status, errcode);
    expect(await deliver(driftAlert())).toEqual({
      delivered: false,
      retry: true,
      retryAfterMs: 60_000,
      reason: expect.stringMatching(reason),
    });
  });

  test('a follow-up refused in its thread stands by itself, in our own words', async () => {
    const first = await page();
    const reply = await deliver(followUp({}), { thread: first.receipt });
    if (!reply.delivered) throw new Error(reply.reason);
    const alert = followUp({ id: 'last', state: 'open', changes: alertHolding('Zq').changes });
    expect(await deliver(alert, { thread: reply.receipt })).toMatchObject({
      delivered: true,
      warning: expect.stringContaining('values were refused'),
    });
    const { content } = stage.room.events.at(-1) ?? {};
    expect(content?.['m.relates_to']).toBeUndefined();
    expect(JSON.stringify(content)).not.toContain('Zq');
  });

  test('the largest alerts stay below the size of an event', async () => {
    for (const value of ['x', '\u202e', '未', '"', '<&>']) {
      const changes = Array.from({ length: 200 }, () => alertHolding(value.repeat(3_000)).changes).flat();
      const facts = Array.from({ length: 40 }, () => ({
        label: '未'.repeat(90),
        quoted: { untrusted: value.repeat(9_000) },
      }));
      const alert = driftAlert({ changes, facts, title: '未'.repeat(3_000), id: value });
      expect(await deliver(alert)).toEqual({ delivered: true, receipt: expect.any(String) });
    }
    for (const content of stage.room.accepted)
      expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThan(50_000);
  });

  test.each([...sampleAlerts])('$type is taken', async (alert) => {
    expect(await deliver(alert)).toMatchObject({ delivered: true });
  });

  test.each([
    ['an alias in the place of an id', { room: '#ops:example.org' }],
    ['a room with a blank', { room: '!a b:example.org' }],
    ['a token with a line end', { token: `${TOKEN}\n` }],
    ['an unlimited time', { timeoutMs: 0 }],
  ])('the configuration refuses %s', async (_, wrong) => {
    await expect(build('matrix', stage, wrong)).rejects.toThrow();
  });
});
