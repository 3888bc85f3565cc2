import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ConsoleScene, prepareConsole } from '../support/console-scene.js';
import {
  type Browser,
  faultsOf,
  missingBrowser,
  openBrowser,
  type Page,
  watchPage,
} from '../support/passkey-browser.mjs';
import { waitFor } from '../support/wait.js';

const missing = missingBrowser();

(missing === null ? describe : describe.skip)('a daemon behind the console, in a real browser', () => {
  let scene: ConsoleScene;
  let browser: Browser;
  let page: Page;
  let strayed: readonly string[];

  beforeAll(async () => {
    [scene, browser] = await Promise.all([prepareConsole({ behind: true }), openBrowser()]);
    page = await browser.newPage();
    await page.setViewportSize({ width: 390, height: 800 });
    strayed = watchPage(page, () => scene.origin);
    await page.goto(scene.console().link);
  });
  afterEach(() => {
    const { liar } = scene.behind();
    liar.lie = null;
    liar.status = () => null;
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  test('shows an incident as it is found, the worst first, and leads to the decision', async () => {
    await page.waitForSelector('h1:has-text("Nothing is open")');
    scene.routes('bc1qattacker');
    await page.waitForSelector('a.card[href^="#/incident/"]');
    expect(await page.innerText('a.card >> nth=0')).toContain('1 wallet route now pays elsewhere');
    await waitFor(async () => (await page.evaluate('document.title')) === '(1) tillwarden console', {
      what: 'the title to say so',
    });
    await page.waitForSelector('a.card:has-text("1 to decide about")');
    expect(await faultsOf(page)).toEqual([]);
    await page.click('a.card >> nth=0');
    await page.waitForSelector('.finding mark');
    await page.waitForSelector('main:has-text("Coins may be going to an address nobody approved")');
    await page.waitForSelector('.after:has-text("“bc1qattacker”")');
    await page.waitForSelector('.timeline:has-text("opened")');
    expect(await faultsOf(page)).toEqual([]);
  });

  test('answers for an incident as it is shown, in the name of the token', async () => {
    await page.fill('#reason', 'on the phone');
    await page.click('button.main');
    await page.waitForSelector('.panel:has-text("alice answers for it")');
    await page.waitForSelector('.timeline:has-text("alice answers for it")');
    await page.click('a:has-text("Decide about prague-1")');
    await page.waitForSelector('.sum');
    expect(strayed).toEqual([]);
  });

  test('holds no stream to the daemon while nobody looks', async () => {
    const { api, token } = scene.behind();
    const hide = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} }); document.dispatchEvent(new Event('visibilitychange'))`,
      );
    const refused = async () => {
      const leaving = new AbortController();
      const headers = { authorization: `Bearer ${token}` };
      const asked = Array.from({ length: 4 }, () =>
        fetch(`${api}/api/events`, { headers, signal: leaving.signal }),
      );
      const all = await Promise.all(asked);
      leaving.abort();
      return all.filter(({ status }) => status === 429).length;
    };
    await waitFor(async () => (await refused()) === 1, { what: 'the stream of the console' });
    await hide(true);
    await waitFor(async () => (await refused()) === 0, { what: 'the console to let go of the stream' });
    await hide(false);
    scene.routes('bc1qother');
    await page.waitForSelector('.after:has-text("bc1qother")');
  });

  test('shows the journal with what this machine found when it walked it, and remembers how far it came', async () => {
    await page.goto(`${scene.origin}/#/journal`);
    await page.waitForSelector('text=The journal is whole');
    await page.waitForSelector('.timeline:has-text("baseline-in-force")');
    expect(await faultsOf(page)).toEqual([]);
    const { liar } = scene.behind();
    liar.lie = (path, answer) =>
      path.startsWith('/api/journal')
        ? Buffer.from(answer.toString('utf8').replace('"type":"baseline-in-force"', '"type":"verdict"'))
        : answer;
    await page.click('button:has-text("Walk all of it again")');
    await page.waitForSelector('text=was changed: it does not have the hash');
    liar.lie = null;
    await page.click('button:has-text("Walk all of it again")');
    await page.waitForSelector('text=The journal is whole');
  });

  test('shows whose keys count, the channels with their last proof, and what was signed in advance', async () => {
    await page.goto(`${scene.origin}/#/trust`);
    await page.waitForSelector('h1:has-text("Trust root 1")');
    await page.waitForSelector('main:has-text("1 of owner for admin")');
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${scene.origin}/#/channels`);
    await page.waitForSelector('text=Last proven');
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${scene.origin}/#/site/prague-1/in-advance`);
    await page.waitForSelector('text=Nothing is expected, and nothing is muted.');
    expect(await faultsOf(page)).toEqual([]);
  });

  test('shows what a record was at a date of one’s choice, by the chain that it verified', async () => {
    await page.goto(`${scene.origin}/#/site/prague-1/history`);
    await page.waitForSelector('#collection');
    await page.selectOption('#collection', 'wallet_routes');
    await page.waitForSelector('text=Baseline 1: 1 record');
    await page.waitForSelector('.finding:has-text("“bc1qours”")');
    await page.click('button:has-text("Its own history")');
    await page.waitForSelector('button:has-text("All records again")');
    await page.waitForSelector('main:has-text("1 version, the newest first")');
    expect(await faultsOf(page)).toEqual([]);
    expect(strayed).toEqual([]);
  });
});
