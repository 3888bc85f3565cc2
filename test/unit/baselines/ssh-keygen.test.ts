import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  keyFingerprint,
  NAMESPACES,
  parsePublicKey,
  parsePublicKeyFile,
  publicKeyOf,
  type SshPublicKey,
  signWithKey,
  signWithSshKeygen,
  verifyRequired,
  verifySignature,
} from '../../../baselines/index.js';
import { schemeSign } from '../../../baselines/scheme.js';
import { parseSshsig, writeSshsig } from '../../../baselines/sshsig.js';
import { codeOf, codeOfAsync } from './scene.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssh keygen '));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A key made by ssh-keygen, as people have it. */
function keygen(name: string, ...options: string[]): string {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'anna@example comment', '-f', file, ...options]);
  return file;
}

/** A shell script to be run in place of ssh-keygen. */
function program(name: string, script: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o700);
  return file;
}

function sshKeygenVerifies(line: string, armored: string, message: Uint8Array, namespace: string): boolean {
  const signers = join(folder, 'allowed_signers');
  const signature = join(folder, 'message.sig');
  writeFileSync(signers, `anna ${line}\n`);
  writeFileSync(signature, armored);
  const { status } = spawnSync(
    'ssh-keygen',
    ['-Y', 'verify', '-f', signers, '-I', 'anna', '-n', namespace, '-s', signature],
    { input: message },
  );
  return status === 0;
}

const message = Buffer.from('{"what people":"sign"}\n');
const namespace = NAMESPACES.baseline;

describe('signatures of ssh-keygen', () => {
  test.each([
    ['ssh-ed25519', ['-t', 'ed25519']],
    ['ecdsa-sha2-nistp256', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa-sha2-nistp384', ['-t', 'ecdsa', '-b', '384']],
    ['ssh-rsa', ['-t', 'rsa', '-b', '3072']],
  ])('by a key of type %s verify here, and for nothing else', async (type, options) => {
    const keyFile = keygen(type, ...options);
    const key = parsePublicKeyFile(readFileSync(`${keyFile}.pub`, 'utf8'));
    expect(key.type).toBe(type);
    expect(parsePublicKey(key.line).blob).toEqual(key.blob);

    // ECDSA numbers come in several lengths: more than one signature has to be tried.
    for (let round = 0; round < 8; round++) {
      const bytes = Buffer.concat([message, Buffer.from([round])]);
      const armored = await signWithSshKeygen({ keyFile, namespace, message: bytes });
      verifySignature({ armored, message: bytes, namespace, key });
      expect(codeOf(() => verifySignature({ armored, message, namespace, key }))).toBe(
        'BASELINE_SIGNATURE_WRONG',
      );
      expect(
        codeOf(() => verifySignature({ armored, message: bytes, namespace: NAMESPACES.root, key })),
      ).toBe('BASELINE_SIGNATURE_NAMESPACE');
    }
  });

  test('over a message of any length, the empty one too', async () => {
    const keyFile = keygen('lengths', '-t', 'ed25519');
    const key = parsePublicKeyFile(readFileSync(`${keyFile}.pub`, 'utf8'));
    for (const length of [0, 1, 65_537, 1024 * 1024]) {
      const bytes = Buffer.alloc(length, 'x');
      const armored = await signWithSshKeygen({ keyFile, namespace, message: bytes });
      verifySignature({ armored, message: bytes, namespace, key });
    }
  });

  test('with the hash sha256 verify too', () => {
    const keyFile = keygen('sha256', '-t', 'ed25519');
    const key = parsePublicKeyFile(readFileSync(`${keyFile}.pub`, 'utf8'));
    const { stdout } = spawnSync(
      'ssh-keygen',
      ['-Y', 'sign', '-f', keyFile, '-n', namespace, '-O', 'hashalg=sha256'],
      { input: message, encoding: 'utf8' },
    );
    verifySignature({ armored: stdout, message, namespace, key });
  });

  test.each([
    ['ssh-ed25519', ['-t', 'ed25519']],
    ['ecdsa-sha2-nistp256', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa-sha2-nistp384', ['-t', 'ecdsa', '-b', '384']],
    ['ssh-rsa', ['-t', 'rsa', '-b', '3072']],
  ])('of a key of type %s that an agent holds are made through its .pub file', async (type, options) => {
    const keyFile = keygen(`agent ${type}`, ...options);
    const key = parsePublicKeyFile(readFileSync(`${keyFile}.pub`, 'utf8'));
    const agent = execFileSync('ssh-agent', ['-s'], { encoding: 'utf8' });
    const env = (name: string) => new RegExp(`${name}=([^;]+);`).exec(agent)?.[1] ?? '';
    const SSH_AUTH_SOCK = env('SSH_AUTH_SOCK');
    try {
      execFileSync('ssh-add', ['-q', keyFile], { env: { ...process.env, SSH_AUTH_SOCK } });
      rmSync(keyFile);
      // Jest gives a test its own copy of the environment; children of the code under test see the real one.
      const sshKeygen = program('with-agent', `SSH_AUTH_SOCK='${SSH_AUTH_SOCK}' exec ssh-keygen "$@"`);
      const armored = await signWithSshKeygen({ keyFile: `${keyFile}.pub`, namespace, message, sshKeygen });
      verifySignature({ armored, message, namespace, key });
    } finally {
      process.kill(Number(env('SSH_AGENT_PID')));
    }
  });

  test.each([
    ['ssh-ed25519', ['-t', 'ed25519']],
    ['ecdsa-sha2-nistp256', ['-t', 'ecdsa', '-b', '256']],
    ['ssh-rsa', ['-t', 'rsa', '-b', '3072']],
  ])(
    'of an encrypted key of type %s are made once its passphrase is given, not before',
    async (type, options) => {
      const keyFile = join(folder, `encrypted ${type}`);
      execFileSync('ssh-keygen', ['-q', '-N', 'open sesame', '-f', keyFile, ...options]);
      const key = parsePublicKeyFile(readFileSync(`${keyFile}.pub`, 'utf8'));
      const asking = (answer: string) => {
        const askpass = program('askpass', `echo '${answer}'`);
        return program(
          'with-askpass',
          `SSH_ASKPASS='${askpass}' SSH_ASKPASS_REQUIRE=force exec ssh-keygen "$@" 2>/dev/null`,
        );
      };
      const sign = (answer: string) =>
        signWithSshKeygen({ keyFile, namespace, message, sshKeygen: asking(answer) });
      expect(await codeOfAsync(sign('open barley'))).toBe('BASELINE_SSH_KEYGEN_REFUSED');
      verifySignature({ armored: await sign('open sesame'), message, namespace, key });
    },
  );
});

describe('signatures made here', () => {
  test.each<[string, KeyObject]>([
    ['ssh-ed25519', generateKeyPairSync('ed25519').privateKey],
    ['ecdsa-sha2-nistp256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
    ['ecdsa-sha2-nistp384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['ssh-rsa', generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey],
  ])('by a key of type %s verify with ssh-keygen, and for nothing else', (type, privateKey) => {
    const key = publicKeyOf(privateKey);
    expect(key.type).toBe(type);
    for (let round = 0; round < 8; round++) {
      const armored = signWithKey({ privateKey, namespace, message });
      expect(sshKeygenVerifies(key.line, armored, message, namespace)).toBe(true);
      verifySignature({ armored, message, namespace, key });
      expect(sshKeygenVerifies(key.line, armored, message, NAMESPACES.root)).toBe(false);
      expect(sshKeygenVerifies(key.line, armored, Buffer.from('x'), namespace)).toBe(false);
    }
  });
});

/** PROTOCOL.u2f, read for this test alone. */
const string = (value: string | Buffer) => {
  const bytes = Buffer.from(value as Buffer);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const digest = (algorithm: string, bytes: string | Buffer) => createHash(algorithm).update(bytes).digest();

/** The public key that an authenticator would have made, and what it would sign, by a key in memory. */
function softwareSecurityKey(privateKey: KeyObject, application = 'ssh:') {
  const plain = publicKeyOf(privateKey);
  const type = `sk-${plain.type}@openssh.com`;
  const blob = Buffer.concat([string(type), plain.blob.subarray(4 + plain.type.length), string(application)]);
  const sign = (flags: number, signedMessage: Uint8Array, signedNamespace: string = namespace): string => {
    const hash = digest('sha512', Buffer.from(signedMessage));
    const fields = [signedNamespace, '', 'sha512', hash].map((field) => string(field));
    const data = Buffer.concat([Buffer.from('SSHSIG'), ...fields]);
    const said = Buffer.of(flags, 0, 0, 1, 9);
    const bytes = Buffer.concat([digest('sha256', application), said, digest('sha256', data)]);
    const { value } = schemeSign(plain.type, privateKey, bytes);
    const signature = string(Buffer.concat([string(type), string(value), said]));
    const parts = [blob, signedNamespace, '', 'sha512'].map((part) => string(part));
    const whole = Buffer.concat([Buffer.from('SSHSIG\0\0\0\u0001'), ...parts, signature]).toString('base64');
    const lines = (whole.match(/.{1,70}/g) ?? []).join('\n');
    return `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`;
  };
  return { line: `${type} ${blob.toString('base64')}`, sign };
}

describe('signatures of security keys', () => {
  test.each<[string, KeyObject]>([
    ['sk-ssh-ed25519@openssh.com', generateKeyPairSync('ed25519').privateKey],
    ['sk-ecdsa-sha2-nistp256@openssh.com', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ])('of type %s verify here and with ssh-keygen, and for nothing else', (type, privateKey) => {
    const { line, sign } = softwareSecurityKey(privateKey, 'ssh:tillwarden');
    const key = parsePublicKeyFile(`${line} anna's token\n`);
    expect(key.type).toBe(type);
    for (let round = 0; round < 8; round++) {
      const armored = sign(1, message);
      expect(sshKeygenVerifies(key.line, armored, message, namespace)).toBe(true);
      expect(sshKeygenVerifies(key.line, armored, Buffer.from('x'), namespace)).toBe(false);
      expect(sshKeygenVerifies(key.line, armored, message, NAMESPACES.root)).toBe(false);
      verifySignature({ armored, message, namespace, key });
      expect(codeOf(() => verifySignature({ armored, message: Buffer.from('x'), namespace, key }))).toBe(
        'BASELINE_SIGNATURE_WRONG',
      );
      expect(writeSshsig(parseSshsig(armored))).toBe(armored);
    }
  });

  test('need a touch, and the user verified where the key says so', () => {
    const { line, sign } = softwareSecurityKey(generateKeyPairSync('ed25519').privateKey);
    const key = parsePublicKey(line);
    const strict = verifyRequired(key);
    expect(strict.line).toBe(`verify-required ${line}`);
    expect(verifyRequired(strict)).toEqual(strict);
    const codeFor = (flags: number, by: SshPublicKey) =>
      codeOf(() => verifySignature({ armored: sign(flags, message), message, namespace, key: by }));
    expect([0, 4].map((flags) => codeFor(flags, key))).toEqual(Array(2).fill('BASELINE_SIGNATURE_UNTOUCHED'));
    expect(codeFor(4, strict)).toBe('BASELINE_SIGNATURE_UNTOUCHED');
    expect(codeFor(1, strict)).toBe('BASELINE_SIGNATURE_UNVERIFIED_USER');
    expect([codeFor(1, key), codeFor(5, key), codeFor(5, strict)]).toEqual(
      Array(3).fill('nothing was thrown'),
    );
  });

  test('are named as ssh-keygen names their key', () => {
    const { line } = softwareSecurityKey(generateKeyPairSync('ed25519').privateKey);
    const file = join(folder, 'security.pub');
    writeFileSync(file, `${line}\n`);
    const listed = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' });
    expect(listed.split(' ')[1]).toBe(keyFingerprint(parsePublicKey(line)));
  });
});

describe('a signature', () => {
  test('by another key than the given one is refused, though it is good', () => {
    const [one, other] = [
      generateKeyPairSync('ed25519').privateKey,
      generateKeyPairSync('ed25519').privateKey,
    ];
    const armored = signWithKey({ privateKey: one, namespace, message });
    const key = publicKeyOf(other);
    expect(codeOf(() => verifySignature({ armored, message, namespace, key }))).toBe(
      'BASELINE_SIGNATURE_UNKNOWN_KEY',
    );
  });
});

describe('ECDSA signatures', () => {
  test.each([
    ['P-256', 32],
    ['P-384', 48],
  ])('of %s with numbers shorter than the field verify both ways', (namedCurve, fieldBytes) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve });
    const key = publicKeyOf(privateKey);
    let armored = '';
    // Two in 256 signatures have such a number.
    for (let round = 0; round < 10_000; round++) {
      armored = signWithKey({ privateKey, namespace, message });
      verifySignature({ armored, message, namespace, key });
      if (valueLength(armored) < 2 * (4 + fieldBytes)) break;
    }
    expect(valueLength(armored)).toBeLessThan(2 * (4 + fieldBytes));
    expect(sshKeygenVerifies(key.line, armored, message, namespace)).toBe(true);
  });
});

/** Bytes of r and s with their lengths, which are the last part of a signature. */
function valueLength(armored: string): number {
  return parseSshsig(armored).value.length;
}

describe('when ssh-keygen does not sign', () => {
  test('a missing program is said to be missing', async () => {
    const work = signWithSshKeygen({ keyFile: 'x', namespace, message, sshKeygen: join(folder, 'nowhere') });
    expect(await codeOfAsync(work)).toBe('BASELINE_SSH_KEYGEN_MISSING');
  });

  test('a key that is not there is a refusal', async () => {
    const work = signWithSshKeygen({
      keyFile: join(folder, 'no key'),
      namespace,
      message: Buffer.alloc(1024 * 1024),
    });
    expect(await codeOfAsync(work)).toBe('BASELINE_SSH_KEYGEN_REFUSED');
  });

  test('a program that prints something else is not believed', async () => {
    const sshKeygen = program('pretender', 'cat');
    const work = signWithSshKeygen({ keyFile: 'x', namespace, message, sshKeygen });
    expect(await codeOfAsync(work)).toBe('BASELINE_SIGNATURE_MALFORMED');
  });

  test('a program that prints without end is stopped', async () => {
    const sshKeygen = program('chatterbox', 'exec yes');
    const work = signWithSshKeygen({ keyFile: 'x', namespace, message, sshKeygen });
    expect(await codeOfAsync(work)).toBe('BASELINE_SSH_KEYGEN_REFUSED');
  });
});

describe('public keys', () => {
  test('a key file with options or more than one line is refused', () => {
    const { line } = publicKeyOf(generateKeyPairSync('ed25519').privateKey);
    expect(parsePublicKeyFile(`${line}\n`).line).toBe(line);
    expect(parsePublicKeyFile(`${line} a b c\r\n`).line).toBe(line);
    expect(codeOf(() => parsePublicKeyFile(`restrict ${line}\n`))).toBe('BASELINE_KEY_INVALID');
    expect(codeOf(() => parsePublicKeyFile(`${line}\n${line}\n`))).toBe('BASELINE_KEY_INVALID');
    expect(codeOf(() => parsePublicKeyFile(''))).toBe('BASELINE_KEY_INVALID');
  });

  test('a key in memory of a type that cannot approve is refused', () => {
    expect(codeOf(() => publicKeyOf(generateKeyPairSync('ed448').privateKey))).toBe('BASELINE_KEY_INVALID');
    expect(codeOf(() => publicKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey))).toBe(
      'BASELINE_KEY_INVALID',
    );
    expect(codeOf(() => publicKeyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey))).toBe(
      'BASELINE_KEY_INVALID',
    );
  });

  test('RSA needs 3,072 bits, not one less', () => {
    const least = generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey;
    expect(publicKeyOf(least).type).toBe('ssh-rsa');
    const less = generateKeyPairSync('rsa', { modulusLength: 3071 }).publicKey;
    expect(codeOf(() => publicKeyOf(less))).toBe('BASELINE_KEY_INVALID');
  });
});
