import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  parsePublicKeyFile,
  pendingSuppressionDirectory,
  sha256Hex,
  suppressionDirectory,
} from '../../baselines/index.js';
import { muteChanges } from '../../daemon/cli/suppress/mute.js';
import { type ConsoleScene, prepareConsole, replaceRoot } from '../support/console-scene.js';
import {
  addAuthenticator,
  type Browser,
  faultsOf,
  missingBrowser,
  openBrowser,
  type Page,
  watchPage,
} from '../support/passkey-browser.mjs';

const missing = missingBrowser();

(missing === null ? describe : describe.skip)('two people on the console, in a real browser', () => {
  const keys = mkdtempSync(join(tmpdir(), 'console-people-'));
  let scene: ConsoleScene;
  let browser: Browser;
  let page: Page;
  let strayed: readonly string[];

  beforeAll(async () => {
    const bob = join(keys, 'bob');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', bob]);
    const line = parsePublicKeyFile(readFileSync(`${bob}.pub`, 'utf8')).line;
    [scene, browser] = await Promise.all([
      prepareConsole({ threshold: 2, others: () => ({ bob: [line] }) }),
      openBrowser(),
    ]);
    for (const end of ['', '.pub']) copyFileSync(`${own()}${end}`, join(keys, `alice${end}`));
    page = await browser.newPage();
    strayed = watchPage(page, () => scene.origin);
    await page.goto(scene.console().link);
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
    rmSync(keys, { recursive: true });
  });

  const own = () => join(scene.home, '.ssh', 'id_ed25519');
  /** The key of the console's machine is that person's from now on. */
  const sitDown = async (person: 'alice' | 'bob', at: Page = page) => {
    for (const end of ['', '.pub']) copyFileSync(join(keys, `${person}${end}`), `${own()}${end}`);
    await at.goto(`${scene.origin}/#/`);
    await at.goto(`${scene.origin}/#/site/prague-1`);
    await at.waitForSelector(`text=you sign as ${person}`);
  };
  const statement = (version: number) =>
    join(scene.watched.site.baselinesDirectory, 'prague-1', `00000${version}.json`);
  const propose = async (at: Page = page) => {
    await at.click('button:has-text("Accept") >> nth=0');
    await at.click('.sum button.main');
    await at.waitForSelector('dialog[open]');
  };

  test('the first baseline shows what it holds, waits after one signature, and is installed after the other', async () => {
    await page.waitForSelector('.card:has-text("no baseline is signed")');
    await sitDown('alice');
    await page.waitForSelector('h2:has-text("First baseline")');
    await page.waitForSelector('pre:has-text("wallet_routes")');
    expect(await faultsOf(page)).toEqual([]);
    // What is watched of the database itself, and two collections.
    for (const key of ['a', 'a', 'a', 'Enter']) await page.keyboard.press(key);
    await page.waitForSelector('dialog:has-text("the first one")');
    await page.click('dialog button.main');
    await page.waitForSelector('text=Baseline 1 is signed by alice and waits.');
    expect(existsSync(statement(1))).toBe(false);
    await sitDown('bob');
    await page.waitForSelector('h2:has-text("Baseline 1 waits for signatures")');
    // Whoever signs after others sees as much of the first baseline as they did.
    expect(await page.innerText('pre')).toMatch(/Looked at .*\n[\s\S]*wallet_routes/);
    const routes = '.difference:has-text("wallet_routes is new")';
    await page.click(`${routes} button:has-text("Show")`);
    expect(await page.innerText(routes)).toContain('bc1q');
    await page.click('h1');
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.click('dialog button:has-text("SSH key of bob")');
    await page.waitForSelector('text=Installed: baseline 1, signed by alice, bob.');
    expect(existsSync(statement(1))).toBe(true);
  });

  test('a proposal that waits is withdrawn on the page, and its changes are there to decide about again', async () => {
    scene.routes('bc1qsecond');
    await sitDown('bob');
    await page.waitForSelector('.sum');
    await propose();
    await page.waitForSelector('dialog:has-text("then alice must sign")');
    await page.click('dialog button.main');
    await page.waitForSelector('text=Baseline 2 is signed by bob and waits.');
    await page.click('button:has-text("Withdraw it")');
    await page.waitForSelector('h2:has-text("1 to decide about")');
    expect(await page.isVisible('text=Baseline 2 is signed by bob')).toBe(false);
    expect(existsSync(statement(2))).toBe(false);
  });

  test('a proposal that was withdrawn meanwhile is not signed, and what is there now is shown', async () => {
    await propose();
    await page.click('dialog button.main');
    await page.waitForSelector('text=Baseline 2 is signed by bob and waits.');
    const other = await browser.newPage();
    try {
      await other.goto(scene.console().link);
      await sitDown('alice', other);
      await other.click('button:has-text("Go on to co-signing")');
      await other.waitForSelector('dialog[open]');
      await page.click('button:has-text("Withdraw it")');
      await page.waitForSelector('h2:has-text("1 to decide about")');
      await other.click('dialog button.main');
      await other.waitForSelector('text=does not wait any more');
      await other.waitForSelector('h2:has-text("1 to decide about")');
      expect(scene.lines.filter((line) => line.includes('to the key of alice'))).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  test('of two tabs that decide at once one signs, and the other is told and shown what waits', async () => {
    const other = await browser.newPage();
    try {
      watchPage(other, () => scene.origin);
      await other.goto(scene.console().link);
      await sitDown('bob', other);
      await propose(other);
      await sitDown('bob');
      await propose();
      await page.click('dialog button.main');
      await page.waitForSelector('text=Baseline 2 is signed by bob and waits.');
      await other.click('dialog button.main');
      await other.waitForSelector('text=a proposal waits by now, and nothing was signed');
      await other.waitForSelector('h2:has-text("Baseline 2 waits for signatures")');
    } finally {
      await other.close();
    }
  });

  test('a mute that another has signed is co-signed on the page with a passkey, as it is shown, and is in force', async () => {
    await addAuthenticator(page);
    await scene.restart({ enroll: 'alice' });
    await page.goto(scene.console().link);
    await page.click('button:has-text("Make a passkey")');
    await page.waitForSelector('text=Made and proved');
    const passkey = readFileSync(join(scene.home, 'alice-passkey.pub'), 'utf8').trim();
    replaceRoot(scene.watched, { ...scene.people, alice: [...(scene.people['alice'] ?? []), passkey] }, 2);
    await scene.restart();
    const what = { collection: 'terminals', record: [], for: 3_600_000, reason: 'they are moved', yes: true };
    await muteChanges(scene.context, 'prague-1', { ...what, key: join(keys, 'bob') });
    await page.goto(scene.console().link);
    await page.waitForSelector('.card');
    await page.goto(`${scene.origin}/#/site/prague-1/in-advance`);
    await page.waitForSelector('text=waits for signatures');
    expect(await page.innerText('main')).toMatch(/muted: all changes of terminals[\s\S]*“they are moved”/);
    expect(await faultsOf(page)).toEqual([]);
    const [, digest = ''] = /What you sign: sha256:([0-9a-f]{64})/.exec(await page.innerText('main')) ?? [];
    await page.click('button:has-text("Sign with a passkey")');
    await page.waitForSelector('text=is signed by alice, bob and in force.');
    await page.waitForSelector('.edge-low:has-text("in force")');
    expect(await page.isVisible('button:has-text("Sign with")')).toBe(false);
    const folder = suppressionDirectory(scene.watched.site.baselinesDirectory, 'prague-1');
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(sha256Hex(readFileSync(join(folder, file)))).toBe(digest);
    expect(scene.lines.join('\n')).toMatch(/mute\.\S+ is signed by alice, bob, and in force/);
  });

  test('what is offered is what counts: nobody signs twice, and nothing that was taken away meanwhile', async () => {
    const what = { collection: 'wallet_routes', record: [], for: 3_600_000, reason: 'again', yes: true };
    await muteChanges(scene.context, 'prague-1', { ...what, key: join(keys, 'alice') });
    await page.goto(`${scene.origin}/#/`);
    await page.goto(`${scene.origin}/#/site/prague-1/in-advance`);
    await page.waitForSelector('text=waits for signatures');
    // Alice has signed it, with whatever key; the machine's own is bob's.
    expect(await page.isVisible('button:has-text("Sign with a passkey")')).toBe(false);
    await page.waitForSelector('button:has-text("Sign with the SSH key of bob")');
    const pending = pendingSuppressionDirectory(scene.watched.site.baselinesDirectory, 'prague-1');
    for (const name of readdirSync(pending)) rmSync(join(pending, name));
    await page.click('button:has-text("Sign with the SSH key of bob")');
    await page.waitForSelector('text=none of this id waits for signatures');
    expect(strayed).toEqual([]);
  });
});
