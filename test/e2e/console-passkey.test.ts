import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { keyFingerprint, parsePublicKey } from '../../baselines/index.js';
import { muteChanges } from '../../daemon/cli/suppress/mute.js';
import { trustAdd } from '../../daemon/cli/trust/add.js';
import { trustRemove } from '../../daemon/cli/trust/remove.js';
import { trustSign } from '../../daemon/cli/trust/sign.js';
import { type ConsoleScene, prepareConsole, replaceRoot } from '../support/console-scene.js';
import { HOSTILE_TEXTS, spoofingIn } from '../support/hostile-texts.js';
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

(missing === null ? describe : describe.skip)('a passkey on the console', () => {
  let scene: ConsoleScene;
  let browser: Browser;
  let page: Page;
  let strayed: readonly string[];

  beforeAll(async () => {
    [scene, browser] = await Promise.all([prepareConsole(), openBrowser()]);
    page = await browser.newPage();
    strayed = watchPage(page, () => scene.origin);
    await addAuthenticator(page);
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  const line = () => readFileSync(join(scene.home, 'alice-passkey.pub'), 'utf8').trim();

  test('is made, proved, and written as a line for the trust root', async () => {
    await scene.restart({ enroll: 'alice' });
    await page.goto(scene.console().link);
    await page.click('button:has-text("Make a passkey")');
    await page.waitForSelector('text=Made and proved');
    expect(await faultsOf(page)).toEqual([]);
    expect(line()).toMatch(
      new RegExp(
        `^webauthn="${scene.origin}" verify-required sk-ecdsa-sha2-nistp256@openssh.com [A-Za-z0-9+/=]+$`,
      ),
    );
    expect(scene.lines.join('\n')).toContain('tillwarden trust add alice --key alice-passkey.pub');
  });

  test('does not count while no trust root has it', async () => {
    for (const name of ['id_ed25519', 'id_ed25519.pub']) {
      renameSync(join(scene.home, '.ssh', name), join(scene.home, name));
    }
    await scene.restart();
    scene.routes('bc1qnewaddress');
    await page.goto(`${scene.origin}/#secret=${scene.console().link.split('#secret=')[1]}`);
    await page.reload();
    await page.click('.card');
    await page.waitForSelector('text=You cannot sign here');
  });

  test('signs with three keys what ssh-keygen calls good', async () => {
    replaceRoot(scene.watched, { ...scene.people, alice: [...(scene.people['alice'] ?? []), line()] }, 1);
    await scene.restart();
    await page.goto(`${scene.origin}/#secret=${scene.console().link.split('#secret=')[1]}`);
    await page.reload();
    await page.click('.card');
    await page.waitForSelector('.finding mark');
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await page.waitForSelector('button.main:focus:has-text("passkey")');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Installed: baseline 2, signed by alice.');
    const folder = join(scene.watched.site.baselinesDirectory, 'prague-1');
    const signers = join(scene.home, 'allowed_signers');
    writeFileSync(signers, `alice ${parsePublicKey(line()).plainLine}\n`);
    const signature = join(folder, '000002.alice.sig');
    expect(existsSync(signature)).toBe(true);
    const args = ['-Y', 'verify', '-f', signers, '-I', 'alice', '-n', 'baseline@tillwarden', '-s', signature];
    const said = execFileSync('ssh-keygen', args, {
      input: readFileSync(join(folder, '000002.json')),
      encoding: 'utf8',
    });
    expect(said).toMatch(/^Good "baseline@tillwarden" signature for alice with ECDSA-SK key/);
    expect(scene.lines.join('\n')).toContain('signed by the passkey of alice');
    expect(strayed).toEqual([]);
  });

  /** With the key of alice that lies elsewhere. */
  const key = () => join(scene.home, 'id_ed25519');

  test('signs a draft of the trust root that was shown as the difference from the one in force', async () => {
    await trustAdd(scene.context, 'alice', { key: [], role: ['night-shift'], account: [] });
    await page.goto(`${scene.origin}/#/trust`);
    await page.waitForSelector('li:has-text("alice becomes night-shift")');
    expect(await faultsOf(page)).toEqual([]);
    await page.click('button:has-text("Sign with a passkey")');
    await page.waitForSelector('text=In force: trust root 2, signed by alice.');
    await page.waitForSelector('h1:has-text("Trust root 2")');
    expect(scene.lines.join('\n')).toContain('trust root 2 (sha256:');
  });

  test('signs nothing once a trust root without it is in force, also where its summary is open', async () => {
    scene.routes('bc1qother');
    await page.goto(`${scene.origin}/#/site/prague-1`);
    await page.click('button:has-text("Accept") >> nth=0');
    await page.click('.sum button.main');
    await page.waitForSelector('dialog button.main:has-text("passkey")');
    const passkey = keyFingerprint(parsePublicKey(line()));
    await trustRemove(scene.context, 'alice', { key: [passkey], role: [], account: [] });
    const [, digest = ''] =
      /draft\S* of trust root 3 {2}sha256:([0-9a-f]{64})/.exec(scene.lines.join('\n')) ?? [];
    await trustSign({ ...scene.context }, { accept: digest, key: key() });
    await page.click('dialog button.main:has-text("passkey")');
    await page.waitForSelector('text=this passkey is none of those that the trust root has for this page');
    await page.waitForSelector('text=You cannot sign here');
    const folder = join(scene.watched.site.baselinesDirectory, 'prague-1');
    expect(existsSync(join(folder, '000003.json'))).toBe(false);
  });

  test('what people signed in advance is shown, its reason as text, and taken away', async () => {
    const scope = { collection: 'terminals', record: [], for: 3_600_000 };
    const reason = HOSTILE_TEXTS.join(' ').slice(0, 400);
    await muteChanges(scene.context, 'prague-1', { ...scope, reason, yes: true, key: key() });
    await page.goto(`${scene.origin}/#/site/prague-1/in-advance`);
    await page.waitForSelector('text=muted: all changes of terminals');
    expect(spoofingIn(await page.innerText('body'))).toBeNull();
    expect(await faultsOf(page)).toEqual([]);
    await page.click('button:has-text("Take it away")');
    await page.waitForSelector('text=Nothing is expected, and nothing is muted.');
    expect(strayed).toEqual([]);
  });
});
