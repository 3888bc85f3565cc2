import { join } from 'node:path';
import { nextTurn } from '../../time/turn.js';
import { JOURNAL_START } from '../journal/chain.js';
import { ageAtFold, KeptDigest } from '../journal/fold.js';
import type { JournalEntry, Store } from '../store.js';
import { FOLDED_FOLDER, foldedFiles, writeFolded } from './files.js';

export interface Folding {
  readonly store: Store;
  /** Of the state. */
  readonly directory: string;
  /** Everything from before may go. UTC milliseconds. */
  readonly beforeMs: number;
  /** Sites that are watched: of others, what was last observed may go too. */
  readonly sites: readonly string[];
  readonly clock: () => number;
  /** True once there is to be no more of it: it ends at the next step, and the next start goes on. */
  readonly stopped: () => boolean;
  /** Fewer entries are not worth a file. */
  readonly leastEntries?: number;
}

const LEAST_ENTRIES = 5_000;
/** What goes into one fold at most: its files are read whole when they are verified. */
const MOST_ENTRIES = 100_000;
const MOST_TEXT = 64 * 1024 * 1024;
const MOST_INCIDENTS = 5_000;
const MOST_ANNOUNCEMENTS = 5_000;
/** Entries read, and rows removed, in one go: a few milliseconds each. */
const SLICE = 250;

/**
 * Takes what is old out of the store into files, oldest first: one fold, and what an earlier one left to be removed. The files are durable before the entry
 * that binds them, and that entry before anything is removed, so that whenever this ends nothing is lost (docs/adr/0076). Resolves with whether there may
 * be more to fold. Rejects with `StoreError`, and with what the system refuses where the files belong.
 */
export async function foldOnce(folding: Folding): Promise<boolean> {
  const { store, directory, beforeMs, sites, clock, leastEntries = LEAST_ENTRIES } = folding;
  await removeFolded(folding);
  const cut = { untilMs: store.folds.nothingOpenBefore(beforeMs), foldedMs: clock() };
  const before = store.folds.last() ?? { number: 0, through: 0, head: JOURNAL_START };
  if (!(await isOldBehind(folding, before.through + leastEntries - 1, cut)) || folding.stopped())
    return false;

  const number = before.number + 1;
  const names = foldedFiles(number);
  const folder = join(directory, FOLDED_FOLDER);
  const entries = new OldEntries(folding, before.through, cut);
  const journalFile = await writeFolded(folder, names.journal, entries.lines());
  const { last } = entries;
  if (last === null || folding.stopped()) return false;
  const details = new OldDetails(store, Math.min(cut.untilMs, last.atMs + 1));
  const detailsFile = await writeFolded(folder, names.details, details.lines());
  if (folding.stopped()) return false;

  const fold = { number, from: before.through + 1, through: last.seq, head: last.hash, untilMs: cut.untilMs };
  const bound = { kept: entries.kept(), journalFile, detailsFile, incidents: details.incidents };
  store.transaction((tx) => tx.folds.begin({ ...fold, ...bound }, cut.foldedMs));
  await removeFolded(folding);
  await removeAnnouncements(folding, details.announcements);
  store.transaction((tx) => tx.folds.removeObserved(sites, beforeMs));
  return true;
}

/** What goes is from before `untilMs`, as of `foldedMs`. UTC milliseconds. */
type Cut = Parameters<typeof ageAtFold>[1];

/** Whether the first entry behind `seq` is old, or where a clock was wrong then, the first one after it that has a time. */
async function isOldBehind({ store, stopped }: Folding, seq: number, cut: Cut): Promise<boolean> {
  for (let [after, size] = [seq, 1]; !stopped(); size = SLICE) {
    const page = store.journal.entries(after, size);
    const dated = page.find((entry) => ageAtFold(entry, cut) !== 'undated');
    if (dated !== undefined) return ageAtFold(dated, cut) === 'old';
    const last = page.at(-1);
    if (last === undefined) return false;
    after = last.seq;
    await nextTurn();
  }
  return false;
}

async function removeFolded({ store, stopped }: Folding): Promise<void> {
  // Not durable by itself: the entry that covers it is, and what a loss of power brings back is removed again.
  const removeSome = () => store.transaction((tx) => tx.folds.removeSome(SLICE), { durable: false });
  while (!stopped() && removeSome()) await nextTurn();
}

async function removeAnnouncements({ store, stopped }: Folding, alerts: readonly string[]): Promise<void> {
  for (let at = 0; at < alerts.length && !stopped(); at += SLICE) {
    const some = alerts.slice(at, at + SLICE);
    store.transaction((tx) => tx.folds.removeAnnouncements(some), { durable: false });
    await nextTurn();
  }
}

/** The entries that go, as lines of a file, and what must be known of them afterwards. */
class OldEntries {
  last: JournalEntry | null = null;
  readonly #kept = new KeptDigest();

  constructor(
    private readonly folding: Pick<Folding, 'store' | 'stopped'>,
    private readonly after: number,
    private readonly cut: Cut,
  ) {}

  /** They end with one that is old by its own time: of what follows without a time, nobody could prove from the file that it is old. */
  async *lines(): AsyncGenerator<string> {
    let [count, length] = [0, 0];
    const waiting: { readonly entry: JournalEntry; readonly line: string }[] = [];
    for (let seq = this.after; ; await nextTurn()) {
      const page = this.folding.store.journal.entries(seq, SLICE);
      for (const entry of page) {
        const age = ageAtFold(entry, this.cut);
        const line = `${JSON.stringify(entry)}\n`;
        const isFull = count > 0 && (count >= MOST_ENTRIES || length + line.length > MOST_TEXT);
        if (age === 'young' || isFull) return;
        count++;
        length += line.length;
        seq = entry.seq;
        waiting.push({ entry, line });
        if (age === 'undated') continue;
        for (const one of waiting.splice(0)) {
          this.#kept.add(one.entry);
          this.last = one.entry;
          yield one.line;
        }
      }
      if (page.length < SLICE || this.folding.stopped()) return;
    }
  }

  kept(): string {
    return this.#kept.digest();
  }
}

/** What goes with them: the details of incidents that were over by then, and announcements. */
class OldDetails {
  readonly incidents: readonly string[];
  readonly announcements: readonly string[];

  constructor(
    private readonly store: Pick<Store, 'folds'>,
    beforeMs: number,
  ) {
    this.incidents = store.folds.incidents(beforeMs, MOST_INCIDENTS);
    this.announcements = store.folds.announcements(beforeMs, MOST_ANNOUNCEMENTS);
  }

  async *lines(): AsyncGenerator<string> {
    for (const [index, id] of this.incidents.entries()) {
      yield `${JSON.stringify(this.store.folds.rowsOfIncident(id))}\n`;
      if (index % 20 === 19) await nextTurn();
    }
    for (const [index, id] of this.announcements.entries()) {
      yield `${JSON.stringify(this.store.folds.rowsOfAnnouncement(id))}\n`;
      if (index % 20 === 19) await nextTurn();
    }
  }
}
