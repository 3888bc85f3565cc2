import { beforeEach, expect, test } from '@jest/globals';

let kept: Map<string, string>;
let loaded: number;
let loadAnewIfOld: (served: string | null, running: string) => boolean;

beforeEach(async () => {
  kept = new Map();
  loaded = 0;
  Object.assign(globalThis, {
    sessionStorage: {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
    },
    location: { reload: () => loaded++ },
  });
  const file = '../../../console/view/upgrade.js';
  ({ loadAnewIfOld } = await import(file));
});

test('a page that is open over an upgrade is loaded anew, once for each script that is served', () => {
  expect([loadAnewIfOld('one', 'one'), loadAnewIfOld(null, 'one'), loadAnewIfOld('two', '')]).toEqual([
    false,
    false,
    false,
  ]);
  expect(loaded).toBe(0);
  expect([loadAnewIfOld('two', 'one'), loaded]).toEqual([true, 1]);
  // Something in between keeps it as it is.
  expect([loadAnewIfOld('two', 'one'), loaded]).toEqual([false, 1]);
  expect([loadAnewIfOld('three', 'one'), loaded]).toEqual([true, 2]);
});
