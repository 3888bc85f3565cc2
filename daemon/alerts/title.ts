/** How many things a title names before it counts the rest. */
const MAX_PARTS = 3;
/** What a lock screen shows of it, beside the severity and the site. */
const MAX_CHARACTERS = 80;

/** One thing a title tells of. Things of one group are counted together. */
export interface TitlePart {
  readonly group: string;
  /** Our words for so many of the group: "2 new administrators". */
  readonly words: (count: number) => string;
}

/** Joins the parts, worst first as given: "1 wallet route now pays elsewhere, 2 new administrators, and 4 more". */
export function title(parts: readonly TitlePart[]): string {
  const groups = new Map<string, { readonly words: TitlePart['words']; count: number }>();
  for (const { group, words } of parts) {
    const known = groups.get(group);
    if (known) known.count += 1;
    else groups.set(group, { words, count: 1 });
  }
  const all = [...groups.values()];
  const named: string[] = [];
  let length = 0;
  for (const { words, count } of all.slice(0, MAX_PARTS)) {
    const part = words(count);
    length += part.length;
    if (named.length > 0 && length > MAX_CHARACTERS) break;
    named.push(cut(part));
  }
  const rest = all.slice(named.length).reduce((sum, { count }) => sum + count, 0);
  return [...named, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

/** What is too long by itself ends at a word; the whole stands among the facts. */
function cut(part: string): string {
  if (part.length <= MAX_CHARACTERS) return part;
  const kept = part.slice(0, MAX_CHARACTERS);
  const space = kept.lastIndexOf(' ');
  return `${kept.slice(0, space > MAX_CHARACTERS / 2 ? space : MAX_CHARACTERS - 1).trimEnd()}…`;
}

/** "alice", "alice and bob", "alice, bob and 3 more". Names of people or collections: ours. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, names.length > most ? most - 1 : most);
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest} more`] : shown;
  return all.length < 2 ? (all[0] ?? 'nobody') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** "1 record", "2 records". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
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
