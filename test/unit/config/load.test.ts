import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type ConfigWithSecrets, definitionsOf, personalColumns } from '../../../daemon/config/config.js';
import { ConfigError } from '../../../daemon/config/errors.js';
import { exposureDegradations } from '../../../daemon/config/exposure.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { NotRead } from '../../../daemon/config/secret.js';
import { processorMs } from '../../support/processor.js';
import { configFolder, exampleText } from './folder.js';

const smallest = exampleText('good.smallest.yaml');
const everything = exampleText('good.everything.yaml');
const folders: { remove(): void }[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

function folderOf(text: string): string {
  const folder = configFolder(text);
  folders.push(folder);
  return folder.file;
}

const load = (text: string): ConfigWithSecrets => loadConfig(folderOf(text));

function refused(file: string): ConfigError {
  try {
    loadConfig(file);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was loaded');
}

describe('a configuration', () => {
  test('that says the least gets every default', () => {
    const file = folderOf(smallest);
    const config = loadConfig(file);
    const at = (path: string) => join(dirname(file), path);
    expect(config).toMatchObject({
      file,
      stateDirectory: at('state'),
      baselines: { directory: at('baselines.d') },
      trust: { directory: at('trust'), root: '0123456789abcdef'.repeat(4) },
      fingerprintKey: null,
      rules: [],
      timing: {
        readIntervalMs: 30_000,
        filesIntervalMs: 30_000,
        unknownGraceMs: 60_000,
        proposalMaxAgeMs: 86_400_000,
      },
      http: { host: '127.0.0.1', port: 9771 },
      log: { level: 'info' },
    });
    expect(config.sites[0]).toMatchObject({ name: 'prague-1', timeZone: 'UTC' });
    expect(config.sites[0]?.sources[0]?.config).toMatchObject({ hints: 'notify', maxRecords: 200_000 });
  });

  test('gets the sensor of each source beside what it names', () => {
    const source = load(smallest).sites[0]?.sources[0];
    expect(source?.collections.map(({ name }) => name)).toEqual(['terminals']);
    expect(source?.definitions.map(({ name, kind, source }) => [name, kind, source])).toEqual([
      ['terminals', 'terminal', 'cas'],
      ['sensor_cas', 'sensor', 'cas'],
    ]);
  });

  test('has paths that begin where it lies, those inside of sources and channels too', () => {
    const file = folderOf(everything);
    const config = loadConfig(file);
    expect(config.stateDirectory).toBe('/var/lib/tillwarden');
    expect(config.sites[0]?.sources[0]?.config).toMatchObject({
      tlsCaFile: join(dirname(file), 'tls/database.pem'),
    });
    expect(config.notifiers[1]?.config).toMatchObject({ tlsCaFile: join(dirname(file), 'tls/mail.pem') });
  });

  test('has the pace of each channel, a second unless told', () => {
    expect(load(everything).notifiers.map(({ paceMs }) => paceMs)).toEqual([2_000, 1_000]);
  });

  test('has what each channel is for, everything unless told', () => {
    expect(load(everything).notifiers.map((one) => one.for)).toEqual([
      { severities: ['critical', 'high'], kinds: ['admin', 'wallet-route'], sites: ['prague-1'] },
      {},
    ]);
  });

  test('has the steps of escalation: the next channel after ten minutes unless told, none when told so', () => {
    const critical = { severities: ['critical'], repeatMs: null, times: 0 };
    expect(load(smallest).escalation).toEqual([{ ...critical, afterMs: 600_000, to: null }]);
    expect(load(`${smallest}escalation: []\n`).escalation).toEqual([]);
    expect(load(everything).escalation).toEqual([
      { ...critical, afterMs: 300_000, to: ['oncall'] },
      {
        afterMs: 1_800_000,
        severities: ['critical', 'high'],
        to: ['ops', 'oncall'],
        repeatMs: 900_000,
        times: 4,
      },
    ]);
  });

  test('has quiet hours only when told', () => {
    expect(load(smallest).quietHours).toBeNull();
    expect(load(everything).quietHours).toEqual({
      from: '22:00',
      to: '07:00',
      timeZone: 'Europe/Prague',
      severities: ['medium', 'low'],
    });
  });

  test('gives out every secret, with the password of each URL as written and as decoded', () => {
    const { secrets, fingerprintKey } = load(everything);
    expect(secrets).toEqual(
      expect.arrayContaining([
        'postgres://tillwarden:s3cr3t%2Furl@127.0.0.1:5432/cas',
        's3cr3t%2Furl',
        's3cr3t/url',
        'inline',
        'xoxb-s3cr3t-token',
        's3cr3t password',
        '5ec4e7'.repeat(11),
      ]),
    );
    expect(fingerprintKey).toHaveLength(33);
  });
});

test('five hundred sites of a size as people write them fit', () => {
  const site = /^ {2}- name: prague-1\n(?: {4}.*\n)+/m.exec(smallest)?.[0] ?? '';
  const collection = / {10}- \{ name: terminals.*\n/.exec(site)?.[0] ?? '';
  const many = Array.from({ length: 10 }, (_, n) => collection.replaceAll('terminals', `terminals_${n}`));
  const sites = Array.from({ length: 500 }, (_, n) =>
    site.replace('prague-1', `site-${n}`).replace(collection, many.join('')),
  ).join('');
  expect(sites.length).toBeGreaterThan(512 * 1024);
  expect(load(smallest.replace(site, sites)).sites).toHaveLength(500);
});

test('personal columns decide what messages mask, and are no part of what people sign', () => {
  const masking = load(everything.replace('showPersonal: true', 'showPersonal: false'));
  const [site] = masking.sites;
  if (site === undefined) throw new Error('there is no site');
  expect([...personalColumns(site, masking.messages)]).toEqual([['admin_users', new Set(['login'])]]);
  expect(personalColumns(site, load(everything).messages).size).toBe(0);
  for (const definition of definitionsOf(site)) expect(Object.keys(definition)).not.toContain('personal');
});

describe('secrets that a command has no use for', () => {
  const withoutFiles = (file: string) => rmSync(join(dirname(file), 'secrets'), { recursive: true });

  test('need not be there: none of them for what only looks at files', () => {
    const file = folderOf(everything);
    withoutFiles(file);
    expect(refused(file).problems).toHaveLength(5);
    const config = loadConfig(file, 'none');
    expect(config.sites[0]?.sources[0]?.settings).toMatchObject({ hints: 'none', channel: 'tills' });
    const { sites, notifiers, fingerprintKey, heartbeat } = config;
    const unread = [...sites.flatMap(({ sources }) => sources.map(({ config: own }) => own))];
    // @ts-expect-error The compiler keeps whoever asked for no secret from using one.
    const usable: Uint8Array | null = fingerprintKey;
    expect(usable).not.toBeNull();
    for (const one of [...unread, ...notifiers.map(({ config: own }) => own), fingerprintKey, heartbeat]) {
      expect(one).toBeInstanceOf(NotRead);
    }
  });

  test('are out of reach also where they stand in the configuration itself', () => {
    const config = loadConfig(folderOf(everything), 'none');
    expect(JSON.stringify(config)).not.toContain('inline');
  });

  test('need not be there: those of channels for what only reads', () => {
    const file = folderOf(everything);
    for (const name of ['token', 'password']) rmSync(join(dirname(file), 'secrets', name));
    const config = loadConfig(file, 'sources');
    expect(config.fingerprintKey).toHaveLength(33);
    expect(config.sites[0]?.sources[0]?.config).toMatchObject({ url: expect.stringContaining('s3cr3t') });
    rmSync(join(dirname(file), 'secrets', 'url'));
    expect(() => loadConfig(file, 'sources')).toThrow(/url_file: found .*ENOENT/);
  });
});

describe('a secret file', () => {
  test('that is a FIFO is refused instead of waited for', () => {
    const file = folderOf(smallest.replace('secrets/token', 'secrets/fifo'));
    execFileSync('mkfifo', ['-m', '600', join(dirname(file), 'secrets/fifo')]);
    expect(refused(file).message).toMatch(
      /notifiers\[0\]\.token_file: found “secrets\/fifo”, which is not a file/,
    );
  });

  test.each([0o620, 0o602, 0o604])('with mode %o is refused', (mode) => {
    const file = folderOf(smallest);
    chmodSync(join(dirname(file), 'secrets/token'), mode);
    expect(refused(file).message).toContain(`with mode 0${mode.toString(8)}; needed a file that others`);
  });

  test.each([0o600, 0o400, 0o640, 0o440])('with mode %o is read', (mode) => {
    const file = folderOf(smallest);
    chmodSync(join(dirname(file), 'secrets/token'), mode);
    expect(loadConfig(file).secrets).toContain('xoxb-s3cr3t-token');
  });
});

describe('what an editor adds to a secret unseen', () => {
  const holding = (content: string | Uint8Array): string => {
    const file = folderOf(smallest);
    writeFileSync(join(dirname(file), 'secrets/token'), content);
    return file;
  };

  test.each([
    ['a byte order mark', '\u{feff}xoxb-s3cr3t-token\n', /begins with a byte order mark \(BOM\)/],
    ['two line ends', 'xoxb-s3cr3t-token\n\n', /ends with several line ends; needed the secret and one/],
    ['a second line', 'xoxb-s3cr3t-token\nold one\n', /holds several lines/],
    ['a blank before it', ' xoxb-s3cr3t-token\n', /begins or ends with a blank/],
    ['a blank behind it', 'xoxb-s3cr3t-token \n', /begins or ends with a blank/],
    ['UTF-16', Buffer.from('\u{feff}xoxb', 'utf16le'), /is not UTF-8; needed a text file/],
  ])('is refused and named: %s', (_what, content, words) => {
    const { message } = refused(holding(content));
    expect(message).toMatch(words);
    expect(message).not.toContain('s3cr3t');
  });

  test('is no line end of Windows, and no further line of a key', () => {
    expect(loadConfig(holding('xoxb-s3cr3t-token\r\n')).secrets).toContain('xoxb-s3cr3t-token');
    const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n\n';
    // Of the wrong form for a token, and not refused for its lines.
    expect(refused(holding(key)).message).toContain('found another secret');
  });
});

test('a secret inside of a configuration that others may read is refused, and shown nowhere', () => {
  const file = folderOf(everything);
  chmodSync(file, 0o644);
  const { message } = refused(file);
  expect(message).toMatch(
    /sources\[0\]\.url: found a secret in a file that others may read; needed url_file, or mode 0600/,
  );
  expect(message).not.toContain('inline');
});

test.each([
  ['a file', 0o622, 0o700],
  ['a file', 0o602, 0o700],
  ['a folder', 0o600, 0o702],
  ['a folder', 0o600, 0o777],
])(
  'a secret inside of %s that others may write (%o, folder %o) is refused, and shown nowhere',
  (where, mode, folder) => {
    const file = folderOf(everything);
    // The group that this program runs as may write; another one may not.
    chmodSync(file, mode & ~0o020);
    chmodSync(dirname(file), folder & ~0o020);
    const { message } = refused(file);
    expect(message).toContain(
      `sources[0].url: found a secret in ${where} that others may write; needed url_file, or a file`,
    );
    expect(message).not.toContain('inline');
  },
);

test('a secret inside of a file of a foreign group that may write it is refused, as root finds it', () => {
  if (process.getuid?.() !== 0) return;
  const file = folderOf(everything);
  chmodSync(file, 0o620);
  expect(() => loadConfig(file)).not.toThrow();
  chownSync(file, 0, 12_345);
  expect(refused(file).message).toContain('found a secret in a file that others may write');
  chownSync(file, 0, 0);
  chownSync(dirname(file), 0, 12_345);
  chmodSync(dirname(file), 0o770);
  expect(refused(file).message).toContain('found a secret in a folder that others may write');
});

test('a folder with the sticky bit, in which only owners replace files, is taken', () => {
  const file = folderOf(everything);
  chmodSync(dirname(file), 0o1777);
  expect(() => loadConfig(file)).not.toThrow();
});

test('a configuration without secrets that others may write is taken, and shows as degraded', () => {
  const file = folderOf(smallest);
  expect(exposureDegradations(file)).toEqual([]);
  chmodSync(file, 0o666);
  expect(() => loadConfig(file)).not.toThrow();
  expect(exposureDegradations(file)).toEqual([
    'the configuration file may be written by others than its owner: whoever does decides what is watched and who is told',
  ]);
  chmodSync(file, 0o600);
  chmodSync(dirname(file), 0o777);
  expect(exposureDegradations(file)).toEqual([expect.stringContaining('the folder of the configuration')]);
});

describe('the digest of a configuration', () => {
  /** The same folder for both, since paths are part of what a configuration says. */
  function digests(before: string, after: string, prepare: (directory: string) => void = () => undefined) {
    const file = folderOf(before);
    const first = loadConfig(file).digest;
    writeFileSync(file, after);
    prepare(dirname(file));
    return [first, loadConfig(file).digest] as const;
  }

  test('is the same for another spelling of the same', () => {
    const other = `# a remark\ntiming:\n  readIntervalMs: 30000\n${smallest.replace('url_file: secrets/url', 'url_file: ./secrets/url')}`;
    const [before, after] = digests(smallest, other);
    expect(after).toBe(before);
  });

  test.each([
    ['an interval', 'readIntervalMs: 10000', 'readIntervalMs: 10001'],
    ['the pace of a channel', 'paceMs: 2000', 'paceMs: 2001'],
    ['the time of an acknowledgement', 'acknowledgeOthersForMs: 3600000', 'acknowledgeOthersForMs: 3600001'],
    ['a column', '[login, password_hash]', '[login, password_hash, enabled]'],
    ['a channel', 'C0123ABCD', 'C0123ABCE'],
    ['a rule', 'field: login, severity: low', 'field: login, severity: info'],
    ['a path', 'directory: approved', 'directory: elsewhere'],
    ['the host of a database', 'inline@127.0.0.1', 'inline@127.0.0.2'],
    ['a password, when there is a fingerprint key', ':inline@', ':another@'],
  ])('is another for another %s', (_, before, after) => {
    expect(everything).toContain(before);
    const [first, second] = digests(everything, everything.replace(before, after));
    expect(second).not.toBe(first);
  });

  test('is another for another secret in the same file', () => {
    const [before, after] = digests(everything, everything, (directory) => {
      writeFileSync(join(directory, 'secrets/token'), 'xoxb-of-somebody-else');
    });
    expect(after).not.toBe(before);
  });

  test('tells nothing of a password when there is no fingerprint key, and all of the rest of its URL', () => {
    const change = (url: string) =>
      digests(smallest, smallest, (directory) => writeFileSync(join(directory, 'secrets/url'), url));
    const [before, guessed] = change('postgres://tillwarden:guess@127.0.0.1:5432/cas');
    expect(guessed).toBe(before);
    const [first, elsewhere] = change('postgres://tillwarden:s3cr3t%2Furl@127.0.0.2:5432/cas');
    expect(elsewhere).not.toBe(first);
  });
});

describe('a file that is no configuration', () => {
  test.each([
    [
      'is missing',
      (file: string) => rmSync(file),
      'found no such file; needed a configuration file: `tillwarden init` writes one',
    ],
    [
      'is a folder',
      (file: string) => {
        rmSync(file);
        mkdirSync(file);
      },
      'found something that is not a file',
    ],
    [
      'is not UTF-8',
      (file: string) => writeFileSync(file, Buffer.from([0x61, 0x3a, 0x20, 0xff])),
      'found text that is not UTF-8',
    ],
    [
      'is too large',
      (file: string) => writeFileSync(file, '#'.repeat(2_200_000)),
      'found more than the 2097152 bytes that are read',
    ],
  ])('is refused because it %s', (_, spoil, said) => {
    const file = folderOf(smallest);
    spoil(file);
    const error = refused(file);
    expect(error.code).toBe('CONFIG_UNREADABLE');
    expect(error.message).toContain(said);
  });

  test.each([
    ['brackets', '['.repeat(200_000)],
    ['dashes', '- '.repeat(200_000)],
    ['names', Array.from({ length: 50_000 }, (_, i) => `k${i}: v`).join('\n')],
    ['the same name', 'a: 1\n'.repeat(50_000)],
    ['anchors', '- &a 1\n'.repeat(40_000)],
  ])('is refused in time, however many %s it holds, with no more lines than people read', (_, text) => {
    const began = processorMs();
    const { message } = refused(folderOf(text.slice(0, 500_000)));
    expect(processorMs() - began).toBeLessThan(10_000);
    expect(message.split('\n').length).toBeLessThanOrEqual(51);
  });
});
