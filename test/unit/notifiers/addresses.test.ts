import type { LookupAddress, LookupOptions } from 'node:dns';
import { describe, expect, test } from '@jest/globals';
import { ADDRESS_REFUSED, guardedLookup, mayConnect, type Resolver } from '../../../notifiers/addresses.js';

// biome-ignore format: a line holds many
const inside = [
  '127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254',
  '100.64.0.1', '0.0.0.0', '192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1',
  '239.255.255.255', '255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a00:1',
  '0:0:0:0:0:ffff:c0a8:101', '64:ff9b::7f00:1', '64:ff9b::169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fc00::1',
  'fd12:3456::1', 'ff02::1', '2001:db8::1', '2001::1', '2002:7f00:1::', '100::1', '3fff::1', '::127.0.0.1', 'fec0::1',
  '5f00::1', '64:ff9b:1::1',
];
const outside = [
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '2606:4700::1111',
  '2a00:1450::1',
];

describe('addresses', () => {
  test.each(inside)('%s is not public', (address) => {
    expect(mayConnect(address, 'public')).toBe(false);
    expect(mayConnect(address, 'any')).toBe(true);
  });

  test.each([...outside, '::ffff:1.1.1.1', '64:ff9b::101:101'])('%s is public', (address) => {
    expect(mayConnect(address, 'public')).toBe(true);
    expect(mayConnect(address, 'loopback')).toBe(false);
  });

  test('loopback means this machine and nothing else', () => {
    const allowed = [...inside, ...outside].filter((address) => mayConnect(address, 'loopback'));
    expect(allowed).toEqual([
      '127.0.0.1',
      '127.255.255.254',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
    ]);
  });

  test.each(['', 'localhost', '1.2.3', '0x7f.1', '1.1.1.1, 127.0.0.1'])(
    '%j is no address, so out of reach',
    (text) => {
      expect(mayConnect(text, 'public')).toBe(false);
      expect(mayConnect(text, 'loopback')).toBe(false);
    },
  );
});

describe('a guarded lookup', () => {
  const ask = (resolve: Resolver, options: LookupOptions = { all: true }) =>
    new Promise<unknown>((done, fail) =>
      guardedLookup('public', resolve)('alarm.example', options, (error, address) =>
        error ? fail(error) : done(address),
      ),
    );
  const answering =
    (...addresses: string[]): Resolver =>
    (_, __, callback) =>
      callback(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      );

  test('hands out what is public', async () => {
    expect(await ask(answering('1.1.1.1'))).toEqual([{ address: '1.1.1.1', family: 4 }]);
    expect(await ask(answering('2606:4700::1111'), {})).toBe('2606:4700::1111');
  });

  test('keeps private addresses back, also among public ones', async () => {
    expect(await ask(answering('10.0.0.1', '1.1.1.1'))).toEqual([{ address: '1.1.1.1', family: 4 }]);
    expect(await ask(answering('10.0.0.1', '1.1.1.1'), {})).toBe('1.1.1.1');
    await expect(ask(answering('10.0.0.1', '::1'))).rejects.toMatchObject({ code: ADDRESS_REFUSED });
    await expect(ask(answering('127.0.0.1'), {})).rejects.toMatchObject({ code: ADDRESS_REFUSED });
  });

  test('checks each resolution, so that a name that turns private between two of them gains nothing', async () => {
    const answers = ['1.1.1.1', '169.254.169.254'];
    const rebinding: Resolver = (...args) => answering(answers.shift() ?? '')(...args);
    expect(await ask(rebinding)).toEqual([{ address: '1.1.1.1', family: 4 }]);
    await expect(ask(rebinding)).rejects.toMatchObject({ code: ADDRESS_REFUSED });
  });

  test('says when the name is unknown', async () => {
    const unknown: Resolver = (_, __, callback) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    await expect(ask(unknown)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
