import { expect, test } from '@jest/globals';
import { columnOf } from '../../../../daemon/sources/mysql/column.js';
import { awaitedAfter, movedUuid, parseGtidSet } from '../../../../daemon/sources/mysql/gtid.js';
import { findValues, placesFor } from '../../../../daemon/sources/mysql/packet.js';
import { backtick, isMysqlName, parseTableName, sqlString } from '../../../../daemon/sources/mysql/quote.js';
import { selectStatement } from '../../../../daemon/sources/mysql/select.js';
import { parseVersion } from '../../../../daemon/sources/mysql/server.js';
import { pinStatements } from '../../../../daemon/sources/mysql/settings.js';
import { decoderOf } from '../../../../daemon/sources/mysql/text.js';

const CHARSETS = new Map([
  [45, 'utf8mb4'],
  [63, 'binary'],
]);

test.each([
  ['\x03abc\xfb\x00', ['abc', null, '']],
  [`\xfc\x03\x00abc\xfb\xfd\x01\x00\x00x`, ['abc', null, 'x']],
  ['\xfb\xfb\xfe\x02\x00\x00\x00\x00\x00\x00\x00ab', [null, null, 'ab']],
])('the values of the row %j are found', (row, values) => {
  const buffer = Buffer.from(row, 'latin1');
  const places = placesFor(3);
  findValues(buffer, 0, buffer.length, places);
  expect(
    places.map(({ start, end }) => (start === -1 ? null : buffer.toString('latin1', start, end))),
  ).toEqual(values);
});

test.each([
  '\x01a',
  '\x03abc\xfb\x00x',
  '\x09abc\xfb\xfb',
  '\xfd\x01',
  '\xff\xfb\xfb',
  '\xfe\x01\x00\x00\x00\x00\x00\x00\x7fa\xfb\xfb',
])('the row %j is not believed', (row) => {
  const buffer = Buffer.from(row, 'latin1');
  expect(() => findValues(buffer, 0, buffer.length, placesFor(3))).toThrow();
});

test('bytes that are no text of their character set are no text at all', () => {
  const bytes = Buffer.from([0x61, 0xc3, 0x28]);
  expect(decoderOf('utf8mb4')(bytes, 0, 3)).toBeNull();
  expect(decoderOf('utf8mb4')(Buffer.from('a\uFFFD'), 0, 4)).toBe('a\uFFFD');
  expect(decoderOf('ascii')(bytes, 0, 3)).toBeNull();
  expect(decoderOf('gbk')(bytes, 0, 3)).toBe('_gbk 0x61C328');
  expect(decoderOf('binary')(bytes, 0, 3)).toBe('0x61C328');
});

test('values that may be long are measured before they travel, and no others', () => {
  const column = (name: string, columnType: number, columnLength: number, characterSet = 45) =>
    columnOf(name, { columnType, columnLength, characterSet }, 1000, CHARSETS);
  const sql = selectStatement({
    relation: { schema: 'c`as', name: 't' },
    columns: [
      column('id', 3, 11, 63),
      column('v', 253, 1020),
      column('f', 4, 12, 63),
      column('short', 253, 40),
    ],
    maxRecords: 5,
    maxValueBytes: 1000,
  });
  expect(sql).toBe(
    "SELECT SQL_NO_CACHE `id`, IF(OCTET_LENGTH(`v`) > 1000, NULL, `v`), `f` + 0e0, `short`, IF(OCTET_LENGTH(`v`) > 1000, CONCAT_WS(',', IF(OCTET_LENGTH(`v`) > 1000, CONCAT('1:', OCTET_LENGTH(`v`), ':', SHA2(`v`, 256)), NULL)), NULL) FROM `c``as`.`t` LIMIT 6",
  );
});

test('names and texts are quoted whatever they hold', () => {
  expect(backtick('a`b')).toBe('`a``b`');
  expect(sqlString("it's")).toBe("'it''s'");
  expect(sqlString('a\\b')).toBe("_utf8mb4 X'615c62'");
  expect(parseTableName('cas.`odd.na``me`')).toEqual({ schema: 'cas', name: 'odd.na`me' });
  for (const wrong of ['cas', 'a.b.c', '.b', 'a.', `${'x'.repeat(65)}.b`, 'a.b ', 'a.😀', 'a.b\0']) {
    expect([wrong, parseTableName(wrong)]).toEqual([wrong, null]);
  }
  expect(isMysqlName('x'.repeat(64))).toBe(true);
});

test('a version is read as the server means it', () => {
  expect(parseVersion('5.7.29-log')).toEqual({ flavour: 'mysql', number: 50729 });
  expect(parseVersion('8.4.0')).toEqual({ flavour: 'mysql', number: 80400 });
  expect(parseVersion('10.11.19-MariaDB-0+deb12u1')).toEqual({ flavour: 'mariadb', number: 101119 });
  expect(parseVersion('5.5.5-10.6.4-MariaDB')).toEqual({ flavour: 'mariadb', number: 100604 });
  expect(parseVersion('')).toBeNull();
});

test('every setting is pinned to a value of its own, and what only one server knows to that one', () => {
  const limits = { transactionTimeoutMs: 10_000, lockTimeoutMs: 2500 };
  const of = (text: string) =>
    pinStatements(parseVersion(text) ?? { flavour: 'mysql', number: 0 }, limits, 'abc').join('\n');
  expect(of('10.11.19-MariaDB')).toMatch(/max_statement_time = 10, .*idle_transaction_timeout = 11/);
  expect(of('5.7.29')).toMatch(/max_execution_time = 10000/);
  expect(of('5.7.29')).toMatch(/lock_wait_timeout = 3\b/);
  expect(of('5.7.29')).not.toMatch(/system_versioning|stats_expiry/);
  expect(of('8.0.36')).toMatch(/information_schema_stats_expiry = 0/);
  expect(of('5.7.29').match(/DEFAULT/g)).toBeNull();
});

test('the transaction after the last is awaited, of the server whose transactions move', () => {
  const [a, b] = ['3e11fa47-71ca-11e1-9e33-c80aa9429562', '4e11fa47-71ca-11e1-9e33-c80aa9429562'];
  const set = parseGtidSet(`${a}:1-5:9,\n${b}:1`);
  expect(awaitedAfter(set, a)).toBe(`${a}:10`);
  expect(awaitedAfter(set, '5e11fa47-71ca-11e1-9e33-c80aa9429562')).toMatch(/:1$/);
  expect(movedUuid(set, parseGtidSet(`${a}:1-5:9,${b}:1-2`))).toBe(b);
  expect(movedUuid(set, set)).toBeNull();
  expect(parseGtidSet('nonsense').size).toBe(0);
});
