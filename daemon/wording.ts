/** "alice", "alice and bob", "alice, bob and 3 more". Names of people or collections: ours. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, names.length > most ? most - 1 : most);
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest} more`] : shown;
  return all.length < 2 ? (all[0] ?? 'nobody') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** Of whom so many are still needed: "bob" where it takes all of them, "1 more of bob, carol" where some will do, "1 more of them" where nobody is left. */
export function stillOf(count: number, people: readonly string[]): string {
  if (people.length > 0 && count === people.length) return listed(people, people.length);
  return `${count} more of ${people.length === 0 ? 'them' : people.join(', ')}`;
}

/** Choices in how a number and its noun are written. */
interface Counting {
  /** The noun for several, where adding "s", "es" or "ies" does not make it. */
  readonly many?: string;
  /** Commas between thousands: "1,204". */
  readonly thousands?: boolean;
}

/** "1 record", "2 records", "2 entries", "2 addresses". */
export function counted(count: number, noun: string, { many, thousands = false }: Counting = {}): string {
  const number = thousands ? count.toLocaleString('en-US') : String(count);
  return `${number} ${count === 1 ? noun : (many ?? pluralOf(noun))}`;
}

/** The same with thousands separators, as terminals show it: "2,880 records". */
export function grouped(count: number, noun: string): string {
  return counted(count, noun, { thousands: true });
}

function pluralOf(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(?:s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

/** "412 ms", "9 s", "4 min 12 s", "3 h 5 min", "2 d 4 h". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.floor(ms / 1000);
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** A word of a command line, as a POSIX shell takes it whole: people paste what we print. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * JSON in visible ASCII: everything else is escaped, so that no text of the watched system can steer a terminal or turn its reading direction. Any
 * JSON reader gives back the very values, and so does one of YAML. `indent`: blanks before each level; all on one line when absent.
 */
export function escapedJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
