import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { FEED_LIMITS } from '../../daemon/config/feed-file.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { openStore } from '../../daemon/store/sqlite/open.js';
import { FakeSystem } from '../support/fake-source.js';
import { processorMs } from '../support/processor.js';
import { prepareSiteAround, type WatchedSite } from '../support/watched-site.js';

const system = new FakeSystem();
let watched: WatchedSite;
let daemon: Daemon;
let feed: string;

const bundle = (...patterns: readonly string[]) =>
  JSON.stringify({
    type: 'bundle',
    objects: patterns.map((pattern) => ({ type: 'indicator', pattern_type: 'stix', pattern })),
  });
const login = (name: string) => `[user-account:account_login = '${name}']`;

/** Signed as whoever publishes a feed does it. */
function publish(text: string, { key = 'publisher', namespace = 'indicators@tillwarden' } = {}): void {
  const draft = join(watched.directory, 'draft');
  writeFileSync(draft, text);
  execFileSync(
    'ssh-keygen',
    ['-q', '-Y', 'sign', '-n', namespace, '-f', join(watched.directory, key), draft],
    {
      stdio: 'ignore',
    },
  );
  copyFileSync(`${draft}.sig`, `${feed}.sig`);
  writeFileSync(feed, text);
  execFileSync('rm', ['-f', `${draft}.sig`]);
}

beforeAll(async () => {
  system.tables.set('book.user', [
    { id: '1', login: 'alice' },
    { id: '2', login: 'gb' },
    ...Array.from({ length: 30 }, (_, n) => ({ id: String(n + 10), login: `clerk${n}` })),
  ]);
  watched = await prepareSiteAround('ledger://reader:s3cr3t@books/1', {
    sourceKinds: system.kinds,
    sources: `
      - kind: ledger
        name: cas
        url_file: ./secrets/cas_url
        hints: notify
        collections:
          - { name: users, kind: admin, table: book.user, key: [id], columns: [login] }`,
    readIntervalMs: 500,
  });
  feed = join(watched.directory, 'cert.json');
  for (const key of ['publisher', 'stranger']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(watched.directory, key)]);
  }
  const signer = readFileSync(join(watched.directory, 'publisher.pub'), 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ');
  appendFileSync(
    watched.site.configFile,
    `indicators: { feeds: [{ name: cert, file: cert.json, signers: ["${signer}"] }] }\n`,
  );
  publish(bundle(login('mallory')));
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
});
// The last test stops the daemon, to read what it wrote.
afterAll(() => watched.close());

describe('indicators in a daemon', () => {
  test('tell of a user whom people signed although he is known from a robbery', async () => {
    const message = slackText(await watched.told('1 signed administrator known from general-bytes-2022-08'));
    expect(message).toContain('“gb”');
    expect(message).toContain('initials of the vendor');
  });

  test('label a new user by the feed that knows him', async () => {
    system.tables.set('book.user', [
      ...(system.tables.get('book.user') ?? []),
      { id: '3', login: 'Mallory' },
    ]);
    system.hint({ type: 'changed', collections: ['users'] });
    const message = slackText(await watched.told('1 new administrator, known from cert'));
    expect(message).toContain('Known from cert: a user name found there.');
  });

  test('of another version of a feed count once it is signed, and only then', async () => {
    publish(bundle(login('clerk1')), { key: 'stranger' });
    await daemon.reload();
    expect(slackText(await watched.told('a feed of indicators is not in force as it lies there'))).toContain(
      'by another key',
    );
    publish(bundle(login('clerk1')), { namespace: 'baseline@tillwarden' });
    await daemon.reload();
    expect(watched.count('1 signed administrator known from cert')).toBe(0);
    publish(bundle(login('clerk1')));
    await daemon.reload();
    await watched.told('1 signed administrator known from cert');
  });

  test('of a feed that matches most records are held back, and it is told how many that were', async () => {
    publish(bundle(...Array.from({ length: 30 }, (_, n) => login(`clerk${n}`))));
    await daemon.reload();
    const message = slackText(await watched.told('would match 29 records'));
    expect(message).toContain('tillwarden indicators check');
    expect(watched.count('known from cert')).toBeLessThanOrEqual(3);
  });

  test('of ten megabytes are read as JSON, refused as YAML, and keep nobody waiting', async () => {
    const many = Array.from({ length: 80_000 }, (_, n) => `[domain-name:value = 'host-${n}.evil.example']`);
    const text = bundle(...many);
    expect(text.length).toBeGreaterThan(8_000_000);
    const begun = processorMs();
    publish(text);
    await daemon.reload();
    expect(processorMs() - begun).toBeLessThan(10_000);
    writeFileSync(feed, `# ${'x'.repeat(FEED_LIMITS.yaml)}\n`);
    publish(readFileSync(feed, 'utf8'));
    await daemon.reload();
    await watched.told('bytes of YAML');
  });

  test('are in the journal with what they newly matched', async () => {
    await daemon.stop();
    const store = openStore(join(watched.directory, 'state'));
    const entries = store.journal.entries(0, 10_000, { type: 'indicators-in-force' });
    store.close();
    expect(entries.map(({ body }) => JSON.parse(body))).toMatchObject([
      { feed: 'cert', indicators: 1, matches: { 'prague-1': 1 } },
      { feed: 'cert', indicators: 80_000 },
    ]);
  });
});
