import { createRequire } from 'node:module';

const PARTS = ['jest', '@jest/core', 'jest-config'];

/** A package that jest brings along, found as jest finds it: so that it is of the version that runs the tests. */
export function jestsOwn(name) {
  let require = createRequire(import.meta.url);
  for (const part of PARTS) require = createRequire(require.resolve(part));
  return require(name);
}
