import type { PendingSubject } from '../../baselines/index.js';

/** The command that removes what waits for signatures, whatever lies in its place. */
export function withdrawCommand(pending: PendingSubject): string {
  switch (pending.what) {
    case 'root':
      return 'tillwarden trust sign --withdraw';
    case 'proposal':
      return `tillwarden approve ${pending.site} --withdraw`;
    case 'suppression': {
      const command = pending.type === 'mute' ? 'mute' : 'expect';
      return `tillwarden ${command} ${pending.site} --withdraw ${pending.id ?? 'ID'}`;
    }
  }
}

/** What was refused, and how to be rid of it where it waits for signatures. */
export function withRemedy(text: string, pending: PendingSubject | null): string {
  return pending === null ? text : `${text} To be rid of it: ${withdrawCommand(pending)}`;
}
