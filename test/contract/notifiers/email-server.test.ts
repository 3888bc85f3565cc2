import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type DeliveryOutcome, type Notifier, sampleAlerts } from '../../../notifiers/index.js';
import { selfSignedCertificate } from '../../support/certificate.js';
import type { MailServerOptions } from '../../support/faulty-mail-server.js';
import { alertHolding, build, request } from './channel-under-test.js';
import { type MailStage, RECIPIENT, startMailStage } from './mail-stage.js';
import { driftAlert } from './sample-alerts.js';

describe('e-mail and its server', () => {
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
  const deliver = (part: string, overrides: Partial<Parameters<typeof request>[0]> = {}) =>
    notifier.deliver(request({ part: `${part}:${RECIPIENT}`, ...overrides }));

  test('greets by the name that the configuration gives, since relays refuse an address', async () => {
    const named = await build('email', stage, { greeting: 'monitor.example.org' });
    await named.deliver(request({ part: `alarm:${RECIPIENT}` }));
    await named.close();
    expect(stage.smtp.messages.at(-1)?.greeting).toBe('monitor.example.org');
    await expect(build('email', stage, { greeting: '[127.0.0.1]' })).rejects.toThrow(/full host name/);
    await expect(build('email', stage, { greeting: 'localhost' })).rejects.toThrow(/full host name/);
  });

  describe('a former address', () => {
    const [told = driftAlert()] = sampleAlerts['address-changed'];

    test('gets one mail of its own in our words, and nothing else ever does', async () => {
      const telling = await build('email', stage, { tellFormerAddress: true });
      const part = telling.formerPart?.('ana@former.example') ?? '';
      expect(await telling.deliver(request({ part, alert: told }))).toMatchObject({ delivered: true });
      const [mail, ...others] = await stage.mails();
      expect(others).toEqual([]);
      expect(stage.smtp.messages[0]?.to).toEqual(['ana@former.example']);
      expect(mail?.text).toContain('call the operator of the machines now');
      expect(JSON.stringify(mail)).not.toContain(RECIPIENT);
      expect(await telling.deliver(request({ part, alert: driftAlert() }))).toMatchObject({ retry: false });
      await telling.close();
    });

    test('is none where it is no single address, and where nobody configured it', async () => {
      const telling = await build('email', stage, { tellFormerAddress: true });
      for (const text of [
        'ana@x.example, bo@x.example',
        'Ana <ana@x.example>',
        'ana@x.example\r\nBcc: b@x.example',
        '',
      ]) {
        expect(telling.formerPart?.(text)).toBeNull();
        const outcome = await telling.deliver(request({ part: `former:${text}`, alert: told }));
        expect(outcome).toMatchObject({ delivered: false, retry: false });
      }
      await telling.close();
      expect(notifier.formerPart).toBeUndefined();
      const outcome = await notifier.deliver(request({ part: 'former:ana@x.example', alert: told }));
      expect(outcome).toMatchObject({ delivered: false, retry: false });
      expect(stage.smtp.messages).toEqual([]);
    });
  });

  describe('refusals', () => {
    const addresses = ['a@example.org', 'b@example.org', 'c@example.org'];

    test.each([
      ['greylisting', { stage: 'recipient', type: 'answer', code: 450 }, /recipient.*450/, undefined],
      ['an unknown recipient', { stage: 'recipient', type: 'answer', code: 550 }, /check to/, 60_000],
      ['an unwanted sender', { stage: 'sender', type: 'answer', code: 553 }, /check from/, 60_000],
      ['a full disk', { stage: 'message', type: 'answer', code: 452 }, /filters \(452\)/, undefined],
      [
        'a refused message',
        { stage: 'message', type: 'answer', code: 554, text: '5.7.1 spam' },
        /554 5\.7\.1/,
        60_000,
      ],
      [
        'a refused connection',
        { stage: 'connect', type: 'answer', code: 554 },
        /lets this machine send/,
        60_000,
      ],
    ] as const)('%s is reported and tried again', async (_, fault, reason, retryAfterMs) => {
      stage.smtp.fault(fault);
      const outcome = await deliver('alarm');
      expect(outcome).toMatchObject({ delivered: false, retry: true, reason: expect.stringMatching(reason) });
      expect((outcome as Extract<DeliveryOutcome, { delivered: false }>).retryAfterMs).toBe(retryAfterMs);
    });

    test('of three recipients only the one that was refused is tried again, and the others get nothing twice', async () => {
      const several = await build('email', stage, { to: addresses });
      expect(several.parts).toEqual([
        ...addresses.map((address) => `alarm:${address}`),
        ...addresses.map((address) => `details:${address}`),
      ]);
      const lift = stage.smtp.fault({
        stage: 'recipient',
        recipient: 'b@example.org',
        type: 'answer',
        code: 550,
      });
      const undelivered: string[] = [];
      for (const part of several.parts) {
        const outcome = await several.deliver(request({ part }));
        if (outcome.delivered) continue;
        undelivered.push(part);
        expect(outcome).toMatchObject({
          retry: true,
          reason: expect.stringMatching(/the recipient: check to|\(550/),
        });
      }
      expect(undelivered).toEqual(['alarm:b@example.org', 'details:b@example.org']);
      lift();
      for (const part of undelivered) {
        expect(await several.deliver(request({ part, attempt: 2 }))).toMatchObject({ delivered: true });
      }
      expect(stage.smtp.messages.flatMap((mail) => mail.to).sort()).toEqual(
        [...addresses, ...addresses].sort(),
      );
      for (const { raw } of stage.smtp.messages) expect(raw.toString()).toContain(addresses.join(', '));
    });

    test('a recipient who is not configured any more gets nothing, and that is said', async () => {
      for (const part of ['alarm:gone@example.org', 'alarm', 'other', '']) {
        expect(await notifier.deliver(request({ part }))).toEqual({
          delivered: false,
          retry: false,
          reason: 'this recipient is not configured any more',
        });
      }
      expect(stage.smtp.messages).toEqual([]);
    });

    test('a greylisting server takes the message on the second attempt', async () => {
      stage.smtp.fault({ stage: 'recipient', type: 'answer', code: 451, text: '4.7.1 greylisted', times: 1 });
      expect(await deliver('alarm')).toMatchObject({ delivered: false, retry: true });
      expect(await deliver('alarm', { attempt: 2 })).toMatchObject({ delivered: true });
      expect(stage.smtp.messages).toHaveLength(1);
    });

    describe.each(['connect', 'sender', 'recipient', 'message'] as const)('at stage %s', (at) => {
      test.each([421, 450, 451, 452, 454, 500, 501, 502, 503, 521, 530, 535, 541, 550, 551, 553, 554, 571])(
        'an answer %s leaves the alarm with the outbox',
        async (code) => {
          stage.smtp.fault({
            stage: at,
            type: 'answer',
            code,
            text: `${String(code)[0]}.0.0 words of the server`,
          });
          const outcome = await deliver('alarm');
          expect(outcome).toMatchObject({
            delivered: false,
            retry: true,
            reason: expect.stringMatching(/.{10,}/),
          });
          expect(JSON.stringify(outcome)).not.toContain('words of the server');
          expect(stage.smtp.messages).toEqual([]);
        },
      );
    });

    describe('of many changes', () => {
      const many = driftAlert({
        changes: Array.from({ length: 60 }, (_, index) => alertHolding(`Zq${index}`).changes).flat(),
        changesLeftOut: 2,
      });

      test.each([
        ['message', 552],
        ['message', 554],
        ['sender', 552],
      ] as const)(
        'the file that a server refuses at stage %s with %s is left out, and that is said',
        async (at, code) => {
          stage.smtp.fault({ stage: at, type: 'answer', code, times: 1 });
          expect(await deliver('details', { alert: many })).toEqual({
            delivered: true,
            receipt: expect.any(String),
            warning: expect.stringContaining('changes.txt'),
          });
          const [mail] = await stage.mails();
          expect(mail?.attachments).toEqual([]);
          expect(mail?.text).toContain('Zq0');
        },
      );

      test('values that a server refuses with and without a file are replaced by words of ours, and that is said', async () => {
        stage.smtp.fault({ stage: 'message', type: 'answer', code: 554, times: 2 });
        expect(await deliver('details', { alert: many })).toMatchObject({
          delivered: true,
          warning: expect.stringContaining('refused the values'),
        });
        expect((await stage.mails())[0]?.raw).not.toContain('Zq');
      });
    });

    test('details that the server refuses are replaced by words of ours', async () => {
      stage.smtp.fault({ stage: 'message', type: 'answer', code: 554, times: 1 });
      expect(await deliver('details', { alert: alertHolding('ZqGTUBE') })).toMatchObject({ delivered: true });
      const [mail] = await stage.mails();
      expect(mail?.text).toContain('The mail server refused the message that quotes the values');
      expect(mail?.raw).not.toContain('Zq');
    });

    test('details over the server’s size limit are replaced by words of ours', async () => {
      const small = await startMailStage({ maxBytes: 30_000 });
      const there = await build('email', small);
      const alert = driftAlert({
        changes: Array.from({ length: 60 }, () => alertHolding('x'.repeat(300)).changes).flat(),
      });
      expect(await there.deliver(request({ part: `details:${RECIPIENT}`, alert }))).toMatchObject({
        delivered: true,
      });
      expect((await small.mails())[0]?.text).toContain('for its size');
      await small.stop();
    });

    test('a wrong password is reported and tried again', async () => {
      const wrong = await build('email', stage, { password: 'not-the-one' });
      expect(await wrong.deliver(request({ part: `alarm:${RECIPIENT}` }))).toMatchObject({
        delivered: false,
        retry: true,
        reason: expect.stringMatching(/password_file/),
      });
    });
  });

  describe('transport security', () => {
    const localServer = selfSignedCertificate();
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'tillwarden-mail-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });
    const caFile = (pem: string) => {
      const file = join(folder, 'ca.pem');
      writeFileSync(file, pem);
      return file;
    };
    const tryOn = async (
      server: MailServerOptions,
      overrides: Record<string, unknown>,
      url = 'smtp://alarm@127.0.0.1',
    ) => {
      const there = await startMailStage(server);
      const over = await build('email', there, { smtp: `${url}:${there.smtp.port}`, ...overrides });
      const outcome = await over.deliver(request({ part: `alarm:${RECIPIENT}` }));
      const [mail] = there.smtp.messages;
      await there.stop();
      return { outcome, secure: mail?.secure };
    };
    const refused = expect.objectContaining({
      delivered: false,
      retry: true,
      reason: expect.stringMatching(/no trusted TLS/),
    });

    test('STARTTLS with a trusted certificate delivers encrypted', async () => {
      const { outcome, secure } = await tryOn(
        { tls: localServer },
        { requireTls: true, tlsCaFile: caFile(localServer.cert) },
      );
      expect([outcome.delivered, secure]).toEqual([true, true]);
    });

    test('TLS from the first byte delivers encrypted', async () => {
      const { outcome, secure } = await tryOn(
        { tls: { ...localServer, implicit: true } },
        { tlsCaFile: caFile(localServer.cert) },
        'smtps://alarm@127.0.0.1',
      );
      expect([outcome.delivered, secure]).toEqual([true, true]);
    });

    test('a server without STARTTLS gets nothing when TLS is required', async () => {
      expect(await tryOn({}, { requireTls: true })).toEqual({ outcome: refused, secure: undefined });
    });

    test.each([
      ['an untrusted certificate', '127.0.0.1', false],
      ['a certificate of another name', '127.1', true],
    ])('%s gets nothing', async (_, host, trusted) => {
      const config = { requireTls: true, ...(trusted ? { tlsCaFile: caFile(localServer.cert) } : {}) };
      const nothing = { outcome: refused, secure: undefined };
      expect(await tryOn({ tls: localServer }, config, `smtp://alarm@${host}`)).toEqual(nothing);
      const implicit = { tls: { ...localServer, implicit: true } };
      expect(await tryOn(implicit, config, `smtps://alarm@${host}`)).toEqual(nothing);
    });

    test.each([
      ['missing', () => join(folder, 'nowhere.pem')],
      ['no certificate', () => caFile('hello')],
    ])('a tlsCaFile that is %s stops the start', async (_, file) => {
      await expect(build('email', stage, { tlsCaFile: file() })).rejects.toMatchObject({
        code: 'NOTIFY_CA_UNREADABLE',
      });
    });

    test('mails in clear to another machine are allowed only without a password, and shown as degraded', async () => {
      const clear = { smtp: 'smtp://relay.example.org:25', requireTls: false };
      await expect(build('email', stage, clear)).rejects.toThrow(/names no user/);
      const relay = await build('email', stage, { ...clear, password: undefined });
      expect(relay.degradations).toEqual([
        { code: 'NOTIFY_SMTP_CLEARTEXT', message: expect.stringContaining('requireTls') },
      ]);
      expect(notifier.degradations).toEqual([]);
    });
  });

  test('a server that trickles a byte at a time is ended by the time limit', async () => {
    const timers: NodeJS.Timeout[] = [];
    const trickle = createServer((socket) => {
      socket.on('error', () => undefined);
      timers.push(setInterval(() => socket.write('2'), 50));
    });
    await new Promise<void>((ready) => trickle.listen(0, '127.0.0.1', ready));
    const address = trickle.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const there = await build('email', stage, { smtp: `smtp://alarm@127.0.0.1:${port}`, timeoutMs: 500 });
    expect(await there.deliver(request({ part: `alarm:${RECIPIENT}` }))).toMatchObject({
      delivered: false,
      retry: true,
      reason: expect.stringContaining('500 ms'),
    });
    for (const timer of timers) clearInterval(timer);
    trickle.close();
  });
});
