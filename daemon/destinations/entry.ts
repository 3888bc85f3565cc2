import { COIN_CODES, type Coin, recogniseAddress } from './address.js';
import { BookError } from './book-error.js';
import { type Descriptor, readDescriptor } from './descriptor.js';
import { childOf, type ExtendedKey, looksLikeExtendedKey, readExtendedKey } from './extended-key.js';
import { addressOfKey, type Issue, scriptsOf } from './scripts.js';

/** A line of the address book as people write it. */
export interface BookLine {
  /** An address, an extended public key or a descriptor. */
  readonly value: string;
  /** Name of the operator's own for it. */
  readonly label: string;
  /** Indexes that are derived of a key or descriptor, such as `0-99`; null: the first hundred. Of an address always null. */
  readonly range: string | null;
  /** The coin of an extended key whose letters do not say it; else null. */
  readonly coin: string | null;
}

/** A line that was checked. */
export interface BookEntry {
  /** The value in its one spelling: two lines with the same are one thing twice. */
  readonly value: string;
  readonly label: string;
  readonly what: 'address' | 'extended key' | 'descriptor';
  readonly coins: readonly Coin[];
  readonly test: boolean;
  /** How many addresses it stands for. */
  readonly size: number;
  /** The addresses, in their canonical spelling, one after the other. */
  addresses(): Iterable<string>;
}

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9 ._()/#&+-]{0,62}[A-Za-z0-9)])?$/;
const LONGEST_VALUE = 4_000;
const MOST_OF_ONE = 20_000;

/** Checks a line. Throws `BookError`. */
export function bookEntry({ value, label, range, coin }: BookLine): BookEntry {
  if (!LABEL.test(label)) {
    throw new BookError(
      'a label of other characters, or too long',
      '1 to 64 of A-Z, a-z, 0-9, blank and . _ ( ) / # & + -',
    );
  }
  if (value.length > LONGEST_VALUE) {
    throw new BookError(`a value of ${value.length} characters`, `at most ${LONGEST_VALUE}`);
  }
  if (value.includes('(')) return ofDescriptor(value, label, range, coin);
  if (looksLikeExtendedKey(value)) return ofKey(value, label, range, coin);
  if (range !== null || coin !== null) {
    throw new BookError('an address with a range or a coin', 'neither: it says itself what it is');
  }
  return ofAddress(value, label);
}

function ofAddress(value: string, label: string): BookEntry {
  const address = recogniseAddress(value);
  if (address === null) {
    throw new BookError(
      'a value that is no address of a network that is known, no extended key and no descriptor',
      `an address of ${COIN_CODES.join(', ')}, an extended public key such as xpub…, or a descriptor such as wpkh(…)`,
    );
  }
  if (!address.valid) {
    throw new BookError(
      `an address like those of ${address.coin} whose checksum or form is wrong`,
      'one copied whole',
    );
  }
  const { canonical, networks } = address;
  return {
    value: canonical,
    label,
    what: 'address',
    coins: networks.map((network) => network.coin),
    test: networks[0]?.test === true,
    size: 1,
    addresses: () => [canonical],
  };
}

function ofKey(value: string, label: string, range: string | null, wanted: string | null): BookEntry {
  const key = readExtendedKey(value);
  const { letters, depth } = key;
  if (depth !== 3 && depth !== 4) {
    throw new BookError(
      `an extended key of depth ${depth}`,
      'one of depth 3 (an account) or 4 (one chain of it); for any other a descriptor, which says what lies below it',
    );
  }
  const coin = wanted === null ? letters.coin : COIN_CODES.find((one) => one === wanted);
  const issue: Issue | null = coin === undefined ? null : { coin, test: letters.test };
  const scripts = issue === null ? [] : scriptsOf(issue, letters.scripts);
  const isGeneric = letters.coin === 'BTC' && letters.scripts.length > 1;
  if (
    issue === null ||
    scripts.length === 0 ||
    issue.coin === 'XMR' ||
    (issue.coin !== letters.coin && !isGeneric)
  ) {
    throw new BookError(
      'an extended key of another coin than it is said to be of',
      'for xpub one of BTC, LTC, DOGE, DASH, BCH, ETH, TRX; for all others none',
    );
  }
  // Accounts of Ethereum and Tron have no chain for change.
  const chains = depth === 4 ? [null] : issue.coin === 'ETH' || issue.coin === 'TRX' ? [0] : [0, 1];
  const { from, to } = rangeOf(range);
  const size = (to - from + 1) * chains.length * scripts.length;
  refuseTooMany(size);
  return {
    ...{ value, label, what: 'extended key', coins: [issue.coin], test: issue.test, size },
    *addresses() {
      for (const chain of chains) {
        const parent = chain === null ? key : childOf(key, chain);
        for (let index = from; parent !== null && index <= to; index++) {
          yield* addressesAt(parent, index, issue, scripts);
        }
      }
    },
  };
}

function addressesAt(
  parent: Pick<ExtendedKey, 'point' | 'chain'>,
  index: number,
  issue: Issue,
  scripts: ReturnType<typeof scriptsOf>,
): string[] {
  const child = childOf(parent, index);
  if (child === null) return [];
  return scripts.flatMap((script) => addressOfKey(issue, script, child.point) ?? []);
}

function ofDescriptor(value: string, label: string, range: string | null, coin: string | null): BookEntry {
  if (coin !== null) throw new BookError('a descriptor with a coin', 'none: its keys say it');
  const descriptor: Descriptor = readDescriptor(value);
  const { branches, ranged, issue } = descriptor;
  if (!ranged && range !== null) throw new BookError('a range of a descriptor without *', 'none');
  const { from, to } = ranged ? rangeOf(range) : { from: 0, to: 0 };
  const size = (to - from + 1) * branches;
  refuseTooMany(size);
  return {
    ...{ value, label, what: 'descriptor', coins: [issue.coin], test: issue.test, size },
    *addresses() {
      for (let branch = 0; branch < branches; branch++) {
        for (let index = from; index <= to; index++) {
          const address = descriptor.address(branch, index);
          if (address !== null) yield address;
        }
      }
    },
  };
}

const DEFAULT_RANGE = { from: 0, to: 99 };

function rangeOf(range: string | null): { readonly from: number; readonly to: number } {
  if (range === null) return DEFAULT_RANGE;
  const [, from = '', to = ''] = /^(\d{1,9})-(\d{1,9})$/.exec(range) ?? [];
  if (from === '' || Number(from) > Number(to)) {
    throw new BookError('a range of another form', 'the first and the last index, such as 0-99');
  }
  return { from: Number(from), to: Number(to) };
}

function refuseTooMany(size: number): void {
  if (size > MOST_OF_ONE) {
    throw new BookError(`a range of ${size} addresses`, `at most ${MOST_OF_ONE} for one line`);
  }
}
