import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { collectionSnapshot, recordLine } from '../../baselines/index.js';
import type { SiteApprovals } from '../../daemon/approvals/active/active-baseline.js';
import { NO_SUPPRESSIONS } from '../../daemon/approvals/active/suppressions.js';
import { Pipeline } from '../../daemon/pipeline.js';
import type { LoggedChange, Source } from '../../daemon/sources/source.js';
import type { WaitingLook } from '../../daemon/watch/looks-beside.js';
import { createRecorder, type Recorder } from '../../daemon/watch/recorder.js';
import { MemorySource } from '../support/memory-source.js';
import { temporaryStore } from '../support/temporary-store.js';
import { Time } from '../support/time.js';
import {
  admins,
  collection,
  extended,
  headOf,
  noChain,
  propose,
  SITE,
  terminals,
} from './baselines/scene.js';

const CHANNELS = [{ name: 'slack', parts: ['message'] }];
const baseline = headOf(extended(noChain, propose(null)));
const definitions = [admins.definition, terminals.definition];
const APPROVED: SiteApprovals = {
  active: baseline,
  adopted: false,
  previous: null,
  answered: [],
  problems: [],
  suppressions: NO_SUPPRESSIONS,
};
const thief = collection('admins', 'admin', [
  ['1', 'alice'],
  ['2', null],
  ['3', 'gb'],
]);

let kept: ReturnType<typeof temporaryStore>;
let time: Time;
let source: MemorySource;
let defects: string[];
let woken: number;
/** Thrown by the next reading of the open findings, once. */
let defect: Error | null;

beforeEach(() => {
  kept = temporaryStore();
  time = new Time();
  source = new MemorySource('cas', ['admins', 'terminals'], time.clock);
  source.holds(admins, terminals);
  defects = [];
  woken = 0;
  defect = null;
});
afterEach(() => kept.remove());

function recorderOf(): Recorder {
  const recorder = createRecorder({
    site: SITE,
    timeZone: 'UTC',
    definitions,
    personal: new Map(),
    store: kept.store,
    channels: () => CHANNELS,
    onEnqueued: () => {
      woken += 1;
    },
    onStoreError: (error) => {
      throw error;
    },
    clock: time.clock,
  });
  return {
    suppressionsEnded: () => recorder.suppressionsEnded(),
    record: (decision) => recorder.record(decision),
    stop: () => recorder.stop(),
    openFindings: () => {
      const thrown = defect;
      defect = null;
      if (thrown !== null) throw thrown;
      return recorder.openFindings();
    },
  };
}

const pipelineOf = (of = definitions) =>
  new Pipeline({
    site: SITE,
    touchOff: new Set(),
    definitions: of,
    rules: [],
    unknownGraceMs: 60_000,
    flapWindowMs: 600_000,
    recorder: recorderOf(),
    clock: time.clock,
    timers: time,
    beginStage: () => () => undefined,
    onDefect: (name) => defects.push(name),
  });

const openFindings = () => kept.store.transaction((tx) => tx.findings.open(SITE));
const outcomes = (pipeline: Pipeline) =>
  Object.fromEntries([...pipeline.outcomes()].map(([name, { outcome }]) => [name, outcome]));

describe('the pipeline of a site', () => {
  test('judges nothing before the files of approval were read, and then what was read before', async () => {
    const pipeline = pipelineOf();
    source.holds(thief);
    await pipeline.look(source);
    expect(openFindings()).toEqual([]);
    pipeline.approve(APPROVED);
    expect(openFindings().map(({ subject }) => subject.what)).toEqual(['change']);
  });

  test('looks beside a read that goes on at what is wanted meanwhile, but not at what is being read or was read before and is not decided', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    let end: (() => void) | null = null;
    const offered: (readonly string[])[] = [];
    const read = source.read.bind(source);
    const inGroups: Source = Object.assign(source, {
      groups: (wanted: readonly string[] = ['admins', 'terminals']) => wanted.map((name) => [name]),
      beside: async (names: readonly string[]) => {
        offered.push(names);
        return names;
      },
      read: async (names?: readonly string[]) => {
        if (names?.includes('terminals')) await new Promise<void>((resolve) => (end = resolve));
        return read(names);
      },
    });
    let more: (() => void) | null = null;
    const looked: (readonly string[])[] = [];
    const waiting: WaitingLook = {
      items: () => ['admins', 'terminals'],
      onMore: (callback) => {
        more = callback;
      },
      look: async (names) => {
        looked.push(names);
        if (looked.length === 1) await pipeline.look(inGroups, names, new Set(names));
      },
    };
    const look = pipeline.look(inGroups, undefined, new Set(), waiting);
    while (end === null) await turn();
    time.pass(250);
    await turn();
    expect([offered, looked]).toEqual([[[]], []]);
    time.pass(250);
    source.holds(thief);
    (more as (() => void) | null)?.();
    await turn();
    expect(looked).toEqual([['admins']]);
    (end as () => void)();
    await look;
    expect(outcomes(pipeline)).toEqual({ admins: 'drifted', terminals: 'same' });
  });

  test('finds nothing where everything is as people signed it', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    await pipeline.look(source);
    expect(outcomes(pipeline)).toEqual({ admins: 'same', terminals: 'same' });
    expect(openFindings()).toEqual([]);
    expect(woken).toBe(0);
  });

  test('asks who was active when something changed, and not when a history only grew', async () => {
    const definition = { ...collection('log', 'config', []).definition, history: true as const };
    const historyOf = (...rows: readonly (readonly [id: string, value: string])[]) =>
      collectionSnapshot(
        definition,
        rows.map(([id, value]) => recordLine({ key: [id], fields: new Map([['name', value]]) })),
      );
    const signed = historyOf(['1', 'a']);
    source = new MemorySource('cas', ['admins', 'log'], time.clock);
    source.holds(admins, signed);
    let asked = 0;
    const watched: Source = Object.assign(source, {
      activity: async () => {
        asked++;
        return null;
      },
    });
    const pipeline = pipelineOf([admins.definition, definition]);
    pipeline.approve({ ...APPROVED, active: headOf(extended(noChain, propose(null, [admins, signed]))) });
    await pipeline.look(watched);
    source.holds(admins, historyOf(['1', 'a'], ['2', 'b']));
    await pipeline.look(watched, ['log']);
    expect([asked, outcomes(pipeline)]).toEqual([0, { admins: 'same', log: 'same' }]);
    source.holds(admins, historyOf(['1', 'altered'], ['2', 'b']));
    await pipeline.look(watched, ['log']);
    expect(asked).toBe(1);
    source.holds(admins, historyOf(['1', 'a'], ['2', 'b']));
    await pipeline.look(watched, ['log']);
    expect([asked, outcomes(pipeline)]).toEqual([2, { admins: 'same', log: 'same' }]);
    source.holds(thief, historyOf(['1', 'a'], ['2', 'b'], ['3', 'c']));
    await pipeline.look(watched, ['admins', 'log']);
    expect(asked).toBe(3);
  });

  test('records a change once and wakes the outbox once, however often it is read', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    source.holds(thief);
    await pipeline.look(source);
    await pipeline.look(source, ['admins']);
    expect(openFindings()).toHaveLength(1);
    expect(woken).toBe(1);
  });

  test('asks a second read about so much missing, and believes it', async () => {
    const all = collection('terminals', 'terminal', []);
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    source.nextHolds(all);
    await pipeline.look(source);
    expect(source.reads).toEqual([null, ['terminals']]);
    expect(outcomes(pipeline)).toMatchObject({ terminals: 'same' });
    source.holds(all);
    await pipeline.look(source);
    expect(outcomes(pipeline)).toMatchObject({ terminals: 'drifted' });
  });

  test('takes one collection that cannot be read as unknown, and the others as they are', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    source.refuses('admins');
    await pipeline.look(source);
    expect(outcomes(pipeline)).toEqual({ admins: 'unknown', terminals: 'same' });
  });

  test('holds a source that cannot be heard to be blind until it can', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    await pipeline.look(source);
    pipeline.onHintStatus('cas', 'the connection broke');
    expect(openFindings().map(({ subject }) => subject.what)).toEqual(['blind']);
    pipeline.onHintStatus('cas', null);
    time.pass(600_001);
    await pipeline.look(source);
    expect(openFindings()).toEqual([]);
  });
});

describe('a collection whose reading goes on and on', () => {
  /** The source, its reads ending when told. */
  const held = () => {
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const read: Source['read'] = async (wanted) => {
      await until;
      return source.read(wanted);
    };
    return { slow: { name: 'cas', kind: 'memory', collections: ['admins', 'terminals'], read }, release };
  };
  const looking = (pipeline: Pipeline, { slow }: ReturnType<typeof held>, wanted: readonly string[]) =>
    pipeline.look(Object.assign(Object.create(source), slow), wanted);

  test('is told as unknown after five seconds, while it is still being read, and is what was read in the end', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    const reading = held();
    const look = looking(pipeline, reading, ['admins']);
    time.pass(4_999);
    expect(openFindings()).toEqual([]);
    time.pass(1);
    expect(openFindings()).toMatchObject([
      { subject: { what: 'unknown', collection: 'admins', cause: 'timeout' }, notifiedMs: time.nowMs },
    ]);
    expect([woken, outcomes(pipeline)]).toEqual([1, { admins: 'unknown' }]);
    reading.release();
    await look;
    expect(outcomes(pipeline)).toEqual({ admins: 'same' });
  });

  test('is told after five seconds of its own turn when all are read, and nothing is said of those before it', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    const { release, slow } = held();
    let begin: (collection: string) => void = () => undefined;
    const read: Source['read'] = (wanted, options) => {
      begin = options?.onBegin ?? begin;
      return slow.read(wanted);
    };
    const look = pipeline.look(Object.assign(Object.create(source), slow, { read }));
    begin('witness_cas');
    begin('admins');
    time.pass(4_000);
    begin('terminals');
    time.pass(4_999);
    expect(openFindings()).toEqual([]);
    time.pass(1);
    expect(openFindings()).toMatchObject([{ subject: { what: 'unknown', collection: 'terminals' } }]);
    release();
    await look;
    time.pass(60_000);
    expect(outcomes(pipeline)).toEqual({ admins: 'same', terminals: 'same' });
  });

  test('holds up nothing that was read before it when all are read, and a source out of reach is told as one', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    source.holds(thief);
    const { release, slow } = held();
    const read: Source['read'] = (wanted) =>
      wanted?.includes('terminals') ? slow.read(wanted) : source.read(wanted);
    const groups = () => [['admins'], ['terminals']];
    const grouped: Source = Object.assign(Object.create(source), slow, { read, groups });
    const look = pipeline.look(grouped);
    await new Promise(setImmediate);
    time.pass(499);
    expect(outcomes(pipeline)).toEqual({});
    time.pass(1);
    expect(outcomes(pipeline)).toEqual({ admins: 'drifted' });
    release();
    await look;
    expect(outcomes(pipeline)).toEqual({ admins: 'drifted', terminals: 'same' });

    const [second, admins] = [held(), APPROVED.active?.collections.get('admins')];
    if (admins !== undefined) source.holds(admins);
    const later = pipeline.look(
      Object.assign(Object.create(source), second.slow, {
        groups,
        read: (wanted: readonly string[]) =>
          wanted.includes('terminals') ? second.slow.read(wanted) : source.read(wanted),
      }),
    );
    await new Promise(setImmediate);
    time.pass(50);
    expect(outcomes(pipeline)).toEqual({ admins: 'same', terminals: 'same' });
    second.release();
    await later;

    const [unreached, again] = [held(), pipelineOf()];
    again.approve(APPROVED);
    for (const name of ['admins', 'terminals']) source.refuses(name, 'no answer', 'unreachable');
    const looks = again.look(
      Object.assign(Object.create(source), unreached.slow, {
        groups,
        read: (wanted: readonly string[]) =>
          wanted.includes('terminals') ? unreached.slow.read(wanted) : source.read(wanted),
      }),
    );
    await new Promise(setImmediate);
    time.pass(500);
    expect(outcomes(again)).toEqual({});
    unreached.release();
    await looks;
    expect(outcomes(again)).toEqual({ admins: 'unknown', terminals: 'unknown' });
  });

  test('takes what was read once, whatever is read after it', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    const { table } = admins.definition;
    const row = new Map([['id', '1']]);
    const write: LoggedChange = {
      ...{ id: 1, table, operation: 'update', atMs: time.nowMs, transaction: '7', before: row, after: row },
      ...{ secrets: [], by: { user: 'cas', role: null, address: null, application: null, person: null } },
    };
    const heard = [[], [], [write]];
    const changeLog: Source['changeLog'] = async () => ({
      ...{ log: 'tillwarden.log', changes: heard.shift() ?? [], isFirst: heard.length === 2 },
      ...{ isBehind: false, faults: [] },
    });
    const first: Source['read'] = (wanted) => source.read(wanted);
    await pipeline.look(Object.assign(Object.create(source), { read: first, changeLog }));
    time.pass(700_000);
    const { release, slow } = held();
    const records = admins.records.slice(0, 1);
    const read: Source['read'] = async (wanted) => {
      if (wanted?.includes('terminals')) return slow.read(wanted);
      const collections = new Map([
        ['admins', { readable: true, snapshot: admins, touched: { count: 1, records } } as const],
      ]);
      return { source: 'cas', observedAtMs: time.nowMs, collections };
    };
    const groups = () => [['admins'], ['terminals']];
    const look = pipeline.look(Object.assign(Object.create(source), { read, groups, changeLog }));
    await new Promise(setImmediate);
    time.pass(50);
    release();
    await look;
    // The log explains the write, of which nothing is told again as of one that nobody knows of.
    expect(woken).toBe(0);
  });

  test('holds up nothing that was reached beside what was not', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    await pipeline.look(source);
    source.holds(thief);
    source.refuses('terminals', 'no answer', 'unreachable');
    const waiting: (() => void)[] = [];
    const read: Source['read'] = async (wanted) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return source.read(wanted);
    };
    const groups = () => [['terminals'], ['admins'], ['terminals']];
    const look = pipeline.look(Object.assign(Object.create(source), { read, groups }));
    const next = async () => {
      waiting.shift()?.();
      await new Promise(setImmediate);
    };
    await next();
    time.pass(50);
    expect(outcomes(pipeline)).toEqual({ admins: 'same', terminals: 'same' });
    await next();
    time.pass(50);
    expect(outcomes(pipeline)).toEqual({ admins: 'drifted', terminals: 'unknown' });
    await next();
    await look;
  });

  test('is told for all that the same look answers, and for nothing else', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    const { release, slow } = held();
    const groups: Source['groups'] = (wanted) => (wanted ? [wanted] : [['admins', 'terminals']]);
    const look = pipeline.look(Object.assign(Object.create(source), slow, { groups }), [
      'terminals',
      'admins',
    ]);
    time.pass(5_000);
    expect(outcomes(pipeline)).toEqual({ admins: 'unknown', terminals: 'unknown' });
    release();
    await look;
    expect(outcomes(pipeline)).toEqual({ admins: 'same', terminals: 'same' });
  });

  test('waits no longer than fifty milliseconds for others to be decided with, however soon each of them is read', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    await pipeline.look(source);
    source.holds(thief);
    const waiting: (() => void)[] = [];
    const read: Source['read'] = async (wanted) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return source.read(wanted);
    };
    const groups = () => [['admins'], ['terminals'], ['terminals'], ['terminals']];
    const look = pipeline.look(Object.assign(Object.create(source), { read, groups }));
    const next = async () => {
      waiting.shift()?.();
      await new Promise(setImmediate);
    };
    await next();
    for (const ms of [20, 20]) {
      time.pass(ms);
      await next();
    }
    expect(outcomes(pipeline)).toEqual({ admins: 'same', terminals: 'same' });
    time.pass(10);
    expect(outcomes(pipeline)).toEqual({ admins: 'drifted', terminals: 'same' });
    await next();
    await look;
  });

  test('comes to nothing once the daemon has stopped waiting for it', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    source.holds(thief);
    const { release, slow } = held();
    const look = pipeline.look(Object.assign(Object.create(source), slow));
    pipeline.abandon();
    release();
    await look;
    expect(outcomes(pipeline)).toEqual({});
    expect(openFindings()).toEqual([]);
  });

  test('says nothing of others where nobody says whose turn it is', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    const reading = held();
    const look = pipeline.look(Object.assign(Object.create(source), reading.slow));
    time.pass(60_000);
    expect(openFindings()).toEqual([]);
    reading.release();
    await look;
  });

  test('and ran into its limit has had that time of its grace', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    source.refuses('admins', 'SQLSTATE 57014', 'timeout');
    const reading = held();
    const look = looking(pipeline, reading, ['admins']);
    time.pass(3_000);
    reading.release();
    await look;
    expect(openFindings()).toMatchObject([
      { subject: { what: 'unknown' }, graceMs: 2_000, notifiedMs: null },
    ]);
  });
});

describe('a defect', () => {
  test('in deciding is thrown, and what was read is decided at the next look', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    source.holds(thief);
    defect = new TypeError('undefined is not a function');
    await expect(pipeline.look(source)).rejects.toThrow(TypeError);
    expect(openFindings()).toEqual([]);
    await pipeline.look(source, ['terminals']);
    expect(openFindings()).toHaveLength(1);
  });

  test('in reading makes what was wanted unknown: what it held before is no state of now', async () => {
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    await pipeline.look(source);
    source.nextThrows(new RangeError('a defect'));
    await expect(pipeline.look(source, ['admins'])).rejects.toThrow('a defect');
    expect(outcomes(pipeline)).toEqual({ admins: 'unknown', terminals: 'same' });
    await pipeline.look(source, ['admins']);
    expect(outcomes(pipeline)).toEqual({ admins: 'same', terminals: 'same' });
  });

  test('in comparing one collection makes that one unknown, and the others are compared', async () => {
    const records = [...thief.records];
    const [first] = records;
    // The comparison is the first to look at the records one by one: beforehand, and again when it counts.
    let comparisons = 2;
    Object.defineProperty(records, 0, {
      get: () => {
        if (comparisons-- <= 0) return first;
        throw new TypeError('a defect');
      },
    });
    const uncomparable = { ...thief, records };
    const pipeline = pipelineOf();
    pipeline.approve(APPROVED);
    source.holds(uncomparable, collection('terminals', 'terminal', [['BT300001', 'Brno']]));
    await pipeline.look(source);
    expect(defects).toEqual(['admins']);
    expect(outcomes(pipeline)).toEqual({ admins: 'unknown', terminals: 'drifted' });
  });
});
