import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { armorAssertion, NAMESPACES, publicKeyOf, signWithKey } from '../../../../baselines/index.js';
import { allowedSigners } from '../../../../daemon/cli/evidence/allowed-signers.js';
import { LOCAL, PAGE, softwarePasskey } from '../../baselines/passkey-scene.js';
import { keys, trustRoot } from '../../baselines/scene.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'allowed-signers-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the signers of an archive are such that ssh-keygen checks every kind of key with them, in both namespaces', () => {
  const [local, page] = [softwarePasskey(LOCAL), softwarePasskey(PAGE, { deviceBound: true })];
  const people = [
    { name: 'anna', roles: ['owner'], keys: [publicKeyOf(keys.anna).line, local.key.line] },
    { name: 'ben', roles: ['owner'], keys: [page.key.line] },
  ];
  const file = join(folder, 'allowed_signers');
  const text = allowedSigners([
    { ...trustRoot, people },
    { ...trustRoot, people: people.slice(0, 1) },
  ]);
  expect(text.split('\n')).toHaveLength(4);
  writeFileSync(file, text);
  const message = Buffer.from('what was signed\n');
  const verifies = (person: string, namespace: string, armored: string) => {
    const signature = join(folder, 'one.sig');
    writeFileSync(signature, armored);
    const args = ['-Y', 'verify', '-f', file, '-I', person, '-n', namespace, '-s', signature];
    return spawnSync('ssh-keygen', args, { input: message }).status === 0;
  };
  for (const namespace of [NAMESPACES.baseline, NAMESPACES.root]) {
    const by = ({ key, assert }: typeof local) =>
      armorAssertion(key, namespace, assert(message, { namespace }));
    const ssh = signWithKey({ privateKey: keys.anna, namespace, message });
    expect(verifies('anna', namespace, ssh)).toBe(true);
    expect(verifies('anna', namespace, by(local))).toBe(true);
    expect(verifies('ben', namespace, by(page))).toBe(true);
    expect(verifies('ben', namespace, by(local))).toBe(false);
  }
});
