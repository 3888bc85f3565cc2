/** The trust root: its pin, its content, and how one follows another. */
import { base, chainCase, flip, people, root, root1, rules, SITE, sig, step, trustCase } from './scene.mjs';
import { keys, mpint, signature, string } from './writer.mjs';

const ok = (version) => ({ version });
const stays = (...refused) => ({ version: 1, refused });
const error = (code) => ({ error: code });
const root2 = root(root1);
const root3 = root(root2, {}, ['ben', 'cora']);

/** A root 1 that the configuration pins although its content is not usable. */
const unusable = (name, why, code, over, options) =>
  trustCase(name, why, [root(null, over, [], options)], error(code));
const format = (name, why, over, options) => unusable(name, why, 'BASELINE_FORMAT', over, options);
const invalidKey = (name, why, line) =>
  unusable(name, why, 'BASELINE_KEY_INVALID', {
    people: [...people, { name: 'zoe', roles: ['tech'], keys: [line] }],
  });
const replace = (name, over) =>
  people.map((person) => (person.name === name ? { ...person, ...over } : person));
const base64 = (bytes) => Buffer.from(bytes).toString('base64');
const withoutAnna = people.filter(({ name }) => name !== 'anna');
const withZoe = [...people, { name: 'zoe', roles: ['owner'], keys: [keys.mallory.line] }];
const three = [{ ...rules[0], threshold: 3 }, ...rules.slice(1)];

const wire = (type, ...parts) => `${type} ${base64(Buffer.concat(parts))}`;
const point = keys['anna-second'].blob.subarray(-65);
/** SEC 1 also has 6 or 7 as the first byte, for y even or odd. */
const hybrid = Buffer.concat([Buffer.from([6 + (point[64] & 1)]), point.subarray(1)]);
const modulus = keys.cora.blob.subarray(-384);
const rsaKey = (exponent, n = modulus) => wire('ssh-rsa', string('ssh-rsa'), mpint(exponent), mpint(n));

const crew = [...people, { name: 'recovery-1', roles: ['recovery'], keys: [keys.mallory.line] }];
const recoveryRules = [{ ...rules[0], roles: ['owner', 'recovery'] }, ...rules.slice(1)];
const withRecovery = root(null, { people: crew, rules: recoveryRules });

export const trustCases = [
  trustCase('root-pinned', 'root 1 counts because it is pinned; it needs no signature', [root1], ok(1)),
  trustCase('root-not-pinned', 'the configuration pins another root', [root1], error('BASELINE_TRUST_PIN'), {
    pin: '0'.repeat(64),
  }),
  trustCase(
    'root-flip',
    'one bit of the pinned root',
    [{ ...root1, bytes: flip(root1.bytes, 100) }],
    error('BASELINE_TRUST_PIN'),
    { pin: root1.digest },
  ),
  trustCase('root-missing', 'no root at all', [], error('BASELINE_TRUST_PIN'), { pin: root1.digest }),
  trustCase(
    'root-2-pinned',
    'only root 1 can be pinned',
    [{ ...root2, file: 'root.000001.json' }],
    error('BASELINE_WRONG_VERSION'),
    { pin: root2.digest },
  ),
  trustCase('root-2', 'root 2 is signed by two owners of both', [root1, root2], ok(2)),
  trustCase('root-3', 'every root in between is walked', [root1, root2, root3], ok(3)),
  trustCase('root-skipped', 'root 2 is missing', [root1, root3], stays('BASELINE_GAP')),
  trustCase(
    'root-unsigned',
    'nobody signed root 2',
    [root1, root(root1, {}, [])],
    stays('BASELINE_UNSIGNED'),
  ),
  trustCase(
    'root-one-signer',
    'one owner where two are needed',
    [root1, root(root1, {}, ['anna'])],
    stays('BASELINE_TOO_FEW_SIGNERS'),
  ),
  trustCase(
    'root-one-person-two-keys',
    'two keys of one person',
    [root1, root(root1, {}, ['anna', 'anna-second'])],
    stays('BASELINE_TOO_FEW_SIGNERS'),
  ),
  trustCase(
    'root-signed-as-baseline',
    'signatures of another type of document',
    [
      root1,
      {
        ...root2,
        signatures: ['anna', 'ben'].map((name) => sig(root2, name, signature(keys[name], root2.bytes))),
      },
    ],
    {
      ...stays('BASELINE_UNSIGNED'),
      notices: ['BASELINE_SIGNATURE_NAMESPACE', 'BASELINE_SIGNATURE_NAMESPACE'],
    },
  ),
  trustCase(
    'root-flip-after-signing',
    'one bit of root 2',
    [root1, { ...root2, bytes: flip(root2.bytes, 100) }],
    { ...stays('BASELINE_UNSIGNED'), notices: ['BASELINE_SIGNATURE_WRONG', 'BASELINE_SIGNATURE_WRONG'] },
  ),
  trustCase(
    'root-signed-by-the-new-only',
    'people of the new root who the old one does not have',
    [root1, root(root1, { people: [...withoutAnna, ...withZoe.slice(-1)] }, ['mallory', 'ben'])],
    { ...stays('BASELINE_TOO_FEW_SIGNERS'), notices: ['BASELINE_SIGNATURE_UNKNOWN_KEY'] },
  ),
  trustCase(
    'root-signed-by-the-old-only',
    'two owners of the old root, one of whom the new one does not have',
    [root1, root(root1, { people: withoutAnna }, ['anna', 'ben'])],
    { ...stays('BASELINE_TOO_FEW_SIGNERS') },
  ),
  trustCase(
    'root-replaces-an-owner',
    'enough of both: one owner leaves, another comes',
    [root1, root(root1, { people: [...withoutAnna, ...withZoe.slice(-1)] }, ['anna', 'ben', 'mallory'])],
    ok(2),
  ),
  trustCase(
    'root-raises-its-threshold',
    'the new root needs three owners for itself',
    [root1, root(root1, { rules: three }, ['anna', 'ben'])],
    stays('BASELINE_TOO_FEW_SIGNERS'),
  ),
  trustCase(
    'root-raises-its-threshold-signed',
    'three owners signed',
    [root1, root(root1, { rules: three }, ['anna', 'ben', 'cora'])],
    ok(2),
  ),
  trustCase(
    'root-without-rule-for-itself',
    'no rule names root: the strictest one counts',
    [
      root(null, { rules: [{ kinds: ['admin'], threshold: 2, roles: ['owner'] }, rules[1]] }),
      root(root(null, { rules: [{ kinds: ['admin'], threshold: 2, roles: ['owner'] }, rules[1]] }), {}, [
        'dan',
      ]),
    ],
    stays('BASELINE_TOO_FEW_SIGNERS'),
  ),
  trustCase(
    'root-foreign-signature',
    'a foreign signature beside enough good ones is only told',
    [root1, root(root1, {}, ['anna', 'ben', 'mallory'])],
    { ...ok(2), notices: ['BASELINE_SIGNATURE_UNKNOWN_KEY'] },
  ),
  trustCase(
    'root-wrong-parent',
    'root 2 is the child of another root 1',
    [root1, root(root(null, { expires: '2029-01-01T00:00:00.000Z' }))],
    stays('BASELINE_WRONG_PARENT'),
  ),
  trustCase(
    'root-wrong-version',
    'the file says 2, the root says 3',
    [root1, root(root1, { version: 3 })],
    stays('BASELINE_WRONG_VERSION'),
  ),
  trustCase(
    'root-equivocation',
    'two mirrors hold different, properly signed roots of version 2',
    [root1, root2, root(root1, { expires: '2029-01-01T00:00:00.000Z' })],
    stays('BASELINE_EQUIVOCATION'),
  ),
  trustCase(
    'root-2-not-canonical',
    'a blank in root 2, signed by two owners',
    [root1, root(root1, {}, ['anna', 'ben'], { text: (text) => text.replace(':', ': ') })],
    stays('BASELINE_NOT_CANONICAL'),
  ),
  trustCase(
    'root-2-unreachable',
    'root 2, signed by two owners, has a rule nobody can meet',
    [root1, root(root1, { rules: [{ ...rules[0], threshold: 4 }] }, ['anna', 'ben'])],
    stays('BASELINE_TRUST_UNREACHABLE'),
  ),
  chainCase(
    'root-2-adds-an-approver',
    'a person of root 2 signs a baseline',
    [step(null, base, ['anna', 'mallory'])],
    { head: 1, signers: ['anna', 'zoe'] },
    { trust: [root1, root(root1, { people: withZoe }, ['anna', 'ben'])] },
  ),
  chainCase(
    'root-2-refused',
    'root 2 does not count, hence its people do not',
    [step(null, base, ['anna', 'mallory'])],
    {
      trust: { version: 1, refused: ['BASELINE_TOO_FEW_SIGNERS'], notices: [] },
      head: null,
      refused: ['BASELINE_TOO_FEW_SIGNERS'],
      notices: ['BASELINE_SIGNATURE_UNKNOWN_KEY'],
    },
    { trust: [root1, root(root1, { people: withZoe }, ['anna'])] },
  ),

  unusable('key-shared', 'two people with one key', 'BASELINE_TRUST_KEY_SHARED', {
    people: replace('dan', { keys: [keys.eve.line] }),
  }),
  unusable(
    'threshold-out-of-reach',
    'a rule for four owners, of whom there are three',
    'BASELINE_TRUST_UNREACHABLE',
    { rules: [{ ...rules[0], threshold: 4 }] },
  ),
  unusable('role-nobody-has', 'a rule for a role nobody has', 'BASELINE_TRUST_UNREACHABLE', {
    rules: [{ ...rules[0], roles: ['owner', 'boss'] }],
  }),
  format('threshold-zero', 'a rule that needs nobody', { rules: [{ ...rules[0], threshold: 0 }] }),
  format('rules-none', 'no rule at all', { rules: [] }),
  format('rule-without-kinds', 'a rule for nothing', { rules: [rules[0], { ...rules[1], kinds: [] }] }),
  format('rule-kind-twice', 'a rule that names a kind twice', {
    rules: [{ ...rules[0], kinds: ['root', 'root'] }],
  }),
  format('rule-kind-unknown', 'a rule for a kind that does not exist', {
    rules: [{ ...rules[0], kinds: ['root', 'terminals'] }],
  }),
  format('person-without-keys', 'a person who cannot sign', { people: replace('eve', { keys: [] }) }),
  format('recovery-beside-another-role', 'a recovery key that is somebody\'s everyday key', {
    people: replace('eve', { roles: ['auditor', 'recovery'] }),
  }),
  trustCase(
    'root-signed-with-a-recovery-key',
    'a recovery key counts as one person where the rule names its role',
    [withRecovery, root(withRecovery, { people: crew, rules: recoveryRules }, ['anna', 'mallory'])],
    ok(2),
  ),
  trustCase(
    'root-signed-with-a-recovery-key-for-nothing',
    'a recovery key counts for nothing where no rule names its role',
    [root(null, { people: crew }), root(root(null, { people: crew }), { people: crew }, ['anna', 'mallory'])],
    stays('BASELINE_TOO_FEW_SIGNERS'),
  ),
  format('person-twice', 'two people of one name', { people: [...people, people[4]] }),
  format('person-key-twice', 'one key twice', {
    people: replace('eve', { keys: [keys.eve.line, keys.eve.line] }),
  }),
  format('people-out-of-order', 'people not ordered by name', { people: [...people].reverse() }),
  format('head-twice', 'two heads of one site', {
    heads: [1, 2].map((version) => ({ site: SITE, version, statement: '0'.repeat(64) })),
  }),
  format('root-other-format', 'a format that does not exist yet', { format: 'tillwarden-root/2' }),
  format('root-unknown-member', 'a member the format does not have', { note: 'x' }),
  invalidKey('key-rsa-2048', 'an RSA key that is too short', keys['rsa-2048'].line),
  invalidKey('key-nistp521', 'a curve that is not accepted', keys['p-521'].line),
  invalidKey('key-dsa', 'a type that is not accepted', 'ssh-dss AAAAB3NzaC1kc3M='),
  invalidKey('key-with-comment', 'a key is written without its comment', `${keys.mallory.line} zoe@example`),
  invalidKey(
    'key-base64-variant',
    'a key in base64 without padding',
    `${keys['anna-second'].line.replace(/=+$/, '')}`,
  ),
  invalidKey(
    'key-type-relabelled',
    'the type before the key is not the one inside',
    keys.mallory.line.replace('ssh-ed25519', 'ssh-rsa'),
  ),
  invalidKey(
    'key-with-more',
    'a byte behind the key',
    `ssh-ed25519 ${base64(Buffer.concat([keys.mallory.blob, Buffer.from('x')]))}`,
  ),
  invalidKey(
    'key-cut',
    'a key without its last byte',
    `ssh-ed25519 ${base64(keys.mallory.blob.subarray(0, -1))}`,
  ),
  invalidKey(
    'key-not-on-the-curve',
    'a point that is not on the curve',
    `ecdsa-sha2-nistp256 ${base64(flip(keys['anna-second'].blob, -1))}`,
  ),
  invalidKey(
    'key-other-type-inside',
    'a type inside the key that does not exist',
    wire('ssh-ed25519', string('ssh-ed25518'), keys.mallory.blob.subarray(15)),
  ),
  invalidKey(
    'key-other-curve-inside',
    'the name of another curve inside the key',
    wire('ecdsa-sha2-nistp256', ...['ecdsa-sha2-nistp256', 'nistp384'].map(string), string(point)),
  ),
  invalidKey(
    'key-hybrid-point',
    'a point in another spelling',
    wire('ecdsa-sha2-nistp256', ...['ecdsa-sha2-nistp256', 'nistp256'].map(string), string(hybrid)),
  ),
  invalidKey('key-rsa-exponent-1', 'an RSA key whose signatures anybody can make', rsaKey([1])),
  invalidKey('key-rsa-exponent-even', 'an RSA key with an even exponent', rsaKey([1, 0, 0])),
  invalidKey('key-rsa-exponent-long', 'an RSA key with an exponent of eight bytes', rsaKey([1, 0, 0, 0, 0, 0, 0, 1])),
  invalidKey('key-rsa-too-long', 'an RSA key of 16,392 bits', rsaKey([1, 0, 1], Buffer.alloc(2049, 0xff))),
  invalidKey(
    'key-rsa-padded-modulus',
    'an RSA key whose modulus has a superfluous zero',
    wire('ssh-rsa', string('ssh-rsa'), mpint([1, 0, 1]), string(Buffer.concat([Buffer.alloc(2), modulus]))),
  ),
];
