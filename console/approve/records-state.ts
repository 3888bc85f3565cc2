import { signal } from '@preact/signals';
import type {
  ShownAdvance,
  ShownChannels,
  ShownEntry,
  ShownHistory,
  ShownJournal,
  ShownSignedAdvance,
  ShownTrust,
} from '../../daemon/views/console-shapes.js';
import type { Client } from '../view/client.js';
import type { PagePlace } from './place.js';

export const trust = signal<ShownTrust | null>(null);
export const journal = signal<ShownJournal | null>(null);
/** Entries before those, that were asked for. */
export const earlier = signal<readonly ShownEntry[]>([]);
export const channels = signal<ShownChannels | null>(null);
export const advance = signal<ShownAdvance | null>(null);
/** What became of a signature that was given there. */
export const signedAdvance = signal<ShownSignedAdvance | null>(null);
export const past = signal<ShownHistory | null>(null);

/** What is asked of the past. */
export interface PastQuestion {
  readonly collection: string;
  readonly key: string | null;
  /** Null: now. */
  readonly atMs: number | null;
}
export const question = signal<PastQuestion | null>(null);

/** Forgets what another page showed. */
export function forgetRecords(): void {
  for (const one of [trust, journal, channels, advance, signedAdvance, past, question]) one.value = null;
  earlier.value = [];
}

/** Asks for what a page shows; `isStill`: whether it is shown still when the answer is there. */
export async function readPlace(client: Client, at: PagePlace, isStill: () => boolean): Promise<void> {
  const into = <T>(target: { value: T | null }, answer: T) => {
    if (isStill()) target.value = answer;
  };
  switch (at.page) {
    case 'trust':
      return into(trust, await client.ask('GET', '/api/trust'));
    case 'journal':
      return into(journal, await client.ask('GET', '/api/journal'));
    case 'channels':
      return into(channels, await client.ask('GET', '/api/channels'));
    case 'advance':
      return into(advance, await client.ask('GET', `/api/sites/${at.site}/in-advance`));
    case 'history': {
      const path = `/api/sites/${at.site}/history`;
      const asked = question.value;
      const answer =
        asked === null
          ? client.ask<ShownHistory>('GET', path)
          : client.ask<ShownHistory>('POST', path, asked);
      const shown = await answer;
      // Somebody moved the date meanwhile: that answer is on its way.
      if (question.value === asked) into(past, shown);
      return;
    }
  }
}
