import { expect, test } from '@jest/globals';
import type { Definition } from '../../../../baselines/index.js';
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
