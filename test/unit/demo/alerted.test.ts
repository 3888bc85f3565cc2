import { afterEach, expect, test } from '@jest/globals';
import nodemailer from 'nodemailer';
import { byMail } from '../../../daemon/demo/alerted.js';
import { SmtpStandIn } from '../../../daemon/demo/stand-ins/smtp.js';

let smtp: SmtpStandIn;
afterEach(() => smtp.close());

test.each([
  ['alarm', 'details'],
  ['details', 'alarm'],
])('an alert was told by mail whichever of its two mails comes first: %s, then %s', async (...parts) => {
  smtp = new SmtpStandIn();
  const { host, port } = await smtp.listen();
  const sender = nodemailer.createTransport({ host, port, ignoreTLS: true });
  const told = byMail(smtp, 'planted.war', { sentAtMs: 0, limitMs: 60_000, quotedIn: 'details' });
  for (const part of parts) {
    await sender.sendMail({
      from: 'till@example.org',
      to: 'oncall@example.org',
      subject: `the ${part}`,
      text: part === 'details' ? 'new: planted.war' : 'one new file',
      headers: { 'X-Tillwarden-Alert': 'a1', 'X-Tillwarden-Part': part },
    });
  }
  const { title, receivedAtMs, text } = await told;
  expect({ title, text: text.trim() }).toEqual({ title: 'the alarm', text: 'new: planted.war' });
  expect(receivedAtMs).toBe(smtp.messages[parts.indexOf('alarm')]?.receivedAtMs);
});
