/** The words of a name: `CasUsers2` and `cas_users` are "cas" and "user". Ours alone are compared with them; at most 12. */
export function wordsOf(name: string): string[] {
  return name
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
    .slice(0, 12)
    .map(singular)
    .flatMap((word) => partsOf(word));
}

/** Words that are known at the beginning and end of a longer one: many databases write names in small letters throughout. */
const PARTS =
  'permission configuration transaction organisation organization exchange terminal password location currency operator history address setting machine session private account profile created updated wallet person crypto device config secret client tenant token group admin login owner email phone limit audit user role coin sell hash last ping time name key log buy'.split(
    ' ',
  );
/** Words that end in one of them and are none. */
const WHOLE = new Set([
  'catalog',
  'dialog',
  'uptime',
  'datetime',
  'timestamp',
  'lifetime',
  'realtime',
  'surname',
  'nickname',
]);
const SHORTEST_COMPOUND = 7;

/** `cryptosetting` is "crypto" and "setting". */
function partsOf(word: string): string[] {
  if (word.length < SHORTEST_COMPOUND || WHOLE.has(word) || PARTS.includes(word)) return [word];
  const last = PARTS.find((part) => word.endsWith(part) && word.length - part.length >= 3);
  if (last !== undefined && last.length >= 3) return [...partsOf(word.slice(0, -last.length)), last];
  const first = PARTS.find(
    (part) => part.length >= 4 && word.startsWith(part) && word.length - part.length >= 3,
  );
  return first === undefined ? [word] : [first, ...partsOf(word.slice(first.length))];
}

function singular(word: string): string {
  if (word.length < 4 || /(?:ss|us|is)$/.test(word)) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:sses|xes|ches|shes)$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

/** Whether one of the words of a name is one of these. */
export function hasWord(name: string, words: ReadonlySet<string>): boolean {
  return wordsOf(name).some((word) => words.has(word));
}

const SECRET = new Set(
  'password passwd passphrase pwd pass secret token apikey privatekey mnemonic seed credential xprv totp otp pin salt hash twofa mfa signature'.split(
    ' ',
  ),
);
/** Those that are known inside of a longer word as well: "mypassword". */
const LONG_SECRETS = [...SECRET].filter((word) => word.length > 4 && word !== 'token');
/** Words that make a key a secret one; alone a key is a name. */
const BEFORE_KEY = new Set(
  'api private priv secret access signing encryption master auth license session'.split(' '),
);

/** Whether a name is one that secrets go by: `apiKey`, `smtp.password`, `twofa_code`. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const joined = words.join('');
  return (
    words.some((word) => SECRET.has(word)) ||
    LONG_SECRETS.some((word) => joined.includes(word)) ||
    (words.includes('key') && words.some((word) => BEFORE_KEY.has(word)))
  );
}
