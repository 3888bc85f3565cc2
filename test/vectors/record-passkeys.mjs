/**
 * Has a real Chromium sign the first baseline of the scene, and writes what it answered to passkeys.json, so that everybody else
 * needs no browser. Run by hand: `node test/vectors/record-passkeys.mjs`, then `node test/vectors/generate.mjs`.
 */
import { writeFileSync } from 'node:fs';
import {
  addAuthenticator,
  makePasskey,
  missingBrowser,
  openBrowser,
  servePage,
  signWithPasskey,
} from '../support/passkey-browser.mjs';
import { v1 } from './scene.mjs';
import { signedData } from './writer.mjs';

const missing = missingBrowser();
if (missing !== null) throw new Error(missing);

const challenge = signedData(v1.bytes).toString('base64');
const SYNCED = { defaultBackupEligibility: true, defaultBackupState: true };
const EXTRA = 'other_keys_can_be_added_here';
const PAGE = 'https://console.example.com';

const browser = await openBrowser();
const version = browser.version();
const recorded = [];
try {
  await record('plain', {});
  await record('extra-member', {}, { until: (said) => said.includes(EXTRA) });
  await record('synced', SYNCED);
  await record('eligible', { defaultBackupEligibility: true });
  await record('extensions', { hasCredBlob: true }, { extensions: { getCredBlob: true } });
  await record('unverified', { hasUserVerification: false, isUserVerified: false, transport: 'usb' }, { userVerification: 'discouraged', selection: { residentKey: 'discouraged', userVerification: 'discouraged' } });
  await record('security-key', { transport: 'usb' });
  await record('https', {}, { origin: PAGE, rpId: 'console.example.com' });
  await record('parent-domain', {}, { origin: PAGE, rpId: 'example.com' });
  await record('framed', {}, { framed: true });
} finally {
  await browser.close();
}
writeFileSync(
  new URL('passkeys.json', import.meta.url),
  `${JSON.stringify({ browser: `Chromium ${version}`, message: v1.digest, recorded }, null, 1)}\n`,
);
console.log(`${recorded.length} signatures by Chromium ${version}`);

/** One signature of a passkey made for it. Chromium puts a member of its own into some client data and not into others. */
async function record(name, authenticator, options = {}) {
  const { origin: page, rpId = 'localhost', framed, selection, until = (said) => !said.includes(EXTRA), ...over } = options;
  const server = await servePage();
  const origin = page ?? `http://localhost:${server.port}`;
  const outer = framed ? await servePage(origin) : null;
  const context = await browser.newContext();
  try {
    const tab = await context.newPage();
    await context.route(`${PAGE}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await addAuthenticator(tab, authenticator);
    await tab.goto(origin);
    const { id, publicKey } = await makePasskey(tab, rpId, selection);
    let frame = tab.mainFrame();
    if (outer !== null) {
      await tab.goto(`http://127.0.0.1:${outer.port}`);
      frame = tab.frames().find((one) => one.url().startsWith(origin));
    }
    for (let attempts = 0; attempts < 200; attempts++) {
      const answer = await signWithPasskey(frame, { id, rpId, challenge, ...over });
      const said = Buffer.from(answer.clientDataJSON, 'base64').toString();
      if (!until(said)) continue;
      recorded.push({ name, origin, rpId, publicKey, ...answer });
      console.log(name, Buffer.from(answer.authenticatorData, 'base64')[32].toString(16), said);
      return;
    }
    throw new Error(`${name}: Chromium never wrote such client data`);
  } finally {
    await context.close();
    await server.close();
    await outer?.close();
  }
}
