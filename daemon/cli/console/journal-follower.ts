import { breakBetween, JOURNAL_START } from '../../store/journal/chain.js';
import { LEAST_KEEP_MS } from '../../store/journal/fold.js';
import type { JournalEntry } from '../../store/store.js';
import { claimOf, type FoldClaim } from '../history/fold-claim.js';
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

/**
 * Walks a journal entry by entry from far away, where the files of what was folded are not: entries that are missing must be covered by what the
 * journal itself says was folded, and are counted as that. Throws `JournalFault`.
 */
export class JournalFollower {
  #last: { readonly seq: number; readonly hash: string };
  readonly #seen: SeenHead | null;
  readonly #gaps: Gap[] = [];
  readonly #claims: FoldClaim[] = [];

  /** `from`: null for the beginning. `seen`: what this machine remembers. */
  constructor(from: SeenHead | null, seen: SeenHead | null) {
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
      this.#gaps.push({ from: seq + 1, through: entry.seq - 1, head: entry.previous });
      this.#last = { seq: entry.seq - 1, hash: entry.previous };
    }
    const broken = breakBetween(this.#last.seq === 0 ? null : this.#last, entry);
    if (broken !== null) throw new JournalFault(brokenWords(broken));
    if (entry.seq === this.#seen?.version && entry.hash !== this.#seen.digest) {
      throw new JournalFault(rewrittenWords(entry.seq));
    }
    this.#last = { seq: entry.seq, hash: entry.hash };
    const claim = entry.type === 'journal-folded' ? claimOf(entry) : null;
    if (claim !== null && entry.atMs - claim.untilMs >= LEAST_KEEP_MS) this.#claims.push(claim);
  }

  /** Entries that were folded away, once everything was met. Throws `JournalFault` for any that are missing otherwise. */
  finish(): number {
    for (const gap of this.#gaps) {
      if (!this.#isFolded(gap)) throw new JournalFault(brokenWords({ seq: gap.from, what: 'missing' }));
    }
    const { seq } = this.#last;
    if (this.#seen !== null && this.#seen.version > seq) {
      throw new JournalFault(cutWords(this.#seen.version, seq));
    }
    return this.#gaps.reduce((sum, { from, through }) => sum + through - from + 1, 0);
  }

  /** Folds follow one another; what follows the last of its entries names its hash. */
  #isFolded({ from, through, head }: Gap): boolean {
    let at = from;
    for (const claim of this.#claims) {
      if (claim.from > at || claim.through < at) continue;
      if (claim.through === through) return claim.head === head;
      if (claim.through > through) return true;
      at = claim.through + 1;
    }
    return false;
  }
}

export function cutWords(seen: number, lastSeq: number): string {
  return `This machine has seen entry ${seen}, and the daemon's journal ends with ${lastSeq}: its end was cut off, or the state is an older copy. Ask whoever runs the daemon whether it was restored.`;
}

export function rewrittenWords(seq: number): string {
  return `Entry ${seq} is not the one that this machine has seen: the journal was written anew, or another daemon answers.`;
}
