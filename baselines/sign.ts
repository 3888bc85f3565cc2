import { spawn } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { BaselineError } from './errors.js';
import { LIMITS } from './limits.js';
import { schemeSign } from './scheme.js';
import { publicKeyOf } from './ssh-key.js';
import { type Namespace, parseSshsig, signedBytes, writeSshsig } from './sshsig.js';

/**
 * Signs with a key in memory: for tests and the demo only. The daemon never calls it (invariant 6), and people sign
 * through `signWithSshKeygen`.
 */
export function signWithKey(input: {
  readonly privateKey: KeyObject;
  readonly namespace: Namespace;
  readonly message: Uint8Array;
}): string {
  const key = publicKeyOf(input.privateKey);
  const data = signedBytes(input.namespace, 'sha512', input.message);
  const { algorithm, value } = schemeSign(key.type, input.privateKey, data);
  return writeSshsig({
    publicKey: key.blob,
    namespace: input.namespace,
    messageHash: 'sha512',
    algorithm,
    value,
    authenticator: null,
  });
}

/**
 * Signs through the person's own `ssh-keygen -Y sign`, hence with any key, agent or token it can use. `keyFile` is a private
 * key, or the `.pub` of a key that an agent holds. Its questions (passphrase, touch) go to the person's terminal.
 * Throws `BASELINE_SSH_KEYGEN_MISSING` or `BASELINE_SSH_KEYGEN_REFUSED`.
 */
export async function signWithSshKeygen(input: {
  readonly keyFile: string;
  readonly namespace: Namespace;
  readonly message: Uint8Array;
  /** The program to run; `ssh-keygen` from the PATH by default. */
  readonly sshKeygen?: string;
}): Promise<string> {
  const program = input.sshKeygen ?? 'ssh-keygen';
  const { exit, output } = await run(
    program,
    ['-Y', 'sign', '-f', input.keyFile, '-n', input.namespace],
    input.message,
  );
  if (exit !== 0) {
    throw new BaselineError(
      'BASELINE_SSH_KEYGEN_REFUSED',
      `ssh-keygen did not sign (${exit === null ? 'it was stopped' : `exit code ${exit}`}); what it said stands above. Needed is a private key, or the .pub file of a key in your agent.`,
    );
  }
  parseSshsig(output);
  return output;
}

function run(
  program: string,
  args: readonly string[],
  stdin: Uint8Array,
): Promise<{ exit: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.on('error', (cause) => {
      reject(
        new BaselineError(
          'BASELINE_SSH_KEYGEN_MISSING',
          'ssh-keygen could not be started; install OpenSSH 8.1 or newer, or name the program.',
          { cause },
        ),
      );
    });
    child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      output += chunk;
      if (output.length > LIMITS.signatureBytes) child.kill();
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.on('close', (exit) => resolve({ exit, output }));
    child.stdin.end(stdin);
  });
}
