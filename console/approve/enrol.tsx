import { useState } from 'preact/hooks';
import type { ShownEnrolled, ShownEnrolment } from '../../daemon/views/console-shapes.js';
import { base64urlOf, bytesOf, signWithPasskey } from './passkey.js';
import { client } from './state.js';

/** Makes a passkey that belongs to this page, and has it sign once as a proof. */
async function make(): Promise<ShownEnrolled> {
  const { person, challenge } = await client.ask<ShownEnrolment>('GET', '/api/enrolment');
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { id: location.hostname, name: 'tillwarden console' },
      user: { id: new TextEncoder().encode(person), name: person, displayName: `${person}, approver` },
      challenge: bytesOf(challenge),
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    },
  });
  if (!(made instanceof PublicKeyCredential)) throw new Error('the browser made no passkey');
  const { response } = made;
  const publicKey = response instanceof AuthenticatorAttestationResponse ? response.getPublicKey() : null;
  if (publicKey === null) throw new Error('the browser does not say the public key of the passkey');
  const proof = await signWithPasskey(challenge, made.rawId);
  return client.ask<ShownEnrolled>('POST', '/api/enrolment', { publicKey: base64urlOf(publicKey), ...proof });
}

/** The making of a passkey, and what its owner does next. */
export function Enrol({ person }: { readonly person: string }) {
  const [made, setMade] = useState<ShownEnrolled | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const start = () => {
    setProblem(null);
    make().then(setMade, (error) =>
      setProblem(error instanceof Error ? error.message : 'no passkey was made; try again'),
    );
  };
  return (
    <section class="panel">
      <h2>A passkey for {person}</h2>
      {made === null ? (
        <>
          <p>
            It signs on this page and no other, with your fingerprint, face or PIN. Most passkeys are synced
            to your other devices; one of a security key is not.
          </p>
          <div class="actions">
            <button type="button" class="main" onClick={start}>
              Make a passkey
            </button>
          </div>
        </>
      ) : (
        <>
          <p class="good">Made and proved: {made.key}</p>
          <p>
            Its line lies in {made.file}. It counts once people have signed a trust root with it. Upgrade
            every daemon first; then:
          </p>
          <code>{made.command}</code>
        </>
      )}
      {problem === null ? null : (
        <p class="note alarm" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
