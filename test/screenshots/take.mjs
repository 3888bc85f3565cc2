// Renders made-up mails as mail programs do, at the widths of a phone and of a desk, light and dark, into docs/screenshots/. Run by
// `npm run screenshots` after a build. Needs a Chromium: $CHROMIUM, or the one that Debian installs.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = join(root, 'docs/screenshots');
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const MAX_BYTES = 150_000;
/** What is below is more of the same. */
const MAX_HEIGHT = 1_300;

/** Those that look different from one another; the others have the same parts. */
const MAILS = new Map([
  ['alarm', 'drift-page.email.alarm.html'],
  ['details', 'drift-page.email.details.html'],
  ['lookalike', 'drift-page-2.email.details.html'],
  ['twin', 'drift-follow-up.email.details.html'],
  ['unknown', 'unknown-page.email.alarm.html'],
  ['baseline', 'baseline-installed-notice.email.details.html'],
]);
const WIDTHS = [
  { name: 'phone', width: 390, height: 600, deviceScaleFactor: 1 },
  { name: 'desk', width: 1200, height: 400, deviceScaleFactor: 1 },
];

if (!existsSync(executablePath)) {
  throw new Error(
    `no Chromium at ${executablePath}; install Debian's "chromium", or name another with $CHROMIUM`,
  );
}
const preview = mkdtempSync(join(tmpdir(), 'tillwarden-preview-'));
const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-lcd-text',
  ],
});
try {
  execFileSync(process.execPath, [join(root, 'dist/daemon/main.js'), 'notify', 'preview', '--out', preview]);
  mkdirSync(out, { recursive: true });
  for (const { name: size, width, height, deviceScaleFactor } of WIDTHS) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({
        viewport: { width, height },
        deviceScaleFactor,
        colorScheme,
        javaScriptEnabled: false,
        offline: true,
      });
      const asked = [];
      await context.route('**/*', (route) => {
        asked.push(route.request().url());
        return route.abort();
      });
      for (const [name, file] of MAILS) {
        const page = await context.newPage();
        await page.setContent(readFileSync(join(preview, file), 'utf8'));
        const [wide, high] = await page.evaluate(
          '[document.documentElement.scrollWidth, document.body.offsetHeight]',
        );
        if (wide > width) throw new Error(`${file} is ${wide} px wide on a screen of ${width}`);
        const clip = { x: 0, y: 0, width, height: Math.min(high, MAX_HEIGHT) };
        const png = join(out, `${name}-${size}-${colorScheme}.png`);
        await page.screenshot({ path: png, fullPage: true, clip });
        const { size: bytes } = statSync(png);
        if (bytes > MAX_BYTES) throw new Error(`${png} has ${bytes} bytes, more than ${MAX_BYTES}`);
        console.log(`${name}-${size}-${colorScheme}.png  ${bytes} bytes`);
        await page.close();
      }
      if (asked.length > 0) throw new Error(`a mail asked for something remote: ${asked.join(', ')}`);
      await context.close();
    }
  }
} finally {
  await browser.close();
  rmSync(preview, { recursive: true });
}
