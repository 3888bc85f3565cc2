import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import type { OutboxMessage } from '../../../daemon/store/store.js';
import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { condition, newsIn, storeScene } from './scene.js';

/** What happens next. An answer says whether the channel has taken the message, and whether we heard so. */
type Event =
  | { readonly what: 'news'; readonly role: 'page' | 'follow-up' }
  | { readonly what: 'claim' }
  | { readonly what: 'answer'; readonly taken: boolean; readonly heard: boolean }
  | { readonly what: 'refused for good' }
  | { readonly what: 'killed'; readonly taken: boolean };

const weighted = (weight: number, arbitrary: fc.Arbitrary<Event>) => ({ weight, arbitrary });
const EVENTS = fc.array(
  fc.oneof(
    weighted(4, fc.constantFrom({ what: 'news', role: 'page' }, { what: 'news', role: 'follow-up' })),
    weighted(4, fc.constant({ what: 'claim' })),
    weighted(3, fc.record({ what: fc.constant('answer'), taken: fc.boolean(), heard: fc.boolean() })),
    weighted(1, fc.constant({ what: 'refused for good' })),
    weighted(1, fc.record({ what: fc.constant('killed'), taken: fc.boolean() })),
  ),
  { minLength: 4, maxLength: 24 },
);
/** Lives that once told of something twice without saying so, or told news under an old id. */
const LOST = { what: 'answer', taken: true, heard: false } as const;
const FOUND: Event[][] = [
  [
    { what: 'news', role: 'page' },
    { what: 'claim' },
    LOST,
    { what: 'claim' },
    { what: 'refused for good' },
    { what: 'news', role: 'page' },
  ],
  [
    { what: 'news', role: 'page' },
    { what: 'claim' },
    LOST,
    { what: 'claim' },
    { what: 'news', role: 'page' },
    { what: 'refused for good' },
    { what: 'claim' },
    { what: 'refused for good' },
    { what: 'killed', taken: false },
  ],
];
const NOW = 100;

type Scene = ReturnType<typeof storeScene>;

/** One channel that is told of one incident, and what it has been sent. */
class Channel {
  #found = 0;
  #claimed: OutboxMessage | null = null;
  readonly #taken = new Set<string>();
  readonly #takenUnder = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly scene: Scene,
    private readonly name: string,
  ) {}

  happens(event: Event): void {
    switch (event.what) {
      case 'news':
        this.#news(event.role);
        return;
      case 'claim':
        this.#claimed ??= this.scene.claim(this.name, NOW);
        return;
      case 'answer':
        this.#answer(event);
        return;
      case 'refused for good':
        if (this.#claimed !== null) this.scene.notDelivered(this.#claimed.id, 'refused', null, NOW);
        this.#claimed = null;
        return;
      case 'killed':
        if (event.taken) this.#arrives();
        this.#claimed = null;
        this.scene.retryUndelivered(NOW);
    }
  }

  /** All that was found and was not told once everything is taken. */
  untold(): string[] {
    this.happens({ what: 'killed', taken: false });
    for (;;) {
      this.happens({ what: 'claim' });
      if (this.#claimed === null) break;
      this.happens({ what: 'answer', taken: true, heard: true });
    }
    return Array.from({ length: this.#found }, (_, n) => this.#print(n)).filter(
      (one) => !this.#taken.has(one),
    );
  }

  #print = (n: number) => `${this.name} ${n}`;

  #news(role: 'page' | 'follow-up'): void {
    const site = this.name;
    const print = this.#print(this.#found++);
    this.scene.inTransaction((tx) => {
      const severity = 'high';
      const incident =
        tx.incidents.unresolved(site, 'drift') ?? tx.incidents.create({ site, topic: 'drift', severity }, 1);
      const { id, page } = incident;
      tx.findings.add({ incident: id, site, condition: condition(print), notified: true }, 5);
      tx.incidents.advance(incident, { state: 'open', page: role === 'page' ? page + 1 : page }, 6);
      tx.outbox.addPending({ incident: id, role, severity }, [{ name: this.name, parts: ['message'] }], NOW);
    });
  }

  #answer({ taken, heard }: { readonly taken: boolean; readonly heard: boolean }): void {
    const message = this.#claimed;
    if (message === null) return;
    if (taken) this.#arrives();
    if (taken && heard) this.scene.delivered(message.id, 'receipt', NOW);
    else this.scene.notDelivered(message.id, 'no answer', NOW, NOW);
    this.#claimed = null;
  }

  /** The channel takes what is under way, and nothing about it may mislead. */
  #arrives(): void {
    const message = this.#claimed;
    if (message === null) return;
    const { alertId, attempt } = message;
    const told = new Set((newsIn(message)?.fresh ?? []).map(({ fingerprint }) => fingerprint));
    const again = [...told].filter((one) => this.#taken.has(one));
    if (again.length > 0 && attempt === 1) {
      throw new Error(`${alertId} tells of ${again.join(', ')} again, and says that it is a first attempt`);
    }
    const before = this.#takenUnder.get(alertId);
    const news = before === undefined ? [] : [...told].filter((one) => !before.has(one));
    if (news.length > 0)
      throw new Error(`${news.join(', ')} came under the id ${alertId}, which had arrived`);
    this.#takenUnder.set(alertId, told);
    for (const one of told) this.#taken.add(one);
  }
}

describe.each(STORE_ADAPTERS)('%s', (_name, open) => {
  const scene = storeScene(open);
  let channels = 0;

  test('whatever is lost, refused or killed in between: what may be a repeat says so, nothing new comes under an id that has arrived, and nothing is lost', () => {
    fc.assert(
      fc.property(EVENTS, (events) => {
        channels += 1;
        const channel = new Channel(scene, `slack-${channels}`);
        for (const event of events) channel.happens(event);
        const untold = channel.untold();
        if (untold.length > 0) throw new Error(`never told: ${untold.join(', ')}`);
      }),
      { numRuns: 100, seed: 9, examples: FOUND.map((events) => [events]) },
    );
  });
});
