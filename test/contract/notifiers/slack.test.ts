import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Alert, Notifier } from '../../../notifiers/index.js';
import { type FaultySlack, type ScriptedAnswer, startFaultySlack } from '../../support/faulty-slack.js';
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
import { driftAlert, walletChange } from './sample-alerts.js';
import { readSlackMessage } from './slack-reader.js';

const CHANNEL = 'C0123ABCD';

interface SlackStage extends Stage {
  readonly slack: FaultySlack;
}

async function startStage(): Promise<SlackStage> {
  const slack = await startFaultySlack({ channels: [CHANNEL] });
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

  test("one page of a proxy in place of Slack's answer delays the next attempt no longer than any failure", async () => {
    stage.slack.next({
      type: 'http',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>Please log in</html>',
    });
    const outcome = await deliver();
    expect(outcome).toMatchObject({ delivered: false, retry: true });
    expect(outcome).not.toHaveProperty('retryAfterMs');
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
  ])('%s is reported with what to repair and tried again later', async (error, reason) => {
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
        /^CRITICAL prague-1: .*\nCoins may be going[\s\S]*tillwarden show 7f3a[\s\S]*refused the details/,
      );
      expect(message?.text).not.toContain('Zq');
    },
  );

  test('in plain words it still names every other site that it tells of', async () => {
    const alike = Array.from({ length: 150 }, (_, at) => ({ site: `brno-${at}`, incident: `a${at}` }));
    stage.slack.next({ type: 'error', error: 'invalid_blocks' });
    expect(await deliver({ alert: driftAlert({ alike }) })).toMatchObject({ delivered: true });
    const text = stage.slack.messages[0]?.text ?? '';
    for (const { site, incident } of alike) expect(text).toContain(`${site} (${incident})`);
    expect(text).toMatch(/alert \S+$/);
  });

  test('a message refused even in plain words is given up, with the reason', async () => {
    stage.slack.always({ type: 'error', error: 'invalid_arguments' });
    expect(await deliver()).toMatchObject({
      delivered: false,
      retry: false,
      reason: expect.stringContaining('plain'),
    });
    expect(stage.slack.requests).toHaveLength(2);
  });

  const followUp = (overrides: Partial<Alert> = {}) =>
    driftAlert({
      id: 'next',
      role: 'follow-up',
      severity: 'info',
      title: 'acknowledged by alice',
      ...overrides,
    });
  /** Delivers the page, and says what its follow-ups are asked to continue. */
  const page = async (alert = driftAlert()) => {
    const outcome = await deliver({ alert });
    if (!outcome.delivered) throw new Error(outcome.reason);
    return { thread: outcome.receipt };
  };
  const threads = () => stage.slack.messages.map((message) => message.threadTs);

  test('pages and announcements stand in the channel, whatever their severity', async () => {
    const { thread } = await page();
    for (const role of ['page', 'notice'] as const) {
      for (const severity of ['critical', 'info'] as const) {
        await deliver({ thread, alert: driftAlert({ role, severity }) });
      }
    }
    expect(threads()).toEqual([null, null, null, null, null]);
  });

  test('a follow-up answers in the thread, and the page shows the state it is in, with what it quoted', async () => {
    const continued = await page();
    const [before] = stage.slack.messages;
    const outcome = await deliver({
      ...continued,
      alert: followUp({ state: 'acknowledged', severity: 'critical' }),
    });
    const [, reply, update] = stage.slack.messages;
    expect(outcome).toEqual({ delivered: true, receipt: `${CHANNEL}:${reply?.ts}` });
    expect(reply?.threadTs).toBe(before?.ts);
    expect([update?.update, update?.ts]).toEqual([true, before?.ts]);
    expect(update?.blocks).toEqual(before?.blocks);
    expect(update?.text).toBe(before?.text);
    if (update === undefined) throw new Error('there is no update');
    expect(readSlackMessage(update).ourWords).toMatch(/\nACKNOWLEDGED: acknowledged by alice$/);
  });

  test.each([
    ['resolved', 'RESOLVED'],
    ['open', 'OPEN'],
    [null, 'OPEN'],
  ] as const)('after a follow-up of state %s the bar below the page begins %s', async (state, word) => {
    const continued = await page();
    await deliver({ ...continued, alert: followUp({ state, title: 'told <!channel> last' }) });
    expect(stage.slack.messages.at(-1)?.attachments).toMatchObject([
      { fallback: `${word}: told &lt;!channel&gt; last` },
    ]);
  });

  test('bringing a page up to date twice leaves the same', async () => {
    const continued = await page();
    const alert = followUp({ state: 'resolved' });
    await deliver({ ...continued, alert });
    await deliver({ ...continued, alert, attempt: 2 });
    const updates = stage.slack.messages.filter(({ update }) => update);
    expect(updates).toHaveLength(2);
    expect(updates[1]?.attachments).toEqual(updates[0]?.attachments);
  });

  test.each([
    [{ type: 'error', error: 'edit_window_closed' }, /edit_window_closed/],
    [{ type: 'error', error: 'cant_update_message' }, /edit its own messages/],
    [{ type: 'rate-limit', retryAfter: '5' }, /429/],
    [{ type: 'http', status: 500 }, /500/],
    [{ type: 'cut' }, /ECONNRESET/],
  ] as const)(
    'when the page cannot be brought up to date (%j) the reply counts, and the reason is given',
    async (fault, reason) => {
      const continued = await page();
      stage.slack.next({ type: 'usual' }, fault);
      const outcome = await deliver({ ...continued, alert: followUp() });
      expect(outcome).toEqual({
        delivered: true,
        receipt: expect.any(String),
        warning: expect.stringMatching(new RegExp(`page in the channel.*${reason.source}`)),
      });
      expect(stage.slack.messages).toHaveLength(2);
    },
  );

  test('when the reply fails, the page is not touched', async () => {
    const continued = await page();
    stage.slack.next({ type: 'http', status: 500 });
    expect(await deliver({ ...continued, alert: followUp() })).toMatchObject({
      delivered: false,
      retry: true,
    });
    expect(stage.slack.requests.map(({ method }) => method)).toEqual([
      'chat.postMessage',
      'chat.postMessage',
    ]);
  });

  test('a follow-up whose page is gone is posted by itself', async () => {
    const outcome = await deliver({ thread: `${CHANNEL}:1.000001`, alert: followUp() });
    expect(outcome).toMatchObject({ delivered: true });
    expect(threads()).toEqual([null]);
  });

  test('a thread of another channel is not answered to', async () => {
    await deliver({ thread: 'C9999ZZZZ:1.000001', alert: followUp() });
    expect(stage.slack.requests.map((call) => call.args['thread_ts'])).toEqual([undefined]);
  });

  describe('of many urgent changes', () => {
    const address = (index: number) => `bc1q${String(index).padStart(38, '0')}`;
    const redirected = (count: number) =>
      driftAlert({
        changes: Array.from({ length: count }, (_, index) => ({
          ...walletChange,
          key: [{ name: 'id', value: { untrusted: String(index) } }],
          fields: [
            {
              name: 'sell_wallet_address',
              before: { untrusted: address(99_999) },
              after: { untrusted: address(index) },
            },
          ],
        })),
      });
    const all = () => stage.slack.messages.map(readSlackMessage);

    test('each address is sent whole: what does not fit answers in the thread', async () => {
      const outcome = await deliver({ alert: redirected(150) });
      const [first, ...replies] = stage.slack.messages;
      expect(outcome).toEqual({ delivered: true, receipt: `${CHANNEL}:${first?.ts}` });
      expect(replies.length).toBeGreaterThan(1);
      for (const reply of replies) {
        expect(reply.threadTs).toBe(first?.ts);
        expect(reply.text).toMatch(
          /^CRITICAL prague-1: .*, urgent changes \d+ to \d+ of \d+ that did not fit$/,
        );
      }
      const quoted = all()
        .map(({ quotedWords }) => quotedWords)
        .join('\n')
        .split('\n');
      for (let index = 0; index < 150; index += 1) expect(quoted).toContain(address(index));
      expect(all()[0]?.ourWords).toContain('The urgent ones among them follow in this thread.');
    });

    test('the replies have a limit, and the last says how many remain and where to see them', async () => {
      expect(await deliver({ alert: redirected(2_000) })).toMatchObject({ delivered: true });
      expect(stage.slack.messages).toHaveLength(11);
      const told = new Set(all().flatMap(({ quotedWords }) => quotedWords.match(/bc1q0\d{37}/g) ?? []));
      const last = all().at(-1)?.ourWords ?? '';
      const [, remaining = ''] =
        /and ([\d,]+) more urgent changes: see tillwarden show 7f3a/.exec(last) ?? [];
      const before = 1;
      expect(told.size - before + Number(remaining.replace(',', ''))).toBe(2_000);
      expect(told.size).toBeGreaterThan(200);
    });

    test('less urgent changes that do not fit are counted only', async () => {
      const { changes } = redirected(150);
      await deliver({
        alert: driftAlert({ changes: changes.map((change) => ({ ...change, severity: 'high' as const })) }),
      });
      expect(stage.slack.messages).toHaveLength(1);
    });

    test('an attempt goes on where the one before stopped', async () => {
      const alert = redirected(150);
      stage.slack.next({ type: 'usual' }, { type: 'usual' }, { type: 'rate-limit', retryAfter: '1' });
      expect(await deliver({ alert })).toMatchObject({ delivered: false, retry: true, retryAfterMs: 1_000 });
      expect(stage.slack.messages).toHaveLength(2);
      const outcome = await deliver({ alert, attempt: 2 });
      expect(outcome).toEqual({ delivered: true, receipt: `${CHANNEL}:${stage.slack.messages[0]?.ts}` });
      const texts = stage.slack.messages.map(({ text }) => text);
      expect(new Set(texts).size).toBe(texts.length);
      expect(threads().slice(1)).toEqual(texts.slice(1).map(() => stage.slack.messages[0]?.ts));
    });

    test('a reply whose answer was lost says that it may be a repeat', async () => {
      const alert = redirected(150);
      stage.slack.next({ type: 'usual' }, { type: 'cut', posts: true });
      expect(await deliver({ alert })).toMatchObject({ delivered: false, retry: true });
      await deliver({ alert, attempt: 2 });
      const [, lost, ...repeated] = stage.slack.messages.map(({ text }) => text);
      expect(lost).toMatch(/that did not fit$/);
      for (const text of repeated) expect(text).toMatch(/that did not fit \(possibly a repeat: attempt 2\)$/);
      expect(all()[2]?.ourWords).toContain('possibly a repeat: attempt 2');
    });

    test('an alert composed anew begins anew', async () => {
      stage.slack.next({ type: 'usual' }, { type: 'http', status: 500 });
      await deliver({ alert: redirected(150) });
      await deliver({ alert: redirected(151), attempt: 2 });
      expect(threads().filter((thread) => thread === null)).toHaveLength(2);
    });

    test('of a follow-up they answer in its page’s thread too', async () => {
      const continued = await page();
      await deliver({ ...continued, alert: { ...redirected(150), id: 'next', role: 'follow-up' } });
      const replies = stage.slack.messages.slice(1).filter(({ update }) => !update);
      expect(replies.length).toBeGreaterThan(2);
      for (const { threadTs } of replies) expect(threadTs).toBe(stage.slack.messages[0]?.ts);
    });

    test('hostile values in them are quoted', async () => {
      const changes = hostileStrings.flatMap((hostile) => alertHolding(`Zq${hostile}qZ`).changes);
      expect(await deliver({ alert: driftAlert({ changes }) })).toMatchObject({ delivered: true });
      expect(stage.slack.messages.length).toBeGreaterThan(3);
      for (const { ourWords, preview } of all()) expect(`${ourWords}${preview}`).not.toMatch(/Zq|qZ/);
    });
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
  });

  test('an alert whose facts fill a message by themselves says that it may be a repeat', async () => {
    const facts = Array.from({ length: 20 }, (_, n) => ({
      label: `Fact ${n}`,
      quoted: { untrusted: '\u0000'.repeat(400) },
    }));
    await deliver({ alert: driftAlert({ facts }), attempt: 2 });
    expect(stage.slack.messages.map(readSlackMessage)[0]?.ourWords).toContain('Possibly a repeat');
  });

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
    expect(stage.slack.messages.filter(({ threadTs }) => threadTs === null)).toHaveLength(5);
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
