import { expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../../baselines/index.js';
import { IdleConnections } from '../../../../daemon/sources/relational/idle-connections.js';
import type { Connection } from '../../../../daemon/sources/relational/lane.js';
import { Reader } from '../../../../daemon/sources/relational/reader.js';
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

/** Two small tables that were read before; each further batch ends, and each connection after the first is given, when the test says so. */
async function dividedDatabase(isFull = () => false) {
  const names = ['terminals', 'routes'];
  const definitions = names.map((name) => ({ ...TERMINALS, name, table: `public.${name}` }));
  const begun: { readonly over: number; readonly names: readonly string[]; end(): void }[] = [];
  let [asked, open] = [0, 0];
  let isHeld = false;
  const reader = new Reader<Connection & { readonly number: number }>({
    context: {
      ...{ site: 'prague-1', name: 'cas', collections: definitions, fingerprintKey: null },
      log: () => undefined,
    },
    definitions,
    limits: { maxRecords: 10, maxCollectionBytes: 1000, maxValueBytes: 100 },
    database: {
      connect: async () => {
        asked++;
        if (isFull()) throw new Error('too many connections');
        open++;
        const connection = { number: asked, lost: false, destroy: () => void open-- };
        return { connection, degradations: [] };
      },
      readBatch: async ({ number }, watched) => {
        const names = watched.map(({ definition }) => definition.name);
        if (isHeld) await new Promise<void>((end) => begun.push({ over: number, names, end }));
        const readings = watched.map((one) => {
          const snapshot = collectionSnapshot(one.definition, []);
          return [one, { readable: true as const, snapshot }] as const;
        });
        return { readings: new Map(readings), moved: new Set() };
      },
      explain: () => ({ cause: 'unreachable', detail: 'too many connections' }),
      isFull: () => true,
    },
    place: { host: '127.0.0.1', port: 5432 },
  });
  await reader.read(names);
  isHeld = true;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { reader, begun, turn, asked: () => asked, open: () => open };
}

test('what can be read beside a read that goes on is, over a second connection that ends with it; nothing is read twice at once', async () => {
  const { reader, begun, turn, open } = await dividedDatabase();
  const long = reader.read(['terminals']);
  await turn();
  expect(await reader.beside(['terminals', 'routes', 'nothing of ours'])).toEqual(['routes']);
  const short = reader.read(['routes']);
  await turn();
  expect(begun.map(({ over, names }) => ({ over, names }))).toEqual([
    { over: 1, names: ['terminals'] },
    { over: 2, names: ['routes'] },
  ]);
  expect(open()).toBe(2);
  // The long one is over first: what is read next waits for the other.
  begun[0]?.end();
  await long;
  const next = reader.read(['routes', 'terminals']);
  await turn();
  expect(begun).toHaveLength(2);
  begun[1]?.end();
  await short;
  await turn();
  expect(begun.slice(2)).toMatchObject([{ over: 1, names: ['routes', 'terminals'] }]);
  expect(open()).toBe(1);
  expect(await reader.beside(['routes'])).toEqual([]);
  begun[2]?.end();
  await next;
  expect(await reader.beside(['routes'])).toEqual(['routes']);
  expect(open()).toBe(1);
});

test('where the server gives no second connection what is wanted meanwhile waits, nobody else gives one up for it, and it is not asked for again and again', async () => {
  let isFull = false;
  const { reader, begun, turn, asked } = await dividedDatabase(() => isFull);
  isFull = true;
  const long = reader.read(['terminals']);
  await turn();
  expect(await reader.beside(['routes'])).toEqual([]);
  expect(await reader.beside(['routes'])).toEqual([]);
  expect(asked()).toBe(2);
  expect(reader.degradations).toEqual([]);
  const waiting = reader.read(['routes']);
  await turn();
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  await long;
  await turn();
  expect(begun[1]).toMatchObject({ over: 1, names: ['routes'] });
  begun[1]?.end();
  await waiting;
});

test('what was never read is read along with the rest where people signed it as small, and by itself once it is not what they signed', async () => {
  const FEES: Definition = { ...TERMINALS, name: 'fees', table: 'public.fee' };
  const SENSOR: Definition = { ...TERMINALS, name: 'sensor', kind: 'sensor', table: 'pg_catalog' };
  const lines = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      recordLine({ key: [String(n)], fields: new Map([['name', 'x']]) }),
    );
  const signed = new Map(
    [FEES, TERMINALS].map((one) => [one.name, collectionSnapshot(one, lines(one === FEES ? 1 : 20_001))]),
  );
  const batches: string[][] = [];
  const reader = new Reader<Connection>({
    context: {
      ...{ site: 'prague-1', name: 'cas', collections: [FEES, TERMINALS], fingerprintKey: null },
      log: () => undefined,
    },
    definitions: [FEES, TERMINALS, SENSOR],
    limits: { maxRecords: 30_000, maxCollectionBytes: 1e7, maxValueBytes: 100 },
    database: {
      connect: async () => ({ connection: { lost: false, destroy: () => undefined }, degradations: [] }),
      readBatch: async (_, watched) => {
        batches.push(watched.map(({ definition }) => definition.name));
        const unread = { readable: false as const, cause: 'too-large' as const, detail: 'more than signed' };
        return { readings: new Map(watched.map((one) => [one, unread])), moved: new Set() };
      },
      explain: () => ({ cause: 'unreachable', detail: 'no answer' }),
      isFull: () => false,
    },
    place: { host: '127.0.0.1', port: 5432 },
  });
  expect(reader.groups()).toEqual([['sensor'], ['fees'], ['terminals']]);
  expect(reader.groups(undefined, signed)).toEqual([['fees', 'sensor'], ['terminals']]);
  await reader.read(['fees', 'terminals', 'sensor'], { signed });
  expect(batches).toEqual([['fees', 'sensor'], ['terminals']]);
  expect(reader.groups(undefined, signed)).toEqual([['sensor'], ['fees'], ['terminals']]);
});

test('what is read of a table as it lies there goes with what is derived from it, unless it is large', async () => {
  const of = (name: string, table: string, derive?: Definition['derive']): Definition => ({
    ...{ ...TERMINALS, name, table },
    ...(derive === undefined ? {} : { derive }),
  });
  const definitions = [
    of('history', 'public.setting'),
    of('terminals', 'public.terminal'),
    of('routes', 'public.setting', { latest: 'id' }),
    of('fees', 'public.setting', { latest: 'id' }),
  ];
  const names = definitions.map(({ name }) => name);
  const connection: Connection = { lost: false, destroy: () => undefined };
  const reader = new Reader<Connection>({
    context: {
      ...{ site: 'prague-1', name: 'cas', collections: definitions, fingerprintKey: null },
      log: () => undefined,
    },
    definitions,
    limits: { maxRecords: 10, maxCollectionBytes: 1000, maxValueBytes: 100 },
    database: {
      connect: async () => ({ connection, degradations: [] }),
      readBatch: async (_, watched) => ({
        readings: new Map(
          watched.map((one) => {
            const snapshot = { definition: one.definition, records: [], recordsDigest: '' };
            return [one, { readable: true, snapshot }];
          }),
        ),
        moved: new Set(),
      }),
      explain: () => ({ cause: 'failed', detail: 'no' }),
      isFull: () => false,
    },
    place: { host: '127.0.0.1', port: 5432 },
  });
  // How many records it has is not known yet.
  expect(reader.groups(names)).toEqual([['history'], ['terminals'], ['routes', 'fees']]);
  await reader.read(names);
  expect(reader.groups(names)).toEqual([['terminals'], ['routes', 'fees', 'history']]);
  await reader.close();
});
