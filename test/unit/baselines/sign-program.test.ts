import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LIMITS, NAMESPACES, signWithSshKeygen } from '../../../baselines/index.js';
import { refusalOfAsync } from './refusal.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sign p-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Signs by a shell script in place of ssh-keygen. */
function signBy(script: string): Promise<string> {
  const sshKeygen = join(folder, 'program');
  writeFileSync(sshKeygen, `#!/bin/sh\n${script}\n`);
  chmodSync(sshKeygen, 0o700);
  return signWith(sshKeygen);
}
function signWith(sshKeygen: string): Promise<string> {
  return signWithSshKeygen({
    keyFile: 'key',
    namespace: NAMESPACES.root,
    message: Buffer.from('x'),
    sshKeygen,
  });
}

const refused = (how: string) =>
  `BASELINE_SSH_KEYGEN_REFUSED: ssh-keygen did not sign (${how}); what it said stands above. Needed is a private key, or the .pub file of a key in your agent.`;
const MALFORMED =
  'BASELINE_SIGNATURE_MALFORMED: The signature is not in the form ssh-keygen writes; sign again instead of editing or converting the file.';
const MOST = LIMITS.signatureBytes;
const say = (what: string, times: number) => `printf '${what}%.0s' $(seq ${times})`;
/** Ends when somebody stops it. */
const stay = '; exec sleep 300';

describe('a program that signs', () => {
  test.each<[string, string, string]>([
    ['ends with an error', 'exit 3', refused('exit code 3')],
    ['is stopped', 'kill $$', refused('it was stopped')],
    ['says nothing', 'exit 0', MALFORMED],
    ['says as much as may be', say('x', MOST), MALFORMED],
    ['says one byte more', say('x', MOST + 1) + stay, refused('it was stopped')],
    [
      'says as many bytes in fewer letters',
      say('\\303\\251', MOST / 2 + 1) + stay,
      refused('it was stopped'),
    ],
  ])('and %s made no signature', async (_what, script, answer) => {
    expect(await refusalOfAsync(signBy(script))).toBe(answer);
  });

  test('is asked with the key and the namespace, and given the message', async () => {
    const out = join(folder, 'asked');
    await refusalOfAsync(signBy(`{ printf '%s|' "$@"; cat; } > '${out}'`));
    expect(readFileSync(out, 'utf8')).toBe('-Y|sign|-f|key|-n|root@tillwarden|x');
  });

  test('and is not there is reported as that, with what the system said', async () => {
    const missing = signWith(join(folder, 'none'));
    await expect(missing).rejects.toMatchObject({
      code: 'BASELINE_SSH_KEYGEN_MISSING',
      message: 'ssh-keygen could not be started; install OpenSSH 8.1 or newer, or name the program.',
      cause: { code: 'ENOENT' },
    });
  });
});
