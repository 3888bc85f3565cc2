import { useEffect, useRef, useState } from 'preact/hooks';
import type { ShownDraft } from '../../daemon/views/console-shapes.js';
import { Quoted } from '../view/quoted.js';
import { When } from '../view/when.js';
import { busy, desk, draft, isHost, problem, sign, summarize } from './state.js';

/** What would be signed, money first, and the buttons that sign it. */
export function SummaryDialog({ shown, site }: { readonly shown: ShownDraft; readonly site: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  const isBusy = busy.value !== null;
  useEffect(() => {
    // It was opened to sign: Enter does, as soon as it can.
    if (!isBusy) dialog.current?.querySelector<HTMLButtonElement>('button.main')?.focus();
  }, [isBusy]);
  const close = () => {
    draft.value = null;
  };
  const { items: all, diverts, lookalikes } = shown.counts;
  const left = all - shown.items.length;
  return (
    <dialog
      ref={dialog}
      aria-labelledby="summary"
      onClose={close}
      onKeyDown={(event) => {
        // The Enter that opened it, still held down, has read nothing of it.
        if (event.repeat && event.key === 'Enter') event.preventDefault();
      }}
    >
      <h2 id="summary">
        Baseline {shown.version} of {site}
        {shown.parentVersion === null ? ', the first one' : `, on top of baseline ${shown.parentVersion}`}
      </h2>
      {diverts > 0 ? <p class="warn">Where money goes is changed by {diverts} of what you sign.</p> : null}
      {lookalikes > 0 ? (
        <p class="warn">{lookalikes} can be taken for something that is signed already.</p>
      ) : null}
      {shown.destinations.map(({ value, known }, index) => (
        <p key={index}>
          Destination <Quoted value={value} />{' '}
          {known > 0 ? (
            <span class="good">stands in {known} signed records already</span>
          ) : (
            <span class="warn">stands in no signed record yet</span>
          )}
        </p>
      ))}
      <ul class="items">
        {shown.items.map(({ id, headline, place, diverts: elsewhere, notes }) => (
          <li key={id}>
            <span class={elsewhere ? 'warn' : ''}>{headline}</span> <span class="value">{place}</span>
            {notes.map((note) => (
              <span key={note} class="warn">
                {' '}
                {note}
              </span>
            ))}
          </li>
        ))}
      </ul>
      {left > 0 ? (
        <p class="warn">
          {left.toLocaleString('en-US')} more that you accepted are signed, too, and not listed here.
        </p>
      ) : null}
      {shown.items.length === 0 ? <p>It changes nothing, and is valid for longer.</p> : null}
      <p class="dim">
        Valid until <When atMs={shown.expiresMs} />
      </p>
      <Reason shown={shown} />
      {problem.value === null ? null : (
        <p class="note alarm" role="alert">
          {problem.value}
        </p>
      )}
      {busy.value === null ? null : <p class="note">{busy.value}</p>}
      <Signers shown={shown} />
      <div class="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          Back
        </button>
      </div>
      <p class="dim">
        What you sign: <span class="value">sha256:{shown.digest}</span>.
        {isHost ? '' : ' The terminal of the console says the same.'}
      </p>
    </dialog>
  );
}

/** Why, for those who read the baseline later. What others proposed has its reason already. */
function Reason({ shown }: { readonly shown: ShownDraft }) {
  const [reason, setReason] = useState(shown.reason);
  if (desk.value?.pending !== null) return null;
  const take = () => {
    if (reason.trim() !== '' && reason !== shown.reason) {
      void summarize(reason, shown.items.length === 0);
    }
  };
  return (
    <>
      <label for="why">Reason, for those who read the baseline later</label>
      <input
        id="why"
        value={reason}
        maxLength={2000}
        autocomplete="off"
        onInput={(event) => setReason(event.currentTarget.value)}
        onBlur={take}
      />
    </>
  );
}

function Signers({ shown }: { readonly shown: ShownDraft }) {
  const passkeys = shown.signers.filter(({ by }) => by === 'passkey');
  const ssh = shown.signers.find(({ by }) => by === 'ssh');
  const [first] = passkeys;
  return (
    <>
      {shown.signers.length === 0 ? (
        <p class="warn">No key of yours is in the trust root: nothing can be signed here.</p>
      ) : null}
      <div class="actions">
        {first === undefined ? null : (
          <button
            type="button"
            class="main"
            disabled={busy.value !== null}
            onClick={() => void sign(shown, 'passkey')}
          >
            Sign with a passkey
          </button>
        )}
        {ssh === undefined ? null : (
          <button
            type="button"
            class="main"
            disabled={busy.value !== null}
            onClick={() => void sign(shown, 'ssh')}
          >
            Sign with the SSH key of {ssh.person}
          </button>
        )}
      </div>
      {shown.signers.map(({ by, person, afterwards }) =>
        afterwards.map((words) => (
          <p key={`${by} ${person} ${words}`} class="dim">
            After {person}: {words}
          </p>
        )),
      )}
    </>
  );
}
