import { ConfigError } from '../config/errors.js';
import { feedDigest, indicatorsOfFeeds, readFeed } from '../config/feed-file.js';
import type { FeedConfig, IndicatorsConfig } from '../config/indicators.js';
import { errorCode } from '../error-code.js';
import type { Feed } from '../indicators/indicator.js';
import type { Indicators } from '../indicators/matcher.js';
import { counted, listed } from '../wording.js';

/** A site whose records are held against indicators. */
export interface IndicatedSite {
  readonly name: string;
  /** How many records the other indicators match that those in force do not. Takes turns with everything else. */
  weigh(next: Indicators): Promise<number>;
  /** Puts what was weighed in force. */
  indicate(next: Indicators): void;
}

/** A feed that took the place of an earlier version of it. */
export interface FeedNews {
  readonly feed: string;
  /** Hex SHA-256 of its file. */
  readonly digest: string;
  readonly indicators: number;
  readonly unusable: number;
  /** By site, how many records it newly matches. */
  readonly matches: Readonly<Record<string, number>>;
}

interface Known {
  readonly feed: Feed;
  readonly digest: string;
  /** The version that was looked at last; it is another where that one cannot be used, or is held back. */
  seen: string | null;
  problem: string | null;
}

/**
 * The feeds of a configuration while the daemon runs. Another version of one takes effect by itself, once it is known how many records it newly matches: so
 * many that it must be wrong are not told, the feed is.
 */
export class IndicatorFeeds {
  readonly #config: IndicatorsConfig;
  readonly #clock: () => number;
  readonly #known = new Map<string, Known>();
  #indicators: Indicators;

  /** Reads every feed. Throws `ConfigError` for the first that cannot be used. */
  constructor(config: IndicatorsConfig, clock: () => number) {
    this.#config = config;
    this.#clock = clock;
    for (const one of config.feeds) {
      const digest = feedDigest(one);
      const feed = readFeed(one, clock());
      this.#known.set(one.name, { feed, digest, seen: digest, problem: worthless(feed) });
    }
    this.#indicators = this.#of(new Map());
  }

  /** Those in force. */
  indicators(): Indicators {
    return this.#indicators;
  }

  /** Why a feed is not in force as it lies there, in our words and configured names. */
  problems(): readonly string[] {
    return [...this.#known].flatMap(([name, { problem }]) =>
      problem === null ? [] : [`${name}: ${problem}`],
    );
  }

  /** Looks at every file again, and puts into force what is another. Rejects with defects only. */
  async look(sites: readonly IndicatedSite[]): Promise<readonly FeedNews[]> {
    const news: FeedNews[] = [];
    for (const one of this.#config.feeds) {
      const known = this.#known.get(one.name);
      const next = known === undefined ? null : this.#changed(one, known);
      if (known === undefined || next === null) continue;
      const told = await this.#weigh(known, next, sites);
      if (told !== null) news.push(told);
    }
    return news;
  }

  /** The feed, if its file says something else than when it was looked at last and that can be used. */
  #changed(config: FeedConfig, known: Known): { readonly feed: Feed; readonly digest: string } | null {
    try {
      const digest = feedDigest(config);
      if (digest === known.seen) return null;
      known.seen = digest;
      known.problem = digest === known.digest ? worthless(known.feed) : null;
      return digest === known.digest ? null : this.#usable(readFeed(config, this.#clock()), digest, known);
    } catch (error) {
      if (!(error instanceof ConfigError)) known.problem = errorCode(error) ?? 'an internal error';
      else if (error.problems[0] !== undefined)
        known.problem = `found ${error.problems[0].found}; needed ${error.problems[0].needed}`;
      return null;
    }
  }

  /** A version that says nothing which can be used takes no place: whoever writes feeds could empty one that way, and nobody would hear. */
  #usable(feed: Feed, digest: string, known: Known): { readonly feed: Feed; readonly digest: string } | null {
    known.problem = worthless(feed);
    return known.problem === null ? { feed, digest } : null;
  }

  async #weigh(
    known: Known,
    { feed, digest }: { readonly feed: Feed; readonly digest: string },
    sites: readonly IndicatedSite[],
  ): Promise<FeedNews | null> {
    const next = this.#of(new Map([[feed.name, feed]]));
    const matches: Record<string, number> = {};
    for (const site of sites) matches[site.name] = await site.weigh(next);
    const most = Object.entries(matches).find(([, count]) => count > this.#config.mostNewMatches);
    if (most !== undefined) {
      known.problem =
        `another version of it would match ${counted(most[1], 'record', { thousands: true })} of ${most[0]} that nothing matched before, ` +
        `more than ${this.#config.mostNewMatches} (mostNewMatches); the version before it stays in force`;
      return null;
    }
    this.#known.set(feed.name, { feed, digest, seen: digest, problem: null });
    this.#indicators = next;
    for (const site of sites) site.indicate(next);
    const unusable = [...feed.unusable.values()].reduce((sum, count) => sum + count, 0);
    return { feed: feed.name, digest, indicators: feed.indicators.length, unusable, matches };
  }

  #of(others: ReadonlyMap<string, Feed>): Indicators {
    const feeds = [...this.#known.values()].map(({ feed }) => others.get(feed.name) ?? feed);
    return indicatorsOfFeeds(this.#config, feeds);
  }
}

/** Why a feed with entries is held against nothing, in our words; null where some can be used, or there are none. */
function worthless({ indicators, unusable }: Feed): string | null {
  if (indicators.length > 0 || unusable.size === 0) return null;
  const all = [...unusable].map(([why, count]) => `${count} × ${why}`);
  return `none of its entries can be used: ${listed(all, 5)}`;
}
