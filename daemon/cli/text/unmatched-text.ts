import type { UnmatchedRules } from '../../sources/source.js';

/** Paths of one collection that are named. */
const MOST_NAMED = 8;

/** What of a collection's rules found nothing, as a warning and what to do. Configured names and paths only. */
export function unmatchedText(collection: string, { noRow, paths }: UnmatchedRules): string {
  if (noRow) {
    return `${collection}: no row of its table counts; compare "rows" with what the database writes (t and f for true and false)`;
  }
  const named = paths.slice(0, MOST_NAMED).map((path) => JSON.stringify(path));
  const more = paths.length > named.length ? ` and ${paths.length - named.length} more` : '';
  const what = paths.length === 1 ? 'a path matches nothing' : `${paths.length} paths match nothing`;
  return `${collection}: ${what}: ${named.join(', ')}${more}; compare the spelling with the settings of the server. One that this server does not have needs nothing: it is told when it appears`;
}
