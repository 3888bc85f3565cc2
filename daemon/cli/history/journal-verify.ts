import { allEntries, breakBetween, JOURNAL_START } from '../../store/journal/chain.js';
import type { JournalBreak, JournalEntry, StoreReader } from '../../store/store.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { openState } from '../signing/open-state.js';
import { utc } from '../text/instant.js';
import { entryBody } from '../text/journal-text.js';
import { asciiJson } from '../text/json.js';

/** What a walk over the journal found. */
export interface JournalReport {
  /** Entries that follow one another from the first one on. */
  readonly entries: number;
  /** Hash of the last of them; 64 zeros when there is none. */
  readonly head: string;
  readonly broken: JournalBreak | null;
  /** The entry with the hash that was told, among those that follow one another; null when there is none, absent when none was told. */
  readonly told?: { readonly seq: number; readonly atMs: number } | null;
  /** Sites whose remembered version is lower than one the journal says was in force. */
  readonly forgotten: readonly {
    readonly site: string;
    readonly remembered: number | null;
    readonly journal: number;
  }[];
  /** Entries of a trust root that is not above the one that was in force before it. */
  readonly lowered: readonly { readonly seq: number; readonly version: number; readonly before: number }[];
}

/** `tillwarden journal verify`: proves that no entry was changed or removed, and with a head told in an alert that none was cut off. */
export async function journalVerify(
  context: CommandContext,
  options: { readonly head?: string; readonly json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const told = options.head === undefined ? null : notifiedHead(options.head);
  const store = openState(await openConfig(context, 'none'));
  try {
    const report = checkJournal(store, told);
    if (options.json) terminal.out(asciiJson(report));
    else for (const line of reportLines(report, told)) terminal.out(line);
    const isMonotone = report.forgotten.length === 0 && report.lowered.length === 0;
    const whole = report.broken === null && report.told !== null && isMonotone;
    return whole ? EXIT.same : EXIT.refused;
  } finally {
    store.close();
  }
}

/** Walks the journal up to the first entry that does not fit. `told` is a hash, or the beginning of one. */
export function checkJournal(store: StoreReader, told: string | null): JournalReport {
  let previous: JournalEntry | null = null;
  let broken: JournalBreak | null = null;
  let found: JournalReport['told'] = told?.match(/^0+$/) ? { seq: 0, atMs: 0 } : null;
  const highest = new Map<string, number>();
  const roots = new RootVersions();
  for (const entry of allEntries(store)) {
    broken = breakBetween(previous, entry);
    if (broken !== null) break;
    previous = entry;
    if (told !== null && entry.hash.startsWith(told)) found ??= { seq: entry.seq, atMs: entry.atMs };
    if (entry.type === 'baseline-in-force') noteVersion(highest, entry);
    if (entry.type === 'trust-root') roots.note(entry);
  }
  const forgotten = [...highest].flatMap(([site, journal]) => {
    const remembered = store.baselines.remembered(site)?.version ?? null;
    return (remembered ?? 0) < journal ? [{ site, remembered, journal }] : [];
  });
  const head = previous?.hash ?? JOURNAL_START;
  const report = { entries: previous?.seq ?? 0, head, broken, forgotten, lowered: roots.lowered };
  return told === null ? report : { ...report, told: found };
}

/** The trust roots of a journal, by the pin that led to them: versions only rise (invariant 15). */
class RootVersions {
  readonly lowered: { seq: number; version: number; before: number }[] = [];
  readonly #highest = new Map<string, number>();

  note({ seq, body }: JournalEntry): void {
    const { version, pin = '' } = entryBody(body) ?? {};
    if (typeof version !== 'number' || typeof pin !== 'string') return;
    const before = this.#highest.get(pin) ?? 0;
    if (version <= before) this.lowered.push({ seq, version, before });
    else this.#highest.set(pin, version);
  }
}

function noteVersion(highest: Map<string, number>, entry: JournalEntry): void {
  const { site, version } = entryBody(entry.body) ?? {};
  if (typeof site !== 'string' || typeof version !== 'number') return;
  highest.set(site, Math.max(version, highest.get(site) ?? 0));
}

function notifiedHead(text: string): string {
  const digits = text.replace(/^sha256:/, '').toLowerCase();
  if (/^[0-9a-f]{12,64}$/.test(digits)) return digits;
  throw new CliError(
    'CLI_USAGE',
    '--head is no head of a journal; needed are its 12 to 64 hexadecimal digits, as the last line of an alert has them after "journal"',
  );
}

function reportLines(
  { entries, head, broken, told, forgotten, lowered }: JournalReport,
  wanted: string | null,
) {
  const so = broken === null ? 'is whole' : 'is BROKEN';
  return [
    `The journal ${so}: ${grouped(entries, 'entry')} follow one another.`,
    ...(broken === null ? [] : [brokenWords(broken)]),
    `head sha256:${head}`,
    ...(told
      ? [
          `${wanted} is the head of entry ${told.seq}${told.seq === 0 ? '' : `, ${utc(told.atMs)}`}: still here.`,
        ]
      : []),
    ...(told === null
      ? [
          `MISSING: no entry ${broken === null ? '' : 'before that one '}has the head ${wanted}. What was decided up to that alert was cut off or written anew, or the alert is another daemon's.`,
        ]
      : []),
    ...forgotten.map(
      ({ site, remembered, journal }) =>
        `FORGOTTEN: baseline ${journal} of ${site} was in force, and the state remembers ${remembered ?? 'none'}. Somebody changed it.`,
    ),
    ...lowered.map(
      ({ seq, version, before }) =>
        `ROLLED BACK: entry ${seq} has trust root ${version} in force after ${before} was. Whoever root ${before} took rights from had them again: look at what was signed since.`,
    ),
  ];
}

function brokenWords({ seq, what }: JournalBreak): string {
  switch (what) {
    case 'missing':
      return `Entry ${seq} was removed: later ones are there.`;
    case 'changed':
      return `Entry ${seq} was changed: it does not have the hash it was written with.`;
    case 'detached':
      return `Entry ${seq} does not follow entry ${seq - 1}: one of them was replaced.`;
  }
}
