import { generateKeyPairSync } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  installTrustRoot,
  NAMESPACES,
  parseTrustRoot,
  publicKeyOf,
  readTrustDirectory,
  rootFile,
  sha256Hex,
  signatureFile,
  signWithKey,
  trustRootBytes,
} from '../../baselines/index.js';
import type { Daemon } from '../../daemon/app.js';
import { checkJournal } from '../../daemon/cli/history/journal-walk.js';
import { loadConfig } from '../../daemon/config/load.js';
import { approveSite, DEMO_SITE } from '../../daemon/demo/site.js';
import { readMail } from '../../daemon/demo/stand-ins/mail.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import { diverted, inOrder } from '../support/alert-words.js';
import { startFaultySlack } from '../support/faulty-slack.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite, type WatchedSiteOptions } from '../support/watched-site.js';

// The sensor sees all roles of a server: other tests must not make any there.
let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon | null = null;

beforeAll(async () => {
  own = await startOwnPostgres();
});

afterAll(() => own.close());

beforeEach(async () => {
  db = await own.createDatabase();
});

afterEach(async () => {
  await daemon?.stop();
  daemon = null;
  await watched.close();
  await db.drop();
});

/** A site with a signed baseline and a running daemon. */
async function begin(options: WatchedSiteOptions = {}): Promise<void> {
  watched = await prepareWatchedSite(db, options);
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
}

const addAdministrator = (login: string) =>
  db.query(
    `insert into cas_user (login, password_hash, person_id, group_id) values ($1, 'x', 1, (select id from user_group where name = 'Administrator'))`,
    [login],
  );
const divert = (address: string, id = 1) =>
  db.query('update crypto_setting set sell_wallet_address = $1 where id = $2', [address, id]);

describe('a change of a watched row', () => {
  test('reaches Slack and e-mail with its diff, and the title holds our words only', async () => {
    await begin();
    await divert('bc1qattackerattackerattackerattackerattack');
    const message = await watched.told('bc1qattackerattackerattackerattackerattack');
    expect(message.text).toMatch(
      inOrder(/^/, `CRITICAL prague-1: ${diverted()}`, / \(incident [0-9a-f]{4}\)$/),
    );
    const mail = await waitFor(
      async () => {
        const mails = await Promise.all(watched.smtp.messages.map(readMail));
        const details = mails.find((one) => one.part === 'details' && one.text.includes('bc1qattacker'));
        return details && mails.find((one) => one.part === 'alarm' && one.alert === details.alert);
      },
      { what: 'the two mails' },
    );
    expect(mail.subject).toBe(message.text);
    expect(`${mail.subject}${mail.text}${mail.html}`).not.toContain('bc1qattacker');
    const incident = /incident ([0-9a-f]+)/.exec(message.text)?.[1];
    expect(slackText(message)).toContain(`tillwarden show ${incident}`);
    expect(slackText(message)).toContain('Who: unknown');
  });

  test('is told once: not again on the next reads, not again after a restart', async () => {
    await begin({ readIntervalMs: 500 });
    await addAdministrator('gb');
    await watched.told('“gb”');
    const reads = daemon?.status().sites[0]?.sources[0]?.lastFullReadMs ?? 0;
    await waitFor(() => (daemon?.status().sites[0]?.sources[0]?.lastFullReadMs ?? 0) > reads + 1_000, {
      what: 'two more reads',
    });
    await daemon?.stop();
    daemon = await watched.start();
    await divert('bc1qsecond');
    await watched.told('bc1qsecond');
    expect(watched.count('“gb”')).toBe(1);
  });

  test('that changes again is told again, in the same incident', async () => {
    await begin();
    await divert('bc1qfirst');
    const first = await watched.told('bc1qfirst');
    await divert('bc1qsecond');
    const second = await watched.told('bc1qsecond');
    expect(second.text).toBe(first.text);
    expect(slackText(second)).not.toContain('bc1qfirst');
  });

  test('made in silence, with triggers off for the session, is found by the timed read', async () => {
    await begin({ readIntervalMs: 600 });
    await db.querySuperuser(
      `set session_replication_role = replica; update crypto_setting set sell_wallet_address = 'bc1qsilent' where id = 3; reset session_replication_role`,
    );
    await watched.told('bc1qsilent');
  });

  test('is found by polling alone where hints are off', async () => {
    await begin({ hints: 'none', readIntervalMs: 600 });
    await divert('bc1qpolled');
    await watched.told('bc1qpolled');
    expect(daemon?.status().sites[0]?.sources[0]?.hearing).toBe('polling');
  });

  test('that is undone is told as back to the baseline; its incident stays open until people sign', async () => {
    await begin();
    const [row] = await db.query('select sell_wallet_address as address from crypto_setting where id = 1');
    await divert('bc1qforaminute');
    const told = await watched.told('bc1qforaminute');
    const incident = /incident ([0-9a-f]+)/.exec(told.text)?.[1] ?? '';
    await divert(String(row?.['address']));
    const back = await watched.told('back to the baseline after');
    expect(slackText(back)).toContain('stays open until people sign');
    expect(stateOf(incident)).toBe('open');
    await approveSite(watched.site, watched.site.approvers, 'reviewed after the revert');
    await watched.told('baseline 2 is in force');
    await waitFor(() => stateOf(incident) === 'resolved', { what: 'the incident to be resolved' });
  });

  test('that people sign closes its incident, and is announced with its diff and signers', async () => {
    await begin();
    await db.query(
      `insert into terminal (serial_number, name, type, location_id) values ('BT300999', 'New', 'BATMFour', 1)`,
    );
    const told = await watched.told('BT300999');
    await approveSite(watched.site, watched.site.approvers, 'new terminal');
    const announced = await watched.told('baseline 2 is in force');
    expect(slackText(announced)).toContain('alice and bob');
    expect(slackText(announced)).toContain('BT300999');
    const incident = /incident ([0-9a-f]+)/.exec(told.text)?.[1] ?? '';
    await waitFor(() => stateOf(incident) === 'resolved', { what: 'the incident to be resolved' });
  });

  test('to nothing: an emptied table is confirmed by a second read and told with everything that is gone', async () => {
    await begin();
    await db.query('truncate crypto_setting cascade');
    const message = await watched.told('8 wallet routes were removed');
    expect(message.text).toContain('CRITICAL');
  });
});

describe('hostile text', () => {
  const NAMES = [
    'constructor',
    '__proto__',
    '<!channel>',
    '<https://evil.example|Approve>',
    '✅ resolved',
    'a\u001b[31mred\r\nSubject: fake',
    '\u202egnp.exe\u200b',
    ' \u3164\u2800 ',
  ];

  test('in the name of an administrator never reaches a title, and is never invisible', async () => {
    await begin();
    for (const name of NAMES) await addAdministrator(name);
    await waitFor(() => daemon?.status().sites[0]?.openFindings['critical'] === NAMES.length, {
      what: 'every administrator to be found',
    });
    await waitFor(() => daemon?.status().undelivered === 0, { what: 'every message to be delivered' });
    for (const { text } of watched.slack.messages) {
      expect(text).toMatch(/^[A-Z]+ [a-z0-9 -]+: [\x20-\x7e·]+$/);
      expect(text).not.toMatch(/constructor|proto|channel|evil|resolved|red|gnp/);
    }
    const mails = await Promise.all(watched.smtp.messages.map(readMail));
    for (const { subject } of mails)
      expect(subject).not.toMatch(/constructor|proto|channel|evil|resolved|red|gnp/);
    const all = [...watched.slack.messages.map(slackText), ...mails.map(({ text }) => text)].join('\n');
    for (const shown of ['constructor', '__proto__', '<!channel>', '\\u{1B}', '\\u{202E}', '\\u{3164}']) {
      expect(all).toContain(shown);
    }
  });
});

test('a personal column is masked in every message, and a value that imitates the old one is called out all the same', async () => {
  watched = await prepareWatchedSite(db);
  const { configFile, approvers } = watched.site;
  const config = await readFile(configFile, 'utf8');
  const columns = 'columns: [first_name, last_name, email, phone]';
  await writeFile(
    configFile,
    config.replace(columns, `${columns}\n            personal: [last_name, email]`),
  );
  await db.query("update person set email = 'marketa@example.org', last_name = 'Hidden' where id = 2");
  await approveSite(watched.site, approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
  await db.query("update person set email = 'rnarketa@example.org' where id = 2");
  const message = slackText(await watched.told('Masked here; the two values differ.'));
  expect(message).toContain('“m”…“@example.org” (masked, 19 characters)');
  expect(message).toContain('“r”…“@example.org” (masked, 20 characters)');
  expect(message).toContain('Can be taken for the old one');
  await waitFor(() => daemon?.status().undelivered === 0, { what: 'every message to be delivered' });
  const mails = await Promise.all(watched.smtp.messages.map(readMail));
  expect(mails.map(({ text }) => text).join()).toContain('masked, 19 characters');
  const sent = [...watched.slack.messages, ...mails].map((one) => JSON.stringify(one)).join();
  expect(sent).not.toMatch(/arketa|Hidden/);
});

describe('the channels', () => {
  test('do not delay each other: e-mail arrives while Slack hangs, and Slack is told when it recovers', async () => {
    await begin();
    watched.slack.always({ type: 'error', error: 'internal_error' });
    await divert('bc1qslackdown');
    await waitFor(() => watched.smtp.messages.some(({ raw }) => raw.includes('Re: CRITICAL')), {
      what: 'both mails',
    });
    await waitFor(() => daemon?.status().undelivered === 1, { what: 'Slack alone to be owed' });
    expect(watched.count('bc1qslackdown')).toBe(0);
    watched.slack.always(null);
    await watched.told('bc1qslackdown');
  });

  test('leak no secret into log, status or store', async () => {
    await begin();
    await divert('bc1qsecrets');
    await watched.told('bc1qsecrets');
    await daemon?.stop();
    daemon = null;
    const secrets = [
      watched.slack.token,
      new URL((await readFile(join(watched.directory, 'secrets/cas_url'), 'utf8')).trim()).password,
      (await readFile(join(watched.directory, 'secrets/fingerprint_key'), 'utf8')).trim(),
      ...(await db.query('select password_hash as secret from cas_user')).map((row) => String(row['secret'])),
      ...(await db.query('select api_key as secret from crypto_setting where api_key is not null')).map(
        (row) => String(row['secret']),
      ),
    ];
    expect(secrets.length).toBeGreaterThan(10);
    const state = await readFile(join(watched.directory, 'state/state.sqlite'), 'latin1');
    const mails = watched.smtp.messages.map(({ raw }) => raw.toString('latin1'));
    const places = [watched.logged.join(''), state, ...mails, JSON.stringify(watched.slack.messages)];
    for (const secret of secrets) {
      for (const place of places) expect(place.includes(secret)).toBe(false);
    }
  });
});

describe('the files people sign', () => {
  const siteFile = (name: string) => join(watched.site.baselinesDirectory, DEMO_SITE, name);

  test('without any, the site is told as unapproved once, and everything else works', async () => {
    watched = await prepareWatchedSite(db, { readIntervalMs: 600 });
    daemon = await watched.start();
    await watched.told('no approved baseline');
    const findings = () =>
      Object.values(daemon?.status().sites[0]?.openFindings ?? {}).reduce((sum, count) => sum + count, 0);
    // Collections whose first read comes late join the incident by another message.
    await waitFor(() => findings() === 7, {
      what: 'all 7 collections to be told',
    });
    await approveSite(watched.site, watched.site.approvers, 'first');
    await watched.told('baseline 1 is in force');
    await divert('bc1qafter');
    await watched.told('bc1qafter');
    const told = watched.slack.messages.filter(({ text }) => text.includes('no approved baseline'));
    expect(new Set(told.map(({ text }) => /\(incident (\w+)\)/.exec(text)?.[1])).size).toBe(1);
  });

  test('signed by one of two approvers only, a baseline is refused and told; the one in force stays', async () => {
    await begin();
    await divert('bc1qone');
    await watched.told('bc1qone');
    await approveSite(watched.site, watched.site.approvers.slice(0, 1), 'alone');
    await watched.told('BASELINE_TOO_FEW_SIGNERS');
    expect(daemon?.status().sites[0]?.baseline?.version).toBe(1);
    expect(daemon?.status().sites[0]?.openFindings).toMatchObject({ critical: 1 });
  });

  test('when deleted, are told and stay the yardstick, after a restart too', async () => {
    await begin();
    await rm(siteFile('000001.json'));
    await watched.told('is gone from the baseline directory');
    await daemon?.stop();
    daemon = await watched.start();
    expect(daemon.status().sites[0]?.baseline?.version).toBe(1);
    await divert('bc1qstillcompared');
    await watched.told('bc1qstillcompared');
  });

  test('when rolled back to an older head, are told; the newer one stays the yardstick', async () => {
    await begin();
    await addAdministrator('approved-admin');
    await watched.told('approved-admin');
    await approveSite(watched.site, watched.site.approvers, 'new administrator');
    await watched.told('baseline 2 is in force');
    await rename(siteFile('000002.json'), join(watched.directory, 'aside.json'));
    await watched.told('Version 2 was in force and is gone');
    expect(daemon?.status().sites[0]?.baseline?.version).toBe(2);
    expect(daemon?.status().sites[0]?.openFindings).toMatchObject({ critical: 1 });
    await rename(join(watched.directory, 'aside.json'), siteFile('000002.json'));
    await waitFor(() => Object.keys(daemon?.status().sites[0]?.openFindings ?? {}).length === 0, {
      what: 'the restored file to be taken',
    });
  });

  test('name other people once a trust root that enough of them signed lies there, which is told', async () => {
    await begin();
    const { trust } = loadConfig(watched.site.configFile);
    const [first] = (await readTrustDirectory(trust.directory)).documents;
    const old = parseTrustRoot(first?.bytes ?? new Uint8Array());
    const [alice, bob] = old.people;
    if (!first || !alice || !bob) throw new Error('the first root has two people');
    const carol = publicKeyOf(generateKeyPairSync('ed25519').privateKey).line;
    const people = [
      alice,
      { ...bob, roles: ['operator', 'auditor'] },
      { ...bob, name: 'carol', keys: [carol] },
    ];
    const bytes = trustRootBytes({ ...old, version: 2, parent: sha256Hex(first.bytes), people });
    const signatures = watched.site.approvers.map(({ name, privateKey }) => ({
      file: signatureFile(rootFile(2), name),
      text: signWithKey({ privateKey, namespace: NAMESPACES.root, message: bytes }),
    }));
    await installTrustRoot(trust.directory, { file: rootFile(2), bytes, signatures });
    const message = await watched.told('trust root 2 is in force, signed by alice and bob');
    expect(slackText(message)).toContain('adds carol (operator)');
    expect(slackText(message)).toContain('bob becomes auditor');
  });

  test('when altered by one byte, are refused and told', async () => {
    await begin();
    const bytes = await readFile(siteFile('000001.json'), 'utf8');
    await writeFile(siteFile('000001.json'), bytes.replace('"reason":"first"', '"reason":"fIrst"'));
    await watched.told('BASELINE_');
    expect(daemon?.status().sites[0]?.baseline?.version).toBe(1);
    await divert('bc1qaltered');
    await watched.told('bc1qaltered');
  });
});

describe('the configuration', () => {
  test('that changes is announced over the old channels before the new ones are used', async () => {
    await begin();
    const other = await startFaultySlack({ token: watched.slack.token });
    try {
      const before = daemon?.status().configDigest;
      const text = await readFile(watched.site.configFile, 'utf8');
      await writeFile(watched.site.configFile, text.replace(watched.slack.apiUrl, other.apiUrl));
      const announced = await watched.told('the configuration of tillwarden changed');
      expect(slackText(announced)).toContain('channel ops is set otherwise');
      await waitFor(() => daemon?.status().configDigest !== before, { what: 'the new configuration' });
      await divert('bc1qnewchannel');
      await other.waitForMessage((message) => slackText(message).includes('bc1qnewchannel'), 60_000);
      expect(watched.count('bc1qnewchannel')).toBe(0);
    } finally {
      await other.close();
    }
  });

  test('that changes while something drifts: the drift is told once, and so is what follows', async () => {
    await begin();
    let letGo = () => {};
    const until = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    watched.slack.always({ type: 'usual', until });
    const text = await readFile(watched.site.configFile, 'utf8');
    await writeFile(watched.site.configFile, text.replace('readIntervalMs: 30000', 'readIntervalMs: 20000'));
    const before = daemon?.status().configDigest;
    await waitFor(() => watched.logged.some((line) => line.includes('the configuration changed')), {
      what: 'the old channels to announce it',
    });
    await divert('bc1qmeanwhile');
    await waitFor(() => daemon?.status().sites[0]?.openFindings['critical'] === 1, { what: 'the drift' });
    expect(daemon?.status().configDigest).toBe(before);
    letGo();
    await waitFor(() => daemon?.status().configDigest !== before, { what: 'the new configuration' });
    watched.slack.always(null);
    await addAdministrator('afterwards');
    await watched.told('“afterwards”');
    expect(watched.count('“bc1qmeanwhile”')).toBe(1);
    expect(watched.logged.filter((line) => line.includes('the state store cannot be written'))).toEqual([]);
  });

  test('that changed while no daemon ran is announced once', async () => {
    await begin();
    await daemon?.stop();
    const text = await readFile(watched.site.configFile, 'utf8');
    await writeFile(watched.site.configFile, text.replace('readIntervalMs: 30000', 'readIntervalMs: 20000'));
    watched.slack.always({ type: 'usual', delayMs: 300 });
    daemon = await watched.start();
    await divert('bc1qafterwards');
    await watched.told('bc1qafterwards');
    expect(watched.count('the configuration of tillwarden changed')).toBe(1);
  });

  test('that cannot be used is told, and the one in force stays', async () => {
    await begin();
    const text = await readFile(watched.site.configFile, 'utf8');
    await writeFile(watched.site.configFile, `${text}\nnonsense: true\n`);
    await watched.told('the configuration on disk cannot be used');
    await divert('bc1qoldconfig');
    await watched.told('bc1qoldconfig');
    await writeFile(watched.site.configFile, text);
    await watched.told('the configuration on disk can be used again, after');
  });

  test('with another definition than people signed makes that collection unknown at once', async () => {
    await begin();
    const text = await readFile(watched.site.configFile, 'utf8');
    await writeFile(
      watched.site.configFile,
      text.replace('login, password_hash, person_id,', 'password_hash, person_id,'),
    );
    const message = await watched.told('the configured definition is not the signed one');
    expect(message.text).toContain('CRITICAL');
  });
});

describe('the process', () => {
  /** What a stop takes: a busy machine needs some time for it also where nothing hangs, which the limits of a test add. */
  const msToStop = async (): Promise<number> => {
    const from = performance.now();
    await daemon?.stop();
    daemon = null;
    return performance.now() - from;
  };

  test('refuses to start twice on one state directory', async () => {
    await begin();
    await expect(watched.start()).rejects.toMatchObject({ code: 'STORE_IN_USE' });
  });

  test('serves health, readiness, status and metrics on loopback', async () => {
    await begin();
    const get = async (path: string) => {
      const response = await fetch(`${daemon?.url}${path}`);
      return { code: response.status, text: await response.text() };
    };
    expect(daemon?.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect((await get('/healthz')).code).toBe(200);
    expect((await get('/readyz')).code).toBe(200);
    expect(JSON.parse((await get('/status')).text)).toMatchObject({ sites: [{ baseline: { version: 1 } }] });
    await divert('bc1qmetrics');
    await watched.told('bc1qmetrics');
    const metrics = await get('/metrics');
    expect(metrics.text).toContain('tillwarden_open_findings{site="prague-1",severity="critical"} 1');
    expect(metrics.text).not.toContain('bc1qmetrics');
  });

  test('is not alive once its state directory is gone, and tells of changes all the same', async () => {
    await begin();
    await rm(join(watched.directory, 'state'), { recursive: true });
    await daemon?.reload();
    const response = await fetch(`${daemon?.url}/healthz`);
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(
      /a file of the state store was removed or replaced, or its directory/,
    );
    await divert('bc1qstateless');
    await watched.told('bc1qstateless');
  });

  test('stops within five seconds although Slack accepts and never answers', async () => {
    await begin();
    const usualMs = await msToStop();
    daemon = await watched.start();
    watched.slack.always({ type: 'silence' });
    await divert('bc1qhanging');
    await waitFor(() => watched.slack.requests.some(({ args }) => JSON.stringify(args).includes('bc1q')), {
      what: 'the request to hang',
    });
    expect(await msToStop()).toBeLessThan(5_000 + 5 * usualMs);
    watched.slack.always(null);
    daemon = await watched.start();
    const repeat = await watched.told('bc1qhanging');
    expect(slackText(repeat)).toContain('Possibly a repeat');
  });

  test('stops within five seconds in the middle of taking a changed configuration, and nothing of it lives on', async () => {
    await begin();
    const usualMs = await msToStop();
    daemon = await watched.start();
    watched.slack.always({ type: 'silence' });
    const text = await readFile(watched.site.configFile, 'utf8');
    await writeFile(watched.site.configFile, text.replace('readIntervalMs: 30000', 'readIntervalMs: 20000'));
    await waitFor(() => watched.logged.some((line) => line.includes('the configuration changed')), {
      what: 'the old channels to announce it',
    });
    expect(await msToStop()).toBeLessThan(5_000 + 5 * usualMs);
    await waitFor(
      async () =>
        (await db.querySuperuser('select from pg_stat_activity where usename ~ $1', ['tillwarden']))
          .length === 0,
      { what: 'its connections to end' },
    );
  });

  test('keeps a journal that verifies, with an entry for each decision', async () => {
    await begin();
    await divert('bc1qjournal');
    await watched.told('bc1qjournal');
    await daemon?.stop();
    daemon = null;
    const store = openStoreReadOnly(join(watched.directory, 'state'));
    expect(store === null ? undefined : checkJournal(store, null).broken).toBeNull();
    const types = store?.journal.entries(0, 100).map(({ type }) => type);
    const decided = types?.filter((type) => type !== 'observed' && type !== 'alert-delivered');
    expect(decided).toEqual([
      'daemon-started',
      'trust-root',
      'baseline-in-force',
      'alert-enqueued',
      'state-empty',
      'alert-enqueued',
      'verdict',
      'alert-owed',
      'daemon-stopped',
    ]);
    expect(types?.filter((type) => type === 'observed').length).toBeGreaterThanOrEqual(8);
    expect(types).toContain('alert-delivered');
    store?.close();
  });
});

function stateOf(incident: string): string | undefined {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  try {
    return store?.incidents.find(incident)?.incident.state;
  } finally {
    store?.close();
  }
}
