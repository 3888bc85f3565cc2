import type { ShownConsoleSite } from '../../views/console-shapes.js';
import type { DaemonNews } from './daemon-feed.js';
import type { Desk } from './desk.js';
import type { Found } from './site-reader.js';

/** Sites that are read at once. */
const AT_ONCE = 4;
/** How long whoever asks for the list waits for what was never read, in milliseconds. */
const FIRST_WAIT_MS = 100;
/** How long after something happened the list is read again, in milliseconds. */
const BEHIND_MS = 150;
/** So few sites are all read again whenever anything happened. */
const FEW = 10;
/** Of many, those of which nothing is known to have happened are read again after this long, in milliseconds. */
const MAYBE_OLD_MS = 30_000;

/** A site in the list, as far as the list needs it. */
interface ListedDesk extends Pick<Desk, 'site' | 'summary' | 'lastSummary'> {
  readonly reader: {
    readonly last: { readonly found: Pick<Found, 'atMs'> | null; readonly atMs: number } | null;
    look(): Promise<unknown>;
    outdate(): void;
  };
}

export interface LookerOptions {
  readonly desks: readonly ListedDesk[];
  /** What the list shows is another. */
  readonly onChange: () => void;
  readonly clock: () => number;
}

/** The list of all sites: shown as it was read last, at once, and read again behind that. */
export class Looker {
  readonly #options: LookerOptions;
  readonly #due = new Set<ListedDesk>();
  readonly #told = new Map<string, string>();
  #running = 0;

  constructor(options: LookerOptions) {
    this.#options = options;
  }

  /** What is known of every site. What was never read is waited for, a moment. */
  async summaries(): Promise<ShownConsoleSite[]> {
    const { desks } = this.#options;
    const unread = desks.filter((desk) => desk.reader.last === null);
    this.#want(unread);
    if (unread.length > 0 && unread.length <= FEW) {
      const read = Promise.all(unread.map((desk) => desk.reader.look()));
      await Promise.race([read, new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS))]);
    }
    return desks.map((desk) => desk.lastSummary());
  }

  /** Something happened, at these sites or at any. */
  happened({ sites }: DaemonNews): void {
    const { desks, clock } = this.#options;
    const named = new Set(sites);
    const due: ListedDesk[] = [];
    for (const desk of desks) {
      const ageMs = clock() - (desk.reader.last?.found?.atMs ?? 0);
      desk.reader.outdate();
      if (named.has(desk.site) || desks.length <= FEW || ageMs > MAYBE_OLD_MS) due.push(desk);
    }
    // What is on the screen is asked for now, and goes before.
    setTimeout(() => this.#want(due), BEHIND_MS).unref();
  }

  /** Reads again what was read longer ago than this, in milliseconds. */
  freshen(olderMs: number): void {
    const { desks, clock } = this.#options;
    this.#want(desks.filter(({ reader }) => clock() - (reader.last?.atMs ?? 0) > olderMs));
  }

  #want(desks: readonly ListedDesk[]): void {
    for (const desk of desks) this.#due.add(desk);
    while (this.#running < AT_ONCE && this.#due.size > 0) void this.#readNext();
  }

  async #readNext(): Promise<void> {
    const [desk] = this.#due;
    if (desk === undefined) return;
    this.#due.delete(desk);
    this.#running += 1;
    try {
      const { atMs: _, ...summary } = await desk.summary();
      const now = JSON.stringify(summary);
      if (this.#told.get(desk.site) !== now) this.#options.onChange();
      this.#told.set(desk.site, now);
    } finally {
      this.#running -= 1;
      this.#want([]);
    }
  }
}
