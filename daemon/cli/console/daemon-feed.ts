import { feedStateSchema, type WireFeedState } from '../../http/feed-wire.js';
import type { ShownProblem } from '../../views/console-shapes.js';
import type { ServerClient } from '../signing/server-client.js';
import { shownProblem } from './errors.js';

const RETRY_MS = 2_000;

/** What happened at the daemon: at these sites something did, and elsewhere it may have. */
export interface DaemonNews {
  readonly sites: readonly string[];
}

/** Follows what a daemon tells of itself, for as long as it is wanted, and connects again whenever the stream ends. */
export class DaemonFeed {
  readonly #client: Pick<ServerClient, 'events'>;
  readonly #onNews: (news: DaemonNews) => void;
  #leaving: AbortController | null = null;
  #last: WireFeedState | null = null;
  #problem: ShownProblem | null = null;
  #isListening = false;

  constructor(client: Pick<ServerClient, 'events'>, onNews: (news: DaemonNews) => void) {
    this.#client = client;
    this.#onNews = onNews;
  }

  /** True while the daemon tells by itself what happens. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** Why the daemon is not heard; null while it is, or before anybody wanted to. */
  get problem(): ShownProblem | null {
    return this.#problem;
  }

  start(): void {
    if (this.#leaving !== null) return;
    this.#leaving = new AbortController();
    void this.#follow(this.#leaving.signal);
  }

  stop(): void {
    this.#leaving?.abort();
    this.#leaving = null;
    this.#isListening = false;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#client.events('/api/events', (event) => this.#hear(event, signal), signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#lost(shownProblem(error));
      }
      if (signal.aborted) return;
      this.#isListening = false;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }

  #lost(problem: ShownProblem): void {
    this.#isListening = false;
    const isNew = this.#problem?.message !== problem.message;
    this.#problem = problem;
    // Whoever asks meanwhile may have been answered: while nobody is heard, each attempt is told.
    if (isNew || problem.code === 'CLI_SERVER_UNREACHABLE') this.#onNews({ sites: [] });
  }

  #hear({ name, data }: { readonly name: string; readonly data: string }, signal: AbortSignal): void {
    if (name !== 'state' || signal.aborted) return;
    const state = feedStateSchema.safeParse(jsonOrNull(data));
    if (!state.success) return;
    const before = this.#last;
    this.#last = state.data;
    this.#isListening = true;
    const wasLost = this.#problem !== null;
    this.#problem = null;
    // After a silence nobody knows what happened meanwhile.
    if (before === null || wasLost || before.head !== state.data.head) {
      this.#onNews({ sites: before === null ? [] : sitesWithNews(before, state.data) });
    }
  }
}

/** Sites whose baseline or incidents are others than before. */
function sitesWithNews(before: WireFeedState, now: WireFeedState): string[] {
  const told = ({ sites, incidents }: WireFeedState) => {
    const by = new Map<string, string[]>();
    const add = (site: string, text: string) => by.set(site, [...(by.get(site) ?? []), text]);
    for (const { site, version } of sites) add(site, String(version));
    for (const { site, id, state, revision } of incidents) add(site, `${id} ${state} ${revision}`);
    return new Map([...by].map(([site, all]) => [site, all.join('\n')]));
  };
  const [was, is] = [told(before), told(now)];
  return [...new Set([...was.keys(), ...is.keys()])].filter((site) => was.get(site) !== is.get(site));
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
