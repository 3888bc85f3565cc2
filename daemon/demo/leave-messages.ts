import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from './stage.js';
import { readMail } from './stand-ins/mail.js';
import { slackText } from './stand-ins/messages.js';

/** Leaves every message as it was sent: e-mails as .eml and .html, Slack payloads as .json and .txt, numbered in order of arrival. */
export async function leaveMessages(directory: string, { slack, smtp }: Stage): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [index, message] of slack.messages.entries()) {
    const name = `slack-${numbered(index)}`;
    await writeFile(join(directory, `${name}.json`), `${JSON.stringify(message, null, 2)}\n`);
    await writeFile(join(directory, `${name}.txt`), slackText(message));
  }
  for (const [index, received] of smtp.messages.entries()) {
    const mail = await readMail(received);
    const name = `mail-${numbered(index)}-${mail.part}`;
    await writeFile(join(directory, `${name}.eml`), received.raw);
    await writeFile(join(directory, `${name}.html`), mail.html);
  }
}

function numbered(index: number): string {
  return String(index + 1).padStart(3, '0');
}
