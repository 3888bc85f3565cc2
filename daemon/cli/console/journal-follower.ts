import { breakBetween, JOURNAL_START } from '../../store/journal/chain.js';
import { LEAST_KEEP_MS } from '../../store/journal/fold.js';
import type { JournalEntry } from '../../store/store.js';
import { claimOf } from '../history/fold-claim.js';
import { brokenWords } from '../history/journal-verify.js';
import type { SeenHead } from '../signing/seen-heads.js';

/** Something in the journal is not as it was written, or as this machine has seen it. */
export class JournalFault {
  constructor(readonly words: string) {}
}

/** Entries that are not there, and the hash that the next one names. */
interface Gap {
  readonly from: number;
  readonly through: number;
  readonly head: string;
}

/** What an entry says was folded, and the hash of its last entry. */
interface Folded {
  readonly from: number;
  readonly through: number;
  readonly head: string;
}

/** A heavily used journal of ten years has a tenth of each: the daemon must not fill this process by telling of more. */
const MOST_GAPS = 1_000_000;
const MOST_FOLDS = 100_000;

/**
 * Walks a journal entry by entry from far away, where the files of what was folded are not: entries that are missing must be covered by what the
 * journal itself says was folded, and are counted as that. Throws `JournalFault`.
 */
export class JournalFollower {
  #last: { readonly seq: number; readonly hash: string };
  readonly #seen: SeenHead | null;
  readonly #gaps: Gap[] = [];
  readonly #folds: Folded[] = [];
  readonly #limits: { readonly gaps: number; readonly folds: number };

  /** `from`: null for the beginning. `seen`: what this machine remembers. */
  constructor(from: SeenHead | null, seen: SeenHead | null, limits = { gaps: MOST_GAPS, folds: MOST_FOLDS }) {
    this.#limits = limits;
    this.#last = { seq: from?.version ?? 0, hash: from?.digest ?? JOURNAL_START };
    this.#seen = seen;
  }

  /** The last entry that was met. */
  get last(): { readonly seq: number; readonly hash: string } {
    return this.#last;
  }

  step(entry: JournalEntry): void {
    const { seq } = this.#last;
    if (entry.seq > seq + 1) {
      if (this.#gaps.length === this.#limits.gaps)
        throw new JournalFault(tooManyWords(this.#gaps.length, 'gaps'));
      this.#gaps.push({ from: seq + 1, through: entry.seq - 1, head: entry.previous });
      this.#last = { seq: entry.seq - 1, hash: entry.previous };
    }
    const broken = breakBetween(this.#last.seq === 0 ? null : this.#last, entry);
    if (broken !== null) throw new JournalFault(brokenWords(broken));
    if (entry.seq === this.#seen?.version && entry.hash !== this.#seen.digest) {
      throw new JournalFault(rewrittenWords(entry.seq));
    }
    this.#last = { seq: entry.seq, hash: entry.hash };
    if (entry.type === 'journal-folded') this.#noteFold(entry);
  }

  /** Folds follow one another, and stand behind what they cover: what goes back, covers what is still to come or takes what is young is none. */
  #noteFold(entry: JournalEntry): void {
    const claim = claimOf(entry);
    if (claim === null || entry.atMs - claim.untilMs < LEAST_KEEP_MS) return;
    const { from, through, head } = claim;
    if (through < from || through >= entry.seq || from <= (this.#folds.at(-1)?.through ?? 0)) return;
    if (this.#folds.length === this.#limits.folds)
      throw new JournalFault(tooManyWords(this.#folds.length, 'folds'));
    this.#folds.push({ from, through, head });
  }

  /** Entries that were folded away, once everything was met. Throws `JournalFault` for any that are missing otherwise. */
  finish(): number {
    let place = 0;
    for (const gap of this.#gaps) {
      while ((this.#folds[place]?.through ?? gap.from) < gap.from) place++;
      if (!this.#isFolded(gap, place))
        throw new JournalFault(brokenWords({ seq: gap.from, what: 'missing' }));
    }
    const { seq } = this.#last;
    if (this.#seen !== null && this.#seen.version > seq) {
      throw new JournalFault(cutWords(this.#seen.version, seq));
    }
    return this.#gaps.reduce((sum, { from, through }) => sum + through - from + 1, 0);
  }

  /** From the fold at `place` on, which is the first that ends in the gap or behind it, each begins where the one before ended; what follows the last entry of one names its hash. */
  #isFolded({ from, through, head }: Gap, place: number): boolean {
    let at = from;
    for (let next = place; ; next++) {
      const fold = this.#folds[next];
      if (fold === undefined || fold.from > at) return false;
      if (fold.through === through) return fold.head === head;
      if (fold.through > through) return true;
      at = fold.through + 1;
    }
  }
}

function tooManyWords(count: number, what: string): string {
  return `The daemon's journal has more than ${count.toLocaleString('en-US')} ${what}: it is no journal of ours. Ask whoever runs the daemon to walk it there ("tillwarden journal verify").`;
}

export function cutWords(seen: number, lastSeq: number): string {
  return `This machine has seen entry ${seen}, and the daemon's journal ends with ${lastSeq}: its end was cut off, or the state is an older copy. Ask whoever runs the daemon whether it was restored.`;
}

export function rewrittenWords(seq: number): string {
  return `Entry ${seq} is not the one that this machine has seen: the journal was written anew, or another daemon answers.`;
}
