import { type Definition, KINDS, tableColumns } from '../../../baselines/index.js';
import type { SourceContext } from '../context.js';
import { sensorName } from '../sensor.js';
import { SourceError } from '../source.js';
import { mistakeInDerivation, sharedMember } from './derive/check-derivation.js';

const KEY_BYTES = 32;

/** The names of one kind of database. */
export interface NameForm {
  /** The form of a `table`: "schema.table". */
  readonly table: string;
  /** One of that form. */
  readonly example: string;
  readonly isTable: (table: string) => boolean;
  /** The limits of an identifier: "1 to 63 bytes". */
  readonly identifier: string;
  readonly isIdentifier: (name: string) => boolean;
  /** Whether the source's reader derives records. One that does not must refuse them: it would read other columns than were meant. */
  readonly derives: boolean;
}

/**
 * Refuses configured collections that no such database could give. Throws `SourceError`: `SOURCE_COLLECTION`, or `SOURCE_FINGERPRINT_KEY`
 * when there are secret columns and no key of at least 32 bytes.
 */
export function checkCollections(context: SourceContext, form: NameForm): void {
  const names = new Set([sensorName(context.name)]);
  for (const definition of context.collections) {
    const wrong = names.has(definition.name)
      ? { found: 'its name is taken', needed: 'a name of its own' }
      : mistakeIn(definition, form);
    if (wrong !== null) {
      throw new SourceError(
        'SOURCE_COLLECTION',
        `source "${context.name}", collection "${definition.name}": ${wrong.found}; needed: ${wrong.needed}`,
      );
    }
    names.add(definition.name);
    refuseSharedMembers(context, definition);
    if (definition.secret.length > 0 && (context.fingerprintKey?.length ?? 0) < KEY_BYTES) {
      throw new SourceError(
        'SOURCE_FINGERPRINT_KEY',
        `source "${context.name}", collection "${definition.name}": it has secret columns and there is no fingerprint key of at least ` +
          `${KEY_BYTES} bytes; needed: one, since low-entropy secrets can be guessed from a bare digest`,
      );
    }
  }
}

/** Refuses a member of JSON that two collections of one choice of rows claim. */
function refuseSharedMembers(context: SourceContext, definition: Definition): void {
  for (const other of context.collections) {
    if (other === definition) return;
    const shared = sharedMember(definition, other);
    if (shared === null) continue;
    throw new SourceError(
      'SOURCE_COLLECTION',
      `source "${context.name}", collections "${other.name}" and "${definition.name}": ${shared}; needed: each member of JSON in one collection, ` +
        'or the pattern of the one under except of the other',
    );
  }
}

function mistakeIn(
  definition: Definition,
  form: NameForm,
): { readonly found: string; readonly needed: string } | null {
  const { kind, table, key, columns, derive } = definition;
  if (kind === 'sensor' || kind === 'file') {
    const kinds = KINDS.filter((one) => one !== 'sensor' && one !== 'file').join(', ');
    return { found: `kind ${kind} is not for tables`, needed: `one of ${kinds}` };
  }
  if (!form.isTable(table)) {
    return {
      found: `table is not of the form ${form.table}`,
      needed: `for instance ${form.example}, letter by letter`,
    };
  }
  const all = [...key, ...columns];
  if (key.length === 0) return { found: 'it has no key', needed: 'the columns that identify a record' };
  if (![...all, ...tableColumns(definition)].every(form.isIdentifier)) {
    return { found: 'a column name is empty or too long', needed: form.identifier };
  }
  if (new Set(all).size !== all.length) {
    return { found: 'a column is named twice in key and columns', needed: 'each column once' };
  }
  if (derive === undefined) return null;
  return form.derives
    ? mistakeInDerivation(definition, derive)
    : { found: 'this kind of source derives no records', needed: 'a collection without rows and json' };
}
