import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  armorAssertion,
  NAMESPACES,
  parsePublicKey,
  type SshPublicKey,
  verifySignature,
} from '../../../baselines/index.js';
import { parseSshsig, writeSshsig } from '../../../baselines/sshsig.js';
import { LOCAL, RECORDED, SIGNED } from './passkey-scene.js';
import { codeOf } from './scene.js';

const NOTHING = 'nothing was thrown';
const namespace = NAMESPACES.baseline;

/** Recorded signatures that count, whatever is asked of the device. */
const GOOD = [
  'plain',
  'extra-member',
  'synced',
  'eligible',
  'extensions',
  'security-key',
  'https',
  'parent-domain',
];

function recordedFile(name: string): { readonly key: SshPublicKey; readonly armored: string } {
  const one = RECORDED.get(name);
  if (one === undefined) throw new Error(`no recording ${name}`);
  return { key: one.key, armored: armorAssertion(one.key, namespace, one.assertion) };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'webauthn-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function sshKeygenVerifies({ plainLine }: SshPublicKey, armored: string, signed: Uint8Array): boolean {
  const signers = join(folder, 'allowed_signers');
  const signature = join(folder, 'message.sig');
  writeFileSync(signers, `anna ${plainLine}\n`);
  writeFileSync(signature, armored);
  const args = ['-Y', 'verify', '-f', signers, '-I', 'anna', '-n', namespace, '-s', signature];
  return spawnSync('ssh-keygen', args, { input: signed }).status === 0;
}

describe('a signature that a real browser made', () => {
  test.each(GOOD)('is taken here and by ssh-keygen, for the signed bytes and no others: %s', (name) => {
    const { key, armored } = recordedFile(name);
    verifySignature({ armored, message: SIGNED, namespace, key });
    expect(sshKeygenVerifies(key, armored, SIGNED)).toBe(true);
    const other = Buffer.concat([SIGNED, Buffer.of(10)]);
    expect(sshKeygenVerifies(key, armored, other)).toBe(false);
    expect(codeOf(() => verifySignature({ armored, message: other, namespace, key }))).toBe(
      'BASELINE_SIGNATURE_WRONG',
    );
    expect(writeSshsig(parseSshsig(armored))).toBe(armored);
  });

  test.each(GOOD)('is the very file that another writer makes of it: %s', (name) => {
    const file = new URL(`../../vectors/cases/passkey-real-${name}.json`, import.meta.url);
    const { documents } = JSON.parse(readFileSync(file, 'utf8')) as {
      documents: { signatures: { file: string; text: string }[] }[];
    };
    const texts = documents[0]?.signatures.map(({ text }) => text);
    expect(texts).toContain(recordedFile(name).armored);
  });

  test.each(['extra-member', 'extensions', 'https'])('is taken with not one bit otherwise: %s', (name) => {
    const { key, armored } = recordedFile(name);
    const bytes = Buffer.from(armored.split('\n').slice(1, -2).join(''), 'base64');
    const taken: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const lines = flipped.toString('base64').match(/.{1,70}/g) ?? [];
      const text = `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
      const code = codeOf(() => verifySignature({ armored: text, message: SIGNED, namespace, key }));
      if (code === NOTHING) taken.push(bit);
    }
    expect(bytes.length).toBeGreaterThan(500);
    expect(taken).toEqual([]);
  });

  test.each([
    ['framed', 'another page had it inside', 'BASELINE_SIGNATURE_ORIGIN'],
    ['unverified', 'its user was not verified', 'BASELINE_SIGNATURE_UNVERIFIED_USER'],
  ])('is refused though ssh-keygen takes it: %s (%s)', (name, _why, code) => {
    const { key, armored } = recordedFile(name);
    expect(sshKeygenVerifies(key, armored, SIGNED)).toBe(true);
    expect(codeOf(() => verifySignature({ armored, message: SIGNED, namespace, key }))).toBe(code);
  });

  test('is refused on another port than the trust root has, which ssh-keygen does not look at', () => {
    const { key, armored } = recordedFile('plain');
    const elsewhere = parsePublicKey(key.line.replace(/"[^"]*"/, `"${LOCAL}"`));
    expect(sshKeygenVerifies(elsewhere, armored, SIGNED)).toBe(true);
    expect(codeOf(() => verifySignature({ armored, message: SIGNED, namespace, key: elsewhere }))).toBe(
      'BASELINE_SIGNATURE_ORIGIN',
    );
  });

  test.each([
    ['plain', NOTHING],
    ['synced', 'BASELINE_SIGNATURE_SYNCED'],
    ['eligible', 'BASELINE_SIGNATURE_SYNCED'],
  ])('by a passkey that must be bound to its device: %s: %s', (name, code) => {
    const { key, armored } = recordedFile(name);
    const bound = parsePublicKey(key.line.replace('verify-required ', 'verify-required device-bound '));
    expect(codeOf(() => verifySignature({ armored, message: SIGNED, namespace, key: bound }))).toBe(code);
  });
});
