import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Alert, Notifier } from '../../../notifiers/index.js';
import { alertHolding, build, type ChannelUnderTest, request } from './channel-under-test.js';
import { describeNotifier } from './contract.js';
import { hostileStrings } from './hostile-strings.js';
import type { ParsedMail } from './mail-reader.js';
import { type MailStage, RECIPIENT, startMailStage } from './mail-stage.js';
import { driftAlert, sampleAlerts, walletChange } from './sample-alerts.js';

/** Delivers an alert for each value. Many at a time: the test server greets 100 ms late, as a guard against those who talk first. */
async function deliverHolding(notifier: Notifier, part: string, values: readonly string[]): Promise<void> {
  for (let at = 0; at < values.length; at += 40) {
    const sent = values
      .slice(at, at + 40)
      .map((value) => notifier.deliver(request({ part, alert: alertHolding(value) })));
    for (const outcome of await Promise.all(sent)) expect(outcome).toMatchObject({ delivered: true });
  }
}

const channel: ChannelUnderTest = { kind: 'email', start: startMailStage };
describeNotifier(channel);

describe('e-mail', () => {
  let stage: MailStage;
  let notifier: Notifier;
  beforeEach(async () => {
    stage = await startMailStage();
    notifier = await build('email', stage);
  });
  afterEach(async () => {
    await notifier.close();
    await stage.stop();
  });
  const deliverEach = (part: string, values: readonly string[]) =>
    deliverHolding(notifier, `${part}:${RECIPIENT}`, values);
  const deliver = (part: string, overrides: Partial<Parameters<typeof request>[0]> = {}) =>
    notifier.deliver(request({ part: `${part}:${RECIPIENT}`, ...overrides }));

  test('the alarm holds not one byte of the watched system: it is the same whatever the values are', async () => {
    await deliverEach('alarm', ['a', ...hostileStrings]);
    const [first, ...others] = await stage.mails();
    for (const mail of others) {
      expect(mail.subject).toBe(first?.subject);
      expect(mail.text).toBe(first?.text);
      expect(mail.html).toBe(first?.html);
    }
    expect(others).toHaveLength(hostileStrings.length);
  });

  test('alarm and details are one thread, and Message-IDs are the same on every attempt', async () => {
    await deliver('alarm');
    await deliver('details');
    await deliver('alarm', { attempt: 2 });
    const [alarm, details, repeat] = await stage.mails();
    const idOf = (mail: ParsedMail | undefined) =>
      mail?.headers.get('message-id')?.replace(/^Message-ID: /i, '');
    expect(details?.subject).toBe(`Re: ${alarm?.subject}`);
    expect(details?.headers.get('in-reply-to')).toContain(idOf(alarm));
    expect(details?.headers.get('references')).toContain(idOf(alarm));
    expect(alarm?.headers.has('in-reply-to')).toBe(false);
    expect(idOf(repeat)).toBe(idOf(alarm));
  });

  test('a later alert of the incident answers its first message', async () => {
    const first = await deliver('alarm');
    if (!first.delivered) throw new Error(first.reason);
    await deliver('alarm', { thread: first.receipt, alert: driftAlert({ id: 'another' }) });
    const [, second] = await stage.mails();
    expect(second?.headers.get('in-reply-to')).toContain(first.receipt);
  });

  test('a stored receipt that is no Message-ID of ours reaches no header', async () => {
    await deliver('alarm', { thread: '<a@b>\r\nBcc: evil@evil.example' });
    const [mail] = await stage.mails();
    expect(mail?.headers.has('in-reply-to')).toBe(false);
    expect(mail?.raw).not.toContain('evil');
  });

  test('an alert without anything quoted sends no second mail', async () => {
    const alert = sampleAlerts.find(({ type }) => type === 'blind');
    if (alert === undefined) throw new Error('no sample');
    const alarm = await deliver('alarm', { alert });
    expect(await deliver('details', { alert })).toEqual(alarm);
    expect(stage.smtp.messages).toHaveLength(1);
  });

  test('a critical alarm asks for attention, says it is automatic, and is no list mail', async () => {
    await deliver('alarm');
    await deliver('details');
    const [alarm, details] = await stage.mails();
    expect(alarm?.headers.get('importance')).toMatch(/high/i);
    expect(details?.headers.has('importance')).toBe(false);
    for (const mail of [alarm, details]) {
      expect(mail?.headers.get('auto-submitted')).toContain('auto-generated');
      expect(mail?.headers.get('x-tillwarden-incident')).toContain('7f3a');
      expect([...(mail?.headers.keys() ?? [])].filter((name) => name.startsWith('list-'))).toEqual([]);
    }
  });

  test('no mail is so large that a mail program would cut it off', async () => {
    for (const value of ['x', '<', '\u202e', '://']) {
      const changes = Array.from({ length: 40 }, () => alertHolding(value.repeat(3_000)).changes).flat();
      const facts = Array.from({ length: 30 }, () => ({
        label: 'Found',
        quoted: { untrusted: value.repeat(3_000) },
      }));
      await deliver('details', { alert: driftAlert({ changes, facts }) });
    }
    const mails = await stage.mails();
    expect(mails).toHaveLength(4);
    for (const { html } of mails) {
      expect(Buffer.byteLength(html)).toBeLessThan(100_000);
      expect(html).toContain('administrator changed');
    }
  });

  test('changes that do not fit into the mail are all in a file: a new address is never only a number', async () => {
    const changes = Array.from({ length: 5_000 }, (_, index) => ({
      ...walletChange,
      severity: index === 4_000 ? ('critical' as const) : ('high' as const),
      key: [{ name: 'id', value: { untrusted: String(index) } }],
    }));
    const send = (alert: Alert) => notifier.deliver(request({ part: `details:${RECIPIENT}`, alert }));
    expect(await send(driftAlert({ changes }))).toMatchObject({ delivered: true });
    expect(await send(driftAlert({ changes, changesLeftOut: 7 }))).toMatchObject({ delivered: true });
    const [mail, cut] = await stage.mails();
    expect(mail?.text.replace(/\s+/g, ' ')).toContain('All 5,000 changes are in the attached changes.txt.');
    const [file] = mail?.attachments ?? [];
    expect(file).toMatchObject({ name: 'changes.txt', type: 'text/plain' });
    const text = file?.text ?? '';
    expect(changes.filter(({ key }) => !text.includes(`id “${key[0]?.value.untrusted}”`))).toEqual([]);
    expect(file?.text.match(/^\d+\. \w+/gm)?.slice(0, 2)).toEqual(['1. CRITICAL', '2. HIGH']);
    expect(mail?.raw.length).toBeLessThan(3_000_000);
    expect(cut?.text.replace(/\s+/g, ' ')).toContain('The 5,000 worst of 5,007 changes are in the attached');
    expect(cut?.attachments[0]?.text).toMatch(/7 more changes not in this file\. .*tillwarden show 7f3a\n$/);
  });

  test('a file has a limit, and says what it does not hold', async () => {
    const changes = Array.from({ length: 3_000 }, () => alertHolding('\u202e'.repeat(400)).changes).flat();
    expect(await deliver('details', { alert: driftAlert({ changes }) })).toMatchObject({ delivered: true });
    const [file] = (await stage.mails())[0]?.attachments ?? [];
    expect(Buffer.byteLength(file?.text ?? '')).toBeLessThanOrEqual(2_000_001);
    expect(file?.text).toMatch(/[\d,]+ more changes not in this file\./);
  });

  test('hostile values in a file are quoted, and none begins a line', async () => {
    const changes = hostileStrings.flatMap((hostile) => alertHolding(hostile).changes);
    await deliver('details', { alert: driftAlert({ changes }) });
    const [file] = (await stage.mails())[0]?.attachments ?? [];
    for (const line of file?.text.split('\n') ?? []) {
      expect(line).toMatch(/^(?:[ -~“”…·]|\p{L}\p{M}{0,2})*$/u);
      expect(line).toMatch(
        /^(?: {3,}|\d+\. CRITICAL: administrator changed$|(?:CRITICAL|Observed|baseline|Values|chose)|.*evidence.*|$)/,
      );
    }
    expect(file?.text.match(/^\d+\. CRITICAL/gm)).toHaveLength(hostileStrings.length);
  });

  test('an alert whose changes fit has no file', async () => {
    await deliver('details');
    await deliver('alarm');
    for (const { attachments } of await stage.mails()) expect(attachments).toEqual([]);
  });

  test('a value that holds the end of a mail ends nothing', async () => {
    await deliver('details', { alert: alertHolding('a\r\n.\r\nMAIL FROM:<evil@evil.example>\r\nDATA\r\n') });
    await deliver('details');
    expect(stage.smtp.messages.map(({ from, to }) => [from, to])).toEqual([
      ['tillwarden@example.org', [RECIPIENT]],
      ['tillwarden@example.org', [RECIPIENT]],
    ]);
    expect((await stage.mails())[0]?.text).toContain('\\u{D}\\n.\\u{D}\\nMAIL');
  });

  test('a follow-up answers its page and is not urgent, however severe', async () => {
    const page = await deliver('alarm');
    if (!page.delivered) throw new Error(page.reason);
    await deliver('alarm', {
      thread: page.receipt,
      alert: driftAlert({ id: 'next', role: 'follow-up' }),
    });
    const [, followUp] = await stage.mails();
    expect(followUp?.headers.get('references')).toContain(page.receipt);
    expect(followUp?.headers.has('importance')).toBe(false);
  });

  test('the alarm says where the values are, and how to see them when no mail brings them', async () => {
    await deliver('alarm');
    await deliver('alarm', { alert: driftAlert({ incident: null }) });
    const [withIncident, without] = (await stage.mails()).map(({ text }) => text.replace(/\s+/g, ' '));
    expect(withIncident).toContain('second message of this thread');
    expect(withIncident).toContain('"tillwarden show 7f3a" shows the same');
    expect(without).not.toContain('shows the same');
  });

  test('the differing characters are marked in both versions', async () => {
    await deliver('details');
    const [mail] = await stage.mails();
    expect(mail?.text).toMatch(/was “bc1qar0s\w+”.*\n {14}\^{38}\n/);
    expect(mail?.html).toMatch(/bc1q<\/span><span[^>]*><mark[^>]*>fa8pryac/);
  });

  describe('details that quote hostile values', () => {
    let quoting: MailStage;
    let mails: readonly ParsedMail[];
    beforeAll(async () => {
      quoting = await startMailStage();
      await deliverHolding(await build('email', quoting), `details:${RECIPIENT}`, hostileStrings);
      mails = await quoting.mails();
    });
    afterAll(() => quoting.stop());

    test('arrive whole, with our headers and to our recipients alone', () => {
      expect(mails).toHaveLength(hostileStrings.length);
      expect(new Set(quoting.smtp.messages.flatMap((mail) => mail.to))).toEqual(new Set([RECIPIENT]));
      for (const { headers, text } of mails) {
        expect([...headers.keys()].sort()).toEqual(HEADERS);
        expect(text.trimEnd()).toMatch(/alert 01994f2e-7f3a-7c11-9d53-a1c0ffee0001$/);
      }
    });

    test('have no line that begins with a value or exceeds 998 bytes', () => {
      for (const { raw, text } of mails) {
        expect(text.split('\n').filter((line) => Buffer.byteLength(line) > 998)).toEqual([]);
        expect(text).not.toMatch(/^(?:>|From |--|\.)/m);
        expect(raw.split('\r\n').filter((line) => line.length > 998)).toEqual([]);
      }
    });

    test('begin with enough words of ours for any lock screen’s preview', () => {
      for (const { text, htmlText } of mails) {
        expect(text.indexOf('“')).toBeGreaterThan(250);
        expect(htmlText.indexOf('“')).toBeGreaterThan(250);
      }
    });
  });

  test.each([
    ['two addresses in one', { to: ['a@x.org, b@x.org'] }],
    ['a line end in an address', { to: ['b@x.org\r\nBcc: evil@x.org'] }],
    ['a name with an address', { from: 'Alarm <alarm@x.org>' }],
    ['no address', { to: [] }],
    ['too many addresses', { to: Array.from({ length: 21 }, (_, index) => `a${index}@x.org`) }],
    ['a password in the URL', { smtp: 'smtps://alarm:hunter2@mail.example.org' }],
    ['a user without a password', { password: undefined }],
    ['another scheme', { smtp: 'https://mail.example.org' }],
    ['a path in the URL', { smtp: 'smtp://mail.example.org/?pool=true' }],
    ['a line end in the URL', { smtp: 'smtp://alarm@mail.example.org\r\n' }],
    ['a password in clear to another machine', { smtp: 'smtp://alarm@mail.example.org', requireTls: false }],
  ])('the configuration refuses %s', async (_, wrong) => {
    await expect(build('email', stage, wrong)).rejects.toThrow();
  });

  test('an alarm for an alert of another type reads as well', async () => {
    const alert: Alert = driftAlert({ type: 'unknown', incident: null, changes: [], facts: [] });
    await deliver('alarm', { alert });
    const [mail] = await stage.mails();
    expect(mail?.headers.has('x-tillwarden-incident')).toBe(false);
  });
});

// biome-ignore format: a line holds many
const HEADERS = [
  'auto-submitted', 'content-type', 'date', 'from', 'in-reply-to', 'message-id', 'mime-version', 'references',
  'subject', 'to', 'x-auto-response-suppress', 'x-tillwarden-alert', 'x-tillwarden-incident', 'x-tillwarden-part',
];
