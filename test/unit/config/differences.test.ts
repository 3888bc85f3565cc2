import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { configDifferences } from '../../../daemon/config/differences.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { configFolder, exampleText } from './folder.js';

const text = exampleText('good.everything.yaml');

/** What is told when `change` has been made to the folder of a configuration. */
function told(change: (file: string) => void): string[] {
  const { file, remove } = configFolder(text);
  try {
    const before = loadConfig(file);
    change(file);
    return configDifferences(before, loadConfig(file));
  } finally {
    remove();
  }
}

const edited = (from: string | RegExp, to: string) =>
  told((file) => {
    const next = text.replace(from, to);
    expect(next).not.toBe(text);
    writeFileSync(file, next);
  });

test.each([
  ['another spelling', /^# .*\n/, '', []],
  ['an interval', 'readIntervalMs: 10000', 'readIntervalMs: 9000', ['timing is another']],
  [
    'a column',
    '[login, password_hash]',
    '[login, password_hash, enabled]',
    ['site prague-1: collection admin_users is read differently'],
  ],
  ['a collection', /\n.*routes.*/, '', ['site prague-1: collection routes is gone']],
  ['what messages show', 'showPersonal: true', 'showPersonal: false', ['messages is another']],
  [
    'personal columns',
    'personal: [login]',
    'personal: [id, login]',
    ['site prague-1: source cas has other personal columns'],
  ],
  ['a site', 'name: brno-1', 'name: wien-1', ['site brno-1 is gone', 'site wien-1 is new']],
  ['a time zone', 'Europe/Prague', 'Europe/Vienna', ['site prague-1 is in another time zone']],
  ['the pace of a channel', 'paceMs: 2000', 'paceMs: 1999', ['channel ops is set otherwise']],
  [
    'what a channel is for',
    'sites: [prague-1] }',
    'sites: [brno-1] }',
    ['channel ops is for something else'],
  ],
  ['a step of escalation', 'afterMs: 300000', 'afterMs: 300001', ['escalation is another']],
  ['the quiet hours', 'from: "22:00"', 'from: "22:01"', ['quietHours is another']],
  [
    'the time of an acknowledgement',
    'acknowledgeCriticalForMs: 1800000',
    'acknowledgeCriticalForMs: 1800001',
    ['incidents is another'],
  ],
  ['a channel of Slack', 'C0123ABCD', 'C0123ABCE', ['channel ops is set otherwise']],
  [
    'the host of a database',
    'inline@127.0.0.1',
    'inline@127.0.0.2',
    ['site brno-1: source cas is set otherwise'],
  ],
])('a change of %s is told in our words', (_, from, to, expected) => {
  expect(edited(from, to)).toEqual(expected);
});

test('a secret that changed is told, and nothing of it', () => {
  const differences = told((file) => {
    const secrets = join(dirname(file), 'secrets');
    writeFileSync(join(secrets, 'token'), 'xoxb-of-somebody-else');
    writeFileSync(join(secrets, 'url'), 'postgres://tillwarden:0ther@127.0.0.1:5432/cas');
    writeFileSync(join(secrets, 'fingerprint_key'), 'ab'.repeat(32));
  });
  expect(differences).toEqual([
    'site prague-1: source cas is set otherwise',
    'channel ops is set otherwise',
    'the fingerprint key is another',
  ]);
});
