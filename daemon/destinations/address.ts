import {
  keccak256,
  readBase58Check,
  readCash,
  readMoneroBase58,
  readWitness,
  type WitnessProgram,
  writeBase58Check,
  writeCash,
} from './checksums.js';

/** Coins whose addresses are known, with the names that people have for them. */
export const COINS = {
  BTC: 'Bitcoin',
  LTC: 'Litecoin',
  DOGE: 'Dogecoin',
  DASH: 'Dash',
  BCH: 'Bitcoin Cash',
  ETH: 'Ethereum',
  TRX: 'Tron',
  XMR: 'Monero',
} as const;
export type Coin = keyof typeof COINS;

/** A network that an address is of. */
export interface Network {
  readonly coin: Coin;
  /** True for coins without value, that are there for trying things out. */
  readonly test: boolean;
}

/** What a text is that has the looks of an address. */
export type Address =
  | {
      readonly valid: true;
      /** One spelling for each address, by which two are compared. */
      readonly canonical: string;
      /** Networks where it can be paid to, the likeliest first: a coin and those that split off from it share addresses. */
      readonly networks: readonly Network[];
    }
  /** It begins like an address and is as long as one, and its checksum or form is wrong. */
  | { readonly valid: false; readonly coin: Coin };

const main = (...coins: Coin[]): readonly Network[] => coins.map((coin) => ({ coin, test: false }));
const test = (...coins: Coin[]): readonly Network[] => coins.map((coin) => ({ coin, test: true }));

/** Versions of base58 addresses, as the coins' own sources (chainparams.cpp, for Tron its documentation) have them. */
export const BASE58_NETWORKS: ReadonlyMap<number, readonly Network[]> = new Map([
  [0x00, main('BTC', 'BCH')],
  // Litecoin wrote its script addresses so until 2017.
  [0x05, main('BTC', 'BCH', 'LTC')],
  [0x6f, test('BTC', 'BCH', 'LTC')],
  [0xc4, test('BTC', 'BCH', 'LTC')],
  [0x30, main('LTC')],
  [0x32, main('LTC')],
  [0x3a, test('LTC')],
  [0x1e, main('DOGE')],
  [0x16, main('DOGE')],
  [0x71, test('DOGE')],
  [0x4c, main('DASH')],
  [0x10, main('DASH')],
  [0x8c, test('DASH')],
  [0x13, test('DASH')],
  [0x41, main('TRX')],
]);

const WITNESS_NETWORKS: ReadonlyMap<string, readonly Network[]> = new Map([
  ['bc', main('BTC')],
  ['tb', test('BTC')],
  ['bcrt', test('BTC')],
  ['ltc', main('LTC')],
  ['tltc', test('LTC')],
  ['rltc', test('LTC')],
]);

const CASH_NETWORKS: ReadonlyMap<string, readonly Network[]> = new Map([
  ['bitcoincash', main('BCH')],
  ['bchtest', test('BCH')],
  ['bchreg', test('BCH')],
]);

/** Network bytes of Monero: standard, integrated and subaddresses. */
const MONERO_NETWORKS: ReadonlyMap<number, readonly Network[]> = new Map([
  ...[18, 19, 42].map((byte) => [byte, main('XMR')] as const),
  ...[53, 54, 63, 24, 25, 36].map((byte) => [byte, test('XMR')] as const),
]);

/** A longer text is no address of these coins. In UTF-16 code units. */
const LONGEST = 128;

/** What a text is, if it has the looks of an address; null for any other text. Bounded in time by the length of an address. */
export function recogniseAddress(text: string): Address | null {
  if (text.length < 25 || text.length > LONGEST || !/^[0-9A-Za-z:]+$/.test(text)) return null;
  if (/^0x[0-9a-f]{40}$/i.test(text)) return ethereum(text);
  if (/^(?:bc|tb|bcrt|ltc|tltc|rltc)1[0-9a-z]{6,}$/i.test(text)) return witness(text);
  if (/^(?:(?:bitcoincash|bchtest|bchreg):)?(?:[qpzr][0-9a-z]{41}|[pr][0-9a-z]{60})$/i.test(text))
    return cash(text);
  if (!/^[1-9A-HJ-NP-Za-km-z]+$/.test(text)) return null;
  return text.length === 95 || text.length === 106 ? monero(text) : base58(text);
}

/** EIP-55: upper case among the letters is a checksum; without any of it there is none. */
function ethereum(text: string): Address {
  const digits = text.slice(2);
  const lower = digits.toLowerCase();
  const plain = digits === lower || digits === digits.toUpperCase();
  if (!plain && checksummed(lower) !== text) return { valid: false, coin: 'ETH' };
  return { valid: true, canonical: `0x${lower}`, networks: main('ETH') };
}

/** An address of Ethereum as EIP-55 writes it, of its 40 digits in lower case. */
export function checksummed(lower: string): string {
  const hash = Buffer.from(keccak256(Buffer.from(lower, 'ascii'))).toString('hex');
  const letters = Array.from(lower, (digit, i) =>
    Number.parseInt(hash[i] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${letters.join('')}`;
}

function witness(text: string): Address {
  const isMixed = text !== text.toLowerCase() && text !== text.toUpperCase();
  const read: WitnessProgram | null = isMixed ? null : readWitness(text.toLowerCase());
  const coin: Coin = /^(?:ltc|tltc|rltc)1/i.test(text) ? 'LTC' : 'BTC';
  const networks = read === null ? undefined : WITNESS_NETWORKS.get(read.prefix);
  if (networks === undefined) return { valid: false, coin };
  return { valid: true, canonical: text.toLowerCase(), networks };
}

/** Bytes of the hash by the version byte of an address of Bitcoin Cash: of a key, of a script, and of a script by SHA-256 twice. */
const CASH_BYTES: ReadonlyMap<number, number> = new Map([
  [0x00, 20],
  [0x08, 20],
  [0x0b, 32],
]);
/** The bit by which a wallet says that it takes tokens (CHIP-2022-02, types 2 and 3: `z` and `r`). The address pays to the same script without it. */
const TAKES_TOKENS = 0x10;

function withVersion(data: Uint8Array, version: number): Uint8Array {
  return Uint8Array.from([version, ...data.subarray(1)]);
}

function cash(text: string): Address {
  const lower = text.toLowerCase();
  const isMixed = text !== lower && text !== text.toUpperCase();
  const [before, after] = lower.includes(':') ? lower.split(':') : [undefined, lower];
  const prefixes = before === undefined ? [...CASH_NETWORKS.keys()] : [before];
  for (const prefix of isMixed ? [] : prefixes) {
    const data = readCash(prefix, after ?? '');
    const networks = CASH_NETWORKS.get(prefix);
    if (data === null || networks === undefined) continue;
    const [version = -1] = data;
    const plain = version & ~TAKES_TOKENS;
    if (CASH_BYTES.get(plain) !== data.length - 1) continue;
    const canonical = plain === version ? `${prefix}:${after}` : writeCash(prefix, withVersion(data, plain));
    return { valid: true, canonical, networks };
  }
  return { valid: false, coin: 'BCH' };
}

/** Versions of the scripts of Litecoin since 2017, with those from before, which Bitcoin has as well: the same script either way. */
const LITECOIN_SCRIPTS: ReadonlyMap<number, number> = new Map([
  [0x32, 0x05],
  [0x3a, 0xc4],
]);
const SCRIPTS_BEFORE: ReadonlyMap<number, number> = new Map(
  [...LITECOIN_SCRIPTS].map(([now, before]) => [before, now]),
);

/** The same text for the canonical spellings of one destination: a script of Litecoin has two. */
export function destinationOf(canonical: string): string {
  return /^[MQ]/.test(canonical) ? (inVersions(canonical, LITECOIN_SCRIPTS) ?? canonical) : canonical;
}

/** Under which texts, beside its canonical one, a destination may stand: that of Litecoin's scripts before or since 2017, that of Bitcoin Cash for tokens. */
export function spellingsOf(canonical: string): readonly string[] {
  const [prefix = '', body] = canonical.split(':');
  if (body === undefined) {
    const other = inVersions(canonical, LITECOIN_SCRIPTS) ?? inVersions(canonical, SCRIPTS_BEFORE);
    return other === null ? [canonical] : [canonical, other];
  }
  const data = readCash(prefix, body);
  if (data === null) return [canonical];
  return [canonical, writeCash(prefix, withVersion(data, (data[0] ?? 0) ^ TAKES_TOKENS))];
}

/** A base58 address with the version that stands for its own; null where none does. */
function inVersions(text: string, versions: ReadonlyMap<number, number>): string | null {
  const data = readBase58Check(text);
  const version = data?.length === 21 ? versions.get(data[0] ?? -1) : undefined;
  return data === null || version === undefined ? null : writeBase58Check(withVersion(data, version));
}

/** How base58 addresses of a coin begin, and how long they are: by it a wrong one is told from any other text. */
const BASE58_LOOKS: readonly (readonly [looks: RegExp, coin: Coin])[] = [
  [/^[13].{25,34}$/, 'BTC'],
  [/^[LM].{33}$/, 'LTC'],
  [/^[DA9].{33}$/, 'DOGE'],
  [/^[X7].{33}$/, 'DASH'],
  [/^T.{33}$/, 'TRX'],
];

function base58(text: string): Address | null {
  const data = readBase58Check(text);
  const networks = data?.length === 21 ? BASE58_NETWORKS.get(data[0] ?? -1) : undefined;
  if (networks !== undefined) return { valid: true, canonical: text, networks };
  if (data !== null) return null;
  const looks = BASE58_LOOKS.find(([pattern]) => pattern.test(text));
  return looks === undefined ? null : { valid: false, coin: looks[1] };
}

function monero(text: string): Address | null {
  const wrong: Address | null = /^[48]/.test(text) ? { valid: false, coin: 'XMR' } : null;
  const data = readMoneroBase58(text);
  if (data === null) return wrong;
  const body = data.subarray(0, -4);
  const sum = Buffer.from(keccak256(body)).subarray(0, 4);
  const networks = MONERO_NETWORKS.get(body[0] ?? -1);
  if (networks === undefined || !sum.equals(data.subarray(-4))) return wrong;
  return { valid: true, canonical: text, networks };
}

/** The coin that a ticker such as `BTC` or `USDT_TRON` stands for; null for one that may be on several networks, or is not known. */
export function coinOfTicker(ticker: string): Coin | null {
  const upper = ticker.toUpperCase();
  const coin = COIN_CODES.find((code) => code === upper);
  return coin ?? (/_(?:TRON|TRX|TRC-?20)$/.test(upper) ? 'TRX' : null);
}

export const COIN_CODES: readonly Coin[] = ['BTC', 'LTC', 'DOGE', 'DASH', 'BCH', 'ETH', 'TRX', 'XMR'];
