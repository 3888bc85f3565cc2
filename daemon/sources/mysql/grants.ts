/** One line of SHOW GRANTS, as far as it bears on what the account may do. */
export type Grant =
  | {
      readonly type: 'rights';
      /** Upper case: `SELECT`, `CREATE TEMPORARY TABLES`. A right on columns stands as `SELECT` too. */
      readonly rights: readonly string[];
      readonly on: 'everything' | 'schema' | 'table' | 'routine';
      /** Schema and name, as far as there are; wildcards of a schema are not resolved. */
      readonly schema: string | null;
      readonly name: string | null;
      readonly mayGrant: boolean;
    }
  | { readonly type: 'role' }
  | { readonly type: 'proxy' }
  /** A line that says nothing of rights: the default role, which counts as the membership beside it. */
  | { readonly type: 'default-role' }
  | { readonly type: 'unknown' };

type Token = { readonly word: string } | { readonly name: string } | { readonly sign: string };

/** Takes a line of SHOW GRANTS apart. Everything that is not understood is `unknown`, which no allow-list holds. */
export function parseGrant(line: string): Grant {
  const tokens = tokensOf(line);
  if (tokens === null) return { type: 'unknown' };
  const words = tokens.map((token) => ('word' in token ? token.word : 'sign' in token ? token.sign : ''));
  if (words[0] === 'SET' && words[1] === 'DEFAULT' && words[2] === 'ROLE') return { type: 'default-role' };
  if (words[0] !== 'GRANT') return { type: 'unknown' };
  const on = outsideBrackets(words, 'ON');
  const to = outsideBrackets(words, 'TO', Math.max(on, 0));
  if (to === -1) return { type: 'unknown' };
  if (on === -1) return { type: 'role' };
  const rights = rightsOf(words.slice(1, on));
  if (rights === null) return { type: 'unknown' };
  if (rights.includes('PROXY')) return { type: 'proxy' };
  const place = placeOf(tokens.slice(on + 1, to));
  return place === null
    ? { type: 'unknown' }
    : { type: 'rights', rights, ...place, mayGrant: words.indexOf('OPTION', to) !== -1 };
}

/** The place of a word, not counting names of columns, which MySQL 5.7 writes in brackets as they are; -1 when it is not there. */
function outsideBrackets(words: readonly string[], word: string, from = 0): number {
  let depth = 0;
  return words.findIndex((one, i) => {
    if (one === '(') depth++;
    if (one === ')') depth--;
    return i >= from && depth === 0 && one === word;
  });
}

/** `SELECT (a, b), INSERT` gives SELECT and INSERT. */
function rightsOf(words: readonly string[]): string[] | null {
  const rights: string[] = [];
  let right: string[] = [];
  let depth = 0;
  for (const word of [...words, ',']) {
    if (word === '(') depth++;
    else if (word === ')') depth--;
    else if (depth > 0) continue;
    else if (word === ',') {
      if (right.length === 0) return null;
      rights.push(right.join(' '));
      right = [];
    } else if (/^[A-Z_]+$/.test(word)) right.push(word);
    else return null;
  }
  return depth === 0 ? rights : null;
}

type Place = Pick<Extract<Grant, { type: 'rights' }>, 'on' | 'schema' | 'name'>;

function placeOf(tokens: readonly Token[]): Place | null {
  const [first] = tokens;
  const kind = first && 'word' in first ? first.word : null;
  const isRoutine = kind === 'PROCEDURE' || kind === 'FUNCTION';
  if (kind !== null && !isRoutine && kind !== 'TABLE') return null;
  const [schema, dot, name, ...more] = kind === null ? tokens : tokens.slice(1);
  if (!schema || !dot || !name || more.length > 0 || !('sign' in dot) || dot.sign !== '.') return null;
  const nameOf = (token: Token) => ('name' in token ? token.name : null);
  const isStar = (token: Token) => 'sign' in token && token.sign === '*';
  if (isStar(schema)) return isStar(name) ? { on: 'everything', schema: null, name: null } : null;
  if (nameOf(schema) === null) return null;
  if (isStar(name)) return { on: 'schema', schema: nameOf(schema), name: null };
  if (nameOf(name) === null) return null;
  return { on: isRoutine ? 'routine' : 'table', schema: nameOf(schema), name: nameOf(name) };
}

/** Words, quoted names and signs. Null when a quote is not closed. */
function tokensOf(line: string): Token[] | null {
  const tokens: Token[] = [];
  const pattern = /\s*(?:`((?:[^`]|``)*)`|'((?:[^'\\]|''|\\.)*)'|([A-Za-z_]+)|([^\s`'A-Za-z_]))/sy;
  while (pattern.lastIndex < line.trimEnd().length) {
    const match = pattern.exec(line);
    if (!match) return null;
    const [, backticked, quoted, word, sign] = match;
    if (backticked !== undefined) tokens.push({ name: backticked.replaceAll('``', '`') });
    else if (quoted !== undefined) tokens.push({ name: quoted });
    else if (word !== undefined) tokens.push({ word: word.toUpperCase() });
    else tokens.push({ sign: sign ?? '' });
  }
  return tokens;
}
