import { expect, test } from '@jest/globals';
import type { Definition } from '../../../../baselines/index.js';
import { IdleConnections } from '../../../../daemon/sources/relational/idle-connections.js';
import { type Connection, Reader } from '../../../../daemon/sources/relational/reader.js';
import { SourceError } from '../../../../daemon/sources/source.js';

const TERMINALS: Definition = {
  ...{ name: 'terminals', kind: 'terminal', source: 'cas', table: 'public.terminal' },
  ...{ key: ['id'], columns: ['name'], secret: [] },
};

/** A reader that waits 5 ms for its first connection; each connection is made, or refused, when the test says so. */
function silentDatabase() {
  const waiting: { connected(): void; refused(error: Error): void }[] = [];
  const connection: Connection = { lost: false, destroy: () => undefined };
  const reader = new Reader<Connection>({
    context: {
      ...{ site: 'prague-1', name: 'cas', collections: [TERMINALS], fingerprintKey: null },
      ...{ log: () => undefined, openWithinMs: 5 },
    },
    definitions: [TERMINALS],
    limits: { maxRecords: 10, maxCollectionBytes: 1000, maxValueBytes: 100 },
    database: {
      connect: () =>
        new Promise((resolve, refused) => {
          waiting.push({ connected: () => resolve({ connection, degradations: [] }), refused });
        }),
      readBatch: async (_, watched) => ({
        readings: new Map(
          watched.map((one) => [
            one,
            { readable: false as const, cause: 'missing' as const, detail: 'read' },
          ]),
        ),
        moved: new Set(),
      }),
      explain: () => ({ cause: 'unreachable', detail: 'no answer' }),
      isFull: () => false,
    },
    place: { host: '127.0.0.1', port: 5432 },
  });
  return { reader, waiting };
}

test('a read waits for the connection that opening no longer waited for, and uses it', async () => {
  const { reader, waiting } = silentDatabase();
  await reader.open();
  const reading = reader.read(['terminals']);
  waiting[0]?.connected();
  expect((await reading).get('terminals')).toMatchObject({ detail: 'read' });
  expect(waiting).toHaveLength(1);
});

test('a role that is found dangerous after opening no longer waited is told by every read, and read with once it is none', async () => {
  const { reader, waiting } = silentDatabase();
  const dangerous = new SourceError('SOURCE_ROLE_DANGEROUS', 'its role may write');
  await reader.open();
  waiting[0]?.refused(dangerous);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await turn();
  const refused = reader.read(['terminals']);
  await turn();
  waiting[1]?.refused(dangerous);
  expect((await refused).get('terminals')).toMatchObject({ cause: 'denied', detail: 'its role may write' });
  const read = reader.read(['terminals']);
  await turn();
  waiting[2]?.connected();
  expect((await read).get('terminals')).toMatchObject({ detail: 'read' });
});

test('a site that an exhausted server refuses costs the others a few connections, and the next one that it refuses none', async () => {
  let nowMs = 0;
  let isFull = false;
  let destroyed = 0;
  const connections = new IdleConnections(() => nowMs);
  const readerOf = (site: string) =>
    new Reader<Connection>({
      context: {
        ...{ site, name: 'cas', collections: [TERMINALS], fingerprintKey: null, connections },
        log: () => undefined,
      },
      definitions: [TERMINALS],
      limits: { maxRecords: 10, maxCollectionBytes: 1000, maxValueBytes: 100 },
      database: {
        // Whatever is given up goes to somebody else.
        connect: async () => {
          if (isFull) throw new Error('too many connections');
          return { connection: { lost: false, destroy: () => void destroyed++ }, degradations: [] };
        },
        readBatch: async () => ({ readings: new Map(), moved: new Set() }),
        explain: () => ({ cause: 'unreachable', detail: 'too many connections' }),
        isFull: () => true,
      },
      place: { host: '127.0.0.1', port: 5432 },
    });
  for (let n = 0; n < 12; n++) await readerOf(`site-${n}`).open();
  isFull = true;
  const refused = async (site: string) => {
    const reader = readerOf(site);
    await reader.open();
    return [destroyed, reader.degradations[0]?.message.includes('taken by others')];
  };
  expect(await refused('vienna-1')).toEqual([4, false]);
  nowMs = 2_000;
  expect(await refused('vienna-2')).toEqual([4, true]);
  nowMs = 12_000;
  expect(await refused('vienna-3')).toEqual([5, true]);
});
