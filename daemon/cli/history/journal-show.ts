import { FOLDED_FOLDER } from '../../store/folding/files.js';
import { allEntries } from '../../store/journal/chain.js';
import type { JournalEntry, StoreReader } from '../../store/store.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { incidentById, openState } from '../signing/open-state.js';
import { parseInstant } from '../text/instant.js';
import { entryBody, entryLine } from '../text/journal-text.js';
import { asciiJson } from '../text/json.js';

export interface JournalShowOptions {
  readonly since?: string;
  readonly incident?: string;
  readonly json?: boolean;
}

/** `tillwarden journal show`: what was decided, in order. Works beside a running daemon and without one. */
export async function journalShow(context: CommandContext, options: JournalShowOptions): Promise<number> {
  const { terminal, clock } = context;
  const config = await openConfig(context, 'none');
  const sinceMs = options.since === undefined ? null : parseInstant('--since', options.since, clock());
  const store = openState(config);
  try {
    const incident =
      options.incident === undefined ? null : incidentById(store, options.incident).incident.id;
    const entries = chosen(store, { sinceMs, incident });
    if (options.json) for (const text of entriesJson(entries)) terminal.out(text);
    else {
      let count = 0;
      for (const entry of entries) {
        terminal.out(entryLine(entry));
        count++;
      }
      const fold = store.folds.last();
      const older = fold === null ? '' : `; of entries 1 to ${fold.through} most are in ${FOLDED_FOLDER}/`;
      terminal.note(`${grouped(count, 'entry')}${older}; tillwarden journal verify proves them`);
    }
    return EXIT.same;
  } finally {
    store.close();
  }
}

/** Whether an entry names the incident. */
export function isAbout(entry: JournalEntry, incident: string): boolean {
  return entryBody(entry.body)?.['incident'] === incident;
}

function* chosen(
  store: StoreReader,
  { sinceMs, incident }: { readonly sinceMs: number | null; readonly incident: string | null },
): Generator<JournalEntry> {
  const filter = { ...(sinceMs === null ? {} : { sinceMs }), ...(incident === null ? {} : { incident }) };
  for (const entry of allEntries(store, filter)) {
    if (incident === null || isAbout(entry, incident)) yield entry;
  }
}

/** Texts to print one after the other: the lines of `{ "entries": […] }`, one entry after the other: all of them together may be larger than any text can be. */
export function* entriesJson(entries: Iterable<JournalEntry>): Generator<string> {
  let before: string | null = null;
  for (const entry of entries) {
    yield before === null ? '{\n  "entries": [' : `${before},`;
    before = indented(asciiJson({ ...entry, body: entryBody(entry.body) ?? entry.body }));
  }
  yield before === null ? '{\n  "entries": []\n}' : `${before}\n  ]\n}`;
}

/** Line ends within values are escaped: those that are there are of the form. */
function indented(json: string): string {
  return json.replace(/^/gm, '    ');
}
