import type { Kind } from '../../baselines/index.js';
import type { ChangeType } from '../drift/change.js';
import type { UnknownCause } from '../drift/compare.js';
import { duration, grouped } from '../wording.js';

/** Nouns of each kind, for one and for many. */
const NOUNS: Readonly<Record<Kind, readonly [one: string, many: string]>> = {
  admin: ['administrator', 'administrators'],
  permission: ['permission', 'permissions'],
  contact: ['contact', 'contacts'],
  'wallet-route': ['wallet route', 'wallet routes'],
  terminal: ['terminal', 'terminals'],
  config: ['setting', 'settings'],
  file: ['file', 'files'],
  sensor: ['database object', 'database objects'],
  'access-link': ['access link', 'access links'],
  'address-book': ['entry of your address book', 'entries of your address book'],
  door: ['door', 'doors'],
};

/** The noun for so many of a kind: "wallet route", "wallet routes". */
export function noun(kind: Kind, count: number): string {
  return NOUNS[kind][count === 1 ? 0 : 1];
}

/** Words for what happened, for a title: "1 wallet route now pays elsewhere", "2 new administrators". */
export function happened(kind: Kind, type: ChangeType, diverts: boolean, count: number): string {
  if (kind === 'access-link' && type !== 'modified' && type !== 'ambiguous') {
    return `${count} ${noun(kind, count)} ${ACCESS_LINK[type]}`;
  }
  if (diverts && type === 'modified') {
    return `${count} ${noun(kind, count)} now ${count === 1 ? 'pays' : 'pay'} elsewhere`;
  }
  return happenedTo(NOUNS[kind], type, count);
}

/** The same for nouns that are given, for one and for many. */
export function happenedTo(
  nouns: readonly [one: string, many: string],
  type: ChangeType,
  count: number,
): string {
  const things = `${count} ${nouns[count === 1 ? 0 : 1]}`;
  const was = count === 1 ? 'was' : 'were';
  switch (type) {
    case 'added':
      return `${count} new ${nouns[count === 1 ? 0 : 1]}`;
    case 'removed':
      return `${things} ${was} removed`;
    case 'modified':
      return `${things} ${was} changed`;
    case 'ambiguous':
      return `${things} ${count === 1 ? 'is' : 'are'} in doubt (same key twice, or no key)`;
  }
}

/** Words for a change whose record says more than its kind does. */
export interface SpecialWords {
  /** For a title: "1 key was replaced". */
  readonly happened: (count: number) => string;
  /** For the line above the diff. */
  readonly headline: string;
  readonly consequence: string;
}

/** Where a change sends money, by the signed address book. */
export type Destination = 'known' | 'unknown' | 'lookalike';

/** The words behind those of what happened: ", to an address that is not in your book". */
export function destinationWords(to: Destination, count: number): string {
  switch (to) {
    case 'unknown':
      return count === 1
        ? ', to an address that is not in your book'
        : ', to addresses that are not in your book';
    case 'lookalike':
      return count === 1
        ? ', to an address made to look like yours'
        : ', to addresses made to look like yours';
    case 'known':
      return count === 1 ? ', to an address of your book' : ', to addresses of your book';
  }
}

/** The consequence where money goes elsewhere and the place is one's own. */
export const DIVERTED_TO_KNOWN =
  'Coins go to an address of your signed book, and not to the one that was approved for them.';

/** Words for more changes of one collection than can be listed: "permissions holds 130,000 records nobody signed (27 expected)". */
export function massWords(mass: {
  readonly collection: string;
  readonly counts: Readonly<Record<ChangeType, number>>;
  readonly signed: number;
}): string {
  const { collection, signed } = mass;
  const { added, removed, modified, ambiguous } = mass.counts;
  const expected = `(${signed.toLocaleString('en-US')} expected)`;
  const others = removed + modified + ambiguous;
  if (others === 0) return `${collection} holds ${grouped(added, 'record')} nobody signed ${expected}`;
  return `${grouped(added + others, 'record')} of ${collection} are not as signed ${expected}`;
}

/** Words for a witness that stands still: "nothing has been written to public.terminal for more than 5 min". */
export function stillWords({
  table,
  maxStillMs,
}: {
  readonly table: string;
  readonly maxStillMs: number;
}): string {
  return `nothing has been written to ${table} for more than ${duration(maxStillMs)}`;
}

/** The same, counted by what happened: "129,990 new, 10 changed". */
export function massCounts(counts: Readonly<Record<ChangeType, number>>): string {
  const { added, removed, modified, ambiguous } = counts;
  const words = [
    [added, 'new'],
    [modified, 'changed'],
    [removed, 'removed'],
    [ambiguous, 'in doubt (same key twice, or no key)'],
  ] as const;
  return words
    .flatMap(([count, word]) => (count === 0 ? [] : [`${count.toLocaleString('en-US')} ${word}`]))
    .join(', ');
}

/** Words for what happened to one record, for the line above its diff. `isSo`: whether it is so now, or was. */
export function headline(kind: Kind, type: ChangeType, diverts: boolean, isSo = true): string {
  if (diverts && type === 'modified') return `${noun(kind, 1)} ${isSo ? 'now pays' : 'paid'} elsewhere`;
  if (kind === 'access-link' && type !== 'modified' && type !== 'ambiguous') {
    return `${noun(kind, 1)} ${ACCESS_LINK[type]}`;
  }
  return headlineOfOne(noun(kind, 1), type);
}

/** The same for a noun that is given. */
export function headlineOfOne(one: string, type: ChangeType): string {
  switch (type) {
    case 'added':
      return `new ${one}`;
    case 'removed':
      return `${one} removed`;
    case 'modified':
      return `${one} changed`;
    case 'ambiguous':
      return `${one} with a duplicate or missing key`;
  }
}

/** An access link lets its holder in once: its row goes when it is used, or when it ran out. */
const ACCESS_LINK = { added: 'created', removed: 'used or expired' } as const;

const DIVERTED =
  'Coins may be going to an address nobody approved, with every transaction, until this is put right.';

/** Consequences by kind, and by type of change where that decides it. */
const CONSEQUENCES: Readonly<Record<Kind, string | Readonly<Record<ChangeType, string>>>> = {
  'wallet-route':
    'Where coins go, or on which terms, is not as approved, and stays so until this is put right.',
  admin: {
    added: 'Right now somebody nobody approved can administer the server, and with it where the coins go.',
    modified:
      'Right now an administrator is not as approved: the login, role or password may belong to somebody else.',
    removed: 'Somebody who was approved can no longer administer the server. You may be locked out.',
    ambiguous: 'Right now it is in doubt who can administer the server, and with it where the coins go.',
  },
  sensor:
    'Right now the database itself is not as signed: it can send coins elsewhere, or hide that, while every watched record looks right.',
  permission: 'Right now somebody can do more, or less, than was approved.',
  terminal: {
    added: 'Right now a machine nobody approved can do business with the server.',
    modified: 'Right now a machine is not as approved.',
    removed: 'A machine that was approved is gone from the server.',
    ambiguous: 'Right now it is in doubt which machines do business with the server.',
  },
  contact: 'Right now a contact is not as approved. It may be the first step of taking over an account.',
  'access-link': {
    added:
      'Until it is used or runs out, whoever holds this link or code gets in: as a new user, with a new password, or as a machine.',
    modified: 'Right now a link or code that lets somebody in is not as approved.',
    removed:
      'A link or code that was approved was used or ran out. If it was used, a new user, login or machine goes with it.',
    ambiguous: 'Right now it is in doubt whom a link or code lets in.',
  },
  'address-book': {
    added:
      'Somebody wrote an address into your book. It makes nothing known before enough people have signed it.',
    modified:
      'The file of your address book says something else of an address than people signed; what they signed counts.',
    removed:
      'An address that people signed is gone from the file of your book. It stays known until they sign that it is not.',
    ambiguous: 'An address stands twice in the file of your book; what people signed counts.',
  },
  config: 'Right now a setting is not as approved.',
  file: 'Right now a file is not as approved.',
  door: 'Right now a door of the server is not as approved.',
};

/** The consequence of a change, in one sentence that says it is still so. */
export function consequence(kind: Kind, type: ChangeType, diverts: boolean): string {
  if (diverts && type === 'modified') return DIVERTED;
  const words = CONSEQUENCES[kind];
  return typeof words === 'string' ? words : words[type];
}

const UNKNOWN: Readonly<Record<UnknownCause, string>> = {
  unreachable: 'the source cannot be reached',
  denied: 'reading was denied',
  'row-security': 'row security would hide rows',
  timeout: 'a lock or the time limit stopped the read',
  'too-large': 'there is more than the configured limit',
  missing: 'the table or a column does not exist',
  'not-a-table': 'it is not a plain table any more, or has a column of a foreign type',
  moving: 'the table was replaced or emptied while it was read, again and again',
  failed: 'the read failed',
  'definition-differs': 'the configured definition is not the signed one',
  'not-configured': 'it is signed, but the configuration does not name it',
  unapproved: 'nobody has signed it yet',
};

const UNKNOWN_IN_TITLES: Readonly<Record<UnknownCause, string>> = {
  unreachable: 'out of reach',
  denied: 'reading was denied',
  'row-security': 'rows would be hidden',
  timeout: 'the read took too long',
  'too-large': 'too large to read',
  missing: 'table or column is gone',
  'not-a-table': 'no plain table any more',
  moving: 'replaced while it was read',
  failed: 'the read failed',
  'definition-differs': 'configured otherwise than signed',
  'not-configured': 'signed, but not configured',
  unapproved: 'nobody signed it',
};

/** Why, short enough for a lock screen. */
export function unknownBriefly(cause: UnknownCause): string {
  return UNKNOWN_IN_TITLES[cause];
}

/** True when it is a cause that this version knows. */
export function isUnknownCause(cause: string): cause is UnknownCause {
  return Object.hasOwn(UNKNOWN, cause);
}

/** Why a collection could not be compared. */
export function unknownBecause(cause: UnknownCause): string {
  return UNKNOWN[cause];
}
