import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { CommandContext } from '../daemon/cli/command.js';
import { startConsole } from '../daemon/cli/console/console.js';
import { localDoor } from '../daemon/cli/console/door.js';
import { environmentOf, peopleDirectory } from '../daemon/demo/people.js';
import type { DemoPerson } from '../daemon/demo/people-names.js';
import { freePort } from '../daemon/demo/server/free-port.js';
import { approveSite } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { sourceKinds } from '../daemon/sources/index.js';
import type { Benchmark, Figure } from './benchmark.js';
import { type Browser, openBrowser, type Page } from './browser.js';
import { DIFFERENCES, SITES, serveDesks } from './console-desks.js';
import { tabFigures } from './console-tabs.js';
import type { Scene } from './scene.js';
import { percentile } from './statistics.js';

const COMMITS = 40;
const SIGNATURES = 10;
const OPENINGS = 15;
const WARM_UP = 5;
const LIMIT_MS = 30_000;

/** The console and the watch page in a real Chromium, beside the real daemon. */
export const consolePages: Benchmark = {
  name: 'console',
  title: 'what a page shows after a commit, a signature by a click, and pages with much on them',
  run: async (scene) => {
    const browser = await openBrowser();
    scene.onClose(() => browser.close());
    const stage = await scene.setStage({ people: true });
    await approveSite(stage.site, stage.site.approvers, 'first');
    const daemon = await scene.startDaemon(stage);
    const desks = {
      alice: await openDesk(scene, browser, 'alice'),
      bob: await openDesk(scene, browser, 'bob'),
    };
    const visible = await commits(scene, stage, desks.alice);
    scene.say(`${visible.length} commits seen on the page`);
    const signed = await signatures(scene, stage, desks);
    scene.say(`${signed.length} baselines installed by a click`);
    await daemon.stop();
    const tabs = await tabFigures(scene, browser, stage);
    const { list, differences } = await large(scene, browser);
    return [
      ...latencyFigures(visible, signed),
      {
        ...{ what: `the list of ${SITES} sites opens, p50`, unit: 'ms', measured: percentile(list, 50) },
        target: { atMost: 200 },
        detail: detailOf(list, 'from the address to the last card'),
      },
      {
        what: `${DIFFERENCES.toLocaleString('en-US')} differences of one site open, p50`,
        ...{ unit: 'ms', measured: percentile(differences, 50), target: { atMost: 200 } },
        detail: detailOf(differences, 'from the address to the first 100, all of them counted'),
      },
      ...tabs,
      ...bundles(),
    ];
  },
};

function latencyFigures(visible: readonly number[], signed: readonly number[]): Figure[] {
  return [
    {
      ...{ what: 'commit → visible on the page of the incident, p50', unit: 'ms' },
      ...{ measured: percentile(visible, 50), target: { atMost: 150 } },
      detail: detailOf(visible, 'one update at a time'),
    },
    {
      ...{ what: 'click → the signature is installed, p50', unit: 'ms' },
      ...{ measured: percentile(signed, 50), target: { atMost: 500 } },
      detail: detailOf(
        signed,
        'the second of two people co-signs with ssh-keygen and a key without a passphrase',
      ),
    },
    {
      ...{
        what: 'keys to approve one change, with a key that asks for nothing',
        unit: '',
        measured: KEYS.length,
      },
      ...{ target: { atMost: 3 }, detail: `${KEYS.join(', ')}: as pressed for each of these signatures` },
    },
  ];
}

function detailOf(samples: readonly number[], words: string): string {
  return `${samples.length} times, p99 ${percentile(samples, 99).toFixed(0)} ms; ${words}`;
}

/** Accepts, goes on, signs. */
const KEYS = ['a', 'Enter', 'Enter'] as const;

/** The console of one of the demo's people, in a tab. */
async function openDesk(scene: Scene, browser: Browser, person: DemoPerson): Promise<Page> {
  const context = contextOf(environmentOf(process.env, peopleDirectory(scene.directory), person));
  const config = join(peopleDirectory(scene.directory), person, '.config', 'tillwarden', 'approver.yaml');
  const running = await startConsole(context, { config, port: await freePort('127.0.0.1') });
  scene.onClose(() => running.close());
  const page = await browser.newPage();
  await page.goto(running.link);
  await page.waitForSelector('.card:has-text("as people signed it")');
  return page;
}

function contextOf(env: CommandContext['env']): CommandContext {
  const silent = () => undefined;
  const terminal: CommandContext['terminal'] = {
    ...{ out: silent, note: silent, status: silent, keyboard: null },
    paint: (_style, text) => text,
    progress: (_what, work) => work,
    taken: async () => undefined,
  };
  return { terminal, env, configFile: 'none.yaml', clock: Date.now, sourceKinds };
}

/** Milliseconds from the end of each commit until the page of the incident shows the new value. */
async function commits(scene: Scene, stage: Stage, page: Page): Promise<number[]> {
  const owner = await scene.connect(stage.database.ownerUrl);
  const update = (evidence: string) =>
    owner.query(`update crypto_setting set sell_wallet_address = '${evidence}' where id = 1`);
  await update('consolebegins');
  await page.click('a.card[href^="#/incident/"]', { timeout: LIMIT_MS });
  await seen(page, 'consolebegins');
  const times: number[] = [];
  for (let index = 0; index < COMMITS + WARM_UP; index++) {
    const evidence = `consolen${index}x`;
    const shown = seen(page, evidence);
    await update(evidence);
    const committed = performance.now();
    await shown;
    if (index >= WARM_UP) times.push(performance.now() - committed);
  }
  await owner.query(`update crypto_setting set sell_wallet_address = 'consoleends' where id = 1`);
  return times;
}

/** Resolves once the page holds a text. */
function seen(page: Page, text: string): Promise<number> {
  return until(page, `document.body.textContent.includes(${JSON.stringify(text)})`);
}

/** Resolves once something is so on the page and drawn, with how long that took from `begin` on, in milliseconds. */
function until(page: Page, condition: string, begin = ''): Promise<number> {
  return page.evaluate(
    `new Promise((resolve) => {
      const begun = performance.now();
      const look = () => {
        if (!(${condition})) return false;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
        return true;
      };
      const observer = new MutationObserver(look);
      observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      ${begin};
      look();
    })`,
  );
}

/** Milliseconds from the key that signs until the page says that the baseline is installed: by the second of two people. */
async function signatures(
  scene: Scene,
  stage: Stage,
  { alice, bob }: Readonly<Record<DemoPerson, Page>>,
): Promise<number[]> {
  const owner = await scene.connect(stage.database.ownerUrl);
  for (const page of [alice, bob]) await page.goto(`${new URL(page.url()).origin}/#/site/prague-1`);
  const times: number[] = [];
  for (let index = 0; index < SIGNATURES; index++) {
    await owner.query(`update crypto_setting set sell_wallet_address = 'signed${index}x' where id = 1`);
    await seen(alice, `signed${index}x`);
    for (const key of KEYS) {
      await alice.keyboard.press(key);
      if (key === 'Enter') await alice.waitForSelector('dialog button.main:focus, .panel.edge-low');
    }
    await bob.waitForSelector('h2:has-text("waits for signatures")', { timeout: LIMIT_MS });
    await bob.keyboard.press('Enter');
    await bob.waitForSelector('dialog button.main:focus');
    const installed = seen(bob, 'Installed: baseline');
    const clicked = performance.now();
    await bob.keyboard.press('Enter');
    await installed;
    times.push(performance.now() - clicked);
    await alice.waitForSelector('text=Nothing differs from what people signed.', { timeout: LIMIT_MS });
    for (const page of [alice, bob]) {
      await page.goto(`${new URL(page.url()).origin}/#/`);
      await page.goto(`${new URL(page.url()).origin}/#/site/prague-1`);
    }
  }
  return times;
}

/** Milliseconds until pages with much on them are there, from the moment their address is. */
async function large(scene: Scene, browser: Browser) {
  const port = await freePort('127.0.0.1');
  const context = contextOf({ HOME: scene.directory, PWD: scene.directory });
  const door = localDoor(`http://localhost:${port}`);
  const serving = await serveDesks(context, port, door);
  scene.onClose(() => serving.close());
  const page = await browser.newPage();
  await page.goto(door.link);
  await until(
    page,
    `document.querySelectorAll('.card').length === ${SITES} && !document.body.textContent.includes('reading and verifying')`,
  );
  const opened = async (hash: string, condition: string): Promise<number> => {
    await page.goto(`http://localhost:${port}/#/journal`);
    await until(page, `document.querySelectorAll('.card, .finding').length === 0`);
    return until(page, condition, `location.hash = ${JSON.stringify(hash)}`);
  };
  const list: number[] = [];
  const differences: number[] = [];
  for (let index = 0; index < OPENINGS; index++) {
    list.push(await opened('#/', `document.querySelectorAll('.card').length === ${SITES}`));
    differences.push(await opened('#/site/site-001', `document.querySelectorAll('.finding').length >= 100`));
  }
  return { list, differences };
}

/** What each page weighs, as a phone loads it. */
function bundles(): Figure[] {
  const folder = fileURLToPath(new URL('../console/', import.meta.url));
  return ['watch', 'approve'].map((page) => {
    const files = existsSync(join(folder, page)) ? readdirSync(join(folder, page)) : [];
    const bytes = files.reduce(
      (sum, file) => sum + gzipSync(readFileSync(join(folder, page, file))).length,
      0,
    );
    return {
      ...{ what: `the page ${page === 'watch' ? 'to watch' : 'of the console'}, compressed (KB)`, unit: '' },
      ...{ measured: bytes / 1024, target: { atMost: 60 }, detail: `${files.length} files` },
    };
  });
}
