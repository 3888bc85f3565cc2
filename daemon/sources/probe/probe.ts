import type { Definition } from '../../../baselines/index.js';
import type { SourceContext } from '../context.js';
import { type CollectionReading, type Degradation, type Source, SourceError } from '../source.js';
import type { ProbeConfig } from './config.js';
import { createDoorReader, type DoorReader } from './read-doors.js';
import { readSockets } from './read-sockets.js';
import { type Hole, knownHoles } from './vulnerable.js';

/** Doors as a source. They are looked at when they are read, and say nothing by themselves. */
export function createProbeSource(context: SourceContext, config: ProbeConfig): Source {
  const { name } = context;
  const probe = new Probe(context, config);
  const collections = context.collections.map((definition) => definition.name);
  return {
    kind: 'probe',
    name,
    collections,
    hasHints: false,
    open: async () => {
      probe.readHoles();
      return [];
    },
    degradations: () => probe.degradations(),
    read: async (wanted = collections) => {
      const observedAtMs = (context.clock ?? Date.now)();
      const read = new Map<string, CollectionReading>();
      for (const definition of context.collections) {
        if (wanted.includes(definition.name)) read.set(definition.name, await probe.read(definition));
      }
      return { source: name, observedAtMs, collections: read };
    },
    watch: () => undefined,
    close: async () => undefined,
  };
}

class Probe {
  readonly #doors: DoorReader;
  readonly #clock: () => number;
  #holes: readonly Hole[] = [];
  #degradation: Degradation | null = null;
  /** The last reading of each collection, and when it was made, by a clock that never goes back. */
  readonly #last = new Map<string, { readonly reading: CollectionReading; readonly atMs: number }>();

  constructor(
    { clock = Date.now }: Pick<SourceContext, 'clock'>,
    private readonly config: ProbeConfig,
  ) {
    this.#clock = clock;
    this.#doors = createDoorReader(config);
  }

  /** Throws `SOURCE_DOORS_FILE`. */
  readHoles(): void {
    this.#holes = knownHoles(this.config.vulnerableFile);
  }

  degradations(): readonly Degradation[] {
    return this.#degradation === null ? [] : [this.#degradation];
  }

  async read(definition: Definition): Promise<CollectionReading> {
    const last = this.#last.get(definition.name);
    if (last !== undefined && performance.now() - last.atMs < this.config.minIntervalMs) return last.reading;
    this.#readHolesAgain();
    const atMs = performance.now();
    const fresh = await this.#look(definition);
    // What did not change is the same object from read to read.
    const reading = last !== undefined && isSame(last.reading, fresh) ? last.reading : fresh;
    this.#last.set(definition.name, { reading, atMs });
    return reading;
  }

  #look(definition: Definition): Promise<CollectionReading> {
    const { targets } = definition.doors ?? {};
    if (targets === undefined) return readSockets(definition);
    return this.#doors(definition, targets, { holes: this.#holes, nowMs: this.#clock() });
  }

  /** The operator's file may have been changed; while it is broken, what was read of it last counts. */
  #readHolesAgain(): void {
    try {
      this.readHoles();
      this.#degradation = null;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#degradation = { code: error.code, message: error.message };
    }
  }
}

function isSame(a: CollectionReading, b: CollectionReading): boolean {
  if (!a.readable || !b.readable)
    return !a.readable && !b.readable && a.cause === b.cause && a.detail === b.detail;
  return (
    a.snapshot.recordsDigest === b.snapshot.recordsDigest &&
    a.unread?.detail === b.unread?.detail &&
    a.unread?.count === b.unread?.count
  );
}
