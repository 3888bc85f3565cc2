import type { JournalEntry, StoreReader } from '../store/store.js';
import { ApiError } from './errors.js';
import type { Route } from './route.js';

/** Entries of one answer. */
export const MAX_ENTRIES = 200;
/** Bodies of one answer, in UTF-16 code units; at least one entry is given whatever its length. */
const MAX_BODY_TEXT = 1024 * 1024;

/** The journal, page by page, with its head: whoever reads it walks the hashes themselves. */
export function journalRoutes(store: { readonly journal: StoreReader['journal'] }): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/journal',
      scope: 'read',
      handle: () => pageAfter(store.journal, Math.max(0, store.journal.lastSeq() - MAX_ENTRIES)),
    },
    {
      method: 'GET',
      path: '/api/journal/:after',
      scope: 'read',
      handle: (_person, { after = '' }) => {
        if (!/^\d{1,15}$/.test(after)) {
          throw new ApiError(
            'API_NOT_FOUND',
            'the journal has no such place; needed is the number of an entry',
          );
        }
        return pageAfter(store.journal, Number(after));
      },
    },
  ];
}

function pageAfter(
  journal: StoreReader['journal'],
  after: number,
): { readonly entries: readonly JournalEntry[]; readonly head: string; readonly lastSeq: number } {
  const entries: JournalEntry[] = [];
  let text = 0;
  for (const entry of journal.entries(after, MAX_ENTRIES)) {
    text += entry.body.length;
    if (entries.length > 0 && text > MAX_BODY_TEXT) break;
    entries.push(entry);
  }
  return { entries, head: journal.head(), lastSeq: journal.lastSeq() };
}
