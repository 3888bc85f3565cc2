import { openStore, openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import type { Store, StoreNouns, StoreReader, StoreTransaction } from '../../daemon/store/store.js';

/** Opens the state of a directory. */
type OpenStore = (directory: string) => Store;

/**
 * A store that reads on one connection and writes on another, as one on a database server does. What a transaction has written is not seen by the
 * reading connection; so that nothing depends on it unnoticed, a read of `store` while a transaction is open throws.
 */
export const openSeparated: OpenStore = (directory) => {
  const writer = openStore(directory);
  const reader = openStoreReadOnly(directory);
  if (reader === null) throw new Error('the writer makes the state');
  let writing = false;

  function transaction<T>(work: (tx: StoreTransaction) => T): T {
    return writer.transaction((tx) => {
      writing = true;
      try {
        return work(tx);
      } finally {
        writing = false;
      }
    });
  }

  const reads = <N extends keyof StoreNouns>(noun: N): StoreReader[N] =>
    new Proxy(reader[noun], {
      get: (target, method) => {
        if (writing) throw new Error(`store.${noun}.${String(method)} was read while a transaction was open`);
        const value: unknown = Reflect.get(target, method, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });

  return {
    incidents: reads('incidents'),
    findings: reads('findings'),
    outbox: reads('outbox'),
    deliveries: reads('deliveries'),
    journal: reads('journal'),
    observed: reads('observed'),
    baselines: reads('baselines'),
    suppressions: reads('suppressions'),
    meta: reads('meta'),
    folds: reads('folds'),
    copyTo: (file) => reader.copyTo(file),
    transaction,
    inPlace: () => writer.inPlace(),
    refuseAltered: () => writer.refuseAltered(),
    close: () => {
      reader.close();
      writer.close();
    },
  };
};

/** Every adapter of the store port, by name. */
export const STORE_ADAPTERS: readonly (readonly [name: string, open: OpenStore])[] = [
  ['the SQLite store', openStore],
  ['a store that reads on another connection', openSeparated],
];
