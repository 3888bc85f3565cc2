import { type Definition, KINDS } from '../../../baselines/index.js';
import type { SourceContext } from '../context.js';
import { SourceError } from '../source.js';
import { isIdentifier, parseRelation } from './quote.js';
import { sensorDefinition } from './sensor.js';

const KEY_BYTES = 32;

/**
 * Refuses configured collections that no PostgreSQL could give. Throws `SourceError`: `SOURCE_COLLECTION`, or `SOURCE_FINGERPRINT_KEY` when there
 * are secret columns and no key of at least 32 bytes.
 */
export function checkCollections(context: SourceContext): void {
  const refuse = (definition: Definition, found: string, needed: string): never => {
    throw new SourceError(
      'SOURCE_COLLECTION',
      `source "${context.name}", collection "${definition.name}": ${found}; needed: ${needed}`,
    );
  };
  const names = new Set([sensorDefinition(context.name).name]);
  for (const definition of context.collections) {
    if (names.has(definition.name)) refuse(definition, 'its name is taken', 'a name of its own');
    names.add(definition.name);
    if (definition.kind === 'sensor' || definition.kind === 'file') {
      const kinds = KINDS.filter((kind) => kind !== 'sensor' && kind !== 'file').join(', ');
      refuse(definition, `kind ${definition.kind} is not for tables`, `one of ${kinds}`);
    }
    if (!parseRelation(definition.table)) {
      refuse(
        definition,
        'table is not of the form schema.table',
        'for instance public.terminal, letter by letter',
      );
    }
    const columns = [...definition.key, ...definition.columns];
    if (definition.key.length === 0)
      refuse(definition, 'it has no key', 'the columns that identify a record');
    if (!columns.every(isIdentifier))
      refuse(definition, 'a column name is empty or too long', '1 to 63 bytes');
    if (new Set(columns).size !== columns.length) {
      refuse(definition, 'a column is named twice in key and columns', 'each column once');
    }
    if (definition.secret.length > 0 && (context.fingerprintKey?.length ?? 0) < KEY_BYTES) {
      throw new SourceError(
        'SOURCE_FINGERPRINT_KEY',
        `source "${context.name}", collection "${definition.name}": it has secret columns and there is no fingerprint key of at least ` +
          `${KEY_BYTES} bytes; needed: one, since low-entropy secrets can be guessed from a bare digest`,
      );
    }
  }
}
