import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isApproverFile } from '../../../daemon/config/approver.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'approver '));
});
afterEach(() => rmSync(folder, { recursive: true }));

function isApprovers(text: string): boolean {
  const file = join(folder, 'a.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  return isApproverFile(file);
}

const token = 'token: 0123456789abcdef';

test.each([
  ['as it is written', `server: https://db:8443\n${token}\n`],
  ['with its server at the end', `${token}\r\n"server" : https://db:8443\r\n`],
  ['indented throughout', `  ${token}\n  'server': https://db:8443\n`],
  ['in braces', `# mine\n{ server: https://db:8443, ${token} }\n`],
  ['in braces behind dashes', `--- {"server": "https://db:8443"}\n`],
  ['with a question mark', `? server\n: https://db:8443\n`],
  ['with a byte order mark', `\uFEFFserver: https://db:8443\n`],
])("a file that names its server is an approver's, %s", (_, text) => {
  expect(isApprovers(text)).toBe(true);
});

test.each([
  ['names none', 'sites: []\nnotifiers: []\n# server: https://db:8443\n'],
  ['has one further in', 'notifiers:\n  - kind: email\n    server: mail\n'],
  ['is no YAML', 'server: [\n'],
])('a file that %s is none', (_, text) => {
  expect(isApprovers(text)).toBe(false);
});
