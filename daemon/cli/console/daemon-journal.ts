import {
  channelsSchema,
  journalSchema,
  MAX_JOURNAL_BYTES,
  type WireJournal,
} from '../../http/journal-wire.js';
import { JOURNAL_START } from '../../store/journal/chain.js';
import type { ShownChannels, ShownJournal, ShownVerification } from '../../views/console-shapes.js';
import { grouped } from '../../wording.js';
import type { SeenHead, SeenHeads } from '../signing/seen-heads.js';
import { type ServerClient, visible } from '../signing/server-client.js';
import { entryText } from '../text/journal-text.js';
import { shownProblem } from './errors.js';
import { cutWords, JournalFault, JournalFollower, rewrittenWords } from './journal-follower.js';

/** Entries of one answer, as daemons give them. */
const PAGE = 200;
/** Words of one entry that are shown. */
const MAX_WORDS = 2_000;
/** How often the page is told how far the walk has come, in milliseconds. */
const TELL_EVERY_MS = 500;

export interface DaemonJournalOptions {
  readonly client: ServerClient;
  /** What this machine remembers of the journal across launches: its number and hash. */
  readonly memory: { seen(): SeenHead | null; remember(head: SeenHead): void };
  readonly onChange: () => void;
}

/** What this person's machine remembers of the journal of a daemon. */
export function journalMemory(seen: SeenHeads, pin: string, server: string): DaemonJournalOptions['memory'] {
  // No site is called so: it has a blank.
  const name = `journal of ${server}`;
  return { seen: () => seen.seen(pin, name), remember: (head) => seen.remember(pin, name, head) };
}

/**
 * The journal of the daemon behind the console. This machine walks its hashes itself, and remembers how far it came: what was cut off or written
 * anew since then is noticed. What it walked at an earlier launch is not walked again unless somebody asks.
 */
export class DaemonJournal {
  readonly #options: DaemonJournalOptions;
  #walk: Promise<void> | null = null;
  #verification: ShownVerification = { state: 'walking', verified: 0, head: JOURNAL_START, words: null };

  constructor(options: DaemonJournalOptions) {
    this.#options = options;
  }

  /** The newest entries, or those before one, and how far the walk has come. Throws what asking the daemon throws. */
  async page(before: number | null): Promise<ShownJournal> {
    const page =
      before === null ? await this.#ask('') : await this.#ask(`/${Math.max(0, before - 1 - PAGE)}`);
    const shown = before === null ? page.entries : page.entries.filter(({ seq }) => seq < before);
    if (before === null && page.head !== this.#verification.head) this.#begin(false);
    return {
      entries: [...shown].reverse().map(({ seq, atMs, type, body }) => ({
        ...{ seq, atMs, type: visible(type) },
        words: visible(entryText({ type, body }).slice(0, MAX_WORDS)),
      })),
      lastSeq: page.lastSeq,
      verification: this.#verification,
    };
  }

  /** Walks all of it anew, from the first entry on. */
  async verifyAll(): Promise<ShownVerification> {
    await this.#walk;
    this.#begin(true);
    return this.#verification;
  }

  /** Channels of the daemon, with what last arrived through each. */
  async channels(): Promise<ShownChannels> {
    const { channels } = await this.#options.client.json('GET', '/api/status', channelsSchema);
    return {
      channels: channels.map(({ lastProof, lastFailure, ...one }) => ({
        ...one,
        ...{ provenMs: lastProof?.atMs ?? null, provenBy: lastProof?.by ?? null },
        lastFailure: lastFailure === null ? null : visible(lastFailure),
      })),
    };
  }

  #begin(fromStart: boolean): void {
    if (this.#walk !== null || (this.#verification.state === 'broken' && !fromStart)) return;
    this.#walk = this.#follow(fromStart)
      .catch((error: unknown) => {
        const isBroken = error instanceof JournalFault;
        const words = isBroken ? error.words : shownProblem(error).message;
        this.#set({ ...this.#verification, state: isBroken ? 'broken' : 'unknown', words });
      })
      .finally(() => {
        this.#walk = null;
      });
  }

  async #follow(fromStart: boolean): Promise<void> {
    const { memory, onChange } = this.#options;
    const seen = memory.seen();
    const from = fromStart || seen === null || !(await this.#isStillThere(seen)) ? null : seen;
    const follower = new JournalFollower(from, seen);
    let toldMs = performance.now();
    for (;;) {
      const { entries, lastSeq, head } = await this.#ask(`/${follower.last.seq}`);
      for (const entry of entries) follower.step(entry);
      const { seq, hash } = follower.last;
      if (seq >= lastSeq && hash === head) break;
      if (entries.length === 0) throw new JournalFault(missingWords(seq, lastSeq));
      this.#verification = { state: 'walking', verified: seq, head: hash, words: null };
      if (performance.now() - toldMs > TELL_EVERY_MS) {
        toldMs = performance.now();
        onChange();
      }
    }
    const folded = follower.finish();
    const { seq, hash } = follower.last;
    memory.remember({ version: seq, digest: hash });
    this.#set({
      state: 'whole',
      verified: seq,
      head: hash,
      words: folded === 0 ? null : foldedWords(folded),
    });
  }

  /** False where it may have been folded: then the walk begins at the beginning. */
  async #isStillThere(seen: SeenHead): Promise<boolean> {
    if (seen.version === 0) return true;
    const { entries, lastSeq } = await this.#ask(`/${seen.version - 1}`);
    const [entry] = entries;
    if (entry === undefined) throw new JournalFault(cutWords(seen.version, lastSeq));
    if (entry.seq !== seen.version) return false;
    if (entry.hash !== seen.digest) throw new JournalFault(rewrittenWords(seen.version));
    return true;
  }

  #ask(below: string): Promise<WireJournal> {
    return this.#options.client.json('GET', `/api/journal${below}`, journalSchema, {
      maxBytes: MAX_JOURNAL_BYTES,
    });
  }

  #set(verification: ShownVerification): void {
    this.#verification = verification;
    this.#options.onChange();
  }
}

function missingWords(seq: number, lastSeq: number): string {
  return `The daemon says that entry ${lastSeq} is its last, and gives none after ${seq}.`;
}

function foldedWords(count: number): string {
  return `${grouped(count, 'older entry')} were folded into files: that none is missing is proven here, what they said is proven on the daemon's machine ("tillwarden journal verify").`;
}
