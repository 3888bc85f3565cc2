/**
 * Passkeys: OpenSSH's PROTOCOL.u2f, "webauthn", and the pages they are for. Those named `passkey-real-…` were signed by a browser
 * (passkeys.json, written by record-passkeys.mjs); the others by keys in memory in place of it.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { base, chainCase, people, root, rules, sig, step, trustCase } from './scene.mjs';
import { armor, blob, clientData, keys, mpint, parts, passkey, securityKey, signature, string, WEBAUTHN } from './writer.mjs';

const LOCAL = 'http://localhost:9773';
const PAGE = 'https://console.example.com';
const owner = (name, ...lines) => ({ name, roles: ['owner'], keys: lines.sort() });
const v1 = step(null, base, ['anna']);

/** Another P-256 key for each number: the private number plus it would do, a scalar of its own does as well. */
function numbered(number) {
  const jwk = keys['anna-second'].privateKey.export({ format: 'jwk' });
  const d = Buffer.alloc(32, number).toString('base64url');
  const ec = createPrivateKey({ key: sec1(Buffer.from(d, 'base64url')), format: 'der', type: 'sec1' });
  const { x, y } = createPublicKey(ec).export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), ...[x, y].map((part) => Buffer.from(part, 'base64url'))]);
  const keyBlob = Buffer.concat([string('ecdsa-sha2-nistp256'), string('nistp256'), string(point)]);
  return { privateKey: ec, type: 'ecdsa-sha2-nistp256', crv: jwk.crv, blob: keyBlob };
}
/** RFC 5915: version, the private number, and the curve. */
function sec1(d) {
  const curve = Buffer.from('a00a06082a8648ce3d030107', 'hex');
  const body = Buffer.concat([Buffer.from([2, 1, 1, 4, 32]), d, curve]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}
const [first, second, third] = [1, 2, 3].map(numbered);

/** Anna and one passkey: enough, or one too few. */
function withPasskey(key, text, expect) {
  const trust = [root(null, { people: [...people, owner('paul', key.line)] })];
  return [[{ ...v1, signatures: [...v1.signatures, sig(v1, 'other', text)] }], expect, { trust }];
}
const accepted = (name, why, key, options) =>
  chainCase(name, why, ...withPasskey(key, signature(key, v1.bytes, options), { head: 1, signers: ['anna', 'paul'] }));
const refusedText = (name, why, code, key, text) =>
  chainCase(
    name,
    why,
    ...withPasskey(key, text, { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'], notices: [code] }),
  );
const refused = (name, why, code, key, options) =>
  refusedText(name, why, `BASELINE_SIGNATURE_${code}`, key, signature(key, v1.bytes, options));

const { recorded } = JSON.parse(readFileSync(new URL('passkeys.json', import.meta.url), 'utf8'));

/** A recorded answer as the file it would be, and the key that made it. `over` is what the trust root says otherwise. */
function real(name, over = {}) {
  const one = recorded.find((each) => each.name === name);
  const bytes = (text) => Buffer.from(text, 'base64');
  const point = bytes(one.publicKey).subarray(-65);
  const key = passkey(
    { type: 'ecdsa-sha2-nistp256', blob: Buffer.concat([string('ecdsa-sha2-nistp256'), string('nistp256'), string(point)]) },
    over.origin ?? one.origin,
    { rpId: one.rpId, options: over.options },
  );
  const said = bytes(one.authenticatorData);
  const der = bytes(one.signature);
  const r = der.subarray(4, 4 + der[3]);
  const s = der.subarray(6 + der[3]);
  const browser = [over.said ?? one.origin, bytes(one.clientDataJSON), said.subarray(37)];
  return {
    key,
    text: armor(
      blob({
        magic: 'SSHSIG',
        version: 1,
        publicKey: key.blob,
        namespace: 'baseline@tillwarden',
        reserved: '',
        hash: 'sha512',
        algorithm: WEBAUTHN,
        value: Buffer.concat([mpint(r), mpint(s)]),
        said: { flags: said[32], counter: said.readUInt32BE(33), browser },
      }),
    ),
  };
}
function realAccepted(name, why, over) {
  const { key, text } = real(name, over);
  const suffix = over?.suffix ?? '';
  return chainCase(`passkey-real-${name}${suffix}`, why, ...withPasskey(key, text, { head: 1, signers: ['anna', 'paul'] }));
}
function realRefused(name, why, code, over) {
  const { key, text } = real(name, over);
  return refusedText(`passkey-real-${name}${over?.suffix ?? ''}`, why, `BASELINE_SIGNATURE_${code}`, key, text);
}
const BOUND = 'verify-required device-bound ';

const local = passkey(first, LOCAL);
const bound = passkey(first, LOCAL, { options: BOUND });
const plain = securityKey(first, 'ssh:');
const changed = (over, more) => armor(blob({ ...parts(local, v1.bytes), ...over }, more));
const browserOf = ({ said }) => said.browser;
const [, clientText] = browserOf(parts(local, v1.bytes));

/** Everybody of a root with these people and nobody else; `signers` are keys with the name that stands in the file's. */
function pages(name, why, crew, signers, expect, over = {}) {
  const trust = [root(null, { people: [...people, ...crew].sort((a, b) => (a.name < b.name ? -1 : 1)), ...over })];
  const bare = step(null, base, []);
  const signatures = signers.map(([label, key]) => sig(bare, label, signature(key, bare.bytes)));
  return chainCase(name, why, [{ ...bare, signatures }], expect, { trust });
}
const tooFew = { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'] };
const [paul, quinn, rosa] = [first, second, third];
const at = (key, origin) => passkey(key, origin);
const pair = (one, other) => [
  [owner('paul', at(paul, one).line), owner('quinn', at(quinn, other).line), owner('rosa', keys.mallory.line)],
  [
    ['p', at(paul, one)],
    ['q', at(quinn, other)],
  ],
];
const both = { head: 1, signers: ['paul', 'quinn'] };

const unusable = (name, why, code, ...added) =>
  trustCase(name, why, [root(null, { people: [...people, ...added] })], { error: code });
const invalid = (name, why, line) => unusable(name, why, 'BASELINE_KEY_INVALID', owner('zoe', line));
const of = (origin, rpId = 'console.example.com', options) => passkey(first, origin, { rpId, options }).line;
const pageOnly = (origin) => [paul, quinn].map((key, index) => owner(['paul', 'quinn'][index], at(key, origin).line));

export const passkeyCases = [
  realAccepted('plain', 'signed by Chromium on a page of its own machine'),
  realAccepted('plain', 'it cannot be copied, as the trust root asks', { options: BOUND, suffix: '-device-bound' }),
  realAccepted('extra-member', 'Chromium put a member of its own behind the others'),
  realAccepted('synced', 'a passkey that is copied to other devices counts (flags 1d)'),
  realAccepted('eligible', 'a passkey that can be copied counts'),
  realAccepted('extensions', 'the authenticator added what an extension gave (flags 85)'),
  realAccepted('security-key', 'signed by a security key in a browser'),
  realAccepted('https', 'signed on a page of a host'),
  realAccepted('parent-domain', 'the id of the site is a domain above the page'),
  realRefused('unverified', 'the authenticator did not ask who touched it', 'UNVERIFIED_USER'),
  realRefused('framed', 'another page had the page inside it', 'ORIGIN'),
  realRefused('plain', 'signed on another port than the trust root has', 'ORIGIN', { origin: LOCAL, suffix: '-other-port' }),
  realRefused('plain', 'the same, and the signature says the port of the trust root', 'ORIGIN', {
    origin: LOCAL,
    said: LOCAL,
    suffix: '-other-port-relabelled',
  }),
  realRefused('synced', 'copied, where the trust root asks for one that cannot be', 'SYNCED', { options: BOUND, suffix: '-device-bound' }),
  realRefused('eligible', 'could be copied, where the trust root asks for one that cannot be', 'SYNCED', {
    options: BOUND,
    suffix: '-device-bound',
  }),

  accepted('passkey', 'as Chromium signs', local),
  accepted('passkey-device-bound', 'it cannot be copied, as the trust root asks', bound),
  accepted('passkey-sha256', 'over the other hash', local, { hash: 'sha256' }),
  accepted('passkey-client-data-end', 'a browser that says nothing about other pages', local, { rest: '}' }),
  accepted('passkey-counter-zero', 'the counter means nothing', local, { counter: 0 }),
  accepted('passkey-other-members', 'other members, with any text', local, { rest: ',"crossOrigin":false,"x":{"y":"é\u{1F511}"}}' }),
  refused('passkey-untouched', 'nobody touched it', 'UNTOUCHED', local, { flags: 4 }),
  refused('passkey-unverified-user', 'a touch alone', 'UNVERIFIED_USER', local, { flags: 1 }),
  refused('passkey-attested', 'the flag of a passkey that is being made', 'MALFORMED', local, { flags: 0x45 }),
  refused('passkey-extensions-unsaid', 'extensions without their flag', 'MALFORMED', local, { extensions: '\u00a0' }),
  refused('passkey-extensions-none', 'the flag of extensions without any', 'MALFORMED', local, { flags: 0x85 }),
  refused('passkey-backed-up-not-eligible', 'copied, though it cannot be', 'MALFORMED', local, { flags: 0x15 }),
  refused('passkey-synced-device-bound', 'copied, where the trust root asks for one that cannot be', 'SYNCED', bound, { flags: 0x1d }),
  refused('passkey-cross-origin', 'inside another page', 'ORIGIN', local, { rest: ',"crossOrigin":true}' }),
  refused('passkey-top-origin', 'inside another page, which it names', 'ORIGIN', local, {
    rest: ',"crossOrigin":true,"topOrigin":"https://example.org"}',
  }),
  refused('passkey-top-origin-behind', 'not inside another page, and yet it names one', 'ORIGIN', local, {
    rest: ',"crossOrigin":false,"topOrigin":"https://example.org"}',
  }),
  refused('passkey-cross-origin-twice', 'inside another page and not', 'MALFORMED', local, {
    rest: ',"crossOrigin":false,"crossOrigin":true}',
  }),
  refused('passkey-cross-origin-late', 'said in another place', 'MALFORMED', local, { rest: ',"x":1,"crossOrigin":false}' }),
  refused('passkey-cross-origin-longer', 'a word that begins like false', 'MALFORMED', local, { rest: ',"crossOrigin":falsehood}' }),
  refused('passkey-client-data-open', 'client data without their end', 'MALFORMED', local, { rest: ',"crossOrigin":false' }),
  refused('passkey-client-data-more', 'a line feed behind the client data', 'MALFORMED', local, { rest: ',"crossOrigin":false}\n' }),
  refused('passkey-client-data-empty-end', 'nothing behind the page', 'MALFORMED', local, { rest: '' }),
  refused('passkey-client-data-blank', 'a blank in the client data', 'WRONG', local, { client: (text) => text.replace(':', ': ') }),
  refused('passkey-client-data-reordered', 'the page before the challenge', 'WRONG', local, {
    client: (text) => text.replace(/("challenge":"[^"]*"),("origin":"[^"]*")/, '$2,$1'),
  }),
  refused('passkey-created', 'what is signed when a passkey is made', 'WRONG', local, {
    client: (text) => text.replace('webauthn.get', 'webauthn.create'),
  }),
  refused('passkey-other-challenge', 'the challenge of another document', 'WRONG', local, {
    client: (text) => text.replace(/"challenge":"./, '"challenge":"V'),
  }),
  refused('passkey-challenge-longer', 'the challenge and more', 'WRONG', local, {
    client: (text) => text.replace(/("challenge":"[^"]*)"/, '$1A"'),
  }),
  refused('passkey-other-host', 'a page of another host', 'ORIGIN', local, { client: (text) => text.replace('localhost', 'localhosu') }),
  refused('passkey-longer-origin', 'a page whose name begins like the right one', 'ORIGIN', local, {
    client: (text) => text.replace(LOCAL, `${LOCAL}0`),
  }),
  refused('passkey-other-origin-said', 'the signature names another page than the client data', 'ORIGIN', local, {
    said: 'http://localhost:9774',
  }),
  refused('passkey-as-a-security-key', 'a passkey that signed as ssh has it', 'WRONG', { ...local, origin: undefined }, { flags: 5 }),
  refusedText(
    'security-key-as-a-passkey',
    'a security key that signed as a browser has it',
    'BASELINE_SIGNATURE_WRONG',
    plain,
    signature({ ...plain, origin: LOCAL }, v1.bytes),
  ),
  refusedText(
    'passkey-of-another-site',
    'the same numbers, bound to another site',
    'BASELINE_SIGNATURE_WRONG',
    local,
    armor(blob({ ...parts(passkey(first, PAGE), v1.bytes), publicKey: local.blob })),
  ),
  ...[
    ['flags', { said: { flags: 0x0d, counter: 7, browser: [LOCAL, clientText, ''] } }],
    ['counter', { said: { flags: 5, counter: 8, browser: [LOCAL, clientText, ''] } }],
    ['extensions', { said: { flags: 5, counter: 7, browser: [LOCAL, clientText, '\u00a0'] } }],
    ['client-data', { said: { flags: 5, counter: 7, browser: [LOCAL, `${clientText} `, ''] } }],
  ].map(([what, over]) =>
    refusedText(`passkey-${what}-changed`, 'another than was signed', 'BASELINE_SIGNATURE_WRONG', local, changed(over)),
  ),
  ...[
    ['without-client-data', { said: { flags: 5, counter: 7, browser: [LOCAL] } }],
    ['without-extensions', { said: { flags: 5, counter: 7, browser: [LOCAL, clientText] } }],
    ['with-more', {}, { inside: 'x' }],
  ].map(([what, over, more]) =>
    refusedText(`passkey-${what}`, 'a part too few or too many', 'BASELINE_SIGNATURE_MALFORMED', local, changed(over, more)),
  ),
  refusedText(
    'passkey-of-the-other-algorithm',
    'client data behind the signature of a security key',
    'BASELINE_SIGNATURE_MALFORMED',
    local,
    changed({ algorithm: 'sk-ecdsa-sha2-nistp256@openssh.com' }),
  ),

  pages('page-own-machines', 'pages of the own machine are one for each person', ...pair(LOCAL, LOCAL), both),
  pages('page-of-two', 'a page counts for one person', ...pair(PAGE, PAGE), tooFew),
  pages('page-of-two-ports', 'another port of the same host', ...pair(PAGE, `${PAGE}:8443`), tooFew),
  pages('page-siblings', 'two hosts of one domain', ...pair('https://a.example.com', 'https://b.example.com'), tooFew),
  pages('page-below', 'a domain and a host of it', ...pair('https://example.com', 'https://x.y.example.com'), tooFew),
  pages('page-suffix', 'two owners below a suffix of two labels: taken for one, to be safe', ...pair('https://a.co.uk', 'https://b.co.uk'), tooFew),
  pages('page-two-owners', 'pages of two owners', ...pair('https://a.example.com', 'https://b.example.net'), both),
  pages('page-and-own-machine', 'one on a page, one on their own machine', ...pair(PAGE, LOCAL), both),
  pages(
    'page-and-another-key',
    'who has signed elsewhere too needs no page',
    [owner('paul', at(paul, PAGE).line, keys.mallory.line), owner('quinn', at(quinn, PAGE).line)],
    [
      ['p', at(paul, PAGE)],
      ['p-2', keys.mallory],
      ['q', at(quinn, PAGE)],
    ],
    both,
  ),
  pages(
    'page-one-person-two-pages',
    'one page counts for each of two people, though one of them has signed on both',
    [
      owner('paul', at(paul, PAGE).line, at(third, 'https://example.net').line),
      owner('quinn', at(quinn, PAGE).line),
      owner('rosa', keys.mallory.line),
    ],
    [
      ['p', at(paul, PAGE)],
      ['p-2', at(third, 'https://example.net')],
      ['q', at(quinn, PAGE)],
    ],
    both,
  ),
  pages(
    'page-in-two-rules',
    'a page counts for one person in all rules together: not for an owner in one and for an auditor in the other',
    [owner('paul', at(paul, PAGE).line), { name: 'quinn', roles: ['auditor'], keys: [at(quinn, PAGE).line] }],
    [
      ['a', keys.anna],
      ['p', at(paul, PAGE)],
      ['q', at(quinn, PAGE)],
    ],
    tooFew,
    { rules: [...rules, { kinds: ['admin'], threshold: 1, roles: ['auditor'] }] },
  ),
  pages(
    'page-for-the-one-who-is-needed',
    'of those who signed on a page it counts for the one who is needed',
    [owner('paul', at(paul, PAGE).line), { name: 'quinn', roles: ['auditor'], keys: [at(quinn, PAGE).line] }],
    [
      ['a', keys.anna],
      ['b', keys.ben],
      ['p', at(paul, PAGE)],
      ['q', at(quinn, PAGE)],
    ],
    { head: 1, signers: ['anna', 'ben', 'paul', 'quinn'] },
    { rules: [...rules, { kinds: ['admin'], threshold: 1, roles: ['auditor'] }] },
  ),
  trustCase(
    'page-root',
    'a trust root is counted in the same way',
    [
      root(null, { people: [...people, ...pageOnly(PAGE)] }),
      pagedRoot(root(null, { people: [...people, ...pageOnly(PAGE)] }), pageOnly(PAGE)),
    ],
    { version: 1, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  trustCase(
    'page-root-own-machines',
    'and counts when the pages are those of the own machines',
    [
      root(null, { people: [...people, ...pageOnly(LOCAL)] }),
      pagedRoot(root(null, { people: [...people, ...pageOnly(LOCAL)] }), pageOnly(LOCAL), LOCAL),
    ],
    { version: 2 },
  ),
  trustCase(
    'page-out-of-reach',
    'a rule for two who can sign on one page alone',
    [root(null, { people: pageOnly(PAGE), rules: [{ kinds: ['root'], threshold: 2, roles: ['owner'] }] })],
    { error: 'BASELINE_TRUST_UNREACHABLE' },
  ),

  ...[
    ['http', 'a page that anybody on the way can change', 'http://console.example.com'],
    ['path', 'more than a page’s origin', 'https://console.example.com/'],
    ['usual-port', 'the usual port, which browsers leave out', 'https://console.example.com:443'],
    ['no-port', 'a port that does not exist', 'https://console.example.com:65536'],
    ['capitals', 'another spelling', 'https://Console.example.com'],
    ['user', 'a name before the host', 'https://a@console.example.com'],
    ['dot', 'a dot behind the host', 'https://console.example.com.'],
  ].map(([what, why, origin]) => invalid(`passkey-origin-${what}`, why, of(origin))),
  invalid('passkey-origin-address', 'an address has no passkeys', of('https://127.0.0.1', '127.0.0.1')),
  invalid('passkey-origin-loopback', 'an address has no passkeys, the own machine’s neither', of('http://127.0.0.1:9773', '127.0.0.1')),
  invalid('passkey-site-of-others', 'a passkey of another site', of(PAGE, 'example.org')),
  invalid('passkey-site-below', 'a passkey of a site below the page', of(PAGE, 'x.console.example.com')),
  invalid('passkey-site-of-a-suffix', 'a passkey of all there is', of(PAGE, 'com')),
  invalid('passkey-site-half-a-label', 'a site that ends like the page’s', of(PAGE, 'ample.com')),
  invalid('passkey-unverified', 'a passkey without verify-required', of(PAGE, undefined, '')),
  invalid('passkey-options-reordered', 'the options in another order', of(PAGE, undefined, 'device-bound verify-required ')),
  invalid('passkey-option-unknown', 'an option that does not exist', of(PAGE, undefined, 'verify-required no-touch-required ')),
  invalid('passkey-for-ssh', 'a passkey without its page', passkey(first, PAGE).plain),
  invalid('device-bound-security-key', 'only a passkey can be device-bound', `verify-required device-bound ${plain.line}`),
  invalid('passkey-ed25519', 'a type that OpenSSH has no signature of browsers for', passkey(keys.mallory, PAGE).line),
  invalid('passkey-plain-key', 'a page before a key that is in no authenticator', `webauthn="${LOCAL}" ${keys.mallory.line}`),
  unusable(
    'passkey-shared-on-two-pages',
    'one passkey of two people, with a page for each',
    'BASELINE_TRUST_KEY_SHARED',
    owner('yan', of(PAGE, 'example.com')),
    owner('zoe', of('https://example.com', 'example.com')),
  ),
];

/** Root 2 of a root 1, signed by both of `crew` with their passkeys. */
function pagedRoot(parent, crew, origin = PAGE) {
  const next = root(parent, { people: [...people, ...crew] }, []);
  const options = { namespace: 'root@tillwarden' };
  return {
    ...next,
    signatures: [
      sig(next, 'p', signature(at(paul, origin), next.bytes, options)),
      sig(next, 'q', signature(at(quinn, origin), next.bytes, options)),
    ],
  };
}
