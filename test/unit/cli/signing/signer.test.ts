import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parsePublicKey, publicKeyOf, type VerifiedTrust } from '../../../../baselines/index.js';
import { CliError } from '../../../../daemon/cli/errors.js';
import { findSigner, signDocumentAsking } from '../../../../daemon/cli/signing/signer.js';
import type { Keyboard } from '../../../../daemon/cli/terminal/keyboard.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'signer '));
  mkdirSync(join(home, '.ssh'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const ssh = (name: string) => join(home, '.ssh', name);
const put = (name: string, line: string) => writeFileSync(ssh(name), `${line} somebody@somewhere\n`);
const line = (key: KeyObject) => publicKeyOf(key).line;
const keyring = (...lines: string[]): VerifiedTrust['keyring'] =>
  new Map(
    lines.map((one) => {
      const key = parsePublicKey(one);
      return [key.blob.toString('base64'), { person: 'anna', key, weakness: null }];
    }),
  );
/** The public key of a FIDO token: PROTOCOL.u2f. */
function tokenLine(): string {
  const type = 'sk-ssh-ed25519@openssh.com';
  const string = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const point = publicKeyOf(generateKeyPairSync('ed25519').privateKey).blob.subarray(-32);
  const blob = [Buffer.from(type), point, Buffer.from('ssh:')].map(string);
  return `${type} ${Buffer.concat(blob).toString('base64')}`;
}
const find = (ring: VerifiedTrust['keyring']) => findSigner({ HOME: home }, ring, undefined);

test('a token of the usual name is found, past keys that are nobody’s or cannot approve', () => {
  put('id_ed25519.pub', line(generateKeyPairSync('ed25519').privateKey));
  put('id_rsa.pub', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==');
  put('id_ecdsa.pub', 'ecdsa-sha2-nistp521 AAAA');
  const token = tokenLine();
  put('id_ed25519_sk.pub', token);
  writeFileSync(ssh('id_ed25519_sk'), 'a handle');
  expect(find(keyring(token))).toMatchObject({ person: 'anna', keyFile: ssh('id_ed25519_sk') });
});

test('what the trust root asks of a key is asked of the signer', () => {
  const token = tokenLine();
  put('id_ed25519_sk.pub', token);
  const signer = find(keyring(`verify-required ${token}`));
  expect(signer.keyFile).toBe(ssh('id_ed25519_sk.pub'));
  expect(signer.key.securityKey?.verifyRequired).toBe(true);
});

test('without any key of the trust root it is said whose is needed', () => {
  put('id_ed25519.pub', line(generateKeyPairSync('ed25519').privateKey));
  const work = () => find(keyring(line(generateKeyPairSync('ed25519').privateKey)));
  expect(work).toThrow(CliError);
  expect(work).toThrow('name a key of anna with --key');
});

test('one who mistyped a passphrase is asked whether to try again, and who can be asked nothing is refused at once', async () => {
  const file = ssh('id_ed25519');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  const signer = find(keyring(readFileSync(`${file}.pub`, 'utf8').trim()));
  renameSync(file, `${file}.away`);
  const message = Buffer.from('a statement');
  const asked: string[] = [];
  const answering = (...answers: readonly string[]): Keyboard => ({
    line: async () => '',
    key: async (question) => {
      const answer = answers[asked.push(question) - 1] ?? 'n';
      if (asked.length === 2) renameSync(`${file}.away`, file);
      return answer;
    },
  });
  const refused = { code: 'BASELINE_SSH_KEYGEN_REFUSED' };
  await expect(signDocumentAsking(null, signer, message)).rejects.toMatchObject(refused);
  await expect(signDocumentAsking(answering('n'), signer, message)).rejects.toMatchObject(refused);
  expect(asked).toHaveLength(1);
  asked.length = 0;
  const armored = await signDocumentAsking(answering('y', 'y'), signer, message);
  expect(asked).toHaveLength(2);
  expect(armored).toMatch(/^-----BEGIN SSH SIGNATURE-----/);
});
