import {
  BaselineError,
  type Namespace,
  passkeyChallenge,
  type VerifiedTrust,
} from '../../../baselines/index.js';
import type { PasskeyAnswer, ShownSigner } from '../../views/console-shapes.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { findSigner, type Signer, signDocument } from '../signing/signer.js';
import { passkeysOf, signatureOf } from './passkeys.js';

export interface SigningKeysOptions {
  readonly context: CommandContext;
  /** A private key or a `.pub`, when one was named. */
  readonly key?: string | undefined;
  /** Of the page: `http://localhost:9773`. */
  readonly origin: string;
  /** On a host nobody's SSH key signs: whoever has a browser's session there would use the host's own. */
  readonly passkeysOnly: boolean;
}

type WithKeyring = Pick<VerifiedTrust, 'keyring'>;

/** A document on its way to a signature, and what the terminal calls it. */
export interface ToSign {
  readonly bytes: Uint8Array;
  readonly namespace: Namespace;
  readonly words: string;
}

/** Who can sign at this console: the SSH key of the machine, and the passkeys of the page. */
export class SigningKeys {
  readonly #options: SigningKeysOptions;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /** The SSH key of this machine that counts, or why there is none. */
  ssh({ keyring }: WithKeyring): Signer | CliError | BaselineError {
    const { origin, passkeysOnly } = this.#options;
    if (passkeysOnly) {
      return new CliError(
        'CLI_NO_KEY',
        `here only a passkey signs that the trust root has for ${origin}; make one with --enroll, or sign on your own machine`,
      );
    }
    try {
      return findSigner(this.#options.context.env, keyring, this.#options.key);
    } catch (error) {
      if (error instanceof CliError || error instanceof BaselineError) return error;
      throw error;
    }
  }

  /** Whose passkeys of this page count. */
  passkeys(trust: WithKeyring): readonly string[] {
    return [...new Set(passkeysOf(trust, this.#options.origin).map(({ person }) => person))];
  }

  /** Everybody who can sign, with what is needed after them. */
  shown(trust: WithKeyring, afterwards: (person: string) => readonly string[]): ShownSigner[] {
    const ssh = this.ssh(trust);
    const by = (how: ShownSigner['by']) => (person: string) => ({
      ...{ by: how, person, afterwards: afterwards(person) },
    });
    return [
      ...(ssh instanceof Error ? [] : [by('ssh')(ssh.person)]),
      ...this.passkeys(trust).map(by('passkey')),
    ];
  }

  /** What a passkey is asked to sign, in base64url. */
  challenge({ namespace, bytes }: Omit<ToSign, 'words'>): string {
    return passkeyChallenge(namespace, bytes).toString('base64url');
  }

  /**
   * Signs with the SSH key of this machine, or takes the signature of a passkey; says on the terminal which. Throws `CLI_NO_KEY` and what signing
   * throws.
   */
  async sign(
    trust: WithKeyring,
    { bytes, namespace, words }: ToSign,
    answer: PasskeyAnswer | null,
  ): Promise<{ readonly person: string; readonly armored: string }> {
    if (answer !== null) {
      const signature = signatureOf(passkeysOf(trust, this.#options.origin), answer, bytes, namespace);
      this.say(`${words}: signed by the passkey of ${signature.person}`);
      return signature;
    }
    const signer = this.ssh(trust);
    if (signer instanceof Error) throw signer;
    this.say(`hands over for signing ${words}, to the key of ${signer.person}; ssh-keygen may ask here`);
    return { person: signer.person, armored: await signDocument(signer, bytes, namespace) };
  }

  /** Says something on the terminal, with the time. */
  say(words: string): void {
    const { terminal, clock } = this.#options.context;
    terminal.out(`${new Date(clock()).toISOString().slice(0, 19)}Z  ${words}`);
  }
}
