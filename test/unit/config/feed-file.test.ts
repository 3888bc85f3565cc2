import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFeed } from '../../../daemon/config/feed-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-feed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const JSON_FEED = JSON.stringify(
  {
    format: 'tillwarden indicators 1',
    incidents: [{ name: 'a', indicators: [{ kind: 'user-name', value: 'mallory' }] }],
  },
  null,
  1,
);
const YAML_FEED =
  'format: tillwarden indicators 1\nincidents:\n  - name: a\n    indicators:\n      - { kind: user-name, value: mallory }\n';

test.each([
  ['JSON', JSON_FEED],
  ['YAML', YAML_FEED],
])('a feed of %s is read as Windows writes it, with a byte order mark and CRLF', (_form, text) => {
  const file = join(folder, 'feed');
  for (const written of [text, `\uFEFF${text.replaceAll('\n', '\r\n')}`]) {
    writeFileSync(file, written);
    const { indicators } = readFeed({ name: 'feed', file, signers: null }, 0);
    expect(indicators).toMatchObject([{ kind: 'user-name', value: 'mallory', incident: 'a' }]);
  }
});
