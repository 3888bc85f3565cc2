import {
  type CollectionSnapshot,
  type Definition,
  decodeValue,
  parseRecordLine,
} from '../../baselines/index.js';
import {
  type Address,
  COINS,
  type Coin,
  coinOfTicker,
  destinationOf,
  recogniseAddress,
  spellingsOf,
} from '../destinations/address.js';
import type { AddressBook } from '../destinations/book.js';
import type { Change, FieldChange } from '../drift/change.js';
import { namesDestination } from '../drift/destination.js';
import { differingRecords } from '../drift/diff.js';
import { explain } from '../drift/explain.js';
import type { ChangedLines } from '../drift/fields.js';
import type { DestinationVerdict } from '../finding.js';

/** Columns that say which coin a record is about. */
const COIN_COLUMN = /currency|coin|ticker|asset/i;
/** Records looked through for other uses of an address. */
const MOST_RECORDS = 5_000;
/** Destinations of one change that are looked at. */
const MOST_OF_ONE = 40;

/** What the addresses are that a change sends money to. */
export type VerdictFinder = (change: Change, lines: ChangedLines) => readonly DestinationVerdict[];

const NONE: VerdictFinder = () => [];

/**
 * Finds the addresses among what a change put there, and what is to be said of each. Of kinds that send money nowhere it finds none. Values are
 * addresses where the definition says so, where a name says so, or where a wallet route holds a text with the looks of one.
 */
export function destinationVerdicts({
  definition,
  observed,
  book,
  customers,
}: {
  readonly definition: Definition | undefined;
  readonly observed: CollectionSnapshot | null;
  readonly book: AddressBook | null;
  /** Addresses that are customers', as they are written or in their canonical spelling; absent where nobody asked. */
  readonly customers?: ReadonlySet<string> | undefined;
}): VerdictFinder {
  if (definition === undefined || definition.kind === 'address-book') return NONE;
  let uses: Uses | null = null;
  return (change, lines) => {
    if (!mayHoldAddresses(definition, change)) return [];
    const coin = coinOfRecord(lines, definition);
    return explained(change, lines).flatMap((field) => {
      const found = addressIn(field, definition);
      if (found === null) return [];
      uses ??= usesOf(observed, definition);
      return [verdictOf(field, found, { coin, uses, book, customers })];
    });
  };
}

/** By the change, from which it follows alone. */
const explanations = new WeakMap<Change, readonly FieldChange[]>();

function explained(change: Change, lines: ChangedLines): readonly FieldChange[] {
  const before = explanations.get(change);
  if (before !== undefined) return before;
  const found = explain(lines).slice(0, MOST_OF_ONE);
  explanations.set(change, found);
  return found;
}

function mayHoldAddresses({ destination, kind }: Definition, { after }: Change): boolean {
  if (kind === 'wallet-route' || destination !== undefined) return true;
  return after.some(({ line }) => namesDestination(kind, line));
}

function addressIn({ field, path, after }: FieldChange, { destination, kind }: Definition): Address | null {
  const text = plain(after);
  const address = text === null ? null : recogniseAddress(text);
  if (address === null || destination?.includes(field) === true) return address;
  const named = namesDestination(kind, field) || (path !== undefined && namesDestination(kind, path));
  // A key or an id of another system may have the looks of an address with a wrong checksum.
  return named || (address.valid && kind === 'wallet-route') ? address : null;
}

/** Coins that each address is paid in. */
type Uses = ReadonlyMap<string, ReadonlySet<string>>;

interface Beside {
  readonly coin: Coin | null;
  readonly uses: Uses;
  readonly book: AddressBook | null;
  readonly customers: ReadonlySet<string> | undefined;
}

function verdictOf(
  { field, path, before, after }: FieldChange,
  address: Address,
  { coin, uses, book, customers }: Beside,
): DestinationVerdict {
  const place = { field, ...(path === undefined ? {} : { path }) };
  if (!address.valid) {
    const found = book === null ? 'no-book' : 'unknown';
    return { ...place, book: found, wrong: 'invalid', coin: COINS[address.coin] };
  }
  const { canonical, networks } = address;
  const answer = book?.ask(canonical);
  const coins = uses.get(destinationOf(canonical))?.size ?? 0;
  return {
    ...place,
    book: answer?.found ?? 'no-book',
    ...(answer !== undefined && 'label' in answer ? { label: answer.label } : {}),
    ...networkWrong(networks, coin ?? coinOf(before)),
    ...(coins > 1 ? { servesCoins: coins } : {}),
    ...(isAmong(customers, [plain(after), ...spellingsOf(canonical)]) ? { customer: true as const } : {}),
  };
}

function isAmong(customers: ReadonlySet<string> | undefined, spellings: readonly (string | null)[]): boolean {
  return spellings.some((one) => one !== null && customers?.has(one) === true);
}

/** The addresses that a change puts where money goes, each as it is written, in its canonical spelling, and in any other. */
function addressesAmong(lines: ChangedLines, definition: Definition): readonly string[] {
  return explain(lines)
    .slice(0, MOST_OF_ONE)
    .flatMap((field) => {
      const found = addressIn(field, definition);
      if (found?.valid !== true) return [];
      return [found.canonical, plain(field.after) ?? found.canonical, ...spellingsOf(found.canonical)];
    });
}

/** Spellings of addresses that are asked about after one look, and records that are gone through for them. */
const MOST_ADDRESSES = 40;
const MOST_CHANGED = 500;

/**
 * The addresses that changes of a collection put where money goes, each as it is written there and in its canonical spelling; some of them where there
 * are many. None of collections that are not about routes and name no destinations.
 */
export function changedAddresses(
  signed: CollectionSnapshot,
  observed: CollectionSnapshot,
): readonly string[] {
  const { definition } = signed;
  if (definition.kind !== 'wallet-route' && definition.destination === undefined) return [];
  const found = new Set<string>();
  let records = 0;
  for (const difference of differingRecords(signed, observed)) {
    if (difference === undefined) continue;
    const { befores, afters } = difference;
    const lines = { before: befores[0]?.line ?? null, after: afters.map(({ line }) => line) };
    for (const spelling of addressesAmong(lines, definition)) found.add(spelling);
    if (++records >= MOST_CHANGED || found.size >= MOST_ADDRESSES) break;
  }
  return [...found].slice(0, MOST_ADDRESSES);
}

/** Of a network that coins share, the one that is expected there counts. */
function networkWrong(
  networks: Extract<Address, { valid: true }>['networks'],
  expected: Coin | null,
): Pick<DestinationVerdict, 'wrong' | 'coin' | 'expected'> {
  const network = networks.find(({ coin }) => coin === expected) ?? networks[0];
  if (network === undefined) return {};
  if (network.test) return { wrong: 'test-network', coin: COINS[network.coin] };
  if (expected === null || network.coin === expected) return {};
  return { wrong: 'other-coin', coin: COINS[network.coin], expected: COINS[expected] };
}

function coinOf(encoded: string | null | undefined): Coin | null {
  const text = plain(encoded);
  const address = text === null ? null : recogniseAddress(text);
  return address?.valid === true ? (address.networks[0]?.coin ?? null) : null;
}

/** The coin that the record itself says it is about. */
function coinOfRecord({ after }: ChangedLines, definition: Definition): Coin | null {
  const [line] = after;
  const ticker = line === undefined ? null : tickerIn(line, definition);
  return ticker === null ? null : coinOfTicker(ticker);
}

function tickerIn(line: string, definition: Definition): string | null {
  const { key, fields } = parseRecordLine(line);
  const place = definition.key.findIndex((column) => COIN_COLUMN.test(column));
  if (place >= 0) return plain(key[place]);
  const column = definition.columns.find((one) => COIN_COLUMN.test(one) && plain(fields.get(one)) !== null);
  return column === undefined ? null : plain(fields.get(column));
}

function usesOf(observed: CollectionSnapshot | null, definition: Definition): Uses {
  const uses = new Map<string, Set<string>>();
  if (observed === null || observed.records.length > MOST_RECORDS) return uses;
  for (const { line } of observed.records) {
    const ticker = tickerIn(line, definition);
    if (ticker === null) continue;
    for (const [field, value] of parseRecordLine(line).fields) {
      const address = addressIn({ field, before: null, after: value }, definition);
      if (address?.valid !== true) continue;
      const destination = destinationOf(address.canonical);
      const coins = uses.get(destination) ?? new Set();
      uses.set(destination, coins.add(ticker));
    }
  }
  return uses;
}

function plain(encoded: string | null | undefined): string | null {
  if (encoded === null || encoded === undefined) return null;
  const value = decodeValue(encoded);
  return value.form === 'text' ? value.text.trim() : null;
}
