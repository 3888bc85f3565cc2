import { expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../baselines/index.js';
import { composeLogFault } from '../../../daemon/alerts/between-reads/log-alerts.js';
import type { Change } from '../../../daemon/drift/change.js';
import type { LoggedChange, LogReading, Source } from '../../../daemon/sources/source.js';
import { LoggedChanges } from '../../../daemon/watch/change-log.js';
import { table } from '../../support/postgres-source.js';
import { CONTEXT } from '../policy/build.js';

const plain = table('routes', ['id'], ['address'], { source: 'cas' });
const derived: Definition = {
  ...table('history', ['id'], ['note'], { source: 'cas', table: 'public.history' }),
  derive: { where: [{ column: 'type', is: 'config' }], latest: 'id' },
};
const by = { user: 'cas', role: null, address: null, application: null, person: null };

/** Writes of a row each, in transactions of their own. */
function entries(of: Definition, first: number, count: number): LoggedChange[] {
  const after = new Map([
    ['id', '1'],
    ['type', 'config'],
  ]);
  return Array.from({ length: count }, (_, i): LoggedChange => {
    const id = first + i;
    const row = new Map(after).set('address', String(id)).set('note', String(id));
    const before = new Map(after).set('address', String(id - 1)).set('note', String(id - 1));
    return {
      ...{ id, transaction: String(id), table: of.table, operation: 'update', atMs: id },
      ...{ before, after: row, secrets: [], by },
    };
  });
}

/** A source whose log says one reading after another, and nothing more when they are over. */
function sourceOf(...readings: readonly Partial<LogReading>[]): Source {
  const left = [...readings];
  const nothing: LogReading = { log: 'log', changes: [], isFirst: false, isBehind: false, faults: [] };
  return {
    ...{ name: 'cas', kind: 'postgres', collections: [plain.name, derived.name], hasHints: true },
    open: () => Promise.resolve([]),
    degradations: () => [],
    read: () => Promise.reject(new Error('not read here')),
    changeLog: () => Promise.resolve({ ...nothing, ...left.shift() }),
    watch: () => undefined,
    close: () => Promise.resolve(),
  };
}

function follow(definitions: readonly Definition[], clock = () => 0): LoggedChanges {
  return new LoggedChanges({ definitions, rules: [], touchOff: new Set(), clock });
}

function look(definition: Definition, value: string) {
  const record = recordLine({ key: ['1'], fields: new Map([[definition.columns[0] ?? '', `t${value}`]]) });
  return {
    ...{ source: 'cas', observedAtMs: 0, durationMs: 0 },
    collections: new Map([
      [
        definition.name,
        { readable: true as const, snapshot: collectionSnapshot(definition, [record]), warnings: [] },
      ],
    ]),
  };
}

test.each([
  ['a plain table', plain],
  ['a table of derived records', derived],
])('entries of %s beyond those that wait for the next look are let go, and that is told', async (_, one) => {
  const source = sourceOf(
    { isFirst: true },
    { changes: entries(one, 1, 12_000) },
    { changes: entries(one, 12_001, 12_000) },
  );
  const log = follow([one]);
  await log.before(source, undefined);
  await log.before(source, undefined);
  expect(log.news().faults).toEqual([]);
  await log.before(source, undefined);
  const bulk = {
    ...{ tables: [one.table], fromMs: 1, toMs: 24_000, by },
    ...{ transaction: null, isOneWriter: true },
  };
  expect(log.news().faults).toEqual([{ source: 'cas', log: 'log', fault: 'unjudged', count: 4_000, bulk }]);
  log.told(log.news());
  expect(log.hasNews()).toBe(false);
});

test('entries let go are counted once, however many collections read their table', async () => {
  const twin = { ...derived, name: 'twin' };
  const source = sourceOf({ isFirst: true }, { changes: entries(derived, 1, 20_005) });
  const log = follow([derived, twin]);
  await log.before(source, undefined);
  await log.before(source, undefined);
  expect(log.news().faults).toMatchObject([{ count: 5 }]);
});

test('one statement of more rows than wait is told as that, with who wrote it, and stays critical: one among them can hide', async () => {
  const other = { ...by, user: 'import' };
  const statement = (from: number, count: number) =>
    entries(plain, from, count).map((one) => ({ ...one, transaction: 't', by: other, atMs: 60_000 }));
  const source = sourceOf(
    { isFirst: true },
    { changes: statement(1, 20_001) },
    { changes: statement(20_002, 9_999) },
  );
  const log = follow([plain]);
  for (let n = 0; n < 3; n++) await log.before(source, undefined);
  const [news] = log.news().faults;
  if (news === undefined) throw new Error('nothing was let go');
  const alert = composeLogFault(CONTEXT, news);
  expect(alert.severity).toBe('critical');
  expect(alert.title).toBe(
    'one transaction wrote so many rows of public.routes that 10,000 entries of the change log were let go',
  );
  expect(alert.consequence).toContain('among so many rows one can hide');
  expect(alert.who).toMatchObject({ confidence: 'observed', who: { untrusted: 'import' } });
  expect(alert.facts).toContainEqual({ label: 'Table', text: 'public.routes' });
  expect(alert.facts).toContainEqual({
    label: 'Written',
    text: 'Thu 1970-01-01 01:01:00 Europe/Prague (1970-01-01 00:01:00 UTC)',
  });
});

test('an entry that came after a look is compared with those of the next one, also where as many waited as may', async () => {
  const source = sourceOf(
    { isFirst: true },
    { changes: entries(derived, 1, 20_000) },
    { changes: entries(derived, 20_001, 1) },
    { changes: entries(derived, 20_002, 1) },
  );
  let nowMs = 0;
  const log = follow([derived], () => nowMs);
  await log.before(source, undefined);
  const first = await log.before(source, undefined);
  await log.after(source, look(derived, '1'), first);
  expect(log.news()).toMatchObject({ rows: [{ count: 20_000 }], faults: [] });
  log.told(log.news());
  nowMs += 10_000;
  const second = await log.before(source, undefined);
  await log.after(source, look(derived, '2'), second);
  expect(log.news().rows.flatMap(({ rows }) => rows.map(({ change }) => change.id))).toEqual([20_001]);
});

test('an entry that another look hears while a table is read is of the next look at that table, which shows what it wrote', async () => {
  const source = sourceOf({ isFirst: true }, {}, {}, { changes: entries(plain, 1, 1) });
  const log = follow([plain, derived]);
  const at = (value: string) => {
    const record = recordLine({ key: ['1'], fields: new Map([['address', value]]) });
    const snapshot = collectionSnapshot(plain, [record]);
    return {
      source: 'cas',
      observedAtMs: 0,
      collections: new Map([[plain.name, { readable: true as const, snapshot }]]),
    };
  };
  await log.after(source, at('0'), await log.before(source, [plain.name]));
  const long = await log.before(source, [plain.name]);
  // The row is written after the long read began, and another look asks the log before it is over.
  await log.before(source, [derived.name]);
  await log.after(source, at('0'), long);
  const next = at('1');
  await log.after(source, next, await log.before(source, [plain.name]));
  const [after] = next.collections.get(plain.name)?.snapshot.records ?? [];
  const change: Change = {
    ...{ fingerprint: 'f', site: 's', collection: plain.name, kind: 'config', type: 'modified' },
    ...{ key: after?.key ?? '', before: null, after: after === undefined ? [] : [after] },
  };
  expect(log.loggedAt(change)).toMatchObject({ entry: 'there' });
});
