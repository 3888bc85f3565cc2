import { expect, test } from '@jest/globals';
import { KINDS } from '../../../baselines/index.js';
import { costRank, inOrderOfCost } from '../../../daemon/policy/cost.js';
import { definitionOf } from './build.js';

test('every kind has a place of its own by what it can cost, money first', () => {
  const ranked = [...KINDS].sort((a, b) => costRank(a) - costRank(b));
  expect(ranked.slice(0, 3)).toEqual(['wallet-route', 'admin', 'access-link']);
  expect(new Set(KINDS.map(costRank)).size).toBe(KINDS.length);
  expect(Math.min(...KINDS.map(costRank))).toBe(0);
});

test('collections come in the order of what they can cost, those that nobody defines last', () => {
  const definitions = [definitionOf('config'), definitionOf('wallet-route'), definitionOf('terminal')];
  const names = ['stranger', 'configs', 'terminals', 'wallet_routes'];
  expect(inOrderOfCost(names, definitions)).toEqual(['wallet_routes', 'terminals', 'configs', 'stranger']);
  expect(names[0]).toBe('stranger');
});
