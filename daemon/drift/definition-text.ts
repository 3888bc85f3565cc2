import type { Definition } from '../../baselines/index.js';

/**
 * Canonical text of a definition: equal texts read the same records. The order of `columns` and of `secret` has no meaning (fields
 * are ordered by name), the order of `key` has.
 */
export function definitionText(definition: Definition): string {
  return JSON.stringify(aspectsOf(definition));
}

/** Whether both definitions read the same records in the same way. */
export function sameDefinition(a: Definition, b: Definition): boolean {
  return a === b || definitionText(a) === definitionText(b);
}

/** Which aspects differ, by the names the configuration gives them: `table`, `columns`, … */
export function definitionDifferences(a: Definition, b: Definition): string[] {
  const others = new Map(aspectsOf(b));
  return aspectsOf(a)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(others.get(name)))
    .map(([name]) => name);
}

function aspectsOf(definition: Definition): [string, string | readonly string[]][] {
  return [
    ['name', definition.name],
    ['kind', definition.kind],
    ['source', definition.source],
    ['table', definition.table],
    ['key', definition.key],
    ['columns', [...definition.columns].sort()],
    ['secret', [...definition.secret].sort()],
  ];
}
