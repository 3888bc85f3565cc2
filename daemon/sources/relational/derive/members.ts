/**
 * The members of an object in the normal form of `normalizeJsonText`, in their order: names unescaped, values as they are written there. Null
 * when the text is no object. Only ever given that form, so a name stands once and nothing but strings can hold a bracket.
 */
export function membersOf(normal: string): readonly (readonly [name: string, value: string])[] | null {
  if (!normal.startsWith('{')) return null;
  const members: [string, string][] = [];
  for (let at = 1; normal[at] === '"'; ) {
    const nameEnd = stringEnd(normal, at);
    const quoted = normal.slice(at, nameEnd);
    const end = valueEnd(normal, nameEnd + 1);
    members.push([
      quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1),
      normal.slice(nameEnd + 1, end),
    ]);
    at = end + 1;
  }
  return members;
}

/** Index after the string that starts at `from`. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Index after the value that starts at `from`, the member's last character. */
function valueEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; ; ) {
    const letter = text[at];
    if (letter === '"') at = stringEnd(text, at);
    else if (letter === '{' || letter === '[') {
      depth++;
      at++;
    } else if (letter === '}' || letter === ']') {
      if (depth === 0) return at;
      depth--;
      at++;
    } else if (letter === ',' && depth === 0) return at;
    else at++;
    if (at >= text.length) return text.length;
  }
}
