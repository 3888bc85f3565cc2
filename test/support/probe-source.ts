import { parseRecordLine } from '../../baselines/index.js';
import { doorCollections } from '../../daemon/sources/probe/collection.js';
import { probeKind } from '../../daemon/sources/probe/kind.js';
import type { CollectionReading, Source } from '../../daemon/sources/source.js';

export interface ProbeUnderTest {
  readonly source: Source;
  read(): Promise<CollectionReading>;
}

/** A source of one collection, `doors`, that is read as often as it is asked. `collection`: its settings beside its name and kind. */
export function newProbeSource(
  collection: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> = {},
): ProbeUnderTest {
  const settings = probeKind.configSchema.parse({
    ...{ kind: 'probe', name: 'outside', from: 'the office', minIntervalMs: 1 },
    ...{ connectTimeoutMs: 20_000, answerTimeoutMs: 20_000, connectionsPerSecond: 100, ...config },
  });
  const definition = doorCollections.definition(
    { name: 'doors', kind: 'door', ...collection },
    'outside',
    settings,
  );
  const source = probeKind.create(
    {
      ...{ site: 'prague-1', name: 'outside', collections: [definition], fingerprintKey: null },
      log: () => undefined,
    },
    settings,
  );
  return {
    source,
    read: async () => {
      const reading = (await source.read()).collections.get('doors');
      if (reading === undefined) throw new Error('the collection was not read');
      return reading;
    },
  };
}

/** The fields of the records of a reading by door. Throws for one that is not readable. */
export function doorsIn(
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
