import type { Definition } from '../../../baselines/index.js';
import { SourceError } from '../source.js';
import type { NameForm } from './collections.js';
import type { CustomerSettings } from './config.js';

/** No collection can have this name. */
const NAME = 'the customers';

/** Whether a definition is that of customers, without whom everything is read all the same. */
export function isCustomers({ name }: Pick<Definition, 'name'>): boolean {
  return name === NAME;
}

/** The column as rights on it are granted and checked. */
export function customersDefinition(source: string, { table, column }: CustomerSettings): Definition {
  return { name: NAME, kind: 'config', source, table, key: [column], columns: [], secret: [] };
}

/** Refuses a place that no such database could have. Throws `SourceError`. */
export function checkCustomers(
  source: string,
  settings: CustomerSettings | undefined,
  form: Pick<NameForm, 'table' | 'example' | 'isTable' | 'identifier' | 'isIdentifier'>,
): void {
  if (settings === undefined) return;
  const needed = !form.isTable(settings.table)
    ? `its table in the form ${form.table}, for instance ${form.example}`
    : form.isIdentifier(settings.column)
      ? null
      : `a column name of ${form.identifier}`;
  if (needed === null) return;
  throw new SourceError('SOURCE_COLLECTION', `source "${source}", customers; needed: ${needed}`);
}
