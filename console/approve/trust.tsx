import { signal } from '@preact/signals';
import type {
  PasskeyAnswer,
  ShownRootDraft,
  ShownSignedRoot,
  ShownTrust,
} from '../../daemon/views/console-shapes.js';
import { Waiting } from '../view/waiting.js';
import { When } from '../view/when.js';
import { SignButtons } from './sign.js';
import { client } from './state.js';

const signedRoot = signal<ShownSignedRoot | null>(null);

/** Whose keys count, and the draft of the next trust root. */
export function TrustPage({ shown }: { readonly shown: ShownTrust | null }) {
  if (shown === null) return <Waiting words="Reading and verifying" />;
  if (shown.problem !== null) {
    return (
      <>
        <h1>Trust root</h1>
        <section class="panel edge-critical" aria-label="Nothing counts">
          <p class="warn">Whose keys count is unknown: {shown.problem.code}</p>
          <p>{shown.problem.message}</p>
        </section>
      </>
    );
  }
  return (
    <>
      <h1>Trust root {shown.version}</h1>
      <p class="line dim">
        <span>verified on this machine, from its own pin on</span>
        <span>
          valid until <When atMs={shown.expiresMs} />
        </span>
        <span class="value">sha256:{shown.digest}</span>
      </p>
      <Lines all={shown.warnings} look="warn" />
      <Lines all={shown.notices} look="note" />
      <Signed />
      {shown.draftProblem === null ? null : (
        <p class="note alarm">The draft of the next one cannot be read: {shown.draftProblem.message}</p>
      )}
      {shown.draft === null ? null : <Draft draft={shown.draft} />}
      <h2>People</h2>
      {shown.people.map(({ name, roles, lines }) => (
        <section key={name} class="panel" aria-label={name}>
          <strong>{name}</strong> <span class="dim">{roles.join(', ') || 'no role'}</span>
          <Lines all={lines} look="value" />
        </section>
      ))}
      <h2>Who must sign</h2>
      <ul>
        {shown.rules.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      {shown.heads.length === 0 ? null : <h2>Where chains begin</h2>}
      <Lines all={shown.heads} look="value" />
    </>
  );
}

function Lines({ all, look }: { readonly all: readonly string[]; readonly look: string }) {
  return (
    <>
      {all.map((words) => (
        <p key={words} class={look}>
          {words}
        </p>
      ))}
    </>
  );
}

function Signed() {
  const done = signedRoot.value;
  if (done === null) return null;
  return (
    <section class="panel edge-low" role="status">
      <p class="good">
        {done.installed
          ? `In force: trust root ${done.version}, ${done.signedBy}.`
          : `Trust root ${done.version} is ${done.signedBy} and waits.`}
      </p>
      <Lines all={done.lacking} look="dim" />
    </section>
  );
}

function Draft({ draft }: { readonly draft: ShownRootDraft }) {
  return (
    <section class="panel edge-medium" aria-label="Draft of the next trust root">
      <h2>Draft of trust root {draft.version}</h2>
      <ul>
        {draft.changes.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      <Lines all={draft.warnings} look="warn" />
      <p class="dim">
        Valid until <When atMs={draft.expiresMs} />. {draft.signedBy}.
      </p>
      <Lines all={draft.lacking} look="dim" />
      <SignButtons waiting={draft} send={(passkey) => send(draft, passkey)} />
    </section>
  );
}

async function send({ digest }: ShownRootDraft, passkey: PasskeyAnswer | null): Promise<void> {
  signedRoot.value = await client.ask<ShownSignedRoot>('POST', '/api/trust/sign', { digest, passkey });
}
