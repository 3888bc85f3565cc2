/** How many things a title names before it counts the rest. */
const MAX_PARTS = 3;
/** Room on a lock screen, beside the severity and the site. */
const MAX_CHARACTERS = 80;

/** One thing a title tells of. Things of one group are counted together. */
export interface TitlePart {
  readonly group: string;
  /** Our words for so many of the group: "2 new administrators". */
  readonly words: (count: number) => string;
  /** False for what another part tells along with itself. */
  readonly inTitle?: boolean;
}

/** Joins the parts, worst first as given: "1 wallet route now pays elsewhere, 2 new administrators, and 4 more". */
export function title(parts: readonly TitlePart[]): string {
  const groups = new Map<string, { readonly words: TitlePart['words']; count: number }>();
  for (const { group, words, inTitle = true } of parts) {
    if (!inTitle) continue;
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

/** A part that is too long by itself ends at a word; the whole stands among the facts. */
function cut(part: string): string {
  if (part.length <= MAX_CHARACTERS) return part;
  const start = part.slice(0, MAX_CHARACTERS);
  const space = start.lastIndexOf(' ');
  return `${start.slice(0, space > MAX_CHARACTERS / 2 ? space : MAX_CHARACTERS - 1).trimEnd()}…`;
}
