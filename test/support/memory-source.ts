import type { CollectionSnapshot } from '../../baselines/index.js';
import type {
  CollectionReading,
  Degradation,
  Hint,
  Source,
  SourceReading,
} from '../../daemon/sources/source.js';

/** A source in memory, written against the port alone: what it holds is what the test says, and it can fail as no source should. */
export class MemorySource implements Source {
  readonly kind = 'memory';
  hasHints = true;
  /** What each read asked for, in order; null: everything. */
  readonly reads: (readonly string[] | null)[] = [];
  closed = false;
  readonly #held = new Map<string, CollectionReading>();
  readonly #queued: ReadonlyMap<string, CollectionReading>[] = [];
  #defect: unknown = null;
  #onHint: ((hint: Hint) => void) | null = null;

  constructor(
    readonly name: string,
    readonly collections: readonly string[],
    private readonly clock: () => number,
  ) {}

  /** These collections hold this from now on. */
  holds(...snapshots: readonly CollectionSnapshot[]): void {
    for (const snapshot of snapshots) this.#held.set(snapshot.definition.name, { readable: true, snapshot });
  }

  /** This collection cannot be read from now on. */
  refuses(
    collection: string,
    detail = 'SQLSTATE 42501',
    cause: Extract<CollectionReading, { readable: false }>['cause'] = 'denied',
  ): void {
    this.#held.set(collection, { readable: false, cause, detail });
  }

  /** The next read finds this instead, once. */
  nextHolds(...snapshots: readonly CollectionSnapshot[]): void {
    const once = snapshots.map(
      (snapshot) => [snapshot.definition.name, { readable: true, snapshot }] as const,
    );
    this.#queued.push(new Map(once));
  }

  /** The next read throws: a defect of the source. */
  nextThrows(defect: unknown): void {
    this.#defect = defect;
  }

  hint(hint: Hint): void {
    this.#onHint?.(hint);
  }

  async open(): Promise<readonly Degradation[]> {
    return [];
  }

  degradations(): readonly Degradation[] {
    return [];
  }

  async read(collections?: readonly string[]): Promise<SourceReading> {
    this.reads.push(collections ?? null);
    const defect = this.#defect;
    this.#defect = null;
    if (defect !== null) throw defect;
    const once = this.#queued.shift();
    const found = (collections ?? this.collections).flatMap((name) => {
      const reading = once?.get(name) ?? this.#held.get(name);
      return reading === undefined ? [] : [[name, reading] as const];
    });
    return { source: this.name, observedAtMs: this.clock(), collections: new Map(found) };
  }

  watch(onHint: (hint: Hint) => void): void {
    this.#onHint = onHint;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
