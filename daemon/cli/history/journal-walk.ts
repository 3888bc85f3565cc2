import { join } from 'node:path';
import { FOLDED_FOLDER, foldedFiles, readFoldedEntries } from '../../store/folding/files.js';
import { allEntries, breakBetween, JOURNAL_START } from '../../store/journal/chain.js';
import { ageAtFold, KEPT_TYPES } from '../../store/journal/fold.js';
import type { JournalBreak, JournalEntry, StoreReader } from '../../store/store.js';
import { entryBody } from '../text/journal-text.js';
import {
  changedAmong,
  claimOf,
  type FoldClaim,
  isNextFold,
  keptOf,
  otherThan,
  stillThere,
} from './fold-claim.js';

/** What a walk over the journal found. */
export interface JournalReport {
  /** Entries that follow one another from the first one on, those that were folded among them. */
  readonly entries: number;
  /** Hash of the last of them; 64 zeros when there is none. */
  readonly head: string;
  /** `file`: a file of folded entries is another one than was written; `fold`: what a fold says is not so. */
  readonly broken: JournalBreak | { readonly seq: number; readonly what: 'file' | 'fold' } | null;
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
  /** Older entries that left the state for a file, oldest first. */
  readonly folds: readonly FoldReport[];
}

export interface FoldReport {
  readonly from: number;
  readonly through: number;
  readonly untilMs: number;
  readonly foldedMs: number;
  /** Of the file. */
  readonly name: string;
  /** `missing`: what the entries said cannot be proven here. */
  readonly file: 'whole' | 'missing';
}

/** Where a state directory keeps the files of what was folded. */
export function foldedFolder(stateDirectory: string): string {
  return join(stateDirectory, FOLDED_FOLDER);
}

/**
 * Walks the journal up to the first entry that does not fit, through the files of what was folded, which lie in `folded`; null: nowhere. `told` is a hash, or
 * the beginning of one. `onEntry` is given each entry that fits, in order.
 */
export function checkJournal(
  store: StoreReader,
  told: string | null,
  folded: string | null = null,
  onEntry: (entry: JournalEntry) => void = () => undefined,
): JournalReport {
  const walk = new Walk(told, onEntry);
  const folds: FoldReport[] = [];
  const broken = walkFolds(store, walk, folded, folds) ?? walkLive(store, walk);
  return walk.report(store, broken, folds);
}

/** Every entry from one number to another, those out of the files of what was folded among them, as far as these are there. */
export function* entriesBetween(
  store: StoreReader,
  { from, to, folded }: { readonly from: number; readonly to: number; readonly folded: string },
): Generator<JournalEntry> {
  const within = ({ seq }: JournalEntry) => seq >= from && seq <= to;
  const through = store.folds.last()?.through ?? 0;
  if (from <= through) {
    for (const claim of [...allEntries(store, { type: 'journal-folded' })].flatMap(
      (one) => claimOf(one) ?? [],
    )) {
      if (claim.through < from || claim.from > to) continue;
      const entries = readFoldedEntries(folded, foldedFiles(claim.number).journal, claim.journalFile);
      if (typeof entries !== 'string') yield* entries.filter(within);
    }
  }
  for (const entry of allEntries(store, { afterSeq: Math.max(through, from - 1) })) {
    if (entry.seq > to) return;
    yield entry;
  }
}

type Broken = JournalReport['broken'];

function walkLive(store: StoreReader, walk: Walk): Broken {
  for (const entry of allEntries(store, { afterSeq: walk.last.seq })) {
    const broken = walk.step(entry);
    if (broken !== null) return broken;
  }
  return null;
}

/**
 * Walks what was folded, fold by fold: each begins where the one before it ended, names a file whose entries lead from there to its head, is younger than all
 * it covers by as much as is kept at least, and stands behind what it covers. What stayed of its entries is the same as in its file.
 */
function walkFolds(store: StoreReader, walk: Walk, folded: string | null, reports: FoldReport[]): Broken {
  // Whoever empties that table leaves a journal that does not begin with entry 1.
  if (store.folds.last() === null) return null;
  for (const entry of allEntries(store, { type: 'journal-folded' })) {
    const claim = claimOf(entry);
    if (claim === null || !isNextFold(claim, { before: reports.length, last: walk.last.seq }))
      return { seq: entry.seq, what: 'fold' };
    const name = foldedFiles(claim.number).journal;
    const entries = folded === null ? 'missing' : readFoldedEntries(folded, name, claim.journalFile);
    if (entries === 'other') return { seq: claim.from, what: 'file' };
    const left = stillThere(store, claim);
    const broken =
      entries === 'missing'
        ? changedAmong(left)
        : (walkFile(walk, claim, entries) ?? otherThan(left, entries));
    if (broken !== null) return broken;
    if (keptOf(left) !== claim.kept) return { seq: claim.from, what: 'changed' };
    if (entries === 'missing') walk.skipTo(claim, left);
    const { from, through, untilMs } = claim;
    const file = entries === 'missing' ? 'missing' : 'whole';
    reports.push({ from, through, untilMs, foldedMs: entry.atMs, name, file });
  }
  return null;
}

function walkFile(
  walk: Walk,
  { entry, through, head, untilMs }: FoldClaim,
  entries: readonly JournalEntry[],
): Broken {
  let age: ReturnType<typeof ageAtFold> = 'old';
  for (const one of entries) {
    const broken = walk.step(one);
    if (broken !== null) return broken;
    age = ageAtFold(one, { untilMs, foldedMs: entry.atMs });
    if (age === 'young') return { seq: entry.seq, what: 'fold' };
  }
  const { seq, hash } = walk.last;
  return age === 'old' && seq === through && hash === head ? null : { seq: entry.seq, what: 'fold' };
}

/** Entry after entry, and what must be known of them. */
class Walk {
  last: Pick<JournalEntry, 'seq' | 'hash'> = { seq: 0, hash: JOURNAL_START };
  #found: { readonly seq: number; readonly atMs: number } | null;
  readonly #told: string | null;
  readonly #onEntry: (entry: JournalEntry) => void;
  readonly #highest = new Map<string, number>();
  readonly #roots = new RootVersions();

  constructor(told: string | null, onEntry: (entry: JournalEntry) => void) {
    this.#told = told;
    this.#onEntry = onEntry;
    this.#found = told?.match(/^0+$/) ? { seq: 0, atMs: 0 } : null;
  }

  /** Null when it is the next one. */
  step(entry: JournalEntry): JournalBreak | null {
    const broken = breakBetween(this.last, entry);
    if (broken !== null) return broken;
    this.last = entry;
    this.#note(entry);
    this.#onEntry(entry);
    return null;
  }

  /** Goes on behind entries of which only `known` are there. */
  skipTo({ through, head, untilMs }: FoldClaim, known: readonly JournalEntry[]): void {
    for (const entry of known) this.#note(entry);
    if (this.#told !== null && head.startsWith(this.#told)) this.#found ??= { seq: through, atMs: untilMs };
    this.last = { seq: through, hash: head };
  }

  report(store: StoreReader, broken: Broken, folds: readonly FoldReport[]): JournalReport {
    const forgotten = [...this.#highest].flatMap(([site, journal]) => {
      const remembered = store.baselines.remembered(site)?.version ?? null;
      return (remembered ?? 0) < journal ? [{ site, remembered, journal }] : [];
    });
    const { seq: entries, hash: head } = this.last;
    const report = { entries, head, broken, forgotten, lowered: this.#roots.lowered, folds };
    return this.#told === null ? report : { ...report, told: this.#found };
  }

  #note(entry: JournalEntry): void {
    const { hash, seq, atMs, type } = entry;
    if (this.#told !== null && hash.startsWith(this.#told)) this.#found ??= { seq, atMs };
    if (!KEPT_TYPES.has(type)) return;
    if (type === 'baseline-in-force') noteVersion(this.#highest, entry);
    if (type === 'trust-root') this.#roots.note(entry);
  }
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
