import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ConsoleScene, prepareConsole } from '../support/console-scene.js';
import { HOSTILE_TEXTS, spoofingIn } from '../support/hostile-texts.js';
import {
  addAuthenticator,
  type Browser,
  faultsOf,
  makePasskey,
  missingBrowser,
  openBrowser,
  type Page,
  watchPage,
} from '../support/passkey-browser.mjs';

const missing = missingBrowser();

interface Approvals {
  chain: { file: string; base64: string }[];
}

(missing === null ? describe : describe.skip)('a lying daemon behind the console, in a real browser', () => {
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
    scene.routes('bc1qsecond');
    await page.click('a.card:has-text("1 to decide about")');
    await page.click('button:has-text("Accept") >> nth=0');
    await page.click('.sum button.main');
    await page.click('dialog button.main');
    await page.waitForSelector('text=Installed: baseline 2');
    scene.routes('bc1qthird');
    await page.waitForSelector('.after:has-text("bc1qthird")');
  });
  afterEach(async () => {
    const { liar } = scene.behind();
    liar.lie = null;
    liar.isGone = false;
    liar.status = () => null;
    liar.hangUp();
    await page.goto(`${scene.origin}/#/site/prague-1`);
    await page.waitForSelector('.after');
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  /** Answers to these paths are others from now on; what is shown is asked for anew. */
  const lie = async (path: RegExp, change: (answer: Buffer) => Buffer | string) => {
    const { liar } = scene.behind();
    liar.lie = (asked, answer) => (path.test(asked) ? Buffer.from(change(answer)) : answer);
    // The stream is lost, and heard again: whatever happened meanwhile is asked for.
    liar.hangUp();
    await page.reload();
  };
  const approvals = (change: (told: Approvals) => void) => (answer: Buffer) => {
    const told = JSON.parse(answer.toString('utf8')) as Approvals;
    change(told);
    return JSON.stringify(told);
  };
  const cannotSign = async (words: string) => {
    await page.waitForSelector(`section:has-text("Nothing can be signed here"):has-text("${words}")`);
    expect(await page.isVisible('button.main')).toBe(false);
    expect(await faultsOf(page)).toEqual([]);
  };

  test.each<[string, RegExp, (answer: Buffer) => Buffer | string, string]>([
    ['a rollback', /approvals$/, approvals((told) => told.chain.splice(-1)), 'CLI_ROLLED_BACK'],
    [
      'a broken chain',
      /approvals$/,
      approvals(({ chain }) => {
        const head = chain.at(-1);
        if (head !== undefined) {
          const text = Buffer.from(head.base64, 'base64').toString('utf8');
          head.base64 = Buffer.from(text.replace('"version":2', '"version":2 ')).toString('base64');
        }
      }),
      'CLI_CHAIN_BROKEN',
    ],
    ['records that are not what their digests say', /records\//, () => '["1"]', 'CLI_SERVER_UNTRUE'],
    ['answers of another version', /approvals$/, () => '{"format":2}', 'CLI_SERVER_UNTRUE'],
  ])('%s is said in words, and takes the button to sign away', async (_what, path, change, words) => {
    await lie(path, change);
    // What the console has read of records it does not ask for again: a new one asks for all.
    await scene.restart();
    await page.goto(scene.console().link);
    await page.waitForSelector('a.card');
    await page.goto(`${scene.origin}/#/site/prague-1`);
    await page.reload();
    await cannotSign(words);
  });

  test('a daemon that goes away loses no choice, and is followed again when it is back', async () => {
    await page.click('button:has-text("Accept") >> nth=0');
    const { liar } = scene.behind();
    liar.isGone = true;
    liar.hangUp();
    await cannotSign('CLI_SERVER_UNREACHABLE');
    await page.waitForSelector('main:has-text("does not answer")');
    liar.isGone = false;
    await page.waitForSelector('.sum:has-text("1 accepted")');
    await page.waitForSelector('.sum button.main');
  });

  test('a token that counts no more, and an older daemon, are each a sentence', async () => {
    const { liar } = scene.behind();
    liar.status = () => 401;
    await lie(/./, () => '{"code":"API_TOKEN_REFUSED","message":"no such token; ask for another"}');
    await cannotSign('API_TOKEN_REFUSED');
    await page.waitForSelector('main:has-text("no such token; ask for another")');
    liar.status = (path) => (/page|events|timeline/.test(path) ? 404 : null);
    await lie(
      /page|events|timeline/,
      () => '{"code":"API_NOT_FOUND","message":"there is nothing at this address"}',
    );
    await page.goto(`${scene.origin}/#/`);
    await page.waitForSelector('text=the daemon is of an older version');
    expect(await faultsOf(page)).toEqual([]);
    await page.click('a.card:has-text("1 to decide about")');
    await page.waitForSelector('.sum');
  });

  test('a clock that is 10 minutes off is told, with whose time a signature carries', async () => {
    await lie(/page\/overview$/, (answer) => {
      const told = JSON.parse(answer.toString('utf8')) as { nowMs: number };
      return JSON.stringify({ ...told, nowMs: told.nowMs - 600_000 });
    });
    await page.waitForSelector('.note:has-text("The daemon\'s clock is 10 min behind")');
    expect(await faultsOf(page)).toEqual([]);
  });

  test('what the daemon says in words is visible ASCII, whatever it says', async () => {
    const words = HOSTILE_TEXTS.join(' ');
    await page.goto(`${scene.origin}/#/`);
    await lie(/page\/overview$/, (answer) => {
      const told = JSON.parse(answer.toString('utf8')) as { incidents: object[] };
      const incidents = told.incidents.map((one) => ({ ...one, title: words.slice(0, 3_000) }));
      return JSON.stringify({ ...told, incidents, degraded: [words] });
    });
    await page.waitForSelector('a.card:has-text("onerror")');
    expect(spoofingIn(await page.innerText('body'))).toBeNull();
    expect(await faultsOf(page)).toEqual([]);
    expect(strayed).toEqual([]);
  });

  test('a page that the daemon serves gets a SecurityError when it asks for the passkey of the console', async () => {
    const own = await browser.newPage();
    try {
      await addAuthenticator(own);
      await own.goto(scene.origin);
      const { id } = await makePasskey(own, 'localhost');
      // Through the server that can lie: a robbed daemon sends the headers it likes.
      await own.goto(scene.behind().liar.url);
      const asked = `navigator.credentials.get({ publicKey: { rpId: 'localhost', challenge: new Uint8Array(32), allowCredentials: [{ type: 'public-key', id: Uint8Array.from(atob('${id}'), (c) => c.charCodeAt(0)) }], userVerification: 'required' } }).then(() => 'signed', ({ name }) => name)`;
      expect(await own.evaluate(asked)).toBe('SecurityError');
    } finally {
      await own.close();
    }
  });

  test('hostile text stays text in every view, steers nothing and widens nothing', async () => {
    const [first = '', ...others] = HOSTILE_TEXTS;
    scene.routes(
      first,
      others.map((text, index) => ({ id: `n${index}n ${text}`, name: text, address: `bc1q${text}` })),
    );
    await page.waitForSelector(`h2:has-text("${HOSTILE_TEXTS.length} to decide about")`);
    await inert();
    const incident = await page.evaluate<string>(
      `fetch('/api/console', { headers: { authorization: 'Bearer ' + sessionStorage.getItem('secret') } }).then((answer) => answer.json()).then(({ daemon }) => daemon.incidents[0].id)`,
    );
    await page.goto(`${scene.origin}/#/incident/${incident}`);
    await page.waitForSelector('.key:has-text("n3n")');
    await page.fill('#reason', others.join(' ').slice(0, 500));
    await page.click('button.main');
    await page.waitForSelector('.panel:has-text("alice answers for it")');
    await inert();
    await page.goto(`${scene.origin}/#/journal`);
    await page.waitForSelector('text=The journal is whole');
    await inert();
    await page.goto(`${scene.origin}/#/site/prague-1`);
    await page.waitForSelector('.key:has-text("n3n")');
    await page.click('.sum button:has-text("Accept all the rest")');
    await page.click('.sum button.main');
    await page.waitForSelector('dialog[open]');
    await page.fill('#why', others.join(' ').slice(0, 2_000));
    await page.keyboard.press('Tab');
    await page.waitForSelector('dialog[open] button.main:not([disabled])');
    await inert();
    await page.click('dialog button.main');
    await page.waitForSelector('text=Installed: baseline 3');
    await page.goto(`${scene.origin}/#/site/prague-1/history`);
    await page.selectOption('#collection', 'wallet_routes');
    await page.waitForSelector('.key:has-text("n3n")');
    await page.click('details >> nth=0');
    await inert();
    scene.routes('bc1qlast');
  });

  /** Nothing of what is shown is an element, a character that hides or steers, or wider than a phone. */
  async function inert(): Promise<void> {
    const made = 'document.querySelectorAll("img, iframe, textarea, script:not([src])").length';
    expect(await page.evaluate(made)).toBe(0);
    expect(await page.evaluate<string>('document.title')).toMatch(/^(\(\d+\) )?tillwarden console$/);
    expect(spoofingIn(await page.innerText('body'))).toBeNull();
    const wide =
      'Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll("dialog")].map(({ scrollWidth }) => scrollWidth))';
    expect(await page.evaluate<number>(wide)).toBeLessThanOrEqual(390);
    expect(strayed).toEqual([]);
  }
});
