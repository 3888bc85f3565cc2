import { type LogMemory, logMemoryOf } from '../logs/event.js';
import { unreadableState } from './errors.js';
import type { RestoreNote } from './journal/event.js';

/** How the memory of the store began, until people know: `lost`: there was another store; `begins`: there was none. */
export type ContinuityMark = 'lost' | 'begins' | 'told';

/** The last digest: the date whose occurrence it was, and when it was sent, in UTC milliseconds. */
export interface DigestSent {
  readonly date: string;
  readonly atMs: number;
}

/** The highest trust root that was ever in force: an older one is a rollback. */
export interface RememberedRoot {
  readonly version: number;
  /** Hex SHA-256 of its bytes. */
  readonly digest: string;
}

/** A proposal that waits for signatures, as people were last told of it. */
export interface WaitingNote {
  readonly version: number;
  /** Hex SHA-256 of the statement's bytes. */
  readonly digest: string;
  readonly signers: readonly string[];
}

/** A browser that somebody let in to the watch page. Digests only: nobody gets in by what is kept. */
export interface KeptSession {
  /** Hex SHA-256 of what its cookie holds. */
  readonly digest: string;
  /** Hex SHA-256 of the token it came from. */
  readonly token: string;
  /** UTC milliseconds. */
  readonly untilMs: number;
}

/** What the store keeps by name, one value each. */
interface MetaValues {
  /** Digest of the configuration in force, hex SHA-256. */
  readonly config: string;
  /** Digest of the trust root in force, hex SHA-256. */
  readonly trust: string;
  readonly memory: ContinuityMark;
  /** A restore that is to be told; null once it was. */
  readonly restored: RestoreNote | null;
  readonly digest: DigestSent;
  /** When it was last seen that the store can be written, in UTC milliseconds. */
  readonly alive: number;
  readonly sessions: readonly KeptSession[];
}

/** When a baseline last took effect at a site, in UTC milliseconds. */
type InstalledKey = `installed:${string}`;

/** When enough people by the rules of each collection of a site last signed a baseline, in UTC milliseconds, by the collection's name. */
type AnsweredKey = `answered:${string}`;
export type AnsweredAt = Readonly<Record<string, number>>;
/** The proposal of a site that people were told of; null when none waits. */
type WaitingKey = `waiting:${string}`;
/** The highest root that a pin led to, by the first digits of the pin. */
type RootKey = `root:${string}`;

/** What is kept of a source of logs, by site and source: where it is in each, and what it found lately. */
type LogKey = `log:${string}`;

export type MetaKey = keyof MetaValues | LogKey | InstalledKey | AnsweredKey | RootKey | WaitingKey;
export type MetaValue<K extends MetaKey> = K extends keyof MetaValues
  ? MetaValues[K]
  : K extends RootKey
    ? RememberedRoot
    : K extends AnsweredKey
      ? AnsweredAt
      : K extends LogKey
        ? LogMemory
        : K extends WaitingKey
          ? WaitingNote | null
          : number;

/** How a value is written, and read again: null for a text that is none. */
interface Form<T> {
  readonly write: (value: T) => string;
  readonly read: (text: string) => { readonly value: T } | null;
}

const TEXT: Form<string> = { write: (value) => value, read: (value) => ({ value }) };
const INSTANT: Form<number> = {
  write: String,
  read: (text) => (/^-?\d{1,16}$/.test(text) ? { value: Number(text) } : null),
};
const MEMORY: Form<ContinuityMark> = {
  write: (value) => value,
  read: (text) => (text === 'lost' || text === 'begins' || text === 'told' ? { value: text } : null),
};
const RESTORED: Form<RestoreNote | null> = {
  write: (note) => (note === null ? '' : JSON.stringify(note)),
  read: (text) => {
    if (text === '') return { value: null };
    const { backupHead, replacedHead, backupCreated } = membersOf(text);
    const isNote = typeof backupHead === 'string' && typeof backupCreated === 'string';
    if (!isNote || (typeof replacedHead !== 'string' && replacedHead !== null)) return null;
    return { value: { backupHead, replacedHead, backupCreated } };
  },
};
const DIGEST: Form<DigestSent> = {
  write: JSON.stringify,
  read: (text) => {
    const { date, atMs } = membersOf(text);
    return typeof date === 'string' && typeof atMs === 'number' ? { value: { date, atMs } } : null;
  },
};

const ROOT: Form<RememberedRoot> = {
  write: ({ version, digest }) => JSON.stringify({ version, digest }),
  read: (text) => {
    const { version, digest } = membersOf(text);
    const isRoot = typeof version === 'number' && typeof digest === 'string';
    return isRoot ? { value: { version, digest } } : null;
  },
};

const ANSWERED: Form<AnsweredAt> = {
  write: (value) => JSON.stringify(value),
  read: (text) => {
    const entries = Object.entries(membersOf(text));
    const times = entries.flatMap(([name, atMs]) =>
      typeof atMs === 'number' ? [[name, atMs] as const] : [],
    );
    return text.startsWith('{') && times.length === entries.length
      ? { value: Object.fromEntries(times) }
      : null;
  },
};

const WAITING: Form<WaitingNote | null> = {
  write: (note) => (note === null ? '' : JSON.stringify(note)),
  read: (text) => {
    if (text === '') return { value: null };
    const { version, digest, signers } = membersOf(text);
    if (typeof version !== 'number' || typeof digest !== 'string' || !Array.isArray(signers)) return null;
    return { value: { version, digest, signers: signers.map(String) } };
  },
};

const LOGS: Form<LogMemory> = {
  write: (memory) => JSON.stringify(memory),
  read: (text) => {
    const value = logMemoryOf(text);
    return value === null ? null : { value };
  },
};

const SESSIONS: Form<readonly KeptSession[]> = {
  write: (sessions) => JSON.stringify({ sessions }),
  read: (text) => {
    const { sessions } = membersOf(text);
    if (!Array.isArray(sessions)) return null;
    const value = sessions.flatMap((one): KeptSession[] => {
      const { digest, token, untilMs } = membersOf(JSON.stringify(one));
      const isSession =
        typeof digest === 'string' && typeof token === 'string' && typeof untilMs === 'number';
      return isSession && /^[0-9a-f]{64}$/.test(digest) ? [{ digest, token, untilMs }] : [];
    });
    return { value };
  },
};

const FORMS: { readonly [K in keyof MetaValues]: Form<MetaValues[K]> } = {
  config: TEXT,
  trust: TEXT,
  memory: MEMORY,
  restored: RESTORED,
  digest: DIGEST,
  alive: INSTANT,
  sessions: SESSIONS,
};

/** The text of a value, as it is stored. */
export function metaText<K extends MetaKey>(key: K, value: MetaValue<K>): string {
  return formOf(key).write(value);
}

/** The value that `metaText` wrote. Throws `STORE_CORRUPT` for any other text. */
export function metaValue<K extends MetaKey>(key: K, text: string): MetaValue<K> {
  const read = formOf(key).read(text);
  if (read !== null) return read.value;
  throw unreadableState(`a value of ${key}`);
}

/** A key that is none of `FORMS` is one by its prefix. TypeScript does not see that a key and its form belong together. */
function formOf<K extends MetaKey>(key: K): Form<MetaValue<K>> {
  const forms: Readonly<Record<string, unknown>> = {
    ...FORMS,
    'root:': ROOT,
    'answered:': ANSWERED,
    'waiting:': WAITING,
    'log:': LOGS,
  };
  return (forms[key] ?? forms[key.slice(0, key.indexOf(':') + 1)] ?? INSTANT) as Form<MetaValue<K>>;
}

/** The members of a JSON object; none of any other text. */
function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
