import type { Choice } from './choices.js';
import {
  accepted,
  acceptRest,
  busy,
  choose,
  currentDifference,
  desk,
  draft,
  moveBy,
  summarize,
  summarizePending,
} from './state.js';

const CHOICES: Readonly<Record<string, Choice>> = { a: 'accept', s: 'skip', r: 'reject' };

/** Keys on the desk, where nobody types into a field and no summary is open. */
export function handleKey(event: KeyboardEvent): void {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || draft.value !== null || busy.value !== null) return;
  if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
  const choice = CHOICES[key];
  const shown = currentDifference.value;
  // A key that is held down decides once: what comes next was not looked at.
  if (event.repeat && (choice !== undefined || key === 'A' || key === 'Enter')) event.preventDefault();
  else if (choice !== undefined && shown !== undefined && desk.value?.pending === null) {
    choose(shown.id, choice);
    move(1);
  } else if (key === 'j' || key === 'ArrowDown') move(1);
  else if (key === 'k' || key === 'ArrowUp') move(-1);
  else if (key === 'A') acceptRest();
  else if (key === 'e' && shown !== undefined) {
    document.querySelector<HTMLButtonElement>(`#d-${shown.id} button.quiet`)?.click();
  } else if (key === 'Enter' && isFree(target)) goOn();
  else return;
  event.preventDefault();
}

/** Enter on a button or link is that button's. */
function isFree(target: EventTarget | null): boolean {
  return !(target instanceof HTMLElement && target.closest('button, a, summary') !== null);
}

function goOn(): void {
  const pending = desk.value?.pending ?? null;
  if (pending !== null) void summarizePending(pending.digest);
  else if (accepted.value.length > 0) void summarize();
}

function move(by: 1 | -1): void {
  moveBy(by);
  const id = currentDifference.value?.id;
  if (id !== undefined) document.getElementById(`d-${id}`)?.scrollIntoView({ block: 'nearest' });
}
