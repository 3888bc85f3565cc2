import { describe, expect, test } from '@jest/globals';
import {
  armorAssertion,
  NAMESPACES,
  parsePublicKey,
  type SshPublicKey,
  verifySignature,
} from '../../../baselines/index.js';
import { parseSshsig, type Sshsig, writeSshsig } from '../../../baselines/sshsig.js';
import { LOCAL, PAGE, type SoftwarePasskey, softwarePasskey } from './passkey-scene.js';
import { refusalOf } from './refusal.js';
import { codeOf } from './scene.js';

const NOTHING = 'nothing was thrown';
const namespace = NAMESPACES.baseline;
const message = Buffer.from('{"what people":"sign"}\n');

const local = softwarePasskey(LOCAL);
const answer = (
  passkey: SoftwarePasskey,
  over: Parameters<SoftwarePasskey['assert']>[1] = {},
  by: SshPublicKey = passkey.key,
) => {
  const armored = armorAssertion(passkey.key, namespace, passkey.assert(message, over));
  return refusalOf(() => verifySignature({ armored, message, namespace, key: by }));
};
const malformed = (what: string) => `BASELINE_SIGNATURE_MALFORMED: The signature ${what}.`;
const NO_BROWSER = malformed('holds client data that no browser writes');
const FRAMED = `BASELINE_SIGNATURE_ORIGIN: The signature was made while another page had ${LOCAL} inside it; sign on the page itself.`;
const ELSEWHERE = `BASELINE_SIGNATURE_ORIGIN: The signature was made on another page than ${LOCAL}, the one that the trust root has for this passkey. Sign there; if its owner knows of no other page, ask what was shown.`;
const EXTENDED = malformed('has extensions and does not say so, or says so and has none');

describe('what the browser says behind the page', () => {
  test.each([
    ['}', NOTHING],
    [',"crossOrigin":false}', NOTHING],
    [',"crossOrigin":false,"more":"é\n"}', NOTHING],
    [',"crossOrigin":true}', FRAMED],
    [`,"crossOrigin":true,"topOrigin":"${PAGE}"}`, FRAMED],
    [`,"crossOrigin":false,"topOrigin":"${PAGE}"}`, FRAMED],
    [`,"topOrigin":"${PAGE}"}`, FRAMED],
    ['', NO_BROWSER],
    ['}}', NO_BROWSER],
    ['} ', NO_BROWSER],
    [' }', NO_BROWSER],
    [',}', NO_BROWSER],
    [',"more":1}', NO_BROWSER],
    [',"crossOrigin":false', NO_BROWSER],
    [',"crossOrigin":false,"more":1', NO_BROWSER],
    [',"crossOrigin":falsely}', NO_BROWSER],
    [',"crossOrigin":null}', NO_BROWSER],
    [',"crossOrigin":false}\n', NO_BROWSER],
    [',"crossOrigin":false,"crossOrigin":true}', NO_BROWSER],
    ['x,"crossOrigin":false}', NO_BROWSER],
  ])('%j is answered in these words', (rest, words) => {
    expect(answer(local, { rest })).toBe(words);
  });
});

describe('what the authenticator says', () => {
  test.each([
    [0x05, '', NOTHING],
    [0x0d, '', NOTHING],
    [0x1d, '', NOTHING],
    [0x27, '', NOTHING],
    [0x85, 'a0', NOTHING],
    [
      0x04,
      '',
      'BASELINE_SIGNATURE_UNTOUCHED: The security key signed without being touched; sign with a key that was not made with no-touch-required.',
    ],
    [
      0x01,
      '',
      'BASELINE_SIGNATURE_UNVERIFIED_USER: The passkey did not verify its user; PIN, fingerprint or face is always needed.',
    ],
    [0x45, '', malformed('is of a passkey that was being made; only those of passkeys in use count')],
    [0x85, '', EXTENDED],
    [0x05, 'a0', EXTENDED],
    [0x15, '', malformed('is of a passkey that is copied and cannot be')],
  ])('flags %i and extensions "%s" are answered in these words', (flags, extensions, words) => {
    expect(answer(local, { flags, extensions })).toBe(words);
  });

  test('of a passkey bound to its device is that it cannot be copied', () => {
    const bound = softwarePasskey(LOCAL, { deviceBound: true });
    expect(bound.key.securityKey?.passkey).toEqual({ origin: LOCAL, deviceBound: true, pageOwner: null });
    expect(answer(bound)).toBe(NOTHING);
    expect(answer(bound, { flags: 0x0d })).toBe(
      'BASELINE_SIGNATURE_SYNCED: The passkey can be copied to other devices, and the trust root asks for one that cannot (device-bound); make one on a security key.',
    );
  });
});

describe('a passkey', () => {
  const armored = armorAssertion(local.key, namespace, local.assert(message));
  const parsed = parseSshsig(armored);
  const { authenticator } = parsed;
  if (!authenticator?.browser) throw new Error('a browser had part in it');
  const { browser } = authenticator;
  const codeWith = (over: Partial<Sshsig>, key: SshPublicKey = local.key) =>
    codeOf(() => verifySignature({ armored: writeSshsig({ ...parsed, ...over }), message, namespace, key }));
  const said = (over: Partial<typeof browser>) => ({
    authenticator: { ...authenticator, browser: { ...browser, ...over } },
  });

  test('signs for its own page, as both browser and file say', () => {
    expect(codeWith({})).toBe(NOTHING);
    expect(codeWith(said({ origin: PAGE }))).toBe('BASELINE_SIGNATURE_ORIGIN');
    expect(codeWith(said({ origin: `${LOCAL}0` }))).toBe('BASELINE_SIGNATURE_ORIGIN');
    const elsewhere = parsePublicKey(local.key.line.replace(LOCAL, 'http://localhost:977'));
    expect(codeWith(said({ origin: 'http://localhost:977' }), elsewhere)).toBe('BASELINE_SIGNATURE_ORIGIN');
    expect(refusalOf(() => verifySignature({ armored, message, namespace, key: local.key }))).toBe(NOTHING);
    expect(
      refusalOf(() =>
        verifySignature({
          armored: writeSshsig({ ...parsed, ...said({ origin: PAGE }) }),
          message,
          namespace,
          key: local.key,
        }),
      ),
    ).toBe(ELSEWHERE);
  });

  test('signs for one type of document', () => {
    const root = armorAssertion(
      local.key,
      NAMESPACES.root,
      local.assert(message, { namespace: NAMESPACES.root }),
    );
    expect(codeOf(() => verifySignature({ armored: root, message, namespace, key: local.key }))).toBe(
      'BASELINE_SIGNATURE_NAMESPACE',
    );
    const moved = armorAssertion(local.key, namespace, local.assert(message, { namespace: NAMESPACES.root }));
    expect(codeOf(() => verifySignature({ armored: moved, message, namespace, key: local.key }))).toBe(
      'BASELINE_SIGNATURE_WRONG',
    );
  });

  test('has no signature in any other form, and no other key has one in its form', () => {
    const algorithm = 'sk-ecdsa-sha2-nistp256@openssh.com';
    const bare = { ...authenticator, browser: null };
    expect(codeWith({ algorithm, authenticator: bare })).toBe('BASELINE_SIGNATURE_WRONG');
    // The same numbers as a security key that ssh uses: then the signature is a browser's, whatever else fits.
    const ssh = softwarePasskey(LOCAL);
    const key: SshPublicKey = {
      ...ssh.key,
      securityKey: { application: Buffer.from('localhost'), verifyRequired: false, passkey: null },
    };
    const theirs = armorAssertion(ssh.key, namespace, ssh.assert(message));
    expect(codeOf(() => verifySignature({ armored: theirs, message, namespace, key: ssh.key }))).toBe(
      NOTHING,
    );
    expect(codeOf(() => verifySignature({ armored: theirs, message, namespace, key }))).toBe(
      'BASELINE_SIGNATURE_WRONG',
    );
  });

  test.each([
    ['authenticator data that are cut off', { authenticatorData: Buffer.alloc(36) }],
    ['no signature', { signature: Buffer.alloc(0) }],
    ['another type of signature', { signature: Buffer.from('310602010102010100', 'hex') }],
    ['another length', { signature: Buffer.from('3007020101020101', 'hex') }],
    ['a first number of another type', { signature: Buffer.from('3006030101020101', 'hex') }],
    ['a second number of another type', { signature: Buffer.from('3006020101030101', 'hex') }],
    ['a second number cut off', { signature: Buffer.from('3006020101020201', 'hex') }],
    ['a byte behind', { signature: Buffer.from('300702010102010100', 'hex') }],
  ])('is no use with an answer of %s', (_what, over) => {
    const words =
      'BASELINE_SIGNATURE_MALFORMED: What the browser answered is no signature of a passkey; try again.';
    expect(refusalOf(() => armorAssertion(local.key, namespace, { ...local.assert(message), ...over }))).toBe(
      words,
    );
    const ssh = { ...local.key, securityKey: null };
    expect(refusalOf(() => armorAssertion(ssh, namespace, local.assert(message)))).toBe(words);
  });

  test('is asked again and again, and each answer is taken, however long its numbers are', () => {
    for (let round = 0; round < 100; round++) expect(answer(local)).toBe(NOTHING);
  });
});
