import { describe, expect, test } from '@jest/globals';
import { type Definition, encodeValue, recordLine } from '../../../../baselines/index.js';
import { MYSQL_DIALECT } from '../../../../daemon/sources/mysql/quote.js';
import { POSTGRES_DIALECT } from '../../../../daemon/sources/postgres/quote.js';
import { restoreStatements } from '../../../../daemon/sources/relational/restore.js';

const ROUTES: Definition = {
  name: 'wallet_routes',
  kind: 'wallet-route',
  source: 'cas',
  table: 'public.crypto_setting',
  key: ['id'],
  columns: ['address', 'api_key', 'name'],
  secret: ['api_key'],
};

const SEALED = encodeValue({ form: 'hmac', hmac: 'a'.repeat(64) });
const OTHER = encodeValue({ form: 'hmac', hmac: 'b'.repeat(64) });

const line = (address: string | null, api_key: string, name: string, id = '1') =>
  recordLine({
    key: [id],
    fields: new Map([
      ['address', address],
      ['api_key', api_key],
      ['name', name],
    ]),
  }).line;

const restored = (signed: string | null, observed: string | null, dialect = POSTGRES_DIALECT) =>
  restoreStatements({ definition: ROUTES, signed, observed }, dialect);

describe('what puts a signed record back', () => {
  test('is an UPDATE of the columns that differ, by what was signed, quoted as each database reads it', () => {
    const [signed, observed] = [
      line("bc1'; drop table x; --", SEALED, 'BTC'),
      line('bc1thief', SEALED, 'BTC'),
    ];
    expect(restored(signed, observed)).toEqual([
      `UPDATE "public"."crypto_setting" SET "address" = 'bc1''; drop table x; --' WHERE "id" = '1';`,
    ]);
    expect(restored(signed, observed, MYSQL_DIALECT)).toEqual([
      "UPDATE `public`.`crypto_setting` SET `address` = 'bc1''; drop table x; --' WHERE `id` = '1';",
    ]);
  });

  test('writes by its bytes what a terminal would obey or an eye would not see', () => {
    const [signed, observed] = [line('\u{1b}[2J\u{202e}', SEALED, 'BTC'), line('x', SEALED, 'BTC')];
    expect(restored(signed, observed).join('\n')).toContain(`convert_from('\\x1b5b324ae280ae', 'UTF8')`);
    expect(restored(signed, observed, MYSQL_DIALECT).join('\n')).toContain("_utf8mb4 X'1b5b324ae280ae'");
    for (const dialect of [POSTGRES_DIALECT, MYSQL_DIALECT]) {
      expect(restored(signed, observed, dialect).join('\n')).toMatch(/^[ -~\n]*$/);
    }
  });

  test('names a sealed value as not known, and never makes one up', () => {
    expect(restored(line('a', SEALED, 'n'), line('b', OTHER, 'n'))).toEqual([
      '-- wallet_routes, "api_key": the approved value is sealed and not known here; set it anew',
      `UPDATE "public"."crypto_setting" SET "address" = 'a' WHERE "id" = '1';`,
    ]);
    expect(restored(line('a', SEALED, 'n'), line('a', OTHER, 'n'))).toHaveLength(1);
  });

  test('is an INSERT of a record that is gone, nothing for a null that was signed but NULL', () => {
    expect(restored(line(null, 'plain', 'n'), null)).toEqual([
      `INSERT INTO "public"."crypto_setting" ("id", "address", "api_key", "name") VALUES ('1', NULL, 'plain', 'n');`,
    ]);
  });

  test('holds not a byte of a record that nobody signed', () => {
    const lines = restored(null, line('bc1thief', 'x', 'y', "9'; drop table x"));
    expect(lines).toEqual([expect.stringMatching(/^-- wallet_routes: 1 record that nobody signed/)]);
  });

  test('is left to people where records are derived or the key is sealed', () => {
    const derived = { ...ROUTES, derive: { json: { column: 'data', members: [] } } };
    const signed = line('a', SEALED, 'n');
    const told = (definition: Definition) =>
      restoreStatements({ definition, signed, observed: null }, POSTGRES_DIALECT).join();
    expect(told(derived as unknown as Definition)).toMatch(/^-- wallet_routes: is not read from a table/);
    expect(
      restored(
        recordLine({
          key: [SEALED],
          fields: new Map([
            ['address', 'a'],
            ['api_key', 'b'],
            ['name', 'c'],
          ]),
        }).line,
        null,
      ),
    ).toEqual(['-- wallet_routes: the key is sealed, so its record cannot be named here']);
  });
});
