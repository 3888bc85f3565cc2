import { errorCode } from '../../error-code.js';
import type { SourceContext } from '../context.js';
import { sensorName } from '../sensor.js';
import {
  type Activity,
  type CollectionReading,
  type Degradation,
  type Hint,
  type LogReading,
  type ReadOptions,
  type Source,
  SourceError,
  type SourceReading,
} from '../source.js';
import type { ReadFailure } from './failure.js';

/** A source at work. */
export interface OpenedSource {
  degradations(): readonly Degradation[];
  read(collections: readonly string[], options: ReadOptions): Promise<ReadonlyMap<string, CollectionReading>>;
  groups: NonNullable<Source['groups']>;
  beside(wanted: readonly string[]): Promise<readonly string[]>;
  /** Who was active just now; rejects with what kept it from being said. Absent where such a database is never asked. */
  activity?(): Promise<Activity | null>;
  /** What the change log says since it was asked last; rejects likewise. Absent where there is none. */
  readonly changeLog?: ((thoroughly: boolean) => Promise<LogReading>) | undefined;
  /** Which of some addresses are customers'; null where nobody can say. Rejects likewise. Absent where such a database is never asked. */
  customersAmong?(addresses: readonly string[]): Promise<ReadonlySet<string> | null>;
  /** What an error of these means. In our words, configured names and error codes only. */
  explain(error: unknown): Pick<ReadFailure, 'detail'>;
  /** As of the last read; undefined when nobody knows. */
  stillness(): SourceReading['stillness'];
  watch(onHint: (hint: Hint) => void): void;
  close(): Promise<void>;
}

/** A database as a source. Its driver is loaded by `open`, so that naming the source costs nothing. */
export function createDatabaseSource(options: {
  readonly kind: string;
  readonly context: SourceContext;
  readonly hasHints: boolean;
  readonly hasChangeLog?: boolean;
  /** Keeps the promises of `Source.open`. */
  readonly open: () => Promise<OpenedSource>;
}): Source {
  const { kind, context, hasHints } = options;
  const { name } = context;
  const collections = [...context.collections.map((definition) => definition.name), sensorName(name)];
  let opened: OpenedSource | null = null;
  let isWatched = false;
  const needOpened = (): OpenedSource => {
    if (!opened) throw new Error(`source "${name}" is used before it is open`);
    return opened;
  };
  const asked = async <T>(otherwise: string, ask: () => Promise<T | undefined>): Promise<T | null> => {
    try {
      return (await ask()) ?? null;
    } catch (error) {
      // Nothing but a name is lost by it; what is wrong with the connection shows at the next read.
      const detail = error instanceof SourceError ? error.message : opened?.explain(error).detail;
      context.log('warn', otherwise, { source: name, code: errorCode(error) ?? 'error', detail });
      return null;
    }
  };
  return {
    kind,
    name,
    collections,
    hasHints,
    open: async () => {
      opened = await options.open();
      return opened.degradations();
    },
    degradations: () => opened?.degradations() ?? [],
    read: async (wanted = collections, options = {}) => {
      // Taken before the transaction begins: what was observed can only be newer than we say.
      const observedAtMs = (context.clock ?? Date.now)();
      const source = needOpened();
      const read = await source.read(wanted, options);
      const stillness = source.stillness();
      return {
        source: name,
        observedAtMs,
        collections: read,
        ...(stillness === undefined ? {} : { stillness }),
      };
    },
    groups: (wanted, signed) => needOpened().groups(wanted, signed),
    beside: (wanted) => needOpened().beside(wanted),
    activity: () => asked('nobody can be named', async () => opened?.activity?.()),
    ...(options.hasChangeLog
      ? {
          changeLog: (thoroughly: boolean) =>
            asked('the change log cannot be read', async () => opened?.changeLog?.(thoroughly)),
        }
      : {}),
    customersAmong: (addresses) =>
      asked('customers could not be asked', async () => opened?.customersAmong?.(addresses)),
    watch: (onHint) => {
      const source = needOpened();
      if (!isWatched && hasHints) source.watch(onHint);
      isWatched = true;
    },
    close: async () => opened?.close(),
  };
}
