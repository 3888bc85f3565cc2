import { beforeEach, expect, test } from '@jest/globals';
import { createLog } from '../../../daemon/telemetry/log.js';
import { createMetrics } from '../../../daemon/telemetry/metrics.js';
import { FullReads } from '../../../daemon/watch/full-reads.js';
import { Observer, type ObserverTarget } from '../../../daemon/watch/observer.js';
import { MemorySource } from '../../support/memory-source.js';
import { Time } from '../../support/time.js';

const INTERVAL_MS = 30_000;

let time: Time;
let source: MemorySource;
let fullReads: FullReads;
let unsettled: string[];
let looks: (readonly string[] | undefined)[];
let statuses: (string | null)[];
let caught: string[];
/** Thrown by the next look or the next change of the hint status, once. */
let defect: Error | null;

beforeEach(() => {
  time = new Time();
  source = new MemorySource('cas', ['admins', 'terminals'], time.clock);
  fullReads = new FullReads(time);
  unsettled = [];
  looks = [];
  statuses = [];
  caught = [];
  defect = null;
});

const target: ObserverTarget = {
  look: async (_source, wanted) => {
    looks.push(wanted);
    throwOnce();
  },
  unsettled: () => unsettled.splice(0),
  onHintStatus: (_source, because) => {
    statuses.push(because);
    throwOnce();
  },
};

function throwOnce(): void {
  const thrown = defect;
  defect = null;
  if (thrown !== null) throw thrown;
}

function observe(hints = true): Observer {
  source.hasHints = hints;
  return new Observer({
    site: 'prague-1',
    source,
    target,
    readIntervalMs: INTERVAL_MS,
    environment: {
      random: () => 0.5,
      clock: time.clock,
      monotonic: time.clock,
      timers: time,
      fullReads,
      log: createLog({ level: 'error', secrets: [] }),
      metrics: createMetrics(() => ({ sites: [], undelivered: 0 })),
      caught: (part, error) => caught.push(`${part}: ${String(error)}`),
    },
  });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('everything is read once at the start, as soon as the source can be heard', async () => {
  const observer = observe();
  observer.start();
  await settled();
  expect(looks).toEqual([]);
  source.hint({ type: 'listening' });
  await settled();
  expect(looks).toEqual([undefined]);
  await observer.stop();
});

test('a source of which nobody knows whether it can be heard is read half a second later, and again when it can', async () => {
  const observer = observe();
  observer.start();
  await settled();
  time.pass(499);
  await settled();
  expect(looks).toEqual([]);
  time.pass(1);
  await settled();
  expect(looks).toEqual([undefined]);
  source.hint({ type: 'listening' });
  await settled();
  expect(looks).toEqual([undefined, undefined]);
  await observer.stop();
});

test('an interval that passes before the start takes nothing from it', async () => {
  const observer = observe();
  time.pass(2 * INTERVAL_MS);
  await settled();
  observer.start();
  await settled();
  source.hint({ type: 'listening' });
  await settled();
  expect(observer.hintStatus()).toBe('listening');
  expect(looks).toEqual([undefined]);
  await observer.stop();
});

test('a hint waits for no full read of another source, and what cannot even begin to listen is read', async () => {
  const others = Array.from({ length: 16 }, () =>
    fullReads.enter(() => new Promise(() => undefined), 'again'),
  );
  expect(others).toHaveLength(16);
  const observer = observe();
  source.watch = () => {
    throw new TypeError('a defect');
  };
  observer.start();
  await settled();
  expect(looks).toEqual([]);
  // Those who hold their turn for longer than a second have had it.
  time.pass(1_000);
  await settled();
  expect(caught).toEqual(['watching source cas of prague-1: TypeError: a defect']);
  expect(looks).toEqual([undefined]);
  await observer.stop();
});

test('only the first read of a source goes before those of others', async () => {
  const asked: string[] = [];
  const enter = fullReads.enter.bind(fullReads);
  fullReads.enter = (work, read) => {
    asked.push(read);
    enter(work, read);
  };
  const observer = observe();
  observer.start();
  await settled();
  source.hint({ type: 'listening' });
  await settled();
  time.pass(INTERVAL_MS);
  await settled();
  expect(asked).toEqual(['first', 'again']);
  await observer.stop();
});

test('a look that throws once is reported, is no read, and the next ones come', async () => {
  const observer = observe();
  observer.start();
  await settled();
  source.hint({ type: 'listening' });
  await settled();
  source.hint({ type: 'changed', collections: ['admins'] });
  await settled();
  expect(looks).toHaveLength(2);
  const before = observer.lastFullReadMs();

  defect = new TypeError('a defect');
  time.pass(INTERVAL_MS);
  await settled();
  expect(caught).toEqual(['watching source cas of prague-1: TypeError: a defect']);
  expect(observer.lastFullReadMs()).toBe(before);

  source.hint({ type: 'changed', collections: ['terminals'] });
  await settled();
  time.pass(INTERVAL_MS);
  await settled();
  expect(looks.slice(3)).toEqual([['terminals'], undefined]);
  expect(observer.lastFullReadMs()).toBe(time.nowMs);
  expect(observer.readAgeMs()).toBe(0);
  await observer.stop();
});

test('what a change of the hint status throws is reported, and everything is read all the same', async () => {
  const observer = observe();
  observer.start();
  await settled();
  defect = new TypeError('a defect');
  source.hint({ type: 'disconnected', reason: 'the connection broke' });
  await settled();
  expect(caught).toHaveLength(1);
  expect(observer.hintStatus()).toBe('disconnected');
  source.hint({ type: 'listening' });
  await settled();
  expect(statuses).toEqual(['the connection broke', null]);
  expect(looks).toEqual([undefined, undefined, undefined]);
  await observer.stop();
});

test('a source without hints is polled, and one that stopped reads nothing more', async () => {
  const observer = observe(false);
  observer.start();
  await settled();
  source.hint({ type: 'changed', collections: ['admins'] });
  await settled();
  expect(looks).toHaveLength(1);
  expect(observer.hintStatus()).toBe('polling');
  await observer.stop();
  time.pass(10 * INTERVAL_MS);
  await settled();
  expect(looks).toHaveLength(1);
});

test('a collection that is unread and of which nobody was notified is looked at again within a second', async () => {
  unsettled = ['terminals'];
  const observer = observe(false);
  observer.start();
  await settled();
  expect(looks).toEqual([undefined]);
  time.pass(1_000);
  await settled();
  expect(looks).toEqual([undefined, ['terminals']]);
  time.pass(5_000);
  await settled();
  expect(looks).toHaveLength(2);
  await observer.stop();
});
