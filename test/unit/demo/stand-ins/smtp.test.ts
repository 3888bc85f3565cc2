import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import nodemailer from 'nodemailer';
import { selfSignedCertificate } from '../../../support/certificate.js';
import {
  type FaultyMailServer,
  type MailServerOptions,
  type SmtpFault,
  startFaultyMailServer,
} from '../../../support/faulty-mail-server.js';

let server: FaultyMailServer;
afterEach(() => server.close());

async function start(options: MailServerOptions = {}): Promise<FaultyMailServer> {
  server = await startFaultyMailServer(options);
  return server;
}

function send(mail: object = {}, transport: object = {}) {
  return nodemailer
    .createTransport({
      ...{
        host: server.host,
        port: server.port,
        ignoreTLS: true,
        socketTimeout: 60_000,
        greetingTimeout: 60_000,
      },
      ...transport,
    })
    .sendMail({
      from: 'till@example.org',
      to: 'oncall@example.org',
      subject: 'Alarm',
      text: 'body',
      ...mail,
    });
}

test('a mail is kept byte for byte with its envelope and the time of its arrival', async () => {
  await start();
  const before = performance.timeOrigin + performance.now();
  await send({
    to: ['a@example.org', 'b@example.org'],
    envelope: { from: 'bounce@example.org', to: ['a@example.org', 'b@example.org'] },
    text: 'line\n.dot at the start\nčeština',
    textEncoding: 'base64',
  });
  const [mail] = server.messages;
  expect(mail).toMatchObject({
    from: 'bounce@example.org',
    to: ['a@example.org', 'b@example.org'],
    secure: false,
    user: null,
  });
  const [head = '', body = ''] = mail?.raw.toString('utf8').split('\r\n\r\n') ?? [];
  expect(head).toMatch(/^From: till@example\.org\r\n/);
  expect(Buffer.from(body, 'base64').toString('utf8')).toBe('line\n.dot at the start\nčeština');
  expect(mail?.receivedAtMs).toBeGreaterThanOrEqual(before);
  expect(mail?.receivedAtMs).toBeLessThanOrEqual(performance.timeOrigin + performance.now());
});

test('dots at the start of a line arrive single', async () => {
  await start();
  await send({ raw: 'Subject: x\r\n\r\n.one\r\n..two\r\n' });
  expect(server.messages[0]?.raw.toString()).toBe('Subject: x\r\n\r\n.one\r\n..two\r\n');
});

test('it listens on 127.0.0.1 and offers neither TLS nor a login it does not have', async () => {
  await start();
  const greeting = await new Promise<string>((done, fail) => {
    const socket = connect(server.port, server.host);
    let said = '';
    socket.on('error', fail).on('data', (chunk) => {
      said += chunk.toString();
      if (said.endsWith('\r\n') && !said.includes('250')) socket.write('EHLO x\r\n');
      if (/^250 /m.test(said)) {
        socket.destroy();
        done(said);
      }
    });
  });
  expect(server.host).toBe('127.0.0.1');
  expect(greeting).not.toMatch(/STARTTLS|AUTH/);
});

describe('TLS', () => {
  const { key, cert } = selfSignedCertificate();

  test('is offered by STARTTLS, with the certificate given', async () => {
    await start({ tls: { key, cert } });
    await send({}, { ignoreTLS: false, requireTLS: true, tls: { ca: cert } });
    expect(server.messages[0]?.secure).toBe(true);
    await expect(send({}, { ignoreTLS: false, requireTLS: true })).rejects.toMatchObject({
      message: expect.stringMatching(/self-signed certificate/),
    });
    expect(server.messages).toHaveLength(1);
  });

  test('may begin with the first byte', async () => {
    await start({ tls: { key, cert, implicit: true } });
    await send({}, { ignoreTLS: false, secure: true, tls: { ca: cert } });
    expect(server.messages[0]?.secure).toBe(true);
  });
});

describe('a login', () => {
  test('is required when there is one, and must be right', async () => {
    await start({ auth: { user: 'alarm', password: 'secret' } });
    await expect(send()).rejects.toMatchObject({ responseCode: 530 });
    await expect(send({}, { auth: { user: 'alarm', pass: 'wrong' } })).rejects.toMatchObject({
      responseCode: 535,
    });
    await send({}, { auth: { user: 'alarm', pass: 'secret' } });
    expect(server.messages.map(({ user }) => user)).toEqual(['alarm']);
  });

  test('is not taken in plain text where TLS is offered', async () => {
    const { key, cert } = selfSignedCertificate();
    await start({ tls: { key, cert }, auth: { user: 'alarm', password: 'secret' } });
    await expect(send({}, { auth: { user: 'alarm', pass: 'secret' } })).rejects.toMatchObject({
      responseCode: 538,
    });
    await send({}, { ignoreTLS: false, tls: { ca: cert }, auth: { user: 'alarm', pass: 'secret' } });
    expect(server.messages.map(({ user, secure }) => [user, secure])).toEqual([['alarm', true]]);
  });
});

describe('faults', () => {
  test.each<[SmtpFault['stage'], number]>([
    ['connect', 421],
    ['sender', 451],
    ['recipient', 550],
    ['message', 554],
  ])('at stage %s the server answers %d', async (stage, code) => {
    await start();
    const lift = server.fault({ stage, type: 'answer', code, text: 'scripted' });
    await expect(send()).rejects.toMatchObject({
      responseCode: code,
      response: expect.stringContaining('scripted'),
    });
    await expect(send()).rejects.toMatchObject({ responseCode: code });
    expect(server.messages).toEqual([]);
    lift();
    await send();
    expect(server.messages).toHaveLength(1);
  });

  test('one recipient can be refused while another is accepted', async () => {
    await start();
    server.fault({ stage: 'recipient', recipient: 'gone@example.org', type: 'answer', code: 550 });
    const { rejected } = await send({ to: ['Gone@example.org', 'here@example.org'] });
    expect(rejected).toEqual(['Gone@example.org']);
    expect(server.messages[0]?.to).toEqual(['here@example.org']);
  });

  test('greylisting refuses the first attempt and takes the second', async () => {
    await start();
    server.fault({ stage: 'recipient', type: 'answer', code: 450, times: 1 });
    await expect(send()).rejects.toMatchObject({ responseCode: 450 });
    await send();
    expect(server.messages).toHaveLength(1);
  });

  test('a mail over the size limit is refused', async () => {
    await start({ maxBytes: 2000 });
    await expect(send({ text: 'x'.repeat(4000) })).rejects.toMatchObject({ responseCode: 552 });
    await send({ text: 'small' });
    expect(server.messages).toHaveLength(1);
  });

  test('the connection is cut before or after the mail was taken', async () => {
    await start();
    server.fault({ stage: 'message', type: 'cut', times: 1 });
    await expect(send({ subject: 'lost' })).rejects.toThrow(/ECONNRESET|closed unexpectedly/);
    server.fault({ stage: 'message', type: 'cut', takes: true, times: 1 });
    await expect(send({ subject: 'taken' })).rejects.toThrow(/ECONNRESET|closed unexpectedly/);
    expect(server.messages.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw.toString())?.[1])).toEqual([
      'taken',
    ]);
  });

  test('a server that falls silent leaves the client waiting, and closes even so', async () => {
    await start();
    server.fault({ stage: 'message', type: 'silence', takes: true });
    const waiting = send({}, { socketTimeout: 600_000 });
    waiting.catch(() => undefined);
    await server.waitForMessage(({ to }) => to.includes('oncall@example.org'), 30_000);
    await server.close();
    await expect(waiting).rejects.toThrow();
  });
});
