import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { indicatorsSchema } from '../../../daemon/config/indicators.js';
import { IndicatorFeeds } from '../../../daemon/runtime/indicator-feeds.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-feeds-'));
  file = join(folder, 'cert.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function publish(...objects: readonly object[]): void {
  const all = objects.map((object) => ({ type: 'indicator', pattern_type: 'stix', ...object }));
  writeFileSync(file, JSON.stringify({ type: 'bundle', objects: all }));
}

function feeds(): IndicatorFeeds {
  const config = indicatorsSchema.parse({ shipped: false });
  const signers = null;
  return new IndicatorFeeds({ ...config, feeds: [{ name: 'cert', file, signers }] }, () =>
    Date.UTC(2026, 10, 30),
  );
}

const EVE = { pattern: "[user-account:account_login = 'eve']" };

test('a version of which nothing can be used takes no place, and says why', async () => {
  publish(EVE);
  const known = feeds();
  expect(known.problems()).toEqual([]);
  publish({ ...EVE, revoked: true }, { ...EVE, valid_until: '2020-01-01T00:00:00Z' });
  expect(await known.look([])).toEqual([]);
  expect(known.problems()).toEqual([
    'cert: none of its entries can be used: 1 × revoked by whoever wrote it and 1 × past its valid_until',
  ]);
  expect(known.indicators().all.map(({ value }) => value)).toEqual(['eve']);
  publish(EVE);
  await known.look([]);
  expect(known.problems()).toEqual([]);
});

test('a feed that has begun with nothing that can be used says so', () => {
  publish({ pattern: "[file:name MATCHES 'a']" });
  expect(feeds().problems()).toEqual([
    'cert: none of its entries can be used: 1 × a pattern with another comparison than =, IN and ISSUBSET',
  ]);
});
