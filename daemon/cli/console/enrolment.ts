import { createPublicKey, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import {
  armorAssertion,
  NAMESPACES,
  passkeyChallenge,
  passkeyOfBrowser,
  type SshPublicKey,
  verifySignature,
} from '../../../baselines/index.js';
import { errorCode } from '../../error-code.js';
import type { PasskeyAnswer, ShownEnrolled, ShownEnrolment } from '../../views/console-shapes.js';
import { CliError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { shownKey } from './desk-view.js';
import { ConsoleError } from './errors.js';
import { base64url, passkeySchema } from './passkeys.js';
import type { ConsoleRoute } from './server.js';

const takeSchema = z.strictObject({
  /** SubjectPublicKeyInfo, as the browser gives it. */
  publicKey: base64url,
  ...passkeySchema.shape,
});

export interface EnrolmentOptions {
  readonly person: string;
  readonly origin: string;
  /** Where the line of the passkey is written. */
  readonly directory: string;
  readonly terminal: Pick<Terminal, 'out'>;
}

/**
 * The making of a passkey for this page: made in the browser, used once to prove that it can sign here, and written as a line for the trust
 * root. It counts for nothing until people have signed a root that has it.
 */
export function enrolmentRoutes(options: EnrolmentOptions): readonly ConsoleRoute[] {
  const { person, origin, terminal } = options;
  // Text that is no document of any kind: a signature over it means nothing elsewhere.
  const message = Buffer.from(`proof that a new passkey signs here, ${randomBytes(32).toString('hex')}\n`);
  const namespace = NAMESPACES.baseline;
  const challenge = passkeyChallenge(namespace, message).toString('base64url');
  return [
    {
      method: 'GET',
      path: '/api/enrolment',
      handle: async (): Promise<ShownEnrolment> => ({ person, challenge, origin }),
    },
    {
      method: 'POST',
      path: '/api/enrolment',
      handle: async (_params, body): Promise<ShownEnrolled> => {
        const parsed = takeSchema.safeParse(body);
        if (!parsed.success)
          throw new ConsoleError(
            'CONSOLE_INVALID',
            'the browser answered something else than a passkey; try again, in another browser if it goes on',
          );
        const key = provenKey(parsed.data, origin, message);
        const file = write(options, key);
        const command = `tillwarden trust add ${person} --key ${file}`;
        terminal.out(`A passkey for ${person} is made: ${shownKey(key)}`);
        terminal.out(
          `Its line lies in ${file}; it counts once people have signed a trust root with it: ${command}`,
        );
        return { key: shownKey(key), file, command };
      },
    },
  ];
}

function provenKey(
  { publicKey, ...answer }: { readonly publicKey: string } & PasskeyAnswer,
  origin: string,
  message: Uint8Array,
): SshPublicKey {
  const spki = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' });
  const rpId = new URL(origin).hostname;
  const key = passkeyOfBrowser({ publicKey: spki, origin, rpId, deviceBound: false });
  const armored = armorAssertion(key, NAMESPACES.baseline, {
    authenticatorData: Buffer.from(answer.authenticatorData, 'base64url'),
    clientDataJSON: Buffer.from(answer.clientDataJSON, 'base64url'),
    signature: Buffer.from(answer.signature, 'base64url'),
  });
  verifySignature({ armored, message, namespace: NAMESPACES.baseline, key });
  return key;
}

function write({ person, directory }: EnrolmentOptions, { line }: SshPublicKey): string {
  const file = `${person}-passkey.pub`;
  try {
    writeFileSync(join(directory, file), `${line}\n`, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') {
      throw new CliError('CLI_FILE_EXISTS', `${file} is there already; move it away and try again`);
    }
    throw new CliError(
      'CLI_FILE_UNWRITABLE',
      `${file} cannot be written here (${code ?? 'error'}); start the console in a folder of yours`,
    );
  }
  return file;
}
