// Renders the watch page and the console with a made-up state, at the widths of a phone and of a desk, light and dark, into
// docs/screenshots/. Run by `npm run screenshots` after a build. No server answers: the pages are given what one would say.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const load = (file) => import(join(root, 'dist', file));
const { encodeValue, recordLine } = await load('baselines/index.js');
const { changeView } = await load('daemon/views/change-view.js');

const MAX_BYTES = 150_000;
/** What is below is more of the same. */
const MAX_HEIGHT = 1_000;
const NOW = Date.UTC(2026, 10, 24, 2, 19, 40);
const OPENED = Date.UTC(2026, 10, 24, 2, 13, 7);
const ORIGIN = 'http://localhost:9773';
const definition = {
  ...{
    name: 'wallet_routes',
    kind: 'wallet-route',
    source: 'cas',
    table: 'public.crypto_setting',
    key: ['id'],
  },
  ...{ columns: ['name', 'sell_wallet_address'], secret: [] },
};
const terminals = { ...definition, name: 'terminals', kind: 'terminal', columns: ['serial_number', 'name'] };
const text = (value) => encodeValue({ form: 'text', text: value });
const line = (id, fields) =>
  recordLine({
    key: [text(id)],
    fields: new Map(Object.entries(fields).map(([name, value]) => [name, text(value)])),
  });
const change = (of, severity, id, before, after) => {
  const [was, is] = [before && line(id, before), after && line(id, after)];
  const type = was === null ? 'added' : is === null ? 'removed' : 'modified';
  return changeView(
    {
      ...{ what: 'change', collection: of.name, kind: of.kind, type, key: (is ?? was).key },
      before: was?.line ?? null,
      after: is === null ? [] : [is.line],
    },
    { fingerprint: id.padStart(64, 'a'), severity, definition: of },
  );
};
const route = change(
  definition,
  'critical',
  '1',
  { name: 'BTC', sell_wallet_address: 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq' },
  { name: 'BTC', sell_wallet_address: 'bc1qar0srk8ue2wvd9apxy74kuwt03mzmzzwf5mdq' },
);
const terminal = change(terminals, 'medium', '251', null, {
  serial_number: 'BT102777',
  name: 'Brno, main station',
});
const ours = (words) => [{ text: words, from: 'us', differs: false }];
const incident = {
  ...{
    id: '7f3a',
    site: 'prague-1',
    state: 'open',
    severity: 'critical',
    openedMs: OPENED,
    unansweredMs: OPENED,
  },
  ...{ title: '1 wallet route now pays elsewhere, 1 new terminal', answeredBy: null, resolvedMs: null },
};
const detail = {
  ...incident,
  revision: 'c'.repeat(64),
  consequence:
    'Coins may be going to an address nobody approved, with every transaction, until this is put right.',
  who: ours('unknown: what is read does not say who wrote it'),
  facts: [
    { label: 'Runbook', value: ours('Call the vendor: +420 …, contract 4711') },
    { label: 'Records touched', value: ours('2: 1 in wallet_routes, 1 in terminals') },
    { label: 'Since', value: ours('Tue 2026-11-24 03:13:07 Europe/Prague, for 6 min 33 s') },
  ],
  nextSteps: [{ text: 'Stop the admin services, then look.', command: 'tillwarden show 7f3a' }],
  findings: [route, terminal],
  findingCount: 2,
  answer: null,
  timeline: [
    { atMs: OPENED + 500, words: 'told as page: CRITICAL 1 wallet route now pays elsewhere', value: null },
    { atMs: OPENED, words: '2 findings began, critical at worst', value: null },
    { atMs: OPENED, words: 'opened', value: null },
  ],
  timelineLeftOut: 0,
  timeZone: 'Europe/Prague',
};
const overview = {
  sites: [],
  incidents: [incident],
  ...{ incidentsLeftOut: 0, resolved: [], degraded: [], nowMs: NOW, version: '0.1.0' },
};
const desk = {
  ...{ site: 'prague-1', problem: null, version: 7, expiresMs: NOW + 60 * 86_400_000, signerProblem: null },
  signer: { person: 'alice', key: 'ssh-ed25519 SHA256:…' },
  passkeys: ['alice'],
  differences: [route, terminal].map((shown) => ({
    ...{ id: shown.id, acceptable: true, byItself: false, leads: [], shown },
  })),
  ...{
    differenceCount: 2,
    counts: [],
    unread: [],
    missing: [],
    first: null,
    pending: null,
    notices: [],
    atMs: NOW,
  },
};
const site = (name, more) => ({
  ...{ site: name, version: 7, expiresMs: NOW + 60 * 86_400_000, differences: 0, unread: 0, worst: null },
  ...{ waiting: null, problem: null, atMs: NOW, ...more },
});
const daemon = {
  ...{ problem: null, incidents: [incident], incidentsLeftOut: 0, resolved: [], clockAheadMs: null },
  ...{ degraded: [], canAcknowledge: true, version: '0.1.0' },
};
const consoleOverview = {
  sites: [
    site('prague-1', { differences: 2, worst: 'critical' }),
    site('brno-1', { waiting: 8 }),
    site('ostrava-1', {}),
  ],
  ...{ daemon, server: 'https://tillwarden.operator.example:9772', besideDaemon: false, host: null },
  ...{ enrols: null, version: '0.1.0' },
};
const quoted = (value) => [
  { text: '“', from: 'us', differs: false },
  { text: value, from: 'value', differs: false },
  { text: '”', from: 'us', differs: false },
];
const version = (number, daysAgo, more) => ({
  ...{ version: number, fromMs: NOW - daysAgo * 86_400_000, toMs: null, signers: 'alice, bob', count: 2 },
  ...{ reason: quoted('ticket 4711: new terminal'), known: true, changes: [], changesLeftOut: 0, ...more },
});
const record = (id, fields) => {
  const shown = change(terminals, 'info', id, null, fields);
  return { key: `["${id}"]`, shown };
};
const history = {
  site: 'prague-1',
  collections: [{ name: 'terminals', kind: 'terminal' }],
  collection: 'terminals',
  versions: [version(7, 3, { changes: [terminal] }), version(1, 90, {})],
  at: {
    ...{ atMs: NOW - 40 * 86_400_000, version: 1, recordsLeftOut: 0 },
    records: [
      record('17', { serial_number: 'BT102701', name: 'Praha, main station' }),
      record('250', { serial_number: 'BT102776', name: 'Brno, tram depot' }),
    ],
  },
  problems: [],
};
const ANSWERS = {
  '/api/me': { name: 'anna', scopes: ['read', 'acknowledge'] },
  '/api/page/overview': overview,
  '/api/page/incidents/7f3a': detail,
  '/api/console': consoleOverview,
  '/api/sites/prague-1': desk,
  '/api/sites/prague-1/history': history,
};
const TYPES = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', html: 'text/html' };
const PAGES = [
  { name: 'watch', page: 'watch', hash: '#/incident/7f3a', ready: '.finding' },
  { name: 'console', page: 'approve', hash: '#/site/prague-1', ready: '.finding' },
  { name: 'console-overview', page: 'approve', hash: '#/', ready: '.card' },
  {
    name: 'console-history',
    page: 'approve',
    hash: '#/site/prague-1/history',
    ready: '#collection',
    choose: 'terminals',
  },
];
const WIDTHS = [
  // A finger for a pointer, and no keys to be told of.
  { size: 'phone', width: 390, height: 600, hasTouch: true },
  { size: 'desk', width: 1000, height: 700, hasTouch: false },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-lcd-text',
    '--disable-background-networking',
  ],
});
try {
  for (const { size, width, height, hasTouch } of WIDTHS) {
    for (const colorScheme of ['light', 'dark']) {
      for (const { name, page: folder, hash, ready, choose } of PAGES) {
        const context = await browser.newContext({
          ...{
            viewport: { width, height },
            colorScheme,
            hasTouch,
            isMobile: hasTouch,
            deviceScaleFactor: 1,
            locale: 'en-GB',
          },
          timezoneId: 'Europe/Prague',
        });
        const page = await context.newPage();
        await page.clock.setFixedTime(NOW);
        await page.route('**/*', (route_) => {
          const { pathname, origin } = new URL(route_.request().url());
          if (origin !== ORIGIN) throw new Error(`a page asked for ${origin}`);
          // A stream that stays open, as a daemon's does.
          if (pathname === '/api/events') return undefined;
          const answer = ANSWERS[pathname];
          if (answer !== undefined) return route_.fulfill({ json: answer });
          const file = pathname === '/' ? 'index.html' : pathname.slice(1);
          const body = readFileSync(join(root, 'dist/console', folder, file));
          return route_.fulfill({ body, contentType: TYPES[file.split('.').at(-1)] });
        });
        await page.goto(`${ORIGIN}/${hash}`);
        await page.waitForSelector(ready);
        if (choose !== undefined) {
          await page.selectOption(ready, choose);
          await page.waitForSelector('.finding');
        }
        const [wide, high] = await page.evaluate(
          '[document.documentElement.scrollWidth, document.body.offsetHeight]',
        );
        if (wide > width) throw new Error(`${name} is ${wide} px wide on a screen of ${width}`);
        // What sticks to the bottom of the window covers nothing then.
        await page.setViewportSize({ width, height: Math.min(high, MAX_HEIGHT) });
        const png = join(root, 'docs/screenshots', `${name}-${size}-${colorScheme}.png`);
        await page.screenshot({ path: png });
        const { size: bytes } = statSync(png);
        if (bytes > MAX_BYTES) throw new Error(`${png} has ${bytes} bytes, more than ${MAX_BYTES}`);
        console.log(`${name}-${size}-${colorScheme}.png  ${bytes} bytes`);
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
}
