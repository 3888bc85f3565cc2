/**
 * A real browser with virtual authenticators, driven over the DevTools protocol. JavaScript, so that the vectors' recorder can use it as well.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { CHROMIUM } from './machine/parts.mjs';

export { CHROMIUM };

/** The sentence that names what is missing; null where a Chromium is installed. */
export function missingBrowser() {
  return existsSync(CHROMIUM)
    ? null
    : `no Chromium at ${CHROMIUM}: apt-get install chromium, or name one with $CHROMIUM`;
}

/** A server that answers every request with a page; `frame` is an address to show inside it. */
export async function servePage(frame) {
  const inside =
    frame === undefined ? '' : `<iframe src="${frame}" allow="publickey-credentials-get *"></iframe>`;
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>page</title>${inside}`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => new Promise((resolve) => server.close(resolve)) };
}

export function openBrowser(certificate) {
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  if (certificate !== undefined) {
    // As an authority that the browser knows would have it: a page with a certificate that it merely puts up with gets no passkey.
    const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
    const digest = createHash('sha256').update(key).digest('base64');
    args.push(`--ignore-certificate-errors-spki-list=${digest}`);
  }
  return chromium.launch({ executablePath: CHROMIUM, args, timeout: 120_000 });
}

/** Gives a page an authenticator. `options` replace those of a platform's own one that knows its user. */
export async function addAuthenticator(page, options = {}) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable', { enableUI: false });
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    },
  });
}

/** Makes a passkey on a page. Resolves with its id and its public key (SubjectPublicKeyInfo), in base64. */
export function makePasskey(
  page,
  rpId,
  selection = { residentKey: 'required', userVerification: 'required' },
) {
  return page.evaluate(
    async ([id, authenticatorSelection]) => {
      const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
      const made = await navigator.credentials.create({
        publicKey: {
          rp: { id, name: 'test' },
          user: { id: new Uint8Array([1]), name: 'anna', displayName: 'anna' },
          challenge: new Uint8Array(32),
          pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
          authenticatorSelection,
        },
      });
      return { id: base64(made.rawId), publicKey: base64(made.response.getPublicKey()) };
    },
    [rpId, selection],
  );
}

/** Has a passkey sign on a page or frame. `challenge` and everything that comes back is base64. */
export function signWithPasskey(frame, { id, rpId, challenge, ...over }) {
  return frame.evaluate(
    async ([credential, site, asked, more]) => {
      const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
      const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const { response } = await navigator.credentials.get({
        publicKey: {
          rpId: site,
          challenge: bytes(asked),
          allowCredentials: [{ type: 'public-key', id: bytes(credential) }],
          userVerification: 'required',
          ...more,
        },
      });
      return {
        authenticatorData: base64(response.authenticatorData),
        clientDataJSON: base64(response.clientDataJSON),
        signature: base64(response.signature),
      };
    },
    [id, rpId, challenge, over],
  );
}

export function watchPage(page, origin) {
  page.setDefaultTimeout(60_000);
  const seen = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin()}/`)) seen.push(`asked for ${request.url()}`);
  });
  page.on('pageerror', (error) => seen.push(`failed: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|Trusted Type/.test(message.text())) seen.push(message.text());
  });
  return seen;
}

export async function holdOne(page, address, what) {
  let ask = () => {};
  let free = () => {};
  const asked = new Promise((resolve) => {
    ask = resolve;
  });
  const freed = new Promise((resolve) => {
    free = resolve;
  });
  const hold = async (route) => {
    const response = what === 'answer' ? await route.fetch() : undefined;
    ask(route.request());
    await freed;
    await (response === undefined ? route.continue() : route.fulfill({ response }));
  };
  await page.route(address, hold, { times: 1 });
  const letGo = async () => {
    const request = await asked;
    free();
    await request.response();
  };
  return { asked, letGo };
}

export async function changeAnswers(page, address, change, headers = {}) {
  let isOver = false;
  const pass = async (route) => {
    try {
      const response = await route.fetch();
      const all = { ...response.headers(), ...headers };
      await route.fulfill({ response, headers: all, json: change(await response.json()) });
    } catch (error) {
      // What is underway when this ends is answered by the server itself.
      if (!isOver) throw error;
    }
  };
  await page.route(address, pass);
  return () => {
    isOver = true;
    return page.unroute(address, pass);
  };
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Over the DevTools protocol, which no policy of the page stops. */
export async function faultsOf(page) {
  const session = await page.context().newCDPSession(page);
  const run = async (expression) => {
    const answer = await session.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (answer.exceptionDetails)
      throw new Error(answer.exceptionDetails.exception?.description ?? 'axe failed');
    return answer.result.value;
  };
  await run(readFileSync(AXE, 'utf8'));
  const faults = await run(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target, any }) => target.join(' ') + ' ' + (any[0]?.message ?? '')).join('; ')))`,
  );
  const [wide, window] = await run('[document.documentElement.scrollWidth, innerWidth]');
  return wide > window ? [...faults, `${wide} px wide on a screen of ${window}`] : faults;
}
