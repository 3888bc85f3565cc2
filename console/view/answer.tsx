import { useState } from 'preact/hooks';

/** Answering for what is shown, in one's own name, with a reason for the others. */
export function AnswerForm({ send }: { readonly send: (reason: string) => Promise<void> }) {
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    await send(reason.trim());
    setBusy(false);
    setReason('');
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
        <button type="submit" class="main" disabled={busy || reason.trim() === ''}>
          I answer for this
        </button>
        <span class="dim">For what is shown now. Whatever is new is told anew.</span>
      </div>
    </form>
  );
}
