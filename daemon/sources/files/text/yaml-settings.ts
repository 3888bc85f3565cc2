import { isMap, isScalar, isSeq, parseAllDocuments, type Scalar } from 'yaml';

/** Levels of maps and lists in each other that are followed. */
const MAX_LEVELS = 32;
/** Documents of one text. */
const MOST_DOCUMENTS = 100;
/** A plain text that JSON has the same value for. */
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)$/;
/**
 * A text that would be, or for some programs is, no text where it stands without quotes (YAML 1.1 and 1.2: truth, nothing, numbers, times, merging), or that reads
 * like what we write for one in quotes or with a tag.
 */
const OTHER_WITHOUT_QUOTES = /^(?:~|null|true|false|yes|no|on|off|y|n|<<|=|)$|^[-+.\d!']/i;

/**
 * The settings of a YAML text as the text of one JSON object; null when it is none. A value is the text as it is written: whether `no` is a word or false depends on
 * who reads it. What depends on quotes keeps them: `'no'`; and what has a tag, its tag. Of several documents, which some programs lay over each other, those after the
 * first are `--- 2`, `--- 3` … No aliases, of which a few lines grow to gigabytes, and no directives.
 */
export function yamlSettings(text: string): string | null {
  try {
    if ((text.match(/^---/gm)?.length ?? 0) > MOST_DOCUMENTS) return null;
    const options = { schema: 'failsafe', uniqueKeys: true, logLevel: 'silent' } as const;
    const all = [...parseAllDocuments(text, options)];
    const [first, ...others] = all;
    const isWrong = all.some(
      ({ errors, directives }) =>
        errors.length > 0 ||
        directives?.yaml.explicit === true ||
        Object.keys(directives?.tags ?? {}).length > 1,
    );
    // Only a map has room for what comes after it.
    if (first === undefined || isWrong || (others.length > 0 && !isMap(first.contents))) return null;
    const later = others.map(({ contents }, n) => [`--- ${n + 2}`, contents] as const);
    return nodeText(first.contents, MAX_LEVELS, later);
  } catch {
    return null;
  }
}

/** `more`: further members of a map. Throws for what is too deep, an alias, a name that is no text, and two settings of one name. */
function nodeText(node: unknown, levels: number, more: readonly (readonly [string, unknown])[] = []): string {
  if (levels === 0) throw new RangeError('too deep');
  if (isScalar(node)) {
    const text = scalarText(node);
    return node.type === 'PLAIN' && node.tag === undefined && LITERAL.test(text)
      ? text
      : JSON.stringify(text);
  }
  if (isSeq(node)) {
    const items = node.items.map((one) => nodeText(one, levels - 1));
    return tagged(node.tag, `[${items.join(',')}]`);
  }
  if (!isMap(node)) throw new RangeError('an alias, or nothing');
  const members = new Map<string, string>();
  const own = node.items.map(({ key, value }) => {
    if (!isScalar(key)) throw new RangeError('a name that is no text');
    return [scalarText(key), value] as const;
  });
  for (const [name, value] of [...own, ...more]) {
    if (members.has(name)) throw new RangeError('two settings of one name');
    members.set(name, value === null ? '""' : nodeText(value, levels - 1));
  }
  return tagged(
    node.tag,
    `{${[...members].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`,
  );
}

/** A map of one member, whose name no name of a map can be. */
function tagged(tag: string | undefined, json: string): string {
  return tag === undefined ? json : `{${JSON.stringify(`!<${tag}>`)}:${json}}`;
}

function scalarText({ type, tag, value }: Scalar): string {
  const text = String(value);
  const written = type !== 'PLAIN' && OTHER_WITHOUT_QUOTES.test(text) ? `'${text}'` : text;
  return tag === undefined ? written : `!<${tag}> ${written}`;
}
