import { LONE_SURROGATE } from './canonical.js';

export interface JsonTextLimits {
  /** Levels of arrays and objects. */
  readonly maxDepth: number;
  /** UTF-16 code units of the text. */
  readonly maxLength: number;
}

export const JSON_TEXT_LIMITS: JsonTextLimits = { maxDepth: 128, maxLength: 16 * 1024 * 1024 };

export type NormalizedJsonText =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      /** In our words, with a position at most; no piece of the text. */
      readonly reason: string;
    };

/**
 * Brings JSON text of the watched system into one form, so that a rewrite which means the same is no change: no white
 * space, names sorted by UTF-16 code units, strings escaped as RFC 8785 does, numbers exactly as written (1, 1.0 and
 * 1e0 stay apart, and no digit is lost). Refused is what has no single meaning: whatever RFC 8259 does not allow,
 * a name twice in one object, half a surrogate pair, more than the limits. Never throws; different meanings give
 * different texts.
 */
export function normalizeJsonText(
  text: string,
  limits: JsonTextLimits = JSON_TEXT_LIMITS,
): NormalizedJsonText {
  if (text.length > limits.maxLength) {
    return { ok: false, reason: `longer than ${limits.maxLength} characters` };
  }
  if (LONE_SURROGATE.test(text)) return { ok: false, reason: 'half a surrogate pair' };
  try {
    return { ok: true, text: new Parser(text, limits.maxDepth).document() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.message };
    throw error;
  }
}

/** Leaves the recursion; never leaves this file. */
class Refusal extends Error {}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** RFC 8259, section by section. Each method starts at `at`, moves it behind what it read and returns the normal form. */
class Parser {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): string {
    this.skipSpace();
    const value = this.value();
    this.skipSpace();
    if (this.at !== this.text.length) this.refuse('something follows the value');
    return value;
  }

  private value(): string {
    switch (this.text.charCodeAt(this.at)) {
      case 0x7b /* { */:
        return this.object();
      case 0x5b /* [ */:
        return this.array();
      case QUOTE:
        return this.string();
      case 0x74 /* t */:
        return this.literal('true');
      case 0x66 /* f */:
        return this.literal('false');
      case 0x6e /* n */:
        return this.literal('null');
      default:
        return this.number();
    }
  }

  private object(): string {
    this.enter();
    const members: { name: string; member: string }[] = [];
    let sorted = true;
    if (!this.closes(0x7d)) {
      do {
        this.skipSpace();
        if (this.text.charCodeAt(this.at) !== QUOTE) this.refuse('a name is missing');
        const quoted = this.string();
        const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
        this.skipSpace();
        if (this.text.charCodeAt(this.at++) !== 0x3a /* : */) this.refuse('a colon is missing');
        this.skipSpace();
        const previous = members.at(-1);
        if (previous && !(previous.name < name)) sorted = false;
        members.push({ name, member: `${quoted}:${this.value()}` });
      } while (this.continues(0x7d));
    }
    this.depth--;
    if (!sorted) this.sort(members);
    return `{${members.map((entry) => entry.member).join(',')}}`;
  }

  private sort(members: { name: string; member: string }[]): void {
    members.sort((a, b) => (a.name < b.name ? -1 : 1));
    const isTwice = members.some(({ name }, i) => name === members[i - 1]?.name);
    if (isTwice) this.refuse('one name twice in an object');
  }

  private array(): string {
    this.enter();
    const items: string[] = [];
    if (!this.closes(0x5d)) {
      do {
        this.skipSpace();
        items.push(this.value());
      } while (this.continues(0x5d));
    }
    this.depth--;
    return `[${items.join(',')}]`;
  }

  /** Most strings need no escape; those are already in normal form and are only cut out. */
  private string(): string {
    const start = this.at++;
    let escaped = false;
    for (;;) {
      const code = this.text.charCodeAt(this.at++);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        escaped = true;
        this.at++;
      } else if (!(code >= 0x20)) this.refuse('a string is cut off or holds a control character');
    }
    const quoted = this.text.slice(start, this.at);
    return escaped ? this.reescape(quoted) : quoted;
  }

  private reescape(quoted: string): string {
    let plain: string;
    try {
      plain = JSON.parse(quoted) as string;
    } catch {
      return this.refuse('an escape that JSON does not have');
    }
    if (LONE_SURROGATE.test(plain)) this.refuse('half a surrogate pair');
    return JSON.stringify(plain);
  }

  private number(): string {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text)?.[0];
    if (match === undefined) return this.refuse('a value is missing');
    this.at += match.length;
    return match;
  }

  private literal(word: string): string {
    if (!this.text.startsWith(word, this.at)) this.refuse('a value is missing');
    this.at += word.length;
    return word;
  }

  private enter(): void {
    this.at++;
    if (++this.depth > this.maxDepth) this.refuse(`nested deeper than ${this.maxDepth} levels`);
  }

  /** True when the container ends right where it began. */
  private closes(end: number): boolean {
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== end) return false;
    this.at++;
    return true;
  }

  /** After a member: a comma, and another one follows; or the end. */
  private continues(end: number): boolean {
    this.skipSpace();
    const code = this.text.charCodeAt(this.at++);
    if (code !== COMMA && code !== end) this.refuse('a comma or the end of a list is missing');
    return code === COMMA;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private refuse(what: string): never {
    throw new Refusal(`${what} (at character ${Math.min(this.at, this.text.length)})`);
  }
}

/** RFC 8259 section 6. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
