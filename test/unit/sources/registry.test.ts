import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { sourceKinds } from '../../../daemon/sources/index.js';
import { sensorDefinition } from '../../../daemon/sources/postgres/sensor.js';
import { newSource, table } from '../../support/postgres-source.js';

test('a PostgreSQL source needs a name and a URL, and has limits for everything else', () => {
  const parsed = sourceKinds
    .get('postgres')
    ?.configSchema.parse({ kind: 'postgres', name: 'cas', url: 'postgres://u@h/x' });
  expect(parsed).toEqual({
    kind: 'postgres',
    name: 'cas',
    url: 'postgres://u@h/x',
    hints: 'notify',
    channel: 'tillwarden',
    maxRecords: 200_000,
    maxValueBytes: 65_536,
    maxCollectionBytes: 134_217_728,
    pollIntervalMs: 100,
    staleAfterMs: 30_000,
    transactionTimeoutMs: 10_000,
    lockTimeoutMs: 2_000,
    connectTimeoutMs: 5_000,
    canaryIntervalMs: 10_000,
    canaryTimeoutMs: 5_000,
    allowDangerousRole: false,
    allowUnverifiedTls: false,
  });
  expect(sourceKinds.get('postgres')?.secrets).toEqual(['url']);
});

test.each([
  { channel: 'error' },
  { channel: 'A b' },
  { name: 'Cas' },
  { hints: 'maybe' },
  { maxRecords: 0 },
  { unknown: 1 },
])('%j is refused', (config) => {
  expect(() => newSource('postgres://u@h/x', [], config)).toThrow();
});

test('the sensor comes with every source, under a name of its own', () => {
  expect(sensorDefinition('cas-two')).toMatchObject({
    name: 'sensor_cas_two',
    kind: 'sensor',
    source: 'cas-two',
    table: 'pg_catalog',
  });
  expect(newSource('postgres://u@h/x', [table('t', ['id'], ['v'])]).collections).toEqual(['t', 'sensor_cas']);
});

test('naming the kinds of sources loads no driver', () => {
  const script = `
    const { sourceKinds } = await import(process.argv[1]);
    const { createRequire } = await import('node:module');
    const cache = Object.keys(createRequire(process.argv[1]).cache);
    console.log([...sourceKinds.keys()].join(), cache.filter((file) => /node_modules.(pg|pg-listen|pg-copy-streams|mysql2).lib?/.test(file)).length);`;
  const dist = new URL('../../../dist/daemon/sources/index.js', import.meta.url).href;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, dist], {
    encoding: 'utf8',
  });
  expect(stdout.trim()).toBe(`${[...sourceKinds.keys()].join()} 0`);
});
