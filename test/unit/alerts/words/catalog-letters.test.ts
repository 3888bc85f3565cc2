import { expect, test } from '@jest/globals';
import { decodeValue, encodeValue } from '../../../../baselines/index.js';
import { withCatalogWords } from '../../../../daemon/alerts/words/catalog-letters.js';

const text = (value: string) => encodeValue({ form: 'text', text: value });

function shown(key: readonly string[], path: string, before: string, after: string, field = 'definition') {
  const change = withCatalogWords(JSON.stringify(key), {
    ...{ field, path, before: text(before), after: text(after) },
  });
  return [change.before, change.after].map((one) => {
    const value = one == null ? null : decodeValue(one);
    return value?.form === 'text' ? value.text : null;
  });
}

test.each([
  [['function', 'public.pay()'], '/kind', 'f', 'p', 'f (function)', 'p (procedure)'],
  [['constraint', 'public.a.fk'], '/onDelete', 'a', 'c', 'a (no action)', 'c (cascade)'],
  [['policy', 'public.a.p'], '/command', 'r', '*', 'r (SELECT)', '* (all)'],
  [['rule', 'public.a.r'], '/event', '2', '4', '2 (UPDATE)', '4 (DELETE)'],
  [['watched-table', 'public.a'], '/columns/id/identity', 'a', 'd', 'a (always)', 'd (by default)'],
])('a letter of the catalog has its word behind it: %j %s', (key, path, before, after, was, is) => {
  expect(shown(key, path, before, after)).toEqual([was, is]);
});

test.each([
  [['function', 'public.pay()'], '/source', 'f', 'p', 'definition'],
  [['function', 'public.pay()'], '/kind', 'constructor', 'x', 'definition'],
  [['function', 'public.pay()'], '/kind', 'f', 'p', 'owner'],
  [['routine', 'a.pay'], '/kind', 'f', 'p', 'definition'],
  [['toString', 'a'], '/kind', 'f', 'p', 'definition'],
])('what is no such letter stays as it is: %j %s', (key, path, before, after, field) => {
  expect(shown(key, path, before, after, field)).toEqual([before, after]);
});
