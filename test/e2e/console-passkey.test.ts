import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parsePublicKey } from '../../baselines/index.js';
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
  }, 60_000);
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
    for (const name of ['id_ed25519', 'id_ed25519.pub']) rmSync(join(scene.home, '.ssh', name));
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
});
