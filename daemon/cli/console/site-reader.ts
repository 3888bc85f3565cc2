import { type PendingProposal, type ReviewedProposal, reviewPending } from '../../../baselines/index.js';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import type { AddressBook } from '../../destinations/book.js';
import { BOOK_COLLECTION, wholeBook } from '../../destinations/signed-book.js';
import { createExclusive } from '../../time/exclusive.js';
import { type Difference, differencesToReview } from '../approve/differences.js';
import { firstBaselineLines } from '../approve/first-review-text.js';
import { type Look, lookVerified } from '../approve/look.js';
import { type Collections, type ObservedState, observedState } from '../approve/observed-state.js';
import type { CommandContext } from '../command.js';
import { SeenHeads } from '../signing/seen-heads.js';
import { type DifferenceViewContext, followersOf } from './desk-view.js';
import { ConsoleError } from './errors.js';

/** What was read a moment ago is not read again for another question about it, in milliseconds. */
const FRESH_MS = 1_000;
/** The same where somebody tells whatever happens: then a look is old once something did. */
const TOLD_FRESH_MS = 30_000;

/** Everything this machine found out about a site at one moment, verified by itself. */
export interface Found extends Look {
  readonly observed: ObservedState;
  /** What is there now against the verified parent. */
  readonly differences: readonly Difference[];
  readonly review: ReviewedProposal | null;
  /** What waits against the verified parent. */
  readonly proposed: readonly Difference[];
  /** The review of a first baseline, of what is there now and of what waits; null where it is none. */
  readonly first: {
    readonly observed: readonly string[];
    readonly proposed: readonly string[] | null;
  } | null;
  readonly atMs: number;
}

/** The last look at a site: what was found, or what kept it from being found. */
export interface LastLook {
  readonly found: Found | null;
  readonly error: unknown;
  /** UTC milliseconds. */
  readonly atMs: number;
}

export interface SiteReaderOptions {
  readonly context: CommandContext;
  readonly site: string;
  readonly open: () => Promise<ApprovalBackend>;
  /** Whether whatever happens is told at this moment, by `outdate`. */
  readonly isTold: () => boolean;
}

/** Reads and verifies one site, one reading after the other, and keeps the last one. */
export class SiteReader {
  readonly #options: SiteReaderOptions;
  readonly #exclusive = createExclusive();
  #backend: ApprovalBackend | null = null;
  #last: LastLook | null = null;
  #book: { readonly digest: string; readonly book: AddressBook | null } | null = null;
  /** Rises whenever what was read may be old: a reading under way is then old as well. */
  #age = 0;

  constructor(options: SiteReaderOptions) {
    this.#options = options;
  }

  /** The last look, whatever its age; null before the first. */
  get last(): LastLook | null {
    return this.#last;
  }

  /** A look that is not older than a moment; `anew`: one that begins now. Never rejects. */
  look(anew = false): Promise<LastLook> {
    return this.#exclusive(async () => {
      const nowMs = this.#options.context.clock();
      const fresh = this.#options.isTold() ? TOLD_FRESH_MS : FRESH_MS;
      const last = this.#last;
      if (last !== null && !anew && Math.abs(nowMs - last.atMs) < fresh) return last;
      const begun = this.#age;
      const look = await this.#lookNow(nowMs);
      // What failed is tried again by whoever asks next.
      this.#last = begun === this.#age && look.found !== null ? look : { ...look, atMs: 0 };
      return look;
    });
  }

  /** What is there. Rejects with what keeps it from being known. */
  async found(anew = false): Promise<Found> {
    const { found, error } = await this.look(anew);
    if (found === null) throw error;
    return found;
  }

  /** Has the next look begin anew: something happened since. */
  outdate(): void {
    this.#age += 1;
    if (this.#last !== null) this.#last = { ...this.#last, atMs: 0 };
  }

  /** Does something where the files are kept, while nobody reads them here. What was read is old after it. */
  async change<T>(work: (backend: ApprovalBackend) => Promise<T>): Promise<T> {
    try {
      return await this.#exclusive(async () => work(await this.open()));
    } finally {
      this.outdate();
    }
  }

  async open(): Promise<ApprovalBackend> {
    this.#backend ??= await this.#options.open();
    return this.#backend;
  }

  /** What differences of this site are shown with. */
  viewContext({ observed: { definitions, hostile }, differences }: Found): DifferenceViewContext {
    const followers = followersOf(differences, hostile);
    return { rules: this.#backend?.rules ?? [], definitions, hostile, followers };
  }

  async #lookNow(atMs: number): Promise<LastLook> {
    try {
      return { found: await this.#read(atMs), error: null, atMs };
    } catch (error) {
      // Another connection, another memory: nothing of a server that failed is used further.
      this.#backend = null;
      return { found: null, error, atMs };
    }
  }

  async #read(atMs: number): Promise<Found> {
    const { context, site } = this.#options;
    const backend = await this.open();
    await backend.settle();
    const look = await lookVerified(backend, new SeenHeads(context.env), context.clock);
    const { head, trust } = look.approval;
    const parent = head?.collections ?? new Map<string, never>();
    const review = look.waiting && reviewPending({ trust, site }, head, look.waiting);
    const observed = observedState(await backend.observe(parent), parent);
    return {
      ...look,
      observed,
      differences: await differencesToReview(site, parent, observed.collections, backend),
      review,
      proposed: review === null ? [] : await differencesToReview(site, parent, review.collections, backend),
      first:
        head === null
          ? {
              observed: await this.#firstLines(backend, observed.collections),
              proposed: review && (await this.#firstLines(backend, review.collections)),
            }
          : null,
      atMs,
    };
  }

  /** An address book takes long to derive, and the same one is asked about at every look. */
  async #bookOf(collections: Collections): Promise<AddressBook | null> {
    const digest = collections.get(BOOK_COLLECTION)?.recordsDigest;
    if (digest === undefined) return null;
    if (this.#book?.digest !== digest) this.#book = { digest, book: await wholeBook(collections) };
    return this.#book.book;
  }

  /** What a person reads of a first baseline, in plain text. */
  async #firstLines({ indicators }: ApprovalBackend, collections: Collections): Promise<readonly string[]> {
    const { sourceKinds, terminal: real } = this.#options.context;
    const terminal = { ...real, paint: (_style: unknown, text: string) => text };
    const book = await this.#bookOf(collections);
    return firstBaselineLines({ terminal, sourceKinds }, collections, book, indicators());
  }
}

/** The proposal that was shown. Throws `CONSOLE_MOVED` when it is another one by now, or none. */
export function sameProposal(
  { review, waiting }: Found,
  digest: string,
): { readonly review: ReviewedProposal; readonly waiting: PendingProposal } {
  if (review?.digest === digest && waiting !== null) return { review, waiting };
  throw new ConsoleError(
    'CONSOLE_MOVED',
    'the proposal that was shown does not wait any more: somebody withdrew or finished it; look at what is there now',
  );
}

/** Throws `CONSOLE_MOVED` when a proposal waits by now, or another baseline than this one is in force. `parentVersion`: null for none. */
export function refuseOvertaken(
  { review, approval }: Pick<Found, 'review' | 'approval'>,
  parentVersion: number | null,
): void {
  if (review !== null) {
    throw new ConsoleError(
      'CONSOLE_MOVED',
      'a proposal waits by now, and nothing was signed: look at it, and sign or withdraw that one first',
    );
  }
  if ((approval.head?.version ?? null) !== parentVersion) {
    throw new ConsoleError(
      'CONSOLE_MOVED',
      'another baseline came into force meanwhile, and nothing was signed: look at what is there now',
    );
  }
}
