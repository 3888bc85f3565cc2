import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningConsole, startConsole } from '../../daemon/cli/console/console.js';
import { trustAdd } from '../../daemon/cli/trust/add.js';
import { trustSign } from '../../daemon/cli/trust/sign.js';
import { freePort } from '../../daemon/demo/server/free-port.js';
import { selfSignedCertificate } from '../support/certificate.js';
import { type ConsoleScene, prepareConsole } from '../support/console-scene.js';
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

(missing === null ? describe : describe.skip)('the console on a host of one’s own, in a real browser', () => {
  const certificate = selfSignedCertificate();
  let scene: ConsoleScene;
  let browser: Browser;
  let page: Page;
  let port: number;
  let origin: string;
  let running: RunningConsole;
  let strayed: readonly string[];

  const start = (more: { readonly enroll?: string } = {}) =>
    startConsole(scene.context, {
      ...{ config: scene.context.configFile, origin, port },
      ...{ certificate: join(scene.home, 'cert.pem'), certificateKey: join(scene.home, 'key.pem') },
      ...more,
    });

  /** Status of what is asked from outside any browser. */
  const ask = (headers: Record<string, string>, method = 'GET', path = '/api/console') =>
    new Promise<number>((resolve, reject) => {
      const host = `localhost:${port}`;
      const options = {
        host: '127.0.0.1',
        port,
        path,
        method,
        ca: certificate.cert,
        headers: { host, ...headers },
      };
      request({ ...options, servername: 'localhost' }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  beforeAll(async () => {
    [scene, browser] = await Promise.all([prepareConsole({ behind: true }), openBrowser(certificate.cert)]);
    port = await freePort('127.0.0.1');
    origin = `https://localhost:${port}`;
    writeFileSync(join(scene.home, 'cert.pem'), certificate.cert);
    writeFileSync(join(scene.home, 'key.pem'), certificate.key);
    page = await browser.newPage();
    await page.setViewportSize({ width: 390, height: 800 });
    await addAuthenticator(page);
    strayed = watchPage(page, () => origin);
  });
  afterAll(async () => {
    await browser?.close();
    await running?.close();
    await scene?.close();
  });

  test('lets one browser in by its link, and keeps nothing where a script could read it', async () => {
    running = await start({ enroll: 'alice' });
    const { link } = running;
    await page.goto(origin);
    await page.waitForSelector('text=This browser is not let in');
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(link);
    await page.waitForSelector('.card');
    expect(page.url()).toBe(`${origin}/`);
    expect(await page.context().cookies()).toEqual([
      expect.objectContaining({
        ...{ name: '__Host-tillwarden-console', httpOnly: true, secure: true, sameSite: 'Strict' },
      }),
    ]);
    const kept = await page.evaluate<string>(
      'document.cookie + JSON.stringify([localStorage, sessionStorage])',
    );
    expect(kept).toBe('[{},{}]');
    const other = await browser.newContext();
    const second = await other.newPage();
    await second.goto(link);
    await second.waitForSelector('text=This browser is not let in');
    await other.close();
  });

  test('says on every page that its owner could deceive one person, and offers no key of the host', async () => {
    const words = `Served by localhost:${port}: whoever owns it chooses what you see here`;
    await page.waitForSelector(`.note:has-text("${words}")`);
    scene.routes('bc1qnewaddress');
    await page.click('.card:has-text("1 to decide about")');
    await page.waitForSelector('.finding mark');
    await page.waitForSelector(`.note:has-text("${words}")`);
    await page.waitForSelector('text=You cannot sign here');
    await page.waitForSelector('main:has-text("here only a passkey signs")');
    expect(await faultsOf(page)).toEqual([]);
  });

  test('makes a passkey for its own address, and signs with it once the trust root has it', async () => {
    await page.goto(`${origin}/#/`);
    await page.click('button:has-text("Make a passkey")');
    await page.waitForSelector('text=Made and proved');
    const file = join(scene.home, 'alice-passkey.pub');
    expect(readFileSync(file, 'utf8')).toMatch(
      new RegExp(`^webauthn="${origin}" verify-required sk-ecdsa-sha2-nistp256@openssh.com `),
    );
    const own = { ...scene.context, configFile: scene.watched.site.configFile };
    await trustAdd(own, 'alice', { key: [file], role: [], account: [] });
    const [, digest = ''] =
      /draft\S* of trust root 2 {2}sha256:([0-9a-f]{64})/.exec(scene.lines.join('\n')) ?? [];
    await trustSign(own, { accept: digest, key: join(scene.home, '.ssh', 'id_ed25519') });
    await running.close();
    running = await start();
    // The same browser: its session is over no restart.
    await page.goto(`${origin}/#/site/prague-1`);
    await page.reload();
    await page.waitForSelector('.finding mark');
    await page.click('button:has-text("Accept") >> nth=0');
    await page.click('.sum button.main');
    await page.waitForSelector('dialog button.main:has-text("passkey")');
    expect(await page.isVisible('dialog button:has-text("SSH key")')).toBe(false);
    expect(await faultsOf(page)).toEqual([]);
    await page.click('dialog button.main');
    await page.waitForSelector('text=Installed: baseline 2, signed by alice.');
    const folder = join(scene.watched.site.baselinesDirectory, 'prague-1');
    const signature = readFileSync(join(folder, '000002.alice.sig'), 'utf8').replace(/-----.*-----/g, '');
    expect(Buffer.from(signature, 'base64').toString('latin1')).toContain(`"origin":"${origin}"`);
    expect(strayed).toEqual([]);
  });

  test('turns away another host, another page, a session from elsewhere and whoever has none', async () => {
    const [cookie] = await page.context().cookies();
    const session = { cookie: `${cookie?.name}=${cookie?.value}` };
    expect(await ask(session)).toBe(200);
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: `Bearer ${running.link.split('#code=')[1]}` })).toBe(401);
    expect(await ask({ ...session, host: 'evil.example' })).toBe(421);
    expect(await ask({ ...session, origin: 'https://evil.example' })).toBe(403);
    expect(await ask({ ...session, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await ask(session, 'POST', '/api/sites/prague-1/withdraw')).toBe(401);
    expect(await ask({}, 'POST', '/api/session')).toBe(401);
  });

  test('signs its browser out, for good', async () => {
    const [cookie] = await page.context().cookies();
    await page.click('text=Sign out');
    await page.waitForSelector('text=This browser is not let in');
    expect(await page.context().cookies()).toEqual([]);
    expect(await ask({ cookie: `${cookie?.name}=${cookie?.value}` })).toBe(401);
  });
});
