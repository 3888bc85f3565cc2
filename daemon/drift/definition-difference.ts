import { canonicalDefinition, canonicalJson, type Definition, sha256Hex } from '../../baselines/index.js';

const ASPECTS = [
  ...(['name', 'kind', 'source', 'table', 'key', 'columns', 'secret', 'author'] as const),
  ...(['label', 'destination', 'labelFrom', 'derive', 'history', 'preset', 'files'] as const),
];

/** Aspects that differ, by the names the configuration gives them: `table`, `columns`, … Empty when both read the same. */
export function definitionDifferences(a: Definition, b: Definition): string[] {
  const one = canonicalDefinition(a);
  const other = canonicalDefinition(b);
  return ASPECTS.filter((aspect) => textOf(one, aspect) !== textOf(other, aspect));
}

/** The start of a digest that tells definitions apart, for people: twelve hex digits. */
export function shortDefinitionDigest(definition: Definition): string {
  return sha256Hex(canonicalJson({ ...canonicalDefinition(definition) })).slice(0, 12);
}

function textOf(definition: Definition, aspect: (typeof ASPECTS)[number]): string {
  const value: unknown = definition[aspect] ?? null;
  return JSON.stringify(value);
}
