import { canonicalDefinition, canonicalJson, type Definition, sha256Hex } from '../../baselines/index.js';

/** Every aspect of a definition, in the order in which people read them. None can be left out: the compiler asks for each. */
const EVERY: Readonly<Record<keyof Definition, true>> = {
  ...{ name: true, kind: true, source: true, table: true, key: true, columns: true, secret: true },
  ...{ author: true, label: true, destination: true, labelFrom: true, derive: true, history: true },
  ...{ preset: true, files: true, doors: true },
};
export const DEFINITION_ASPECTS = Object.keys(EVERY) as readonly (keyof Definition)[];

/** Aspects that differ, by the names the configuration gives them: `table`, `columns`, … Empty when both read the same. */
export function definitionDifferences(a: Definition, b: Definition): (keyof Definition)[] {
  const one = canonicalDefinition(a);
  const other = canonicalDefinition(b);
  return DEFINITION_ASPECTS.filter((aspect) => textOf(one, aspect) !== textOf(other, aspect));
}

/** The start of a digest that tells definitions apart, for people: twelve hex digits. */
export function shortDefinitionDigest(definition: Definition): string {
  return sha256Hex(canonicalJson({ ...canonicalDefinition(definition) })).slice(0, 12);
}

function textOf(definition: Definition, aspect: keyof Definition): string {
  const value: unknown = definition[aspect] ?? null;
  return JSON.stringify(value);
}
