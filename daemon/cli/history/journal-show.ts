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
    const wanted = (entry: JournalEntry) =>
      (sinceMs === null || entry.atMs >= sinceMs) && (incident === null || isAbout(entry, incident));
    const entries = [...chosen(store, wanted)];
    if (options.json) {
      const shown = entries.map((entry) => ({ ...entry, body: entryBody(entry.body) ?? entry.body }));
      terminal.out(asciiJson({ entries: shown }));
    } else {
      for (const entry of entries) terminal.out(entryLine(entry));
      terminal.note(`${grouped(entries.length, 'entry')}; tillwarden journal verify proves them`);
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

function* chosen(store: StoreReader, wanted: (entry: JournalEntry) => boolean): Generator<JournalEntry> {
  for (const entry of allEntries(store)) if (wanted(entry)) yield entry;
}
