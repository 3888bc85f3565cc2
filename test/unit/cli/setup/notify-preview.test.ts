import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { notifyPreview, previewedAlerts } from '../../../../daemon/cli/setup/notify-preview.js';
import { refusalOfBlocks } from '../../../../daemon/demo/stand-ins/slack-blocks.js';
import { alertTitle, notifierKinds, sampleAlerts } from '../../../../notifiers/index.js';
import { fakeTerminal } from '../fake-terminal.js';

const alerts = previewedAlerts();
/** What only a channel with room for the names of many sites sends. */
const ofOneSite = alerts.filter(({ alike }) => alike === undefined);
const SHARING: ReadonlySet<string> = new Set(['slack', 'email']);
const sentBy = (kind: string) => (SHARING.has(kind) ? alerts : ofOneSite);
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  slack: ['json', 'txt'],
  email: ['alarm.eml', 'alarm.html', 'alarm.txt'],
  webhook: ['json'],
  pagerduty: ['json'],
  ntfy: ['json'],
  telegram: ['json', 'txt'],
  matrix: ['json', 'html', 'txt'],
  teams: ['json', 'txt'],
  alertmanager: ['json'],
};
let folder: string;
let files: readonly string[];
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const preview = (out: string) => {
  const terminal = fakeTerminal();
  return notifyPreview({ terminal, env: {}, configFile: '', clock: () => 0 }, { out });
};

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'preview-')), 'new', 'folder');
  expect(await preview(folder)).toBe(0);
  files = readdirSync(folder);
});
afterAll(() => rmSync(join(folder, '..', '..'), { recursive: true }));

describe('tillwarden notify preview', () => {
  test('has every type of alert and, of those that come in several, every standing', () => {
    for (const [type, samples] of Object.entries(sampleAlerts)) {
      for (const sample of samples) {
        expect(sample.type).toBe(type);
        expect(alerts).toContainEqual(expect.objectContaining({ type, role: sample.role }));
      }
    }
    expect(new Set(alerts.map(({ role: standing }) => standing))).toEqual(
      new Set(['page', 'follow-up', 'notice']),
    );
  });

  test.each([...notifierKinds.keys()])('%s has every message', (kind) => {
    for (const { type, role: standing } of sentBy(kind)) {
      for (const ending of ENDINGS[kind] ?? ['a kind without endings here']) {
        expect(files).toContain(`${type}-${standing}.${kind}.${ending}`);
      }
    }
    const own = files.filter((file) => file.includes(`.${kind}.`) && file.endsWith(ENDINGS[kind]?.[0] ?? ''));
    expect(own).toHaveLength(sentBy(kind).length);
  });

  test('the one message about many sites is that of Slack and mail, and of no channel that tells each site by itself', () => {
    expect(ofOneSite.length).toBeLessThan(alerts.length);
    const about = files.filter((file) => /11 other sites/.test(read(file)) && file !== 'index.html');
    expect(new Set(about.map((file) => file.split('.')[1]))).toEqual(SHARING);
  });

  test('mails are whole, and hold nothing remote, no link and no script', async () => {
    const html = files.filter((file) => /\.email\..*\.html$/.test(file));
    expect(html.length).toBeGreaterThan(alerts.length);
    for (const file of html) {
      expect(read(file)).not.toMatch(
        /<(?:a|img|script|link|iframe|form|object|video|base)\b|url\(|https?:\/\/|@import/i,
      );
    }
    const mail = await simpleParser(read('drift-page.email.alarm.eml'));
    const drift = alerts.find(({ type, role }) => type === 'drift' && role === 'page');
    expect(mail.subject).toBe(drift && alertTitle(drift));
    expect(mail.html).toBe(read('drift-page.email.alarm.html'));
    const details = await simpleParser(read('drift-page.email.details.eml'));
    expect(details.inReplyTo).toBe(mail.messageId);
    expect(details.text).toContain('bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440');
  });

  test('a formatted message of Matrix holds no attribute, and so no link', () => {
    const html = files.filter((file) => file.endsWith('.matrix.html'));
    expect(html).toHaveLength(ofOneSite.length);
    for (const file of html) {
      const [, , message = ''] = read(file).split(/^(<!doctype html>\n<meta charset="utf-8">\n)/);
      expect(message).toMatch(/^<p>/);
      expect([...message.matchAll(/<[^>]*>/g)].filter(([tag]) => !/^<\/?[a-z]+>$/.test(tag))).toEqual([]);
    }
  });

  test('what Slack would get it takes', () => {
    for (const file of files.filter((one) => one.endsWith('.slack.json'))) {
      for (const { blocks } of JSON.parse(read(file)) as { blocks: unknown }[]) {
        expect(refusalOfBlocks(blocks)).toBeNull();
      }
    }
  });

  test('one page links them all, beside it', () => {
    const page = read('index.html');
    const linked = [...page.matchAll(/href="([^"]+)"/g)].map(([, href]) => href);
    expect(linked.sort()).toEqual(files.filter((file) => file !== 'index.html').sort());
    expect(page).not.toMatch(/<script|src=|https?:/);
  });

  test('a folder that cannot be written is told by its path', async () => {
    const file = join(folder, 'taken');
    writeFileSync(file, '');
    await expect(preview(file)).rejects.toMatchObject({
      code: 'CLI_FILE_UNWRITABLE',
      message: expect.stringContaining('taken'),
    });
  });
});
