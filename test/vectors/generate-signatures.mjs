/** The signature file: each of its parts changed, and every spelling that ssh-keygen does not write. */
import { chainCase, flip, sig, v1 } from './scene.mjs';
import { armor, BEGIN, blob, END, keys, mpint, parts, signature, string } from './writer.mjs';

const stays = { head: 1, signers: ['anna', 'ben'] };

/** Anna's signature is good and the second owner's is `text`: the baseline lacks one signer. */
const refused = (name, why, code, text) =>
  chainCase(name, why, [{ ...v1, signatures: [v1.signatures[0], sig(v1, 'cora', text)] }], {
    head: null,
    refused: ['BASELINE_TOO_FEW_SIGNERS'],
    notices: [code],
  });
const accepted = (name, why, text) =>
  chainCase(name, why, [{ ...v1, signatures: [v1.signatures[0], sig(v1, 'cora', text)] }], {
    head: 1,
    signers: ['anna', 'cora'],
  });
const malformed = (name, why, text) => refused(name, why, 'BASELINE_SIGNATURE_MALFORMED', text);
const wrong = (name, why, text) => refused(name, why, 'BASELINE_SIGNATURE_WRONG', text);

const rsa = signature(keys.cora, v1.bytes);
const rsaParts = parts(keys.cora, v1.bytes);
const benParts = parts(keys.ben, v1.bytes);
const annaParts = parts(keys.anna, v1.bytes);
const rsaBlob = blob(rsaParts);
const body = rsa.slice(BEGIN.length, -END.length);
const oneLine = body.replaceAll('\n', '');
const of = (base, over, more) => armor(blob({ ...base, ...over }, more));
/** Offset of a part of the RSA blob. */
const at = (part) => rsaBlob.indexOf(Buffer.from(part));
const turned = (offset) => armor(flip(rsaBlob, offset));

/** Ben's ECDSA signature with r spelt in another way. */
function respelt(change) {
  const length = benParts.value.readUInt32BE();
  const r = benParts.value.subarray(4, 4 + length);
  return of(benParts, { value: Buffer.concat([string(change(r)), benParts.value.subarray(4 + length)]) });
}
/** A signature of Ben's whose r has its top bit set. */
let withTopBit = benParts;
while (withTopBit.value[4] !== 0) withTopBit = parts(keys.ben, v1.bytes);
function withoutSignByte(value) {
  const length = value.readUInt32BE();
  return Buffer.concat([string(value.subarray(5, 4 + length)), value.subarray(4 + length)]);
}
const byBen = (name, why, code, text) =>
  chainCase(name, why, [{ ...v1, signatures: [v1.signatures[0], sig(v1, 'ben', text)] }], {
    head: null,
    refused: ['BASELINE_TOO_FEW_SIGNERS'],
    notices: [code],
  });
const byAnna = (name, why, code, text) =>
  chainCase(name, why, [{ ...v1, signatures: [sig(v1, 'anna', text), v1.signatures[1]] }], {
    head: null,
    refused: ['BASELINE_TOO_FEW_SIGNERS'],
    notices: [code],
  });

export const signatureCases = [
  accepted(
    'message-hash-sha256',
    'ssh-keygen -O hashalg=sha256',
    signature(keys.cora, v1.bytes, { hash: 'sha256' }),
  ),
  accepted('rsa-sha2-256', 'RSA with SHA-256', signature(keys.cora, v1.bytes, { algorithm: 'rsa-sha2-256' })),
  wrong(
    'rsa-sha1',
    'RSA with SHA-1, which is what the algorithm ssh-rsa means',
    signature(keys.cora, v1.bytes, { algorithm: 'ssh-rsa' }),
  ),
  wrong(
    'rsa-labelled-otherwise',
    'a SHA-512 signature that says SHA-256',
    of(rsaParts, { algorithm: 'rsa-sha2-256' }),
  ),
  wrong(
    'algorithm-of-another-key-type',
    'an RSA key and an Ed25519 signature',
    of(rsaParts, { algorithm: 'ssh-ed25519', value: annaParts.value }),
  ),
  wrong(
    'signature-of-another-document',
    'a good signature, over something else',
    signature(keys.cora, 'something else'),
  ),
  wrong(
    'signature-of-another-person',
    "Anna's signature under Cora's key",
    of(annaParts, { publicKey: keys.cora.blob }),
  ),
  refused(
    'namespace-of-trust-roots',
    'signed as if it were a trust root',
    'BASELINE_SIGNATURE_NAMESPACE',
    signature(keys.cora, v1.bytes, { namespace: 'root@tillwarden' }),
  ),
  refused(
    'namespace-of-git',
    'signed as git does',
    'BASELINE_SIGNATURE_NAMESPACE',
    signature(keys.cora, v1.bytes, { namespace: 'git' }),
  ),
  refused(
    'namespace-empty',
    'signed for no namespace',
    'BASELINE_SIGNATURE_NAMESPACE',
    signature(keys.cora, v1.bytes, { namespace: '' }),
  ),
  refused(
    'namespace-with-more',
    'our namespace and a zero byte',
    'BASELINE_SIGNATURE_NAMESPACE',
    signature(keys.cora, v1.bytes, { namespace: 'baseline@tillwarden\0' }),
  ),
  wrong(
    'namespace-relabelled',
    'signed as a trust root, relabelled as a baseline',
    of(parts(keys.cora, v1.bytes, { namespace: 'root@tillwarden' }), { namespace: 'baseline@tillwarden' }),
  ),
  wrong(
    'message-hash-relabelled',
    'signed with sha512, relabelled as sha256',
    of(rsaParts, { hash: 'sha256' }),
  ),
  chainCase(
    'wrong-namespace-beside-enough',
    'a signature for another namespace beside enough good ones is only told',
    [
      {
        ...v1,
        signatures: [...v1.signatures, sig(v1, 'cora', signature(keys.cora, v1.bytes, { namespace: 'git' }))],
      },
    ],
    { ...stays, notices: ['BASELINE_SIGNATURE_NAMESPACE'] },
  ),
  chainCase(
    'junk-beside-enough',
    'an empty signature file beside enough good ones is only told',
    [{ ...v1, signatures: [...v1.signatures, sig(v1, 'zoe', '')] }],
    { ...stays, notices: ['BASELINE_SIGNATURE_MALFORMED'] },
  ),

  malformed('signature-empty', 'an empty file', ''),
  malformed('signature-flip-magic', 'one bit of the magic', turned(0)),
  malformed('signature-flip-version', 'one bit of the format version', turned(9)),
  malformed('signature-flip-key-length', 'one bit of the length of the public key', turned(13)),
  refused(
    'signature-flip-key',
    'one bit of the public key',
    'BASELINE_SIGNATURE_UNKNOWN_KEY',
    turned(at(keys.cora.blob) + 60),
  ),
  refused(
    'signature-flip-namespace',
    'one bit of the namespace',
    'BASELINE_SIGNATURE_NAMESPACE',
    turned(at('baseline@')),
  ),
  malformed(
    'signature-flip-reserved',
    'one bit of the length of the reserved field',
    turned(at('baseline@') + 'baseline@tillwarden'.length + 3),
  ),
  malformed('signature-flip-hash', 'one bit of the name of the hash', turned(at('sha512'))),
  wrong('signature-flip-algorithm', 'one bit of the name of the algorithm', turned(at('rsa-sha2-512'))),
  wrong('signature-flip-value', 'one bit in the middle of the signature', turned(rsaBlob.length - 100)),
  wrong('signature-flip-last', 'the last bit of the signature', turned(-1)),
  malformed('signature-cut', 'the blob without its last byte', armor(rsaBlob.subarray(0, -1))),
  malformed('signature-with-more', 'a byte behind the blob', of(rsaParts, {}, { after: 'x' })),
  malformed(
    'signature-with-more-inside',
    'a byte behind the signature proper',
    of(rsaParts, {}, { inside: 'x' }),
  ),
  malformed('format-version-2', 'a format version that does not exist', of(rsaParts, { version: 2 })),
  malformed(
    'reserved-used',
    'a reserved field that is signed properly',
    signature(keys.cora, v1.bytes, { reserved: 'x' }),
  ),
  malformed(
    'message-hash-sha1',
    'a message hash that is broken',
    signature(keys.cora, v1.bytes, { hash: 'sha1' }),
  ),
  malformed(
    'message-hash-sha384',
    'a message hash that SSHSIG does not have',
    signature(keys.cora, v1.bytes, { hash: 'sha384' }),
  ),
  wrong(
    'rsa-shorter',
    'an RSA signature without its last byte',
    of(rsaParts, { value: rsaParts.value.subarray(0, -1) }),
  ),
  wrong(
    'rsa-longer',
    'an RSA signature with a zero before it',
    of(rsaParts, { value: Buffer.concat([Buffer.alloc(1), rsaParts.value]) }),
  ),
  wrong('rsa-empty', 'an RSA signature of no bytes', of(rsaParts, { value: '' })),

  malformed('armor-carriage-returns', 'line endings of another system', rsa.replaceAll('\n', '\r\n')),
  malformed('armor-without-last-line-feed', 'the last line feed is missing', rsa.trimEnd()),
  malformed('armor-trailing-bytes', 'something behind the armor', `${rsa} `),
  malformed('armor-leading-line', 'something before the armor', `\n${rsa}`),
  malformed('armor-twice', 'two signatures in one file', rsa + rsa),
  malformed('armor-64-columns', 'lines of another length', armor(rsaBlob, 64)),
  malformed('armor-one-line', 'one long line', `${BEGIN}${oneLine}\n${END}`),
  malformed('armor-blank-line', 'a blank line in the middle', rsa.replace('\n', '\n\n')),
  malformed('armor-blank', 'a blank at the end of a line', rsa.replace(/\n(?!-)/, ' \n')),
  malformed('armor-other-label', 'another label', rsa.replaceAll('SSH SIGNATURE', 'SIGNATURE')),
  malformed('base64-no-padding', 'base64 without its padding', rsa.replace('=', '')),
  malformed('base64-url', 'base64 with the letters for URLs', rsa.replaceAll('+', '-').replaceAll('/', '_')),
  malformed(
    'base64-pad-bits',
    'a last letter whose unused bits are set',
    rsa.replace(/(.)(==?\n)/, (_, letter, rest) => nextLetter(letter) + rest),
  ),
  malformed(
    'base64-other-letter',
    'a letter that base64 does not have',
    rsa.replace(oneLine.slice(200, 201), '!'),
  ),
  malformed('base64-three-pads', 'more padding than there is', rsa.replace(`\n${END}`, `=\n${END}`)),

  byBen(
    'ecdsa-padded-number',
    'r with a superfluous zero',
    'BASELINE_SIGNATURE_WRONG',
    respelt((r) => Buffer.concat([Buffer.alloc(1), r])),
  ),
  byBen(
    'ecdsa-negative-number',
    'r as a negative number',
    'BASELINE_SIGNATURE_WRONG',
    respelt((r) => Buffer.concat([Buffer.from([0x80]), r.subarray(1)])),
  ),
  byBen(
    'ecdsa-without-sign-byte',
    'r without the zero before its set top bit: a negative number in SSH',
    'BASELINE_SIGNATURE_WRONG',
    of(withTopBit, { value: withoutSignByte(withTopBit.value) }),
  ),
  byBen(
    'ecdsa-too-long',
    'r longer than the field',
    'BASELINE_SIGNATURE_WRONG',
    respelt(() => Buffer.alloc(49, 1)),
  ),
  byBen(
    'ecdsa-zero',
    'r is zero',
    'BASELINE_SIGNATURE_WRONG',
    respelt(() => Buffer.alloc(0)),
  ),
  byBen(
    'ecdsa-without-lengths',
    'r and s side by side, as other formats have it',
    'BASELINE_SIGNATURE_WRONG',
    of(benParts, { value: Buffer.alloc(96, 7) }),
  ),
  byBen(
    'ecdsa-with-more',
    'a third number',
    'BASELINE_SIGNATURE_WRONG',
    of(benParts, { value: Buffer.concat([benParts.value, mpint([1])]) }),
  ),
  byAnna(
    'ed25519-shorter',
    '63 bytes',
    'BASELINE_SIGNATURE_WRONG',
    of(annaParts, { value: annaParts.value.subarray(0, 63) }),
  ),
  byAnna(
    'ed25519-longer',
    '65 bytes',
    'BASELINE_SIGNATURE_WRONG',
    of(annaParts, { value: Buffer.concat([annaParts.value, Buffer.alloc(1)]) }),
  ),
  byAnna(
    'ed25519-s-too-large',
    's with the order of the group added: the same number, another spelling',
    'BASELINE_SIGNATURE_WRONG',
    of(annaParts, { value: plusOrder(annaParts.value) }),
  ),
];

function nextLetter(letter) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return letters[letters.indexOf(letter) + 1];
}

/** RFC 8032 section 5.1.7: s must be below L. */
function plusOrder(value) {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(value.subarray(32)).reverse().toString('hex')}`) + order;
  const bytes = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
  return Buffer.concat([value.subarray(0, 32), bytes]);
}
