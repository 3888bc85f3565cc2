import type { PasskeyAnswer, ShownSigner } from '../../daemon/views/console-shapes.js';
import { signWithPasskey } from './passkey.js';
import { attempt, busy, refresh } from './state.js';

type By = ShownSigner['by'];

/** Buttons for whoever can sign something that waits, and the digest of what they sign. */
export function SignButtons({
  waiting,
  send,
}: {
  readonly waiting: {
    readonly digest: string;
    readonly challenge: string;
    readonly signers: readonly ShownSigner[];
    readonly unsignable: string | null;
  };
  /** Hands the signature in; `passkey`: null has the SSH key of the machine sign. */
  readonly send: (passkey: PasskeyAnswer | null) => Promise<void>;
}) {
  const { digest, challenge, signers, unsignable } = waiting;
  const passkey = signers.find(({ by }) => by === 'passkey');
  const ssh = signers.find(({ by }) => by === 'ssh');
  const button = (by: By, words: string) => (
    <button
      type="button"
      class="main"
      disabled={busy.value !== null}
      onClick={() => void sign(by, challenge, send)}
    >
      {words}
    </button>
  );
  return (
    <>
      <div class="actions">
        {passkey === undefined ? null : button('passkey', 'Sign with a passkey')}
        {ssh === undefined ? null : button('ssh', `Sign with the SSH key of ${ssh.person}`)}
      </div>
      {unsignable === null ? null : <p class="dim">{unsignable}</p>}
      <p class="dim">
        What you sign: <span class="value">sha256:{digest}</span>
      </p>
    </>
  );
}

async function sign(
  by: By,
  challenge: string,
  send: (passkey: PasskeyAnswer | null) => Promise<void>,
): Promise<void> {
  const waiting =
    by === 'ssh' ? 'Signing: ssh-keygen may ask on the terminal …' : 'Waiting for your passkey …';
  await attempt(waiting, async () => {
    await send(by === 'ssh' ? null : await signWithPasskey(challenge));
    await refresh();
  });
}
