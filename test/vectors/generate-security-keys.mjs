/** Security keys (FIDO): OpenSSH's PROTOCOL.u2f, with keys in memory in place of the hardware. */
import { base, chainCase, people, root, sig, step, trustCase } from './scene.mjs';
import { armor, blob, keys, parts, securityKey, signature, string, WEBAUTHN } from './writer.mjs';

const sam = securityKey(keys.mallory);
const tom = securityKey(keys['anna-second']);
const strict = securityKey(keys.mallory, 'ssh:strict');
const owner = (name, ...lines) => ({ name, roles: ['owner'], keys: lines.sort() });
const crew = [...people, owner('sam', sam.line), owner('tom', tom.line), owner('uma', `verify-required ${strict.line}`)];
const trust = [root(null, { people: crew })];
const v1 = step(null, base, ['anna']);

/** Anna's good signature and another text: enough, or one too few. */
const withText = (text, expect) => [
  [{ ...v1, signatures: [...v1.signatures, sig(v1, 'other', text)] }],
  expect,
  { trust },
];
const accepted = (name, why, signer, text) =>
  chainCase(name, why, ...withText(text, { head: 1, signers: ['anna', signer] }));
const refused = (name, why, code, text) =>
  chainCase(
    name,
    why,
    ...withText(text, { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'], notices: [code] }),
  );
const malformed = (name, why, text) => refused(name, why, 'BASELINE_SIGNATURE_MALFORMED', text);
const wrong = (name, why, text) => refused(name, why, 'BASELINE_SIGNATURE_WRONG', text);

const of = (base, over, more) => armor(blob({ ...base, ...over }, more));
const samParts = parts(sam, v1.bytes);
const unusable = (name, why, code, ...added) =>
  trustCase(name, why, [root(null, { people: [...people, ...added] })], { error: code });
const invalidKey = (name, why, line) => unusable(name, why, 'BASELINE_KEY_INVALID', owner('zoe', line));
const base64 = (...bytes) => Buffer.concat(bytes).toString('base64');

export const securityKeyCases = [
  accepted('security-key-ed25519', 'touched', 'sam', signature(sam, v1.bytes)),
  accepted('security-key-ecdsa', 'touched', 'tom', signature(tom, v1.bytes)),
  accepted(
    'security-key-verified-user',
    'touched, and its user verified, as the trust root asks for this key',
    'uma',
    signature(strict, v1.bytes, { flags: 5 }),
  ),
  accepted(
    'security-key-other-flags',
    'flags that SSH gives no meaning are part of what is signed, and harm nothing',
    'sam',
    signature(sam, v1.bytes, { flags: 0x19, counter: 0xffffffff }),
  ),
  refused(
    'security-key-untouched',
    'nobody touched it',
    'BASELINE_SIGNATURE_UNTOUCHED',
    signature(sam, v1.bytes, { flags: 0 }),
  ),
  refused(
    'security-key-verified-but-untouched',
    'a PIN is no touch',
    'BASELINE_SIGNATURE_UNTOUCHED',
    signature(strict, v1.bytes, { flags: 4 }),
  ),
  refused(
    'security-key-unverified-user',
    'a touch is no PIN where the trust root asks for it',
    'BASELINE_SIGNATURE_UNVERIFIED_USER',
    signature(strict, v1.bytes),
  ),
  wrong('security-key-flags-changed', 'signed untouched, relabelled as touched', of(parts(sam, v1.bytes, { flags: 0 }), { said: { flags: 1, counter: 7 } })),
  wrong('security-key-counter-changed', 'another counter than was signed', of(samParts, { said: { flags: 1, counter: 8 } })),
  wrong(
    'security-key-other-application',
    'signed for another application with the same key',
    of(parts(strict, v1.bytes), { publicKey: sam.blob }),
  ),
  wrong(
    'security-key-as-a-plain-key',
    'the numbers of the key, used as if it were in no authenticator',
    of(parts(keys.mallory, v1.bytes), { publicKey: sam.blob }),
  ),
  wrong(
    'security-key-algorithm-of-a-plain-key',
    'an authenticator signed, the algorithm says none did, and its data are left out',
    of(samParts, { algorithm: 'ssh-ed25519', said: undefined }),
  ),
  wrong(
    'plain-key-as-a-security-key',
    'a plain key and the algorithm of a security key',
    of(samParts, { publicKey: keys.ben.blob }),
  ),
  wrong(
    'security-key-of-the-other-type',
    'an ed25519 key and the algorithm of the ecdsa one',
    of(samParts, { algorithm: 'sk-ecdsa-sha2-nistp256@openssh.com' }),
  ),
  malformed('security-key-without-flags', 'nothing behind the signature proper', of(samParts, { said: undefined })),
  malformed('security-key-counter-cut', 'a counter of three bytes', armor(cutInside(samParts))),
  malformed('security-key-with-more', 'a byte behind the counter', of(samParts, {}, { inside: 'x' })),
  malformed(
    'plain-key-with-flags',
    'flags and counter behind the signature of a plain key',
    of(parts(keys.ben, v1.bytes), { said: { flags: 1, counter: 7 } }),
  ),
  malformed(
    'security-key-of-a-browser',
    'the algorithm of a browser without what a browser says',
    of(parts(tom, v1.bytes), { algorithm: WEBAUTHN }),
  ),

  invalidKey('security-key-of-a-web-site', 'an application that is not for SSH', securityKey(keys.mallory, 'https://example.org').line),
  invalidKey(
    'security-key-without-application',
    'a key without its application',
    `sk-ssh-ed25519@openssh.com ${base64(string('sk-ssh-ed25519@openssh.com'), keys.mallory.blob.subarray(15))}`,
  ),
  invalidKey(
    'security-key-with-a-byte-more',
    'a byte behind the application',
    `sk-ssh-ed25519@openssh.com ${base64(sam.blob, Buffer.from('x'))}`,
  ),
  invalidKey('verify-required-of-a-plain-key', 'only a security key can verify its user', `verify-required ${keys.mallory.line}`),
  invalidKey('verify-required-twice', 'an option given twice', `verify-required verify-required ${sam.line}`),
  invalidKey('no-touch-required', 'an option of sshd that is not one here', `no-touch-required ${sam.line}`),
  unusable(
    'key-shared-with-another-option',
    'two people with one key, for one of them verify-required',
    'BASELINE_TRUST_KEY_SHARED',
    owner('yan', sam.line),
    owner('zoe', `verify-required ${sam.line}`),
  ),
  unusable(
    'person-key-twice-with-another-option',
    'one key of one person, with and without verify-required',
    'BASELINE_TRUST_KEY_SHARED',
    owner('zoe', sam.line, `verify-required ${sam.line}`),
  ),
];

/** The blob with the last byte of the signature part left out, all lengths right. */
function cutInside(p) {
  const whole = Buffer.concat([string(p.algorithm), string(p.value), Buffer.from([1, 0, 0, 0])]);
  const outer = blob({ ...p, said: undefined });
  const inner = Buffer.concat([string(p.algorithm), string(p.value)]);
  return Buffer.concat([outer.subarray(0, -string(inner).length), string(whole)]);
}
