import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { parseRecordLine } from '../../../../baselines/index.js';
import { createDecode } from '../../../../daemon/sources/postgres/decode.js';
import type { Column } from '../../../../daemon/sources/postgres/identify.js';
import { createFingerprint } from '../../../../daemon/sources/relational/fingerprint.js';
import { FINGERPRINT_KEY, table } from '../../../support/postgres-source.js';

const text = (name: string): Column => ({ name, measure: 'text', json: false });
const json = (name: string): Column => ({ name, measure: 'output', json: true });
const decoded = (decode: ReturnType<typeof createDecode>, line: string) => {
  const bytes = Buffer.from(line);
  const { key, fields } = parseRecordLine(decode(bytes, 0, bytes.length).line);
  return { key, fields: Object.fromEntries(fields) };
};

test('values, nulls, marks and overlong values each have their own text', () => {
  const definition = table('t', ['id'], ['a', 'b', 'c', 'd']);
  const decode = createDecode(
    definition,
    [text('id'), text('a'), text('b'), json('c'), json('d')],
    null,
    'unread key',
  );
  const sha = '0'.repeat(64);
  expect(decoded(decode, `~1\t\\N\t\\N\t{"b":1, "a":2}\t{,}\t2:70000:${sha}`)).toEqual({
    key: ['~~1'],
    fields: { a: null, b: `~digest:70000:${sha}`, c: '{"a":2,"b":1}', d: '~raw-json:{,}' },
  });
});

test('a secret is bound to site, collection, column and key by unambiguous text', () => {
  const definition = table('vault', ['token', 'id'], ['pin'], { secret: ['token', 'pin'] });
  const fingerprint = createFingerprint(FINGERPRINT_KEY, 'prague-1', 'vault');
  const decode = createDecode(
    definition,
    [text('token'), text('id'), text('pin')],
    fingerprint,
    'unread key',
  );
  const hmac = (...parts: unknown[]) =>
    `~hmac:${createHmac('sha256', FINGERPRINT_KEY)
      .update(JSON.stringify(['tillwarden secret 1', 'prague-1', 'vault', ...parts]))
      .digest('hex')}`;
  const token = hmac('token', null, 'abc');
  expect(decoded(decode, 'abc\t1\t1234\t\\N')).toEqual({
    key: [token, '1'],
    fields: { pin: hmac('pin', JSON.stringify([token, '1']), '1234') },
  });
});

test.each(['1\ta', '1\ta\t\\N\tb', '1\t\\N\tx', '1\t\\N\t1:2', '1\t\\N\t1:2:zz'])(
  '%j is not what our statement writes',
  (line) => {
    const decode = createDecode(table('t', ['id'], ['a']), [text('id'), text('a')], null, 'unread key');
    expect(() => decoded(decode, line)).toThrow();
  },
);

test('a secret column without a key to seal it gives no record at all', () => {
  const decode = createDecode(
    table('t', ['id'], ['a'], { secret: ['a'] }),
    [text('id'), text('a')],
    null,
    'unread key',
  );
  expect(() => decoded(decode, '1\tx\t\\N')).toThrow();
});
