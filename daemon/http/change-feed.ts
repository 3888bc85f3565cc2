import { Readable } from 'node:stream';
import type { ApiPerson } from '../config/api-token.js';
import type { Timers } from '../time/timers.js';
import { ApiError } from './errors.js';

/** Streams open at once, and of one token: a person has a few tabs, and connections are few. */
const MAX_STREAMS = 24;
const MAX_STREAMS_PER_TOKEN = 4;
/** Commits that follow one another closely are told as one. */
const MERGE_MS = 20;
/** A line that says nothing keeps whatever is between from closing the connection, and shows a dead one. */
const PULSE_MS = 15_000;
/** Whoever reads so slowly that this much waits for them is let go: they connect again and see the state as it is then. */
const MAX_WAITING_BYTES = 256 * 1024;
/** The longest life of one stream. Who listens connects again by itself. */
const LIFE_MS = 60 * 60_000;
/** How long whoever listens waits before connecting again. */
const RETRY_MS = 2_000;

/** Ids and revisions of what there is: enough to know what to ask for again, nothing of what was found. */
export interface FeedState {
  /** Hash of the journal's newest entry. */
  readonly head: string;
  /** Not resolved, newest first; `MAX_FEED_INCIDENTS` at most. */
  readonly incidents: readonly {
    readonly id: string;
    readonly site: string;
    readonly state: string;
    readonly revision: string;
  }[];
  /** The baseline in force at each site, 0 for none. */
  readonly sites: readonly { readonly site: string; readonly version: number }[];
}

export const MAX_FEED_INCIDENTS = 1_000;

interface Subscriber {
  readonly person: ApiPerson;
  readonly stream: Readable;
  readonly openedMs: number;
}

/**
 * Streams of server-sent events: `event: state` with a `FeedState` as JSON, at once and whenever it is another one. A stream ends when its
 * token is taken away.
 */
export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #subscribers = new Set<Subscriber>();
  #told = '';
  #due: unknown = null;
  #pulse: unknown = null;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  /** Opens a stream. Throws `API_TOO_MANY_STREAMS`. */
  open(person: ApiPerson): Readable {
    const own = [...this.#subscribers].filter((one) => one.person.tokenDigest === person.tokenDigest);
    if (own.length >= MAX_STREAMS_PER_TOKEN || this.#subscribers.size >= MAX_STREAMS) {
      const limit = `${MAX_STREAMS_PER_TOKEN} for one token, ${MAX_STREAMS} in all`;
      throw new ApiError('API_TOO_MANY_STREAMS', `too many event streams are open (${limit}); close a page`);
    }
    const stream = new Readable({ read: () => undefined, highWaterMark: MAX_WAITING_BYTES });
    const subscriber = { person, stream, openedMs: this.#options.clock() };
    const state = JSON.stringify(this.#options.state());
    // Those who listen already may not know of it yet: what is told to one is told to all.
    this.#tellAll(state);
    this.#subscribers.add(subscriber);
    stream.once('close', () => this.#leave(subscriber));
    stream.push(`retry: ${RETRY_MS}\n${eventOf(state)}`);
    this.#pulse ??= this.#options.timers.set(() => this.#beat(), PULSE_MS);
    return stream;
  }

  /** Something was committed. Costs nothing while nobody listens. */
  hint(): void {
    if (this.#subscribers.size === 0 || this.#due !== null) return;
    this.#due = this.#options.timers.set(() => {
      this.#due = null;
      this.#tell();
    }, MERGE_MS);
  }

  #tell(): void {
    if (this.#subscribers.size === 0) return;
    let state: string;
    try {
      state = JSON.stringify(this.#options.state());
    } catch {
      // The store fails, and the daemon says so elsewhere: nothing is new here.
      return;
    }
    this.#tellAll(state);
  }

  #tellAll(state: string): void {
    if (state === this.#told) return;
    this.#told = state;
    for (const one of this.#subscribers) this.#send(one, eventOf(state));
  }

  #beat(): void {
    this.#pulse = null;
    this.#tell();
    const people = this.#options.people();
    const nowMs = this.#options.clock();
    for (const one of this.#subscribers) {
      const isLetIn = people.some(
        ({ tokenDigest, scopes }) => tokenDigest === one.person.tokenDigest && scopes.includes('read'),
      );
      if (isLetIn && Math.abs(nowMs - one.openedMs) < LIFE_MS) this.#send(one, ':\n\n');
      else one.stream.push(null);
    }
    if (this.#subscribers.size > 0) this.#pulse = this.#options.timers.set(() => this.#beat(), PULSE_MS);
  }

  #send({ stream }: Subscriber, text: string): void {
    if (stream.readableLength > MAX_WAITING_BYTES) stream.destroy();
    else if (!stream.readableEnded) stream.push(text);
  }

  #leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0) return;
    this.#options.timers.clear(this.#due);
    this.#options.timers.clear(this.#pulse);
    this.#due = null;
    this.#pulse = null;
  }
}

export interface ChangeFeedOptions {
  readonly state: () => FeedState;
  /** Whose tokens count now. */
  readonly people: () => readonly ApiPerson[];
  readonly timers: Timers;
  readonly clock: () => number;
}

function eventOf(state: string): string {
  return `event: state\ndata: ${state}\n\n`;
}
