import { describe, expect, test } from '@jest/globals';
import {
  isPasskeyLine,
  parsePublicKey,
  parsePublicKeyFile,
  verifyRequired,
} from '../../../baselines/index.js';
import { writeString } from '../../../baselines/ssh-wire.js';
import { LOCAL, PAGE, softwarePasskey } from './passkey-scene.js';
import { refusalOf } from './refusal.js';

const NOTHING = 'nothing was thrown';
const refusal = (what: string) => `BASELINE_KEY_INVALID: The public key ${what}.`;
const NO_PAGE = refusal(
  'is a passkey of no page: webauthn="…" must be http://localhost:PORT or https://NAME[:PORT], as the browser writes it',
);
const { key } = softwarePasskey(LOCAL);
/** The line of the same numbers on another page, for another site. */
function lineOf(
  origin: string,
  rpId = /^https?:\/\/([^:/]*)/.exec(origin)?.[1] ?? '',
  options = 'verify-required ',
) {
  const type = 'sk-ecdsa-sha2-nistp256@openssh.com';
  const numbers = key.blob.subarray(0, -writeString('localhost').length);
  const blob = Buffer.concat([numbers, writeString(rpId)]);
  return `webauthn="${origin}" ${options}${type} ${blob.toString('base64')}`;
}
const label63 = 'a'.repeat(63);
/** 253 characters. */
const longest = `${label63}.${label63}.${label63}.${'a'.repeat(61)}`;

describe('the page of a passkey', () => {
  test.each<[string, string | null]>([
    [LOCAL, null],
    ['http://localhost', null],
    ['http://localhost:1', null],
    ['http://localhost:65535', null],
    ['http://localhost:443', null],
    [PAGE, 'example.com'],
    ['https://example.com', 'example.com'],
    ['https://a.b.c.example.com:8443', 'example.com'],
    ['https://example.com:80', 'example.com'],
    ['https://console', 'console'],
    ['https://localhost:9773', 'localhost'],
    ['https://x-1.xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['https://1.2.3.a4', '3.a4'],
    [`https://${longest}`, `${label63}.${'a'.repeat(61)}`],
    [`https://${longest}:65535`, `${label63}.${'a'.repeat(61)}`],
  ])('%s is one, and belongs to %s', (origin, pageOwner) => {
    const { securityKey } = parsePublicKey(lineOf(origin));
    expect(securityKey?.passkey).toEqual({ origin, deviceBound: false, pageOwner });
    expect(securityKey?.verifyRequired).toBe(true);
  });

  test.each([
    '',
    'localhost',
    'http://localhost:80',
    'http://localhost:0',
    'http://localhost:09773',
    'http://localhost:65536',
    'http://localhost:100000',
    'http://localhost:',
    'http://localhost/',
    'http://x.localhost',
    'xhttp://localhost',
    'http://127.0.0.1:9773',
    'http://[::1]:9773',
    'http://console.example.com',
    'https://console.example.com:443',
    'https://console.example.com/',
    'https://console.example.com?x',
    'https://console.example.com.',
    'https://Console.example.com',
    'https://a@console.example.com',
    'https://.example.com',
    'https://a..example.com',
    'https://-a.example.com',
    'https://a-.example.com',
    'https://a_b.example.com',
    'https://bücher.example',
    'https://',
    'https://127.0.0.1',
    'https://0x7f000001',
    'https://a.0x',
    'https://2130706433',
    'https://example.1',
    'xhttps://example.com',
    `https://a${longest}`,
    `https://a${label63}.com`,
    `https://${longest}a:65535`,
    'ftp://example.com',
    `https://example.com\n`,
  ])('%j is none', (origin) => {
    expect(refusalOf(() => parsePublicKey(lineOf(origin)))).toBe(NO_PAGE);
  });

  test.each<[string, string, boolean]>([
    [PAGE, 'console.example.com', true],
    [PAGE, 'example.com', true],
    [PAGE, 'com', false],
    [PAGE, 'ample.com', false],
    [PAGE, '.example.com', false],
    [PAGE, 'x.console.example.com', false],
    [PAGE, 'example.org', false],
    [PAGE, '', false],
    [PAGE, 'ssh:', false],
    ['https://console', 'console', true],
    [LOCAL, 'localhost', true],
    [LOCAL, 'ssh:localhost', false],
  ])('%s may use the site %j: %s', (origin, rpId, isIts) => {
    const other = refusal(`is a passkey of another site than the page ${origin}`);
    expect(refusalOf(() => parsePublicKey(lineOf(origin, rpId)))).toBe(isIts ? NOTHING : other);
  });
});

describe('the line of a passkey', () => {
  const plain = key.plainLine;
  const BOUND = lineOf(PAGE, undefined, 'verify-required device-bound ');

  test('says everything about it, and its plain line what SSH says', () => {
    expect(key.line).toBe(`webauthn="${LOCAL}" verify-required ${plain}`);
    expect(plain).toMatch(/^sk-ecdsa-sha2-nistp256@openssh\.com [A-Za-z0-9+/]+=*$/);
    expect(parsePublicKey(key.line)).toEqual(key);
    expect(parsePublicKey(BOUND).securityKey?.passkey?.deviceBound).toBe(true);
    expect(verifyRequired(key)).toBe(key);
    expect(isPasskeyLine(key.line)).toBe(true);
    expect(isPasskeyLine(plain)).toBe(false);
    expect(isPasskeyLine(`x ${key.line}`)).toBe(false);
  });

  const NO_TYPE = /^BASELINE_KEY_INVALID: The public key is of a type that cannot approve/;
  test.each<[string, string, string | RegExp]>([
    [
      'no verified user',
      lineOf(PAGE, undefined, ''),
      refusal('is a passkey, whose user is always verified; write verify-required behind webauthn="…"'),
    ],
    [
      'device-bound alone',
      lineOf(PAGE, undefined, 'device-bound '),
      refusal('is a passkey, whose user is always verified; write verify-required behind webauthn="…"'),
    ],
    ['another order', lineOf(PAGE, undefined, 'device-bound verify-required '), NO_TYPE],
    ['an option twice', lineOf(PAGE, undefined, 'verify-required verify-required '), NO_TYPE],
    ['another option', lineOf(PAGE, undefined, 'verify-required no-touch-required '), NO_TYPE],
    ['two pages', `webauthn="${LOCAL}" ${key.line}`, NO_TYPE],
    ['the page behind', `verify-required webauthn="${LOCAL}" ${plain}`, NO_TYPE],
    ['no quotation marks', `webauthn=${LOCAL} verify-required ${plain}`, NO_TYPE],
    [
      'no page',
      plain,
      refusal('is a security key for something else than SSH; its application must begin with ssh:'),
    ],
    ['a comment', `${key.line} anna`, refusal('is not written as type, one space and base64')],
  ])('is refused with %s', (_what, line, words) => {
    expect(refusalOf(() => parsePublicKey(line))).toMatch(words);
  });

  test.each<[string, string]>([
    ['webauthn="http://localhost:9773" ', 'is no passkey; needed is sk-ecdsa-sha2-nistp256@openssh.com'],
    [
      'webauthn="http://localhost:9773" verify-required ',
      'is no passkey; needed is sk-ecdsa-sha2-nistp256@openssh.com',
    ],
    ['device-bound ', 'is no passkey, so it cannot be device-bound'],
    ['verify-required device-bound ', 'is no passkey, so it cannot be device-bound'],
  ])('begins with %s and goes on with a key of ssh: refused', (options, what) => {
    const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFSmKO85UP71pDX1GeY/U8hCDJuCyWv2OWVmWEBZHhf3';
    expect(refusalOf(() => parsePublicKey(options + ed25519))).toBe(refusal(what));
  });

  test.each([key.line, `${key.line}\n`, `${key.line} anna's phone\n`, `${key.line} verify-required\r\n`])(
    'is read from the file %j',
    (content) => {
      expect(parsePublicKeyFile(content).line).toBe(key.line);
      expect(parsePublicKeyFile(content.replace(key.line, BOUND)).line).toBe(BOUND);
    },
  );

  test.each([`${key.line}\n${key.line}\n`, ` ${key.line}`, `webauthn="${LOCAL}" verify-required\n${plain}`])(
    'is not read from the file %j',
    (content) => {
      expect(refusalOf(() => parsePublicKeyFile(content))).toMatch(/^BASELINE_KEY_INVALID/);
    },
  );
});
