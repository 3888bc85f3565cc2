import { expect, test } from '@jest/globals';
import { LooksBeside } from '../../../daemon/watch/looks-beside.js';
import { Time } from '../../support/time.js';

/** A read that goes on, and what waits for it. A look ends when the test says so. */
function underWay(able: (names: readonly string[]) => readonly string[] = (names) => names) {
  const time = new Time();
  const items = new Set<string>();
  const looks: { readonly names: readonly string[]; end(): void }[] = [];
  let onMore: (() => void) | null = null;
  const waiting = {
    items: () => [...items],
    onMore: (callback: (() => void) | null) => {
      onMore = callback;
    },
    look: (names: readonly string[]) => {
      for (const name of names) items.delete(name);
      return new Promise<void>((end) => looks.push({ names, end }));
    },
  };
  const beside = new LooksBeside({ waiting, timers: time, able: async (names) => able(names) });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ...{ time, looks, beside, turn },
    wanted: async (name: string) => {
      items.add(name);
      onMore?.();
      await turn();
    },
  };
}

test('nothing is looked at beside a read that is over soon', async () => {
  const { time, looks, beside, wanted } = underWay();
  await wanted('routes');
  time.pass(249);
  await beside.end();
  time.pass(10_000);
  await wanted('admins');
  expect(looks).toEqual([]);
});

test('what waits is looked at once the read goes on for too long, what comes meanwhile after it, and the read ends after the look under way', async () => {
  const { time, looks, beside, turn, wanted } = underWay();
  await wanted('routes');
  time.pass(250);
  await turn();
  expect(looks).toMatchObject([{ names: ['routes'] }]);
  await wanted('admins');
  await wanted('routes');
  expect(looks).toHaveLength(1);
  looks[0]?.end();
  await turn();
  expect(looks[1]).toMatchObject({ names: ['admins', 'routes'] });
  await wanted('admins');
  let isOver = false;
  const over = beside.end().then(() => {
    isOver = true;
  });
  await turn();
  expect(isOver).toBe(false);
  looks[1]?.end();
  await over;
  // Whatever else waits is of the next run.
  expect(looks).toHaveLength(2);
});

test('what cannot be read beside the read waits on, and is asked for with whatever comes', async () => {
  const { time, looks, turn, wanted, beside } = underWay((names) => names.filter((name) => name !== 'large'));
  await wanted('large');
  time.pass(250);
  await turn();
  expect(looks).toEqual([]);
  await wanted('routes');
  expect(looks).toMatchObject([{ names: ['routes'] }]);
  looks[0]?.end();
  await beside.end();
});
