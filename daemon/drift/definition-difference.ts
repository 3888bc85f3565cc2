import { canonicalDefinition, canonicalJson, type Definition, sha256Hex } from '../../baselines/index.js';
import { escapedJson } from '../wording.js';

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

/** Names of one side that are said; the rest is counted. */
const SAID_NAMES = 5;

/** The same with what differs, in configured names: `columns (lacks "login", adds "log_in")`. Of rules and folders only that they differ. */
export function definitionDifferencesInWords(signed: Definition, configured: Definition): string {
  return definitionDifferences(signed, configured)
    .map((aspect) => {
      const words = differenceWords(signed[aspect] ?? [], configured[aspect] ?? []);
      return words === '' ? aspect : `${aspect} (${words})`;
    })
    .join(', ');
}

function differenceWords(was: unknown, is: unknown): string {
  if (typeof was === 'string' && typeof is === 'string')
    return `was ${escapedJson(was)}, is ${escapedJson(is)}`;
  if (!areNames(was) || !areNames(is)) return '';
  const lacks = was.filter((one) => !is.includes(one));
  const adds = is.filter((one) => !was.includes(one));
  if (lacks.length + adds.length === 0) return 'in another order';
  return [...said('lacks', lacks), ...said('adds', adds)].join(', ');
}

function areNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function said(verb: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const rest = names.length > SAID_NAMES ? ` and ${names.length - SAID_NAMES} more` : '';
  return [
    `${verb} ${names
      .slice(0, SAID_NAMES)
      .map((name) => escapedJson(name))
      .join(', ')}${rest}`,
  ];
}

/** The start of a digest that tells definitions apart, for people: twelve hex digits. */
export function shortDefinitionDigest(definition: Definition): string {
  return sha256Hex(canonicalJson({ ...canonicalDefinition(definition) })).slice(0, 12);
}

function textOf(definition: Definition, aspect: keyof Definition): string {
  const value: unknown = definition[aspect] ?? null;
  return JSON.stringify(value);
}
