import { expect, test } from '@jest/globals';
import { canonicalJson, recordLine } from '../../../baselines/index.js';
import { changeView } from '../../../daemon/views/change-view.js';

test('a page says of a route that is new or gone that it says where money goes, and of a changed one alone that money goes elsewhere', () => {
  const line = (address: string) => recordLine({ key: ['1'], fields: new Map([['address', address]]) }).line;
  const money = (before: string | null, after: readonly string[], type: 'added' | 'removed' | 'modified') =>
    changeView(
      {
        ...{ what: 'change', collection: 'routes', kind: 'wallet-route', type, key: canonicalJson(['1']) },
        ...{ before, after },
      },
      { fingerprint: 'a', severity: 'high', definition: undefined },
    ).money;
  expect(money(line('bc1qours'), [line('bc1qtheirs')], 'modified')).toBe('modified');
  expect(money(null, [line('bc1qtheirs')], 'added')).toBe('added');
  expect(money(line('bc1qours'), [], 'removed')).toBe('removed');
});

test('a page knows by what was found of a record that money goes elsewhere, also where nobody told it how the collection is defined', () => {
  const line = (hot: string) => recordLine({ key: ['1'], fields: new Map([['hot', hot]]) }).line;
  const subject = {
    ...({ what: 'change', collection: 'routes', kind: 'wallet-route', type: 'modified' } as const),
    ...{ key: canonicalJson(['1']), before: line('ours'), after: [line('theirs')] },
  };
  const context = { fingerprint: 'a', severity: 'high', definition: undefined } as const;
  expect(changeView(subject, context).money).toBeNull();
  expect(changeView({ ...subject, namedDestination: true }, context)).toMatchObject({
    money: 'modified',
    headline: expect.stringContaining('now pays elsewhere'),
  });
});
