import { useState } from 'preact/hooks';

/** Answering for what is shown, in one's own name, with a reason for the others, which stays there until it went out. */
export function AnswerForm({
  send,
  isHeld = false,
}: {
  /** Resolves with whether it went out. */
  readonly send: (reason: string) => Promise<boolean>;
  /** Whether the page does something else at the moment. */
  readonly isHeld?: boolean;
}) {
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    if (await send(reason.trim())) setReason('');
    setBusy(false);
  };
  return (
    <form class="panel" onSubmit={(event) => void submit(event)}>
      <label for="reason">Why, in a few words for the others</label>
      <input
        id="reason"
        value={reason}
        maxLength={500}
        autocomplete="off"
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <div class="actions">
        <button type="submit" class="main" disabled={busy || isHeld || reason.trim() === ''}>
          I answer for this
        </button>
        <span class="dim">For what is shown now. Whatever is new is told anew.</span>
      </div>
    </form>
  );
}
