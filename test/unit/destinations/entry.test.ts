import { describe, expect, test } from '@jest/globals';
import { readBookFile } from '../../../daemon/destinations/book-file.js';
import { readBase58Check, writeBase58Check } from '../../../daemon/destinations/checksums.js';
import { descriptorChecksum } from '../../../daemon/destinations/descriptor.js';
import { bookEntry } from '../../../daemon/destinations/entry.js';

/** The account keys of the examples in BIP 84, 49 and 86: all of the words "abandon … about". */
const ZPUB =
  'zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs';
const UPUB =
  'upub5EFU65HtV5TeiSHmZZm7FUffBGy8UKeqp7vw43jYbvZPpoVsgU93oac7Wk3u6moKegAEWtGNF8DehrnHtv21XXEMYRUocHqguyjknFHYfgY';
const XPUB =
  'xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ';
/** The master key of BIP 32's first example, public and private. */
const MASTER =
  'xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8';
const PRIVATE =
  'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi';
/** The same as Zprv. */
const PRIVATE_OF_SEVERAL = writeBase58Check(
  Buffer.concat([Buffer.from('02aa7a99', 'hex'), Buffer.from(readBase58Check(PRIVATE) ?? []).subarray(4)]),
);

const entry = (value: string, more: { range?: string; coin?: string; label?: string } = {}) =>
  bookEntry({ value, label: more.label ?? 'a wallet', range: more.range ?? null, coin: more.coin ?? null });
const addresses = (value: string, range: string, coin?: string) => [
  ...entry(value, { range, ...(coin === undefined ? {} : { coin }) }).addresses(),
];

describe('an extended public key stands for the addresses that its standard names', () => {
  test('BIP 84, receiving and change', () => {
    expect(addresses(ZPUB, '0-1')).toEqual([
      'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu',
      'bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g',
      'bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el',
      'bc1qggnasd834t54yulsep6fta8lpjekv4zj6gv5rf',
    ]);
  });

  test('BIP 49, of the test network', () => {
    expect(entry(UPUB).test).toBe(true);
    expect(addresses(UPUB, '0-0')[0]).toBe('2Mww8dCYPUpKHofjgcXcBCEGmniw9CoaiD2');
  });

  test('BIP 86, written as a descriptor', () => {
    expect(addresses(`tr(${XPUB}/<0;1>/*)`, '0-1')).toEqual([
      'bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr',
      'bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh',
      'bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7',
      'bc1ptdg60grjk9t3qqcqczp4tlyy3z47yrx9nhlrjsmw36q5a72lhdrs9f00nj',
    ]);
  });

  test('an xpub of any wallet: all three ways; of another coin: its own', () => {
    expect(addresses(XPUB, '0-0')).toHaveLength(6);
    for (const [coin, begins] of [
      ['DOGE', 'D'],
      ['DASH', 'X'],
      ['BCH', 'bitcoincash:q'],
      ['ETH', '0x'],
      ['TRX', 'T'],
    ] as const) {
      for (const address of addresses(XPUB, '0-1', coin)) expect(address.startsWith(begins)).toBe(true);
    }
  });

  test('several keys that sign together, as wallets order them', () => {
    const keys = `${MASTER}/1/*,${XPUB}/0/*`;
    const forms = ['wsh', 'sh'].map((form) => addresses(`${form}(sortedmulti(1,${keys}))`, '0-0')[0]);
    expect(forms.map((one) => one?.slice(0, 4))).toEqual(['bc1q', expect.stringMatching(/^3/)]);
    expect(addresses(`wsh(sortedmulti(1,${XPUB}/0/*,${MASTER}/1/*))`, '0-0')).toEqual([forms[0]]);
  });
});

describe('a line of the book is refused', () => {
  test.each([
    [
      'an address of an unknown network',
      'addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer',
      {},
      /no address of a network/,
    ],
    [
      'an address with a wrong checksum',
      'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av441',
      {},
      /like those of BTC whose checksum/,
    ],
    ['an extended key of a depth that says nothing', MASTER, {}, /depth 0.*3 \(an account\) or 4/],
    ['an extended key with a wrong checksum', `${ZPUB.slice(0, -1)}t`, {}, /checksum or length is wrong/],
    ['a private extended key', PRIVATE, {}, /PRIVATE extended key/],
    ['a private extended key of several signers', PRIVATE_OF_SEVERAL, {}, /PRIVATE extended key/],
    ['a private extended key in a descriptor', `wpkh(${PRIVATE}/0/*)`, {}, /PRIVATE extended key/],
    ['a step that needs the private key', `wpkh(${XPUB}/0'/*)`, {}, /no plain number/],
    ['a descriptor with a wrong checksum', `wpkh(${XPUB}/0/*)#qqqqqqqq`, {}, /descriptor whose checksum/],
    ['a descriptor of another form', `raw(deadbeef)`, {}, /another form/],
    ['an extended key said to be of a coin it is not of', ZPUB, { coin: 'LTC' }, /another coin/],
    ['an address with a range', 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t', { range: '0-9' }, /a range or a coin/],
    ['a range without end', ZPUB, { range: '0-999999999' }, /at most 20000 for one line/],
    ['a range backwards', ZPUB, { range: '9-0' }, /such as 0-99/],
    ['a label that is no name', ZPUB, { label: '<@everyone>' }, /label of other characters/],
  ])('%s, in words that repeat nothing of it', (_what, value, more, words) => {
    expect(() => entry(value, more)).toThrow(words);
    expect(() => entry(value, more)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(value.slice(0, 20)) }),
    );
  });

  test('and the file with it, naming the line', () => {
    const good = 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t,exchange';
    expect(readBookFile(`value,label\n${good}\n`)).toHaveLength(1);
    expect(() => readBookFile(`value,label\n${good}\nnothing,x\n`)).toThrow(
      /^line 3: a value that is no address/,
    );
    expect(() => readBookFile(`value,label\n${good}\n\n${good}\n`)).toThrow(
      /^line 4: what line 2 holds already/,
    );
    expect(() => readBookFile(`value,name\n${good}\n`)).toThrow(/^line 1: column 2 has another name/);
    expect(() => readBookFile(`label\nx\n`)).toThrow(/^line 1: no column value/);
    expect(() => readBookFile(`value,label\n"x`)).toThrow(/^line 2: a quote that is not closed/);
  });
});

test('the checksum of a descriptor is that of BIP 380', () => {
  expect(descriptorChecksum('raw(deadbeef)')).toBe('89f8spxm');
});
