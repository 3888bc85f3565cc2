import { expect, test } from '@jest/globals';
import type { CollectionSnapshot, RootDifference } from '../../../baselines/index.js';
import { collectionSnapshot } from '../../../baselines/index.js';
import {
  composeConfigChanged,
  composeInstalled,
  composeTrustChanged,
  type InstalledBaseline,
} from '../../../daemon/policy/announce.js';
import type { TrustNews } from '../../../daemon/policy/trust-news.js';
import { alertText, expectWords } from './golden.js';
import { admin, contact, NOTICE, route, row, rows, THIEF_ADDRESS, terminal, watched } from './words-scene.js';

function baseline(
  version: number,
  collections: readonly CollectionSnapshot[],
  over: Partial<InstalledBaseline> = {},
): InstalledBaseline {
  return {
    version,
    digest: String(version).repeat(64),
    signers: ['anna', 'ben'],
    ancestry: [{ version, recovery: [] }],
    collections: new Map(collections.map((one) => [one.definition.name, one])),
    ...over,
  };
}
const routes = rows('crypto_setting', route('7'));
const installed = (next: InstalledBaseline, previous: InstalledBaseline | null) => () =>
  alertText(composeInstalled(NOTICE, { baseline: next, previous }));
/** The same records, read by another definition. */
const readOtherwise = (records: CollectionSnapshot['records'], ...columns: readonly string[]) =>
  collectionSnapshot({ ...watched('crypto_setting'), table: 'public.routes', columns }, records);

const NO_DIFFERENCE: RootDifference = {
  added: [],
  removed: [],
  altered: [],
  rulesAdded: [],
  rulesRemoved: [],
  headsPinned: [],
  headsDropped: [],
};
const trust = (over: Partial<TrustNews>) => () =>
  alertText(
    composeTrustChanged(NOTICE, {
      version: 2,
      digest: '2'.repeat(64),
      signers: ['anna', 'ben'],
      recovery: [],
      difference: NO_DIFFERENCE,
      warnings: [],
      ...over,
    }),
  );
const dropped = (count: number) =>
  Array.from({ length: count }, (_, index) => `depot-${String(index + 1).padStart(2, '0')}`);

expectWords('announce', {
  'first-baseline-of-one-record': installed(baseline(1, [routes]), null),
  'first-baseline': installed(baseline(1, [routes, rows('terminals', terminal('1'), terminal('2'))]), null),
  'baseline-that-diverts-coins': installed(
    baseline(8, [rows('crypto_setting', route('7', { sell_wallet_address: THIEF_ADDRESS }))]),
    baseline(7, [routes]),
  ),
  'baseline-with-a-new-terminal': installed(
    baseline(8, [rows('terminals', terminal('1'), terminal('2'))]),
    baseline(7, [rows('terminals', terminal('1'))]),
  ),
  'baseline-with-a-changed-setting': installed(
    baseline(8, [rows('settings', row('limit', { value: '900' }))]),
    baseline(7, [rows('settings', row('limit', { value: '500' }))]),
  ),
  'baseline-with-masked-contacts': installed(
    baseline(8, [rows('contacts', contact('5', { phone: '+420 123 456 780' }))]),
    baseline(7, [rows('contacts', contact('5'))]),
  ),
  'baseline-renewed': installed(baseline(8, [routes]), baseline(7, [routes])),
  'baseline-of-other-collections': installed(
    baseline(8, [
      readOtherwise([route('7', { currency: 'LTC' })], 'currency'),
      rows('admin_users', admin('1', 'anna')),
      rows('terminals'),
    ]),
    baseline(7, [routes, rows('settings'), rows('contacts')]),
  ),
  'baseline-of-thirteen-more-collections': installed(
    baseline(
      8,
      dropped(13).map((name) => collectionSnapshot({ ...watched('settings'), name }, [])),
    ),
    baseline(7, []),
  ),
  'baseline-signed-by-four': installed(
    baseline(8, [routes], { signers: ['anna', 'ben', 'cora', 'dan'] }),
    baseline(7, [routes]),
  ),
  'baseline-signed-with-recovery-keys': installed(
    baseline(9, [routes], {
      ancestry: [
        { version: 7, recovery: ['safe-0'] },
        { version: 8, recovery: ['safe-2', 'safe-1'] },
        { version: 9, recovery: ['safe-1'] },
      ],
    }),
    baseline(7, [routes]),
  ),
  'first-baseline-signed-with-a-recovery-key': installed(
    baseline(1, [routes], { ancestry: [{ version: 1, recovery: ['safe-1'] }] }),
    null,
  ),
  'trust-renewed': trust({}),
  'trust-changed': trust({
    difference: { ...NO_DIFFERENCE, headsDropped: ['prague-1'] },
    warnings: ['no recovery key is left'],
  }),
  'trust-changed-much': trust({
    difference: { ...NO_DIFFERENCE, headsDropped: dropped(13) },
    warnings: dropped(13).map((name) => `${name}: no rule names it, so the strictest one counts`),
  }),
  'trust-changed-from-nobody-knows-what': trust({ difference: null }),
  'trust-changed-with-a-recovery-key': trust({
    signers: ['anna', 'safe-1'],
    recovery: ['safe-1'],
    difference: { ...NO_DIFFERENCE, headsDropped: ['prague-1'] },
  }),
  'configuration-changed': () => alertText(composeConfigChanged(NOTICE, ['notifier ops is gone'])),
  'configuration-changed-much': () =>
    alertText(
      composeConfigChanged(
        NOTICE,
        dropped(13).map((name) => `site ${name} is new`),
      ),
    ),
});

test('a signed change of medium severity is not made more of than it is, and one of high severity not less', () => {
  const severity = (signed: CollectionSnapshot, next: CollectionSnapshot) =>
    composeInstalled(NOTICE, { baseline: baseline(8, [next]), previous: baseline(7, [signed]) }).severity;
  const value = (text: string) => rows('settings', row('limit', { value: text }));
  expect(severity(value('500'), value('900'))).toBe('medium');
  expect(severity(rows('terminals'), rows('terminals', terminal('1')))).toBe('high');
  expect(severity(routes, routes)).toBe('info');
});
