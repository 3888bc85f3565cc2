/**
 * Takes the text of a row apart, as PostgreSQL prints one: `(1,"a, ""b""",)`, where nothing between two commas is a null and `""` an empty text. Null for what
 * is no such text. Of one that was cut at its end, the values that are whole.
 */
export function parseRowText(text: string, isCut = false): (string | null)[] | null {
  if (!text.startsWith('(')) return null;
  const values: (string | null)[] = [];
  let [value, isNull, quoted] = ['', true, false];
  for (let i = 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (quoted) {
      if (char === '"' && text[i + 1] === '"') value += text.charAt(++i);
      else if (char === '"') quoted = false;
      else value += char === '\\' ? text.charAt(++i) : char;
    } else if (char === '"') {
      [quoted, isNull] = [true, false];
    } else if (char === ',' || char === ')') {
      values.push(isNull ? null : value);
      [value, isNull] = ['', true];
      if (char === ')') return i === text.length - 1 ? values : null;
    } else {
      value += char === '\\' ? text.charAt(++i) : char;
      isNull = false;
    }
  }
  return isCut ? values : null;
}
