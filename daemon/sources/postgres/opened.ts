import type { SourceContext } from '../context.js';
import { type CollectionReading, type Degradation, type Hint, SourceError } from '../source.js';
import { checkCollections } from './collections.js';
import type { PostgresConfig } from './config.js';
import { endpoint } from './endpoint.js';
import { explainFailure } from './failure.js';
import { listen } from './hints.js';
import { parseRelation, relationText } from './quote.js';
import { Reader } from './reader.js';
import { sensorDefinition } from './sensor.js';
import { clientConfig } from './session.js';

/** A PostgreSQL source at work. */
export interface OpenedPostgres {
  degradations(): readonly Degradation[];
  read(collections: readonly string[]): Promise<ReadonlyMap<string, CollectionReading>>;
  watch(onHint: (hint: Hint) => void): void;
  close(): Promise<void>;
}

/** Checks configuration, server and role, as `Source.open` promises. */
export async function openPostgres(context: SourceContext, config: PostgresConfig): Promise<OpenedPostgres> {
  checkCollections(context);
  const place = endpoint(config);
  const reader = new Reader(context, config, place, [...context.collections, sensorDefinition(context.name)]);
  try {
    await reader.connect();
  } catch (error) {
    if (error instanceof SourceError) {
      await reader.close();
      throw error;
    }
    context.log('warn', 'source cannot be reached yet', { source: context.name, ...explainFailure(error) });
  }

  let closeHints = async (): Promise<void> => undefined;
  return {
    degradations: () => [...place.degradations, ...reader.degradations],
    read: (collections) => reader.read(collections),
    watch: (onHint) => {
      if (config.hints === 'none') return;
      const listening = listen({
        config,
        clientConfig: () => clientConfig(place, config),
        relations: relationsOf(context),
        notify: (channel, payload) => reader.notify(channel, payload),
        onHint,
        log: context.log,
      });
      closeHints = listening.close;
    },
    close: async () => {
      await closeHints();
      await reader.close();
    },
  };
}

/** By the payload that names a relation, the collections that are read from it. */
function relationsOf(context: SourceContext): ReadonlyMap<string, readonly string[]> {
  const relations = new Map<string, string[]>();
  for (const { name, table } of context.collections) {
    const relation = parseRelation(table);
    if (!relation) continue;
    const payload = relationText(relation);
    relations.set(payload, [...(relations.get(payload) ?? []), name]);
  }
  return relations;
}
