import { FOLDED_FOLDER } from '../../store/folding/files.js';
import { allEntries } from '../../store/journal/chain.js';
import type { JournalEntry, StoreReader } from '../../store/store.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { incidentById, openState } from '../signing/open-state.js';
import type { Terminal } from '../terminal/terminal.js';
import { parseInstant } from '../text/instant.js';
import { entryBody, entryLine } from '../text/journal-text.js';
import { asciiJson } from '../text/json.js';
import { typedAgain } from '../typed-again.js';

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
    if (options.json) await printAll(terminal, entriesJson(entries));
    else {
      const count = await printAll(terminal, lines(entries));
      const fold = store.folds.last();
      const older = fold === null ? '' : `; of entries 1 to ${fold.through} most are in ${FOLDED_FOLDER}/`;
      const proof = typedAgain(context, 'tillwarden journal verify');
      terminal.note(`${grouped(count, 'entry')}${older}; ${proof} proves them`);
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

/** Lines printed before it is waited until they are taken: a reader may be slower than the store. */
const LINES_AT_A_TIME = 200;

async function printAll(terminal: Terminal, texts: Iterable<string>): Promise<number> {
  let count = 0;
  for (const text of texts) {
    terminal.out(text);
    if (++count % LINES_AT_A_TIME === 0) await terminal.taken();
  }
  return count;
}

function* lines(entries: Iterable<JournalEntry>): Generator<string> {
  for (const entry of entries) yield entryLine(entry);
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
