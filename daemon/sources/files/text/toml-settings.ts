import { parse, TomlDate } from 'smol-toml';

/** Levels of tables and lists in each other that are followed. */
const MAX_LEVELS = 30;

/**
 * The settings of a TOML text as the text of one JSON object; null when it is none (a name that stands twice is a mistake in TOML, version 1.0). Numbers keep
 * their type, times are text; a text that reads like one has quotes. Tables of a list are settings apart: `server`, `server[2]` …
 */
export function tomlSettings(text: string): string | null {
  try {
    return tableText(parse(text, { integersAsBigInt: true, maxDepth: MAX_LEVELS }), MAX_LEVELS);
  } catch {
    return null;
  }
}

/** Throws for what is too deep, and for a table that has a name of its own which one of a list would get. */
function tableText(table: object, levels: number): string {
  if (levels === 0) throw new RangeError('too deep');
  const members = new Map<string, string>();
  const put = (name: string, json: string) => {
    if (members.has(name)) throw new RangeError('two settings of one name');
    members.set(name, json);
  };
  for (const [name, value] of Object.entries(table)) {
    const tables = tablesOf(value);
    if (tables === null) put(name, valueText(value, levels - 1));
    for (const [index, one] of (tables ?? []).entries()) {
      put(index === 0 ? name : `${name}[${index + 1}]`, tableText(one, levels - 1));
    }
  }
  return `{${[...members].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

/** The tables of a list that holds nothing else; null of anything else. */
function tablesOf(value: unknown): readonly object[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  return value.every(isTable) ? value : null;
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof TomlDate);
}

function valueText(value: unknown, levels: number): string {
  if (levels === 0) throw new RangeError('too deep');
  if (Array.isArray(value)) return `[${value.map((one) => valueText(one, levels - 1)).join(',')}]`;
  if (value instanceof TomlDate) return JSON.stringify(value.toISOString());
  if (isTable(value)) return tableText(value, levels);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatText(value);
  return JSON.stringify(typeof value === 'string' && READS_AS_OTHER.test(value) ? `'${value}'` : value);
}

/** A text that reads like what is written here for a time or a float, or like a text in quotes: it keeps quotes. */
const READS_AS_OTHER = /^(?:\d{4}-\d\d|\d\d:\d\d|[-+]?(?:inf|nan)$|')/i;

/** A float is none of the integers: `1.0` stays apart from `1`. What JSON has no number for is its word. */
function floatText(value: number): string {
  if (!Number.isFinite(value))
    return JSON.stringify(Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf');
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
