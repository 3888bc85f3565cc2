import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Stage } from '../daemon/demo/stage.js';
import { pageHeaders } from '../daemon/http/page-files.js';
import { selfSignedCertificate } from '../test/support/certificate.js';
import type { Figure } from './benchmark.js';
import type { Browser } from './browser.js';
import type { Scene } from './scene.js';
import { median } from './statistics.js';

const TABS = 10;
const ROUNDS = 3;
const SHOWN = '.sites';
/** As little as a page can show. */
const ONE_LINE = '<!doctype html><title>one line</title><main class="sites">there</main>';

/** Many tabs of the watch page at once, in turn with as many of one line of HTML that is served with the same headers. */
export async function tabFigures(scene: Scene, browser: Browser, stage: Stage): Promise<Figure[]> {
  await serveTls(scene, stage);
  const daemon = await scene.startDaemon(stage);
  const ours = (stage.watchPage ?? '').replace(/^http:/, 'https:');
  const bare = await serveOneLine(scene);
  const rounds: { readonly ours: readonly number[]; readonly bare: readonly number[] }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ bare: await tabsAtOnce(browser, bare), ours: await tabsAtOnce(browser, ours) });
  }
  await daemon.stop();
  const last = rounds.map((round) => ({ ours: Math.max(...round.ours), bare: Math.max(...round.bare) }));
  const [ownMs, bareMs] = [median(last.map((one) => one.ours)), median(last.map((one) => one.bare))];
  const firstMs = median(rounds.map((round) => Math.min(...round.ours)));
  return [
    {
      what: `${TABS} tabs of the watch page load at once under TLS, the last of them`,
      ...{ unit: 's', measured: ownMs / 1000, target: { atMost: 1 } },
      detail: `median of ${ROUNDS}, first ${firstMs.toFixed(0)} ms; all of them in sight, on HTTP/1.1; one of them holds the stream for all`,
    },
    {
      what: 'the same against as many tabs of one line of HTML with the same headers',
      ...{ unit: '×', measured: median(last.map((one) => one.ours / one.bare)), target: null },
      detail: `${ROUNDS} rounds in turn, the browser alone: ${(bareMs / 1000).toFixed(2)} s until the last of them`,
    },
  ];
}

/** Milliseconds until each of some tabs that open at once shows what there is. Its address has been loaded by this browser before. */
async function tabsAtOnce(browser: Browser, link: string): Promise<number[]> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const first = await context.newPage();
  await first.goto(link);
  await first.waitForSelector(SHOWN);
  await first.close();
  const pages = await Promise.all(Array.from({ length: TABS }, () => context.newPage()));
  const begun = performance.now();
  const times = await Promise.all(
    pages.map(async (page) => {
      await page.goto(new URL(link).origin);
      await page.waitForSelector(SHOWN);
      return performance.now() - begun;
    }),
  );
  await context.close();
  return times;
}

/** Address of a bare server under TLS that answers everything with one line of HTML. */
async function serveOneLine(scene: Scene): Promise<string> {
  const headers = { ...pageHeaders(false, []), 'content-type': 'text/html; charset=utf-8' };
  const server = createServer(selfSignedCertificate(), (_request, response) => {
    response.writeHead(200, headers).end(ONE_LINE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scene.onClose(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

/** The API speaks TLS from the next start on. */
async function serveTls({ directory }: Scene, { site: { configFile } }: Stage): Promise<void> {
  const { cert, key } = selfSignedCertificate();
  await writeFile(join(directory, 'api.crt'), cert);
  await writeFile(join(directory, 'api.key'), key, { mode: 0o600 });
  const tls = '  tls: { certificateFile: ./api.crt, key_file: ./api.key }\n';
  const text = await readFile(configFile, 'utf8');
  await writeFile(
    configFile,
    text.replace(/^api:\n/m, (api) => `${api}${tls}`),
  );
}
