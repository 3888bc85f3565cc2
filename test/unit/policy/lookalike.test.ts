import { expect, test } from '@jest/globals';
import { skeleton } from '../../../daemon/policy/lookalike.js';

test.each([
  ['vvallet', 'wallet'],
  ['5upport', 'support'],
  ['r00t', 'root'],
  ['adrnin', 'admin'],
  ['Support', 'support'],
  ['supp\u200bort', 'support'],
  ['súpport', 'support'],
  ['ѕupport', 'support'],
  ['Νikos', 'Nikos'],
  ['νera', 'vera'],
  ['ꓮꓡICE', 'alice'],
  ['groß', 'grob'],
  ['ωallet', 'wallet'],
])('%j can be taken for %j', (lookalike, name) => {
  expect(skeleton(lookalike)).toBe(skeleton(name));
});

test('names that read differently have skeletons of their own', () => {
  const names = ['wallet', 'vallet', 'support', 'upport', 'suport', 'admin', 'adnin', 'root'];
  expect(new Set(names.map(skeleton)).size).toBe(names.length);
});
