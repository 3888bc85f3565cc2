import { parseRecordLine } from '../../baselines/index.js';
import { fileCollections } from '../../daemon/sources/files/collection.js';
import { filesKind } from '../../daemon/sources/files/kind.js';
import type { CollectionReading, Source } from '../../daemon/sources/source.js';

export interface FilesUnderTest {
  readonly source: Source;
  /** What was logged, as `level message`. */
  readonly logged: readonly string[];
  /** Reads the collection, with a hint's licence to look at what moved alone. */
  hinted(): Promise<CollectionReading>;
  /** Reads everything. */
  read(): Promise<CollectionReading>;
}

/** A source of one collection, `web`. `collection`: its settings beside its name and kind. */
export function newFilesSource(
  collection: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> = {},
): FilesUnderTest {
  const settings = filesKind.configSchema.parse({ kind: 'files', name: 'host', ...config });
  const definition = fileCollections.definition(
    { name: 'web', kind: 'file', ...collection },
    'host',
    settings,
  );
  const logged: string[] = [];
  const source = filesKind.create(
    {
      site: 'prague-1',
      name: 'host',
      collections: [definition],
      fingerprintKey: Buffer.alloc(32, 7),
      log: (level, message) => void logged.push(`${level} ${message}`),
    },
    settings,
  );
  const readingOf = async (wanted?: readonly string[]): Promise<CollectionReading> => {
    const reading = (await source.read(wanted)).collections.get('web');
    if (reading === undefined) throw new Error('the collection was not read');
    return reading;
  };
  return { source, logged, hinted: () => readingOf(['web']), read: () => readingOf() };
}

/** The records of a reading by path, with the fields of each. Throws for one that is not readable. */
export function filesIn(
  reading: CollectionReading,
): ReadonlyMap<string, Readonly<Record<string, string | null>>> {
  if (!reading.readable) throw new Error(`not read: ${reading.cause}: ${reading.detail}`);
  return new Map(
    reading.snapshot.records.map(({ line }) => {
      const { key, fields } = parseRecordLine(line);
      return [key[0] ?? '', Object.fromEntries(fields)];
    }),
  );
}
