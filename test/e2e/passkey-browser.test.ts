import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  armorAssertion,
  NAMESPACES,
  passkeyChallenge,
  passkeyOfBrowser,
  type SshPublicKey,
  verifySignature,
} from '../../baselines/index.js';
import {
  addAuthenticator,
  type Browser,
  makePasskey,
  missingBrowser,
  openBrowser,
  type Page,
  servePage,
  signWithPasskey,
} from '../support/passkey-browser.mjs';
import { RECORDED, SIGNED } from '../unit/baselines/passkey-scene.js';
import { codeOf } from '../unit/baselines/scene.js';

const missing = missingBrowser();
const namespace = NAMESPACES.baseline;
const message = Buffer.from('{"what people":"sign"}\n');
const bytes = (text: string) => Buffer.from(text, 'base64');

if (missing !== null) {
  test(`a recording stands in for the browser, of which there is none (${missing})`, () => {
    const one = RECORDED.get('plain');
    if (one === undefined) throw new Error('no recording');
    const armored = armorAssertion(one.key, namespace, one.assertion);
    expect(codeOf(() => verifySignature({ armored, message: SIGNED, namespace, key: one.key }))).toBe(
      'nothing was thrown',
    );
  });
} else {
  describe('a passkey in a real browser', () => {
    let browser: Browser;
    let page: Page;
    let server: Awaited<ReturnType<typeof servePage>>;
    let folder: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'passkey-browser-'));
      [browser, server] = await Promise.all([openBrowser(), servePage()]);
      page = await browser.newPage();
      await addAuthenticator(page);
      await page.goto(`http://localhost:${server.port}`);
    });
    afterAll(async () => {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true });
    });

    async function enroll() {
      const origin = `http://localhost:${server.port}`;
      const { id, publicKey } = await makePasskey(page, 'localhost');
      const spki = createPublicKey({ key: bytes(publicKey), format: 'der', type: 'spki' });
      return { id, key: passkeyOfBrowser({ publicKey: spki, origin, rpId: 'localhost', deviceBound: true }) };
    }
    async function sign(id: string, key: SshPublicKey): Promise<string> {
      const challenge = passkeyChallenge(namespace, message).toString('base64');
      const answer = await signWithPasskey(page.mainFrame(), { id, rpId: 'localhost', challenge });
      return armorAssertion(key, namespace, {
        authenticatorData: bytes(answer.authenticatorData),
        clientDataJSON: bytes(answer.clientDataJSON),
        signature: bytes(answer.signature),
      });
    }

    test('signs a document so that it counts here, and ssh-keygen calls it good', async () => {
      const { id, key } = await enroll();
      // Chromium writes some client data with a member more than others.
      for (let round = 0; round < 5; round++) {
        const armored = await sign(id, key);
        verifySignature({ armored, message, namespace, key });
        writeFileSync(join(folder, 'one.sig'), armored);
        writeFileSync(join(folder, 'allowed_signers'), `anna ${key.plainLine}\n`);
        const args = [
          '-Y',
          'verify',
          '-f',
          'allowed_signers',
          '-I',
          'anna',
          '-n',
          namespace,
          '-s',
          'one.sig',
        ];
        const { stdout } = spawnSync('ssh-keygen', args, { cwd: folder, input: message, encoding: 'utf8' });
        expect(stdout).toMatch(/^Good "baseline@tillwarden" signature for anna with ECDSA-SK key SHA256:/);
      }
    });

    test('is not to be had by a page of another host, and one of another port has signed in vain', async () => {
      const { id, key } = await enroll();
      const stranger = await servePage();
      try {
        await page.goto(`http://127.0.0.1:${stranger.port}`);
        await expect(sign(id, key)).rejects.toThrow(/SecurityError/);
        await page.goto(`http://localhost:${stranger.port}`);
        const armored = await sign(id, key);
        expect(codeOf(() => verifySignature({ armored, message, namespace, key }))).toBe(
          'BASELINE_SIGNATURE_ORIGIN',
        );
      } finally {
        await stranger.close();
      }
    });
  });
}
