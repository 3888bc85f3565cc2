import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { newToken } from '../../daemon/config/api-token.js';
import { freePort } from '../../daemon/demo/server/free-port.js';
import { approveSite } from '../../daemon/demo/site.js';
import { apiOf, BOOK_COLLECTIONS } from '../support/console-scene.js';
import { FakeSystem } from '../support/fake-source.js';
import {
  type Browser,
  faultsOf,
  holdOne,
  missingBrowser,
  openBrowser,
  type Page,
  watchPage,
} from '../support/passkey-browser.mjs';
import { waitFor } from '../support/wait.js';
import { prepareSiteAround, type WatchedSite } from '../support/watched-site.js';

const HOSTILE = [
  '<img src="http://elsewhere.example/x" onerror="alert(1)"><script>alert(2)</script>',
  '\u202Egnp.exe\u0000\u001b[31m',
  `</textarea>'"\`\${7*7}{{7*7}}`,
  'javascript:alert(3)',
];
const missing = missingBrowser();

(missing === null ? describe : describe.skip)('the watch page in a real browser', () => {
  const system = new FakeSystem();
  const token = newToken();
  let watched: WatchedSite;
  let daemon: Daemon;
  let browser: Browser;
  let page: Page;
  let strayed: readonly string[];
  let port: string;
  const origin = () => `http://localhost:${port}`;

  const rows = (address: string) => [
    { id: '1', name: 'BTC', address },
    { id: '2', name: 'LTC', address: 'ltc1qours' },
  ];
  const divert = (address: string) => {
    system.tables.set('book.route', rows(address));
    system.hint({ type: 'changed', collections: ['wallet_routes'] });
  };
  /** What is open by the daemon's own account. */
  const incidents = async (): Promise<readonly { id: string; state: string }[]> => {
    const answer = await fetch(`${origin()}/api/incidents`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { incidents: all } = (await answer.json()) as { incidents: { id: string; state: string }[] };
    return all;
  };

  /** As when the tab is left, and looked at again. */
  const hide = (hidden: boolean) =>
    page.evaluate(
      `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} }); document.dispatchEvent(new Event('visibilitychange'))`,
    );
  /** What so many further streams of the token are answered. */
  const streams = async (count: number) => {
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${token}` };
    const all = await Promise.all(
      Array.from({ length: count }, () =>
        fetch(`${origin()}/api/events`, { headers, signal: leaving.signal }),
      ),
    );
    leaving.abort();
    return all.map(({ status }) => status);
  };

  beforeAll(async () => {
    system.tables.set('book.route', rows('bc1qours'));
    system.tables.set('book.terminal', [{ id: '7', serial: 'BT-07' }]);
    port = String(await freePort('127.0.0.1'));
    watched = await prepareSiteAround('ledger://books', {
      kind: 'ledger',
      sourceKinds: system.kinds,
      collections: BOOK_COLLECTIONS,
      timing: apiOf(Number(port), 'anna', token),
    });
    await approveSite(watched.site, watched.site.approvers, 'first');
    [daemon, browser] = await Promise.all([watched.start(), openBrowser()]);
    page = await browser.newPage();
    await page.setViewportSize({ width: 390, height: 800 });
    strayed = watchPage(page, origin);
  });
  afterAll(async () => {
    await browser?.close();
    await daemon?.stop();
    await watched?.close();
  });

  test('an answer to what was asked before somebody signed in signs nobody out', async () => {
    const held = await holdOne(page, '**/api/me', 'answer');
    await page.goto(origin());
    await held.asked;
    await page.goto(`${origin()}/#token=${token}`);
    await page.waitForSelector('.sites');
    await held.letGo();
    await page.evaluate('new Promise(requestAnimationFrame)');
    expect(await page.isVisible('.sites')).toBe(true);
    await page.click('text=Sign out');
    await page.waitForSelector('#token');
  });

  test('asks for a token, and keeps none where a script could read it', async () => {
    await page.goto(origin());
    await page.waitForSelector('#token');
    expect(await faultsOf(page)).toEqual([]);
    await page.fill('#token', newToken());
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert]');
    await page.goto(`${origin()}/#token=${token}`);
    await page.reload();
    await page.waitForSelector('.sites');
    expect(page.url()).toBe(`${origin()}/`);
    await page.waitForSelector('main:has-text("all 3 as signed")');
    expect(await page.context().cookies()).toEqual([
      expect.objectContaining({
        ...{ name: '__Host-tillwarden', httpOnly: true, secure: true, sameSite: 'Strict' },
      }),
    ]);
    const kept = await page.evaluate<string>(
      'document.cookie + JSON.stringify([localStorage, sessionStorage])',
    );
    expect(kept).toBe('[{},{}]');
  });

  test('shows what is found as it is found, and an incident with its difference marked', async () => {
    divert('bc1qattacker');
    await waitFor(async () => (await incidents()).length > 0, { what: 'the incident' });
    await page.waitForSelector('.card');
    await page.waitForSelector('.card:has-text("1 wallet route now pays elsewhere")');
    expect(await faultsOf(page)).toEqual([]);
    await page.click('.card');
    await page.waitForSelector('.finding mark');
    await page.waitForSelector('.after:has-text("“bc1qattacker”")');
    await page.waitForSelector('.finding:has-text("Money goes elsewhere by this.")');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await faultsOf(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await faultsOf(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
  });

  test('shows hostile text as text, and unfolds what it hides', async () => {
    for (const [index, text] of HOSTILE.entries()) {
      divert(`${text}${index === 0 ? 'x'.repeat(3_000) : ''}`);
      await page.waitForSelector(
        `.after:has-text("${['elsewhere.example', 'gnp.exe', '7*7', 'javascript'][index]}")`,
      );
      if (index === 0) {
        const hidden = await page.innerText('.finding button');
        expect(hidden).toMatch(/^Show 2,\d{3} characters that are hidden$/);
        await page.click('.finding button');
        await page.waitForSelector('.finding button', { state: 'detached' });
        expect(await page.innerText('.after')).toContain('x'.repeat(3_000));
      }
    }
    expect(
      await page.evaluate('document.querySelectorAll("img, script:not([src]), textarea, iframe").length'),
    ).toBe(0);
    expect(strayed).toEqual([]);
  });

  test('answers for what is shown, in the name of the token, with a reason', async () => {
    divert('bc1qattacker');
    await page.waitForSelector('.after:has-text("bc1qattacker")');
    await page.fill('#reason', 'on the phone with <b>the vendor</b>');
    await page.click('button.main');
    await page.waitForSelector('.panel:has-text("anna answers for it")');
    expect(await incidents()).toEqual([expect.objectContaining({ state: 'acknowledged' })]);
    await page.waitForSelector('.timeline:has-text("“on the phone with <b>the vendor</b>”")');
    expect(await faultsOf(page)).toEqual([]);
  });

  test('has nothing to approve with: its session may neither submit nor be used by another page', async () => {
    const status = (path: string, method: string, headers: string) =>
      page.evaluate<number>(
        `fetch('${path}', { method: '${method}', headers: ${headers} }).then(({ status }) => status)`,
      );
    expect(await status('/api/sites/prague-1/proposal', 'DELETE', '{}')).toBe(403);
    const foreign = await browser.newPage();
    try {
      await foreign.goto(`http://localhost:${new URL(daemon.url).port}/healthz`);
      const sent = `fetch('${origin()}/api/session', { method: 'DELETE', mode: 'no-cors', credentials: 'include' }).then(() => 'sent', () => 'not sent')`;
      await foreign.evaluate(sent);
    } finally {
      await foreign.close();
    }
    expect(await status('/api/me', 'GET', '{}')).toBe(200);
  });

  test('every answer forbids what no answer needs', async () => {
    for (const path of ['/', '/app.js', '/app.css', '/favicon.svg', '/api/me', '/nothing']) {
      const { headers } = await fetch(`${origin()}${path}`);
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; .*frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/,
      );
    }
    const [script = ''] = await page.evaluate<string[]>('[...document.scripts].map(({ src }) => src)');
    expect(script).toMatch(/\/app\.js\?[\w-]{43}$/);
    expect((await fetch(script)).headers.get('cache-control')).toContain('immutable');
    const code = await (await fetch(script)).text();
    expect(code).not.toMatch(/navigator\.credentials|publicKey/);
  });

  test('holds no stream while nobody looks, and is signed in still when the daemon was started anew', async () => {
    await hide(true);
    await waitFor(async () => !(await streams(4)).includes(429), { what: 'no stream of the page' });
    await hide(false);
    await daemon.stop();
    await page.waitForSelector('.note.alarm');
    await page.waitForSelector('.note.alarm:has-text("The daemon does not answer")');
    daemon = await watched.start();
    await page.waitForSelector('.note.alarm', { state: 'detached' });
    await page.waitForSelector('.panel:has-text("anna answers for it")');
  });

  test('whoever signs in again after a session ended is followed again, by one stream', async () => {
    await page.context().clearCookies();
    await hide(true);
    await hide(false);
    await page.fill('#token', token);
    await page.click('button[type=submit]');
    divert('bc1qanother');
    await page.waitForSelector('.after:has-text("bc1qanother")');
    divert('bc1qattacker');
    await page.waitForSelector('.after:has-text("bc1qattacker")');
    await hide(true);
    await waitFor(async () => !(await streams(4)).includes(429), { what: 'no stream of the page' });
    await hide(false);
    await waitFor(async () => (await streams(4)).includes(429), { what: 'the stream of the page' });
    await waitFor(async () => !(await streams(3)).includes(429), { what: 'one stream and no second one' });
  });

  test('the tabs of a browser share one stream, and each shows what happens, also when the one that held it is left', async () => {
    await hide(true);
    const [{ id } = { id: '' }] = await incidents();
    const context = await browser.newContext();
    const tabs = [await context.newPage(), await context.newPage(), await context.newPage()];
    for (const tab of tabs) {
      await tab.goto(`${origin()}/#token=${token}`);
      await tab.waitForSelector('.sites');
      await tab.goto(`${origin()}/#/incident/${id}`);
      await tab.waitForSelector('.after:has-text("bc1qattacker")');
    }
    await waitFor(async () => !(await streams(3)).includes(429), { what: 'one stream of three tabs' });
    await waitFor(async () => (await streams(4)).includes(429), { what: 'the stream of three tabs' });
    divert('bc1qshared');
    for (const tab of tabs) await tab.waitForSelector('.after:has-text("bc1qshared")');
    await tabs.shift()?.close();
    divert('bc1qattacker');
    for (const tab of tabs) await tab.waitForSelector('.after:has-text("bc1qattacker")');
    await context.close();
    await hide(false);
    expect(strayed).toEqual([]);
  });
});
