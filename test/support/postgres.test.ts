import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { selfSignedCertificate } from './certificate.js';
import { createTestDatabase } from './postgres.js';
import { waitFor } from './wait.js';

test('two test databases share nothing: not rows, not roles', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  try {
    await one.query('delete from user_permission');
    expect(await one.query('select from user_permission')).toHaveLength(0);
    expect((await two.query('select from user_permission')).length).toBeGreaterThan(0);
    expect(new Set([one.owner, one.app, two.owner, two.app]).size).toBe(4);
    expect(await two.query('select current_user as name')).toEqual([{ name: two.owner }]);
    expect(await two.querySuperuser('select current_user as name')).toEqual([{ name: 'postgres' }]);
  } finally {
    await Promise.all([one.drop(), two.drop()]);
  }
});

test('dropping removes the database and every role made for it, with what they were granted', async () => {
  const database = await createTestDatabase();
  const monitor = await database.createRole('monitor', 'connection limit 5');
  await database.query(`grant select on terminal to ${monitor}`);
  const client = await database.connectAs(monitor);
  expect((await client.query('select count(*)::int as n from terminal')).rows).toEqual([{ n: 250 }]);
  await database.drop();

  const other = await createTestDatabase();
  const left = await other.querySuperuser(
    'select datname from pg_database where datname = $1 union all select rolname from pg_roles where rolname = any($2)',
    [database.name, [database.owner, database.app, monitor]],
  );
  await other.drop();
  expect(left).toEqual([]);
});

test('dropping fails when what was tested left a connection open, and names it', async () => {
  const database = await createTestDatabase();
  const leak = new pg.Client({ connectionString: database.url, application_name: 'forgotten' });
  leak.on('error', () => undefined);
  await leak.connect();
  await leak.query('select 41 + 1');
  await expect(database.drop()).rejects.toThrow(/left open.*forgotten idle: select 41 \+ 1/);
  await leak.end().catch(() => undefined);
});

test('waiting gives up at its limit and says for what, and why it was not yet so', async () => {
  let asked = 0;
  await expect(
    waitFor(() => expect(++asked).toBe(-1), { what: 'the impossible', timeoutMs: 50 }),
  ).rejects.toThrow(/waited 50 ms for the impossible: .*Expected: .*-1/s);
  expect(asked).toBeGreaterThan(1);
});

test('waiting returns what the condition gave, zero and the empty text included', async () => {
  let asked = 0;
  expect(await waitFor(() => (++asked < 3 ? null : 'there'), { what: 'it' })).toBe('there');
  expect(await waitFor(() => 0, { what: 'zero' })).toBe(0);
});

test('the certificate for TLS tests is one that Node accepts for 127.0.0.1', () => {
  const { cert, key } = selfSignedCertificate();
  const certificate = new X509Certificate(cert);
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.ca && certificate.verify(certificate.publicKey)).toBe(true);
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
  expect(key).toContain('PRIVATE KEY');
});
