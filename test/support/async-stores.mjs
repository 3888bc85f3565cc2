import { AsyncLocalStorage } from 'node:async_hooks';

/** The stores that values were put into since all were ended last. */
const used = new Set();

for (const name of ['run', 'enterWith']) {
  const original = AsyncLocalStorage.prototype[name];
  AsyncLocalStorage.prototype[name] = function (...given) {
    used.add(this);
    return original.apply(this, given);
  };
}

/**
 * Ends the stores that went along asynchronous calls. Jest makes one for each test file and ends none, and Node asks each of them at every
 * promise: after a hundred files in one process, a promise costs a hundred times as much (docs/adr/0142).
 */
export function endAsyncStores() {
  for (const store of used) store.disable();
  used.clear();
}
