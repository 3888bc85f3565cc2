/** A setting on a line of its own. `section`: empty where there is none. */
interface Setting {
  readonly section: string;
  readonly name: string;
  readonly value: string;
}
export type SettingList = readonly Setting[];

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['f', '\f'],
]);

/** Settings of a Java properties file, read as `java.util.Properties.load` reads one; null for a `\u` without its four digits. */
export function propertiesSettings(text: string): SettingList | null {
  const settings: Setting[] = [];
  for (const line of logicalLines(text)) {
    const end = nameEnd(line);
    const name = unescaped(line.slice(0, end));
    const value = unescaped(line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, ''));
    if (name === null || value === null) return null;
    settings.push({ section: '', name, value });
  }
  return settings;
}

/** Lines without comments and empty ones, those that end in a backslash joined with the next. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | null = null;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, '');
    if (open === null && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const whole: string = (open ?? '') + line;
    const isOpen = /(?<!\\)(?:\\\\)*\\$/.test(line);
    open = isOpen ? whole.slice(0, -1) : null;
    if (!isOpen) lines.push(whole);
  }
  return open === null ? lines : [...lines, open];
}

function nameEnd(line: string): number {
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (/[=: \t\f]/.test(line[at] ?? '')) return at;
  }
  return line.length;
}

function unescaped(text: string): string | null {
  if (!text.includes('\\')) return text;
  if (/(?<!\\)(?:\\\\)*\\u(?![0-9A-Fa-f]{4})/.test(text)) return null;
  return text.replace(
    /\\(?:u([0-9A-Fa-f]{4})|([\s\S]))/g,
    (_all, code: string | undefined, letter: string | undefined) =>
      code === undefined
        ? (ESCAPES.get(letter ?? '') ?? letter ?? '')
        : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Settings of an INI file: `name = value` below `[section]`; null when a line is neither that nor a comment. */
export function iniSettings(text: string): SettingList | null {
  const settings: Setting[] = [];
  let section = '';
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    const header = /^\[([^\]]+)\]$/.exec(line)?.[1];
    if (header !== undefined) section = header;
    else {
      const at = line.search(/[=:]/);
      if (at <= 0) return null;
      settings.push({ section, name: line.slice(0, at).trim(), value: line.slice(at + 1).trim() });
    }
  }
  return settings;
}

/** A value that keeps its quotes: for a shell `'$(x)'` is text, and `"$(x)"` a command. The same of one that reads like such a value. */
const QUOTES_COUNT = /^'.*[$`\\]|^"'/;

/** Settings of a file of environment variables: `NAME=value`, perhaps in quotes, perhaps after `export`; null when a line is something else. */
export function envSettings(text: string): SettingList | null {
  const settings: Setting[] = [];
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, written = ''] = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*)$/.exec(line) ?? [];
    const quote = /^(["'])/.exec(written)?.[1];
    if (name === undefined || (quote !== undefined && (written.length < 2 || !written.endsWith(quote))))
      return null;
    const inside = quote === undefined ? written : written.slice(1, -1);
    settings.push({ section: '', name, value: QUOTES_COUNT.test(written) ? written : inside });
  }
  return settings;
}
