import { AsyncLocalStorage, executionAsyncResource } from 'node:async_hooks';
import { expect, test } from '@jest/globals';
import { endAsyncStores } from './async-stores.mjs';

/** How many stores Node has put a value of, or nothing, beside the promise that is waited for here. */
async function storesAsked(): Promise<number> {
  await Promise.resolve();
  const keys = Object.getOwnPropertySymbols(executionAsyncResource());
  return keys.filter((key) => key.description === 'kResourceStore').length;
}

test('of the test files before this one in its process no store is asked: only the one that jest made for this file', async () => {
  expect(await storesAsked()).toBe(1);
});

test('stores that are ended with a test file are asked no more', async () => {
  const before = await storesAsked();
  const [run, entered] = [new AsyncLocalStorage<string>(), new AsyncLocalStorage<string>()];
  run.run('value', () => undefined);
  entered.enterWith('value');
  expect(await storesAsked()).toBe(before + 2);
  endAsyncStores();
  new AsyncLocalStorage<string>().run('of the next file', () => undefined);
  expect(await storesAsked()).toBe(1);
});
