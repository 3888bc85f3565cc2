import { expect, test } from '@jest/globals';
import { changesWorstFirst } from '../../../../daemon/cli/site/ordered-changes.js';
import { diffCollection } from '../../../../daemon/drift/compare.js';
import { record, SITE, snapshot } from '../../policy/build.js';

test('"check" lists what sends money elsewhere first, whatever the order of the collections', () => {
  const pair = (kind: 'contact' | 'terminal' | 'wallet-route', after: string) => {
    const [signed, observed] = ['a', after].map((address) => snapshot(kind, [record('1', { address })]));
    if (!signed || !observed) throw new Error('two states are needed');
    return { signed, outcome: diffCollection(SITE, signed, observed) };
  };
  const all = [pair('contact', 'b'), pair('terminal', 'b'), pair('wallet-route', 'b')];
  const outcomes = new Map(all.map(({ signed, outcome }) => [signed.definition.name, outcome]));
  const signed = new Map(all.map((one) => [one.signed.definition.name, one.signed]));
  const kinds = changesWorstFirst(SITE, outcomes, signed, []).map(({ kind }) => kind);
  expect(kinds).toEqual(['wallet-route', 'terminal', 'contact']);
  const rules = [{ kind: 'contact', severity: 'critical' }] as const;
  expect(changesWorstFirst(SITE, outcomes, signed, rules).map(({ kind }) => kind)).toEqual([
    'wallet-route',
    'contact',
    'terminal',
  ]);
});
