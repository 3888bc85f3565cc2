/** Keys of the right form that prove nothing: whoever has none of them can sign. They count for nothing, and the root that has them counts. */
import { base, chainCase, people, root, root1, sig, step, trustCase } from './scene.mjs';
import { armor, blob, keys, mpint, parts, string } from './writer.mjs';

const line = (type, ...fields) => {
  const whole = Buffer.concat([string(type), ...fields]);
  return { type, blob: whole, line: `${type} ${whole.toString('base64')}` };
};
const ed25519 = (hex) => line('ssh-ed25519', string(Buffer.from(hex, 'hex')));
const rsa = (last, first = 0xc1) => {
  const modulus = Buffer.from(keys.cora.blob.subarray(-384));
  modulus[0] = first;
  modulus[383] = last;
  return line('ssh-rsa', mpint([1, 0, 1]), mpint(modulus));
};
const zeros = (count) => '00'.repeat(count);
const P = `${'ff'.repeat(31)}7f`;
const plusP = (low) => (0xed + low).toString(16) + P.slice(2);

/** Points whose order is 1, 2, 4 or 8, in the spellings that are read; and spellings that are read and are not the right ones. */
const SMALL = {
  'order-1': `01${zeros(31)}`,
  'order-1-signed': `01${zeros(30)}80`,
  'order-2': plusP(-1),
  'order-4': zeros(32),
  'order-4-signed': `${zeros(31)}80`,
  'order-8': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'order-8-signed': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'order-8-other': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'order-8-other-signed': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'not-canonical-0': plusP(0),
  'not-canonical-1': plusP(1),
  'not-canonical-3': plusP(3),
  'not-canonical-18': plusP(18),
  'off-the-curve': `02${zeros(31)}`,
};
const owner = (key) => ({ name: 'zoe', roles: ['owner'], keys: [key.line] });
const withKey = (key) => root(null, { people: [...people, owner(key)] });
const counts = (name, why, key) =>
  trustCase(name, why, [withKey(key)], { version: 1, notices: ['BASELINE_KEY_WEAK'] });

/** R and S that fit any document for a public key of order 1: S·B = R + h·A with R the neutral point and S zero. */
const v1 = step(null, base, ['anna']);
const forger = ed25519(SMALL['order-1']);
const forged = armor(
  blob({
    ...parts(keys.anna, v1.bytes),
    publicKey: forger.blob,
    value: Buffer.concat([Buffer.from(SMALL['order-1'], 'hex'), Buffer.alloc(32)]),
  }),
);

export const weakKeyCases = [
  ...Object.entries(SMALL).map(([name, hex]) => counts(`key-weak-${name}`, 'a point that is no key', ed25519(hex))),
  counts('key-weak-rsa-even', 'a modulus that is even', rsa(keys.cora.blob.at(-1) & 0xfe)),
  counts('key-weak-security-key', 'such a point in an authenticator', line('sk-ssh-ed25519@openssh.com', string(Buffer.from(SMALL['order-8'], 'hex')), string('ssh:'))),
  chainCase(
    'key-weak-forged',
    'a signature that anybody could have made: it fits every document',
    [{ ...v1, signatures: [...v1.signatures, sig(v1, 'zoe', forged)] }],
    {
      trust: { version: 1, refused: [], notices: ['BASELINE_KEY_WEAK'] },
      head: null,
      refused: ['BASELINE_TOO_FEW_SIGNERS'],
      notices: ['BASELINE_KEY_WEAK'],
    },
    { trust: [withKey(forger)] },
  ),
  trustCase(
    'key-weak-in-root-2',
    'a root that enough people signed counts, the weak key in it does not',
    [root1, root(root1, { people: [...people, owner(forger)] }, ['anna', 'ben'])],
    { version: 2, notices: ['BASELINE_KEY_WEAK'] },
  ),
];
