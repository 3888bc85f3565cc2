import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  NAMESPACES,
  parsePublicKey,
  parsePublicKeyFile,
  publicKeyOf,
  signWithKey,
  signWithSshKeygen,
  verifySignature,
} from '../../../baselines/index.js';
import { parseSshsig } from '../../../baselines/sshsig.js';
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

  test('of a key that an agent holds are made through its .pub file', async () => {
    const keyFile = keygen('agent', '-t', 'ed25519');
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
