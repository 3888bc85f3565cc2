import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  checksummed,
  coinOfTicker,
  destinationOf,
  recogniseAddress,
  spellingsOf,
} from '../../../daemon/destinations/address.js';
import { writeCash } from '../../../daemon/destinations/checksums.js';

/** Addresses out of the standards' own examples, of vendors' pages, and of public indicators of the thefts of 2023. */
const VALID: readonly (readonly [what: string, text: string, coins: string])[] = [
  ['Bitcoin, a key', '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2', 'BTC BCH'],
  ['Bitcoin, a script', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy', 'BTC BCH LTC'],
  ['Bitcoin, a witness key', 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440', 'BTC'],
  ['Bitcoin, a witness key in capitals', 'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4', 'BTC'],
  ['Bitcoin, Taproot', 'bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr', 'BTC'],
  ['Litecoin, a witness key', 'ltc1qvd5usunrpgsynyeey9n46xucy7emk62ycljl0t', 'LTC'],
  ['Litecoin, a key', 'LaMT348PWRnrqeeWArpwQPbuanpXDZGEUz', 'LTC'],
  ['Dogecoin', 'DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L', 'DOGE'],
  ['Dash', 'XpESxaUmonkq8RaLLp46Brx2K39ggQe226', 'DASH'],
  ['Bitcoin Cash', 'bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a', 'BCH'],
  ['Bitcoin Cash without its prefix', 'qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a', 'BCH'],
  ['Bitcoin Cash, for tokens', 'bitcoincash:zr6m7j9njldwwzlg9v7v53unlr4jkmx6eycnjehshe', 'BCH'],
  ['Bitcoin Cash, a script for tokens', 'bitcoincash:rpawqn2h74a4t50phuza84kdp3794pq3cct3k50p0y', 'BCH'],
  [
    'Bitcoin Cash, a longer script',
    'bitcoincash:pvqqqqqqqqqqqqqqqqqqqqqqzg69v7ysqqqqqqqqqqqqqqqqqqqqqpkp7fqn0',
    'BCH',
  ],
  ['Litecoin, a script', 'MQMHBtvnBfxTzt3K2bdxgSE7qZPHSXWsGM', 'LTC'],
  ['Ethereum', '0xD5173d215551538cebE79C4e40A4C54Fb751DD83', 'ETH'],
  ['Ethereum without a checksum', '0xd5173d215551538cebe79c4e40a4c54fb751dd83', 'ETH'],
  ['Tron', 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t', 'TRX'],
  [
    'Monero',
    '44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A',
    'XMR',
  ],
];

describe('an address', () => {
  test.each(VALID)('%s is valid, and of that coin', (_what, text, coins) => {
    const address = recogniseAddress(text);
    expect(address?.valid && address.networks.map(({ coin }) => coin).join(' ')).toBe(coins);
    expect(address?.valid && address.networks.every((network) => !network.test)).toBe(true);
  });

  test.each([
    ['bc1q', 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx'],
    ['base58', 'mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn'],
  ])('of a test network is known as one: %s', (_what, text) => {
    const address = recogniseAddress(text);
    expect(address?.valid && address.networks[0]).toEqual({ coin: 'BTC', test: true });
  });

  test('has one spelling for all ways to write it', () => {
    const canonical = (text: string) => {
      const address = recogniseAddress(text);
      return address?.valid === true ? address.canonical : null;
    };
    expect(canonical('BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4')).toBe(
      'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    );
    expect(canonical('qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a')).toBe(
      'bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a',
    );
    expect(canonical('0xD5173d215551538cebE79C4e40A4C54Fb751DD83')).toBe(
      canonical('0xd5173d215551538cebe79c4e40a4c54fb751dd83'),
    );
  });

  test.each([
    [
      'bitcoincash:zr6m7j9njldwwzlg9v7v53unlr4jkmx6eycnjehshe',
      'bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2',
    ],
    ['rpawqn2h74a4t50phuza84kdp3794pq3cct3k50p0y', 'bitcoincash:ppawqn2h74a4t50phuza84kdp3794pq3ccvm92p8sh'],
    [
      'BITCOINCASH:RVQQQQQQQQQQQQQQQQQQQQQQZG69V7YSQQQQQQQQQQQQQQQQQQQQQN9ALSP2Y',
      'bitcoincash:pvqqqqqqqqqqqqqqqqqqqqqqzg69v7ysqqqqqqqqqqqqqqqqqqqqqpkp7fqn0',
    ],
  ])('of Bitcoin Cash that takes tokens is the one that pays to the same: %s', (tokens, plain) => {
    expect(recogniseAddress(tokens)).toEqual(recogniseAddress(plain));
    expect(recogniseAddress(plain)).toMatchObject({ canonical: plain });
    const [first, second] = spellingsOf(plain);
    expect([first, recogniseAddress(second ?? '')]).toEqual([plain, recogniseAddress(plain)]);
  });

  test('of a script of Litecoin is one destination, written as now or as until 2017, and no key is one with it', () => {
    const [now, before] = ['MQMHBtvnBfxTzt3K2bdxgSE7qZPHSXWsGM', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy'];
    expect(recogniseAddress(now)).toMatchObject({ canonical: now });
    expect([now, before].map(destinationOf)).toEqual([before, before]);
    expect([now, before].map(spellingsOf)).toEqual([
      [now, before],
      [before, now],
    ]);
    for (const other of ['1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2', 'LaMT348PWRnrqeeWArpwQPbuanpXDZGEUz']) {
      expect([destinationOf(other), spellingsOf(other)]).toEqual([other, [other]]);
    }
  });

  test('of Bitcoin Cash with a hash of another length than its kind has is not valid', () => {
    const data = (version: number, bytes: number) =>
      Buffer.concat([Buffer.from([version]), Buffer.alloc(bytes)]);
    expect(recogniseAddress(writeCash('bitcoincash', data(0x08, 20)))?.valid).toBe(true);
    expect(recogniseAddress(writeCash('bitcoincash', data(0x0b, 32)))?.valid).toBe(true);
    for (const [version, bytes] of [
      [0x03, 32],
      [0x08, 32],
      [0x0b, 20],
      [0x20, 20],
    ] as const) {
      expect(recogniseAddress(writeCash('bitcoincash', data(version, bytes)))?.valid ?? false).toBe(false);
    }
  });

  test('of which one character is another is not valid, whichever it is', () => {
    const withChecksum = VALID.filter(([what]) => !what.includes('without'));
    fc.assert(
      fc.property(
        fc.constantFrom(...withChecksum),
        fc.nat(),
        fc.constantFrom(...'23456789acdefghj'),
        (one, at, to) => {
          const [, text] = one;
          const start = text.includes(':') ? text.indexOf(':') + 2 : 4;
          const place = start + (at % (text.length - start));
          const letter = text === text.toUpperCase() ? to.toUpperCase() : to;
          fc.pre(text[place]?.toLowerCase() !== letter.toLowerCase());
          const wrong = text.slice(0, place) + letter + text.slice(place + 1);
          // Of EIP-55 one letter in sixteen passes: digits have no capitals.
          fc.pre(!text.startsWith('0x'));
          expect(recogniseAddress(wrong)?.valid ?? false).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['a checksum of Ethereum in the wrong case', '0xd5173d215551538cebE79C4e40A4C54Fb751DD83', 'ETH'],
    ['upper and lower case in bech32', 'bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'BTC'],
    [
      'Taproot with the checksum of version 0',
      'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd',
      'BTC',
    ],
    [
      'a program of a length that version 0 has not',
      'bc1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0jqscdf5',
      'BTC',
    ],
  ])('is not valid for %s', (_what, text, coin) => {
    expect(recogniseAddress(text)).toEqual({ valid: false, coin });
  });

  test.each([
    ['nothing', ''],
    ['a word', 'bitgo'],
    ['a sentence', 'send it to the usual address, please'],
    ['a uuid', '3f1a2b3c-4d5e-6f70-8a9b-0c1d2e3f4a5b'],
    ['a digest', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['a megabyte of letters', 'b'.repeat(1_000_000)],
    ['letters that look like others', 'bс1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440'],
  ])('is not what %s is', (_what, text) => {
    expect(recogniseAddress(text)).toBeNull();
  });

  test('of Ethereum is written with the capitals of EIP-55', () => {
    for (const text of [
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
      '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    ]) {
      expect(checksummed(text.slice(2).toLowerCase())).toBe(text);
    }
  });
});

test('a ticker stands for one coin, or for none where there are several', () => {
  expect(['BTC', 'eth', 'USDT_TRON', 'USDT', 'ETC', '__proto__'].map(coinOfTicker)).toEqual([
    ...['BTC', 'ETH', 'TRX'],
    ...[null, null, null],
  ]);
});
