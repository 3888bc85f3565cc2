import { type Definition, decodeValue, type Kind } from '../../baselines/index.js';
import { recogniseAddress, spellingsOf } from '../destinations/address.js';
import type { LinePattern } from '../logs/pattern.js';
import { parseLinePattern } from '../logs/pattern.js';
import type { Exception, Indicator, IndicatorKind } from './indicator.js';
import { NetworkTable, parseNetwork } from './networks.js';

/** An indicator that something has. */
export interface Hit {
  readonly indicator: Indicator;
  /** Name of the column that has it, or where else it stands. */
  readonly field: string;
}

/** A line of a log, with whom and whence it names. */
interface LoggedLine {
  readonly line: string;
  readonly user: string | null;
  readonly address: string | null;
}

/** A record's canonical line, taken apart. */
interface RecordText {
  readonly key: readonly (string | null)[];
  readonly fields: Readonly<Record<string, string | null>>;
}

/** Hits of one record, line or user that are carried; a thousand feeds may name the same value. */
const MOST_HITS = 8;
/** Columns that hold the name of a user. Elsewhere a short name is any word: `gb` is a country too. */
const USER_COLUMN = /user|login|name|account|nick/i;
const USER_KINDS: readonly Kind[] = ['admin', 'permission', 'contact', 'access-link'];
/** What parts the words of a text; a value without any of it is one word. */
const PARTING = /[\s"'`{}[\],;|<>()=]/;
/** The same of ASCII, by code: a text is walked by it many times faster than it is split by a pattern. */
const PARTS: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  PARTING.test(String.fromCharCode(code)),
);
/** Shorter words are like many others. */
const SHORTEST_WORD = 3;
/** In UTF-16 code units: a longer value is looked through word by word. */
const LONGEST_WHOLE = 256;

/** What may stand as one word inside of a longer text: a value that is like nothing else. */
const IN_TEXT: ReadonlySet<IndicatorKind> = new Set([
  'wallet-address',
  'e-mail',
  'domain',
  'network',
  'hash',
]);

/** Every indicator in force, ready to be asked. How many there are makes no difference to how long an answer takes. */
export class Indicators {
  /** Without those that are excepted. */
  readonly all: readonly Indicator[];
  readonly #exact = new Map<string, Indicator[]>();
  /** Lengths of values with their first and last characters. */
  readonly #beginnings = new Set<number>();
  readonly #domains = new Map<string, Indicator[]>();
  /** The last two names of each domain: most hosts are below none of them. */
  readonly #domainTails = new Set<string>();
  readonly #fileNames = new Map<string, Indicator[]>();
  readonly #networks = new NetworkTable<Indicator>();
  #lines: readonly LinePattern[] | null = null;
  readonly #patterns: { readonly pattern: LinePattern; readonly indicator: Indicator }[] = [];

  constructor(indicators: readonly Indicator[], exceptions: readonly Exception[] = []) {
    const excepted = new Set(exceptions.map(({ kind, value }) => `${kind} ${value.trim().toLowerCase()}`));
    this.all = indicators.filter(({ kind, value }) => !excepted.has(`${kind} ${value.trim().toLowerCase()}`));
    for (const one of this.all) this.#add(one);
  }

  /** The indicators that a record has, by its canonical line. */
  ofRecord(line: string, definition: Definition): readonly Hit[] {
    if (this.all.length === 0) return [];
    // Without a map of the fields: a hundred thousand of them are a third of the time. What JSON makes of a line has its members as own ones.
    const { key, fields }: RecordText = JSON.parse(line);
    const hits: Hit[] = [];
    for (let index = 0; index < definition.key.length; index++)
      this.#ofField(hits, key[index], definition.key[index] ?? '', definition);
    for (const column in fields) this.#ofField(hits, fields[column], column, definition);
    return hits;
  }

  /** The indicators of somebody who was seen: a name, and an address that may be absent. */
  ofPerson(user: string, address: string | null, field: string): readonly Hit[] {
    const hits: Hit[] = [];
    for (const one of this.#exact.get(user.trim().toLowerCase()) ?? []) {
      if (one.kind === 'user-name' || one.kind === 'e-mail') put(hits, one, field);
    }
    if (address !== null) for (const one of this.#networks.holding(address.trim())) put(hits, one, field);
    return hits;
  }

  /** The indicators in a line of a log: its patterns, and every word that is like nothing else. */
  ofLogLine(line: string, field: string): readonly Hit[] {
    const hits: Hit[] = [];
    for (const { pattern, indicator } of this.#patterns) {
      if (pattern.match(line) !== null) put(hits, indicator, field);
    }
    this.#ofWords(hits, line, field);
    return hits;
  }

  /** The indicators in a line of a log, and those that are whom or whence it names. */
  ofLogEvent({ line, user, address }: LoggedLine, field: string): readonly Hit[] {
    return [...this.ofLogLine(line, field), ...(user === null ? [] : this.ofPerson(user, address, field))];
  }

  isIndicated(line: LoggedLine): boolean {
    return this.ofLogEvent(line, '').length > 0;
  }

  /** The patterns for lines of logs: the same list at each call. */
  patterns(): readonly LinePattern[] {
    this.#lines ??= this.#patterns.map(({ pattern }) => pattern);
    return this.#lines;
  }

  /** Indicators with this very value. Most texts begin otherwise, or are longer or shorter, than all there are. */
  #exactly(text: string): readonly Indicator[] | undefined {
    const trimmed = text.trim();
    return this.#beginnings.has(beginningOf(trimmed)) ? this.#exact.get(trimmed.toLowerCase()) : undefined;
  }

  #pushExact(spelling: string, one: Indicator): void {
    this.#beginnings.add(beginningOf(spelling));
    push(this.#exact, spelling, one);
  }

  #add(one: Indicator): void {
    const lower = one.value.trim().toLowerCase();
    switch (one.kind) {
      case 'domain':
        push(this.#domains, lower.replace(/^\*?\./, ''), one);
        this.#domainTails.add(tailOf(lower));
        return;
      case 'network': {
        const block = parseNetwork(lower);
        if (block !== null) this.#networks.add(block, one);
        return;
      }
      case 'file-name':
        push(this.#fileNames, baseName(one.value.trim()), one);
        return;
      case 'log-pattern': {
        const pattern = parseLinePattern(one.value);
        if (typeof pattern !== 'string') this.#patterns.push({ pattern, indicator: one });
        return;
      }
      case 'wallet-address':
        for (const spelling of spellings(one.value.trim())) this.#pushExact(spelling, one);
        return;
      default:
        this.#pushExact(lower, one);
    }
  }

  #ofField(hits: Hit[], encoded: string | null | undefined, column: string, { kind }: Definition): void {
    if (encoded === null || encoded === undefined || encoded.length < 2 || hits.length >= MOST_HITS) return;
    const value = encoded.startsWith('~') ? decodeValue(encoded) : null;
    if (value?.form === 'digest') this.#ofDigest(hits, value.sha256, column);
    if (value !== null && value.form !== 'text' && value.form !== 'raw-json') return;
    const text = value?.text ?? encoded;
    if (text.length > LONGEST_WHOLE) {
      this.#ofWords(hits, text, column);
      return;
    }
    const known = this.#exactly(text);
    if (known !== undefined) ofWhole(hits, known, column, kind);
    if (kind === 'file') this.#ofPath(hits, text, column);
    if (PARTING.test(text)) this.#ofWords(hits, text, column);
    else this.#ofPlace(hits, text, column);
  }

  /** A value that is too large to be carried is known by its hash all the same. */
  #ofDigest(hits: Hit[], sha256: string, column: string): void {
    for (const one of this.#exact.get(sha256) ?? []) if (one.kind === 'hash') put(hits, one, column);
  }

  #ofPath(hits: Hit[], text: string, column: string): void {
    for (const one of this.#fileNames.get(baseName(text)) ?? []) {
      const wanted = one.value.trim();
      if (!wanted.includes('/') || text === wanted || text.endsWith(`/${wanted.replace(/^\/+/, '')}`)) {
        put(hits, one, column);
      }
    }
  }

  #ofWords(hits: Hit[], text: string, field: string): void {
    for (let start = 0, at = 0; at <= text.length && hits.length < MOST_HITS; at++) {
      if (at < text.length && !isParting(text, at)) continue;
      const length = at - start;
      if (length >= SHORTEST_WORD && length <= LONGEST_WHOLE) {
        const word = text.slice(start, at);
        const known = this.#exactly(word);
        if (known !== undefined) ofWord(hits, known, field);
        this.#ofPlace(hits, word, field);
      }
      start = at + 1;
    }
  }

  /** A word that names a place: an address of a network, a host, a URL, an e-mail address, a URI of a coin. */
  #ofPlace(hits: Hit[], word: string, field: string): void {
    const colon = word.indexOf(':');
    const hasDot = word.includes('.');
    if (colon < 0 && !hasDot) return;
    const lower = word.toLowerCase();
    // `bitcoin:…?amount=1` and a sentence's end; behind the colon of a URL there is a host, which is asked about below.
    if (colon >= 0 ? !lower.startsWith('//', colon + 1) : lower.endsWith('.')) {
      const known = this.#exact.get(lower.slice(colon + 1).replace(/[?#].*$|[.:]+$/g, ''));
      if (known !== undefined) ofWord(hits, known, field);
    }
    const host = hostOf(lower);
    for (const one of this.#networks.holding(host)) put(hits, one, field);
    if (hasDot && this.#domains.size > 0) this.#ofDomain(hits, host, field);
  }

  /** A domain is known by the domains above it as well. */
  #ofDomain(hits: Hit[], host: string, field: string): void {
    const colon = host.indexOf(':');
    let domain = colon < 0 ? host : host.replace(/:\d+$/, '');
    if (!this.#domainTails.has(tailOf(domain))) return;
    for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.')) {
      for (const one of this.#domains.get(domain) ?? []) put(hits, one, field);
      domain = domain.slice(dot + 1);
    }
  }
}

/** Those of indicators with this very value that a whole value can be. */
function ofWhole(hits: Hit[], known: readonly Indicator[], column: string, kind: Kind): void {
  ofWord(hits, known, column);
  for (const one of known) {
    const isUser = one.kind === 'user-name' && USER_KINDS.includes(kind) && USER_COLUMN.test(column);
    if (isUser || (one.kind === 'serial' && kind === 'terminal')) put(hits, one, column);
  }
}

/** Those that may stand inside of a text. */
function ofWord(hits: Hit[], known: readonly Indicator[], field: string): void {
  for (const one of known) if (IN_TEXT.has(one.kind)) put(hits, one, field);
}

/** The host of a word that is a URL, an e-mail address or a host, with its port where it has one. */
function hostOf(word: string): string {
  const scheme = word.indexOf('://');
  const rest = scheme < 0 ? word : word.slice(scheme + 3);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/[.:]+$/, '');
}

/** The last two names of a domain, or all that it has. */
function tailOf(domain: string): string {
  const last = domain.lastIndexOf('.');
  return last <= 0 ? domain : domain.slice(domain.lastIndexOf('.', last - 1) + 1);
}

function isParting(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 ? PARTS[code] === true : PARTING.test(text.charAt(at));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}

/** How an address may be written, in small letters: as it is, in its canonical spelling or another, and without the prefix that these may have. */
function spellings(value: string): ReadonlySet<string> {
  const address = recogniseAddress(value);
  const known = [value, ...(address?.valid === true ? spellingsOf(address.canonical) : [])].map((one) =>
    one.toLowerCase(),
  );
  return new Set(known.flatMap((one) => [one, one.slice(one.indexOf(':') + 1)]));
}

/** A number for a length and the characters at both ends, whether these are capital or small. Small letters and their capitals have one length where they are ASCII. */
function beginningOf(text: string): number {
  const end = text.charCodeAt(text.length - 1);
  return (text.length * 256 + (text.charCodeAt(0) & 0xdf)) * 256 + (end & 0xdf);
}

function push(map: Map<string, Indicator[]>, key: string, one: Indicator): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [one]);
  else known.push(one);
}

function put(hits: Hit[], indicator: Indicator, field: string): void {
  if (hits.length < MOST_HITS && !hits.some((one) => one.indicator === indicator))
    hits.push({ indicator, field });
}
