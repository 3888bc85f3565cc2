import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sha256Hex } from '../../baselines/index.js';
import type { ShownDesk } from '../../daemon/views/console-shapes.js';
import { type ConsoleScene, prepareConsole } from '../support/console-scene.js';
import {
  type Browser,
  changeAnswers,
  faultsOf,
  holdOne,
  missingBrowser,
  openBrowser,
  type Page,
  watchPage,
} from '../support/passkey-browser.mjs';
import { waitFor } from '../support/wait.js';

const missing = missingBrowser();

(missing === null ? describe : describe.skip)('the console in a real browser', () => {
  let scene: ConsoleScene;
  let browser: Browser;
  let page: Page;
  let strayed: readonly string[];

  beforeAll(async () => {
    [scene, browser] = await Promise.all([prepareConsole(), openBrowser()]);
    page = await browser.newPage();
    await page.setViewportSize({ width: 1100, height: 800 });
    strayed = watchPage(page, () => scene.origin);
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  test('shows nothing to a tab without the secret of its launch', async () => {
    await page.goto(scene.origin);
    await page.waitForSelector('text=does not have the secret');
    await page.goto(scene.console().link);
    await page.waitForSelector('.card');
    expect(page.url()).toBe(`${scene.origin}/`);
    await page.waitForSelector('.card:has-text("as people signed it")');
    expect(await faultsOf(page)).toEqual([]);
  });

  test.each(['console', 'events'])(
    'a link that is opened before the old launch’s /api/%s is answered lets the tab in',
    async (path) => {
      const held = await holdOne(page, `**/api/${path}`, 'question');
      await page.reload();
      await held.asked;
      await scene.restart();
      await page.goto(scene.console().link);
      await held.letGo();
      await page.waitForSelector('.card:has-text("as people signed it")');
      scene.routes('bc1qelsewhere');
      await page.waitForSelector('.card:has-text("1 to decide about")');
      scene.routes('bc1qours');
      await page.waitForSelector('.card:has-text("as people signed it")');
    },
  );

  test('goes from the list to a signature that ssh-keygen calls good, by keyboard alone', async () => {
    scene.routes('bc1qnewaddress');
    await page.reload();
    await page.waitForSelector('.card:has-text("1 to decide about")');
    for (let n = 0; n < 6; n++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate('document.activeElement.classList.contains("card")')) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('.finding mark');
    await page.waitForSelector('.after:has-text("“bc1qnewaddress”")');
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('a');
    await page.keyboard.down('Enter');
    await page.waitForSelector('dialog[open] button.main:focus');
    // Held down, it goes on pressing.
    for (let n = 0; n < 5; n++) await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    await page.waitForSelector('dialog:has-text("Where money goes is changed by 1 of what you sign.")');
    expect(scene.lines.join('\n')).not.toContain('hands over for signing');
    await page.waitForSelector('dialog:has-text("stands in no signed record yet")');
    expect(await faultsOf(page)).toEqual([]);
    const digest = /sha256:([0-9a-f]{64})/.exec(await page.innerText('dialog'))?.[1];
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Installed: baseline 2, signed by alice.');
    const folder = join(scene.watched.site.baselinesDirectory, 'prague-1');
    const statement = readFileSync(join(folder, '000002.json'));
    expect(sha256Hex(statement)).toBe(digest);
    expect(scene.lines.join('\n')).toContain(
      `hands over for signing prague-1: baseline 2 (sha256:${digest}), 1 accepted`,
    );
    const signers = join(scene.home, 'allowed_signers');
    writeFileSync(signers, `alice ${readFileSync(join(scene.home, '.ssh', 'id_ed25519.pub'), 'utf8')}`);
    const said = execFileSync(
      'ssh-keygen',
      [
        '-Y',
        'verify',
        '-f',
        signers,
        '-I',
        'alice',
        '-n',
        'baseline@tillwarden',
        '-s',
        join(folder, '000002.alice.sig'),
      ],
      { input: statement, encoding: 'utf8' },
    );
    expect(said).toMatch(/^Good "baseline@tillwarden" signature for alice with ED25519 key/);
    await page.waitForSelector('main:has-text("Nothing differs from what people signed.")');
    expect(strayed).toEqual([]);
  });

  test('signs what was accepted and nothing else, and drops a choice whose record moved', async () => {
    scene.routes('bc1qfirst', [{ id: '2', name: 'LTC', address: 'ltc1qnew' }]);
    await page.reload();
    await page.waitForSelector('.finding >> nth=1');
    await page.click('.difference >> nth=0 >> button:has-text("Accept")');
    await page.click('.difference >> nth=1 >> button:has-text("Accept")');
    await page.waitForSelector('.sum:has-text("2 accepted")');
    // It shows what moved only after it was asked to sign, however long its user takes.
    const moved = await holdOne(page, '**/api/sites/prague-1', 'answer');
    const drafted = await holdOne(page, '**/api/sites/prague-1/draft', 'answer');
    scene.routes('bc1qsecond', [{ id: '2', name: 'LTC', address: 'ltc1qnew' }]);
    await page.click('.sum button.main');
    await drafted.letGo();
    await moved.letGo();
    await page.waitForSelector('text=not there any more as it was shown');
    await page.waitForSelector('text=1 of your choices were dropped');
    await page.waitForSelector('.sum:has-text("1 accepted")');
    await page.click('.sum button.main');
    await page.waitForSelector('dialog[open]');
    await page.click('dialog button:has-text("SSH key of alice")');
    await page.waitForSelector('text=Installed: baseline 3');
    await page.waitForSelector('text=1 to decide about');
    const folder = join(scene.watched.site.baselinesDirectory, 'prague-1');
    const statement = readFileSync(join(folder, '000003.json'), 'utf8');
    const records =
      /"name":"wallet_routes".*?"records":"([0-9a-f]{64})"/s.exec(statement)?.[1] ??
      /"records":"([0-9a-f]{64})"[^}]*wallet_routes/s.exec(statement)?.[1];
    const all = execFileSync('sh', ['-c', `cat ${folder}/*${records?.slice(0, 12) ?? ''}*`], {
      encoding: 'utf8',
    });
    expect(all).toContain('ltc1qnew');
    expect(all).not.toContain('bc1qsecond');
  });

  test('decides with one answer about what differs only because something else does, and counts it', async () => {
    const rows = ['2', '3', '4', '5'].map((id) => ({
      id,
      name: 'LTC',
      address: id === '2' ? 'ltc1qnew' : 'ltc1qmore',
    }));
    scene.routes('bc1qsecond', rows);
    await page.waitForSelector('h2:has-text("4 to decide about")');
    // As where a database is another one: the first leads two of the others, one of which is not shown yet.
    const undo = await changeAnswers<ShownDesk>(page, '**/api/sites/prague-1', (told) => {
      const [lead, along, hidden, ...rest] = told.differences;
      if (lead === undefined || along === undefined || hidden === undefined) return told;
      const leading = { ...lead, leads: [along.id, hidden.id] };
      return { ...told, differences: [leading, along, ...rest] };
    });
    await page.reload();
    await page.waitForSelector('summary:has-text("With it: 2 records of wallet_routes")');
    const cards = 'document.querySelectorAll("main > .difference").length';
    expect(await page.evaluate<number>(cards)).toBe(2);
    await page.click('.difference >> nth=0 >> button:has-text("Accept") >> nth=0');
    await page.waitForSelector('.sum:has-text("3 accepted")');
    await page.click('summary:has-text("With it")');
    await page.waitForSelector('details:has-text("Not shown here, and accepted with it: 1 more.")');
    expect(await faultsOf(page)).toEqual([]);
    await page.click('.sum button.main');
    await page.waitForSelector('dialog[open]');
    await page.waitForSelector('dialog:has-text("Where money goes is changed by 3 of what you sign.")');
    await page.keyboard.press('Escape');
    await page.click('.difference >> nth=0 >> button:has-text("Skip") >> nth=0');
    await page.waitForSelector('.sum:has-text("0 accepted")');
    // What was skipped is decided; the two that go along with it are not any more.
    await page.click('button:has-text("Accept 2 of wallet_routes")');
    await page.waitForSelector('.sum:has-text("2 accepted")');
    await undo();
    scene.routes('bc1qsecond', rows.slice(0, 1));
    await page.reload();
    await page.waitForSelector('h2:has-text("1 to decide about")');
  });

  test('says so where it was told what it cannot show, and shows the next thing', async () => {
    const undo = await changeAnswers<ShownDesk>(page, '**/api/sites/prague-1', (told) =>
      Object.assign(told, { counts: null }),
    );
    await page.reload();
    await page.waitForSelector('text=This cannot be shown');
    await page.click('nav a:has-text("Trust")');
    await page.waitForSelector('h1:has-text("Trust root 1")');
    await undo();
    await page.reload();
    await page.goto(`${scene.origin}/#/site/prague-1`);
    await page.waitForSelector('h2:has-text("1 to decide about")');
  });

  test('is loaded anew when what serves it was upgraded meanwhile, and goes on where it was', async () => {
    await page.evaluate('window.isOld = true');
    const upgraded = { 'tillwarden-page': 'of-another-version' };
    const undo = await changeAnswers<ShownDesk>(page, '**/api/sites/prague-1', (told) => told, upgraded);
    scene.routes('bc1qupgraded');
    await waitFor(async () => (await page.evaluate('window.isOld').catch(() => true)) === undefined, {
      what: 'the page to be loaded anew',
    });
    await page.waitForSelector('h2:has-text("2 to decide about")');
    await undo();
    scene.routes('bc1qsecond', [{ id: '2', name: 'LTC', address: 'ltc1qnew' }]);
    await page.waitForSelector('h2:has-text("1 to decide about")');
  });

  test('shows a rollback of the files, and has no button to sign with', async () => {
    const folder = join(scene.watched.site.baselinesDirectory, 'prague-1');
    execFileSync('sh', ['-c', `mkdir ${folder}-kept && mv ${folder}/000003.* ${folder}-kept/`]);
    try {
      await page.reload();
      await page.waitForSelector('text=Nothing can be signed here: CLI_ROLLED_BACK');
      expect(await page.isVisible('button:has-text("signing")')).toBe(false);
      expect(await faultsOf(page)).toEqual([]);
    } finally {
      execFileSync('sh', ['-c', `mv ${folder}-kept/* ${folder}/ && rmdir ${folder}-kept`]);
    }
    await page.reload();
    await page.waitForSelector('text=1 to decide about');
  });

  test('every answer forbids what no answer needs, errors included', async () => {
    for (const path of [
      '/',
      '/app.js',
      '/app.css',
      '/favicon.svg',
      '/api/console',
      '/api/events',
      '/nothing',
    ]) {
      const { headers } = await fetch(`${scene.origin}${path}`);
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; .*frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/,
      );
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });

  test('turns away another host, another page, and whoever lacks the secret', async () => {
    const secret = scene.console().link.split('#secret=')[1] ?? '';
    const ask = async (host: string, headers: Record<string, string>) => {
      const { request } = await import('node:http');
      return new Promise<number>((resolve, reject) => {
        const asked = request(
          { host: '127.0.0.1', port: scene.port, path: '/api/console', headers: { host, ...headers } },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          },
        );
        asked.on('error', reject);
        asked.end();
      });
    };
    const own = `localhost:${scene.port}`;
    const right = { authorization: `Bearer ${secret}` };
    expect(await ask(own, right)).toBe(200);
    for (const host of [`127.0.0.1:${scene.port}`, 'localhost', `evil.example:${scene.port}`]) {
      expect(await ask(host, right)).toBe(421);
    }
    expect(await ask(own, { ...right, origin: 'http://evil.example' })).toBe(403);
    expect(await ask(own, { ...right, origin: 'null' })).toBe(403);
    expect(await ask(own, { ...right, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask(own, { ...right, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await ask(own, {})).toBe(401);
    expect(await ask(own, { authorization: `Bearer ${secret}x` })).toBe(401);
  });

  test('fits a phone, and stays readable in the dark', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForSelector('.finding');
    expect(await faultsOf(page)).toEqual([]);
    await page.click('.difference >> nth=0 >> button:has-text("Accept")');
    await page.click('.sum button.main');
    await page.waitForSelector('dialog[open]');
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    expect(strayed).toEqual([]);
  });
});
