import {
  collectionSnapshot,
  compareRecords,
  type Definition,
  encodeValue,
  recordLine,
} from '../../../baselines/index.js';
import { errorCode } from '../../error-code.js';
import type { CollectionReading } from '../source.js';
import { listeningSockets, TooManySockets } from './listening-sockets.js';
import { doorKey } from './record.js';

/** Reads the sockets on which this machine listens. */
export async function readSockets(definition: Definition): Promise<CollectionReading> {
  const { from = '', sockets: which } = definition.doors ?? {};
  try {
    const sockets = (await listeningSockets()).filter(({ isReachable }) => which === 'all' || isReachable);
    const records = sockets.map(({ door, user }) =>
      recordLine({
        key: doorKey(door, from),
        fields: new Map([['user', encodeValue({ form: 'text', text: user })]]),
      }),
    );
    return { readable: true, snapshot: collectionSnapshot(definition, records.sort(compareRecords)) };
  } catch (error) {
    if (error instanceof TooManySockets)
      return { readable: false, cause: 'too-large', detail: error.message };
    const code = errorCode(error);
    if (code === null) throw error;
    return {
      readable: false,
      cause: 'failed',
      detail: `the kernel's table of sockets cannot be read (${code})`,
    };
  }
}
