import { describe, expect, test } from '@jest/globals';
import { type Definition, encodeValue, type Kind, recordLine } from '../../../baselines/index.js';
import type { Indicator, IndicatorKind } from '../../../daemon/indicators/indicator.js';
import { Indicators } from '../../../daemon/indicators/matcher.js';
import { shippedFeed } from '../../../daemon/indicators/shipped.js';
import { unusableBecause } from '../../../daemon/indicators/usable.js';

const indicator = (kind: IndicatorKind, value: string): Indicator => ({
  ...{ kind, value, feed: 'cert', incident: 'other-2026' },
  ...{ severity: 'critical', source: null, falsePositives: null },
});
const definition = (kind: Kind, columns: readonly string[], key = ['id']): Definition => ({
  ...{ name: 'things', kind, source: 'cas', table: 'public.thing' },
  ...{ key, columns, secret: [] },
});
const lineOf = (id: string, fields: Readonly<Record<string, string>>) =>
  recordLine({ key: [id], fields: new Map(Object.entries(fields)) }).line;

/** Names of the columns of one record in which this indicator is found. */
function found(
  kind: IndicatorKind,
  value: string,
  of: Kind,
  fields: Record<string, string>,
  id = '1',
  key?: string[],
) {
  const all = new Indicators([indicator(kind, value)]);
  return all.ofRecord(lineOf(id, fields), definition(of, Object.keys(fields), key)).map(({ field }) => field);
}

const ADDRESS = 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440';
const HASH = 'a'.repeat(64);

describe('an indicator', () => {
  test.each<[IndicatorKind, string, Kind, Record<string, string>, string[]]>([
    ['user-name', 'gb', 'admin', { login: 'GB ' }, ['login']],
    ['user-name', 'gb', 'admin', { country: 'gb' }, []],
    ['user-name', 'gb', 'config', { name: 'gb' }, []],
    ['serial', 'BT123456', 'terminal', { serial_number: 'BT123456' }, ['serial_number']],
    ['serial', 'BT123456', 'terminal', { serial_number: 'BT1234567' }, []],
    ['wallet-address', ADDRESS, 'wallet-route', { to: ADDRESS.toUpperCase() }, ['to']],
    ['wallet-address', ADDRESS, 'config', { data: `{"a":{"b":"${ADDRESS}"}}` }, ['data']],
    ['wallet-address', ADDRESS, 'config', { uri: `bitcoin:${ADDRESS}?amount=1` }, ['uri']],
    ['wallet-address', ADDRESS, 'config', { note: `${ADDRESS}x` }, []],
    // One script of Litecoin, and one key of Bitcoin Cash, each written in its other way.
    [
      'wallet-address',
      '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy',
      'wallet-route',
      { to: 'MQMHBtvnBfxTzt3K2bdxgSE7qZPHSXWsGM' },
      ['to'],
    ],
    [
      'wallet-address',
      'bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2',
      'wallet-route',
      { to: 'zr6m7j9njldwwzlg9v7v53unlr4jkmx6eycnjehshe' },
      ['to'],
    ],
    ['e-mail', 'Eve@Evil.example', 'contact', { mail: 'eve@evil.example' }, ['mail']],
    ['domain', 'evil.example', 'contact', { mail: 'eve@mail.evil.example' }, ['mail']],
    ['domain', 'evil.example', 'config', { url: 'https://a.evil.example:8443/x' }, ['url']],
    ['domain', 'evil.example', 'config', { url: 'https://notevil.example/' }, []],
    ['network', '203.0.113.0/24', 'config', { host: '203.0.113.77:443' }, ['host']],
    ['network', '203.0.113.0/24', 'config', { host: '::ffff:203.0.113.77' }, ['host']],
    ['network', '2001:db8::/32', 'config', { url: 'http://[2001:DB8::1]:80/' }, ['url']],
    ['network', '203.0.113.0/24', 'config', { host: '203.0.114.1' }, []],
    ['hash', HASH, 'file', { sha256: HASH.toUpperCase() }, ['sha256']],
    ['hash', HASH, 'config', { big: encodeValue({ form: 'digest', bytes: 9, sha256: HASH }) }, ['big']],
    ['user-name', 'gb', 'admin', { login: encodeValue({ form: 'hmac', hmac: HASH }) }, []],
  ])('%s %s is held against %s %j', (kind, value, of, fields, columns) => {
    expect(found(kind, value, of, fields)).toEqual(columns);
  });

  test('of a file is its name, or the end of its path', () => {
    const path = '/batm/app/admin/standalone/deployments/evil.war';
    const at = (value: string) => found('file-name', value, 'file', {}, path, ['path']);
    expect([at('EVIL.WAR'), at('deployments/evil.war'), at(path)]).toEqual([['path'], ['path'], ['path']]);
    expect([at('vil.war'), at('other/evil.war')]).toEqual([[], []]);
  });

  test('is found in a user who was active, and in a line of a log', () => {
    const all = new Indicators([
      indicator('user-name', 'gb'),
      indicator('network', '172.104.237.25'),
      indicator('log-pattern', 'Server activated.'),
    ]);
    expect(all.ofPerson('gb', '172.104.237.25', 'who').map(({ indicator: { kind } }) => kind)).toEqual([
      'user-name',
      'network',
    ]);
    const line = '10:00 INFO Server activated. by 172.104.237.25:';
    expect(all.ofLogLine(line, 'log').map(({ indicator: { kind } }) => kind)).toEqual([
      'log-pattern',
      'network',
    ]);
  });

  test('that is excepted is not in force', () => {
    const all = new Indicators(shippedFeed.indicators, [{ kind: 'serial', value: 'bt123456' }]);
    expect(all.all).toHaveLength(shippedFeed.indicators.length - 1);
    const line = lineOf('1', { serial_number: 'BT123456' });
    expect(all.ofRecord(line, definition('terminal', ['serial_number']))).toEqual([]);
  });

  test.each<[IndicatorKind, string]>([
    ['network', '0.0.0.0/0'],
    ['network', '010.1.1.1'],
    ['domain', 'com'],
    ['hash', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['wallet-address', 'bc1'],
    ['user-name', 'x'],
    ['log-pattern', '{*}'],
  ])('%s %s would match too much, or nothing, and is refused', (kind, value) => {
    expect(unusableBecause(kind, value)).not.toBeNull();
  });
});

describe('the feed that comes along', () => {
  test('has a source for every entry, can be used whole, and says of the weak ones what else they are', () => {
    for (const { kind, value, source } of shippedFeed.indicators) {
      expect(unusableBecause(kind, value)).toBeNull();
      expect(source).toMatch(/^https:\/\/generalbytes\.atlassian\.net\//);
    }
    const weak = shippedFeed.indicators.filter(({ falsePositives }) => falsePositives !== null);
    expect(weak.map(({ value }) => value)).toEqual(
      expect.arrayContaining(['BT123456', 'gb', 'Server activated.']),
    );
  });
});
