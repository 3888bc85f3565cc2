import { expect, test } from '@jest/globals';
import type { ShownConsole, ShownDesk, ShownDifference } from '../../../daemon/views/console-shapes.js';

interface Signal<T> {
  value: T;
}

/** Of the console's page, what is asked here: its types are those of a browser. */
interface PageState {
  readonly place: Signal<object>;
  readonly problem: Signal<string | null>;
  readonly dropped: Signal<number>;
  readonly choices: Signal<ReadonlyMap<string, string>>;
  readonly differences: Signal<readonly ShownDifference[]>;
  refresh(): Promise<void>;
  choose(id: string, choice: string): void;
  loadMore(): Promise<void>;
  attempt(what: string, work: () => Promise<void>): Promise<void>;
}

const home = { sites: [], daemon: null, server: null } as unknown as ShownConsole;
const one = (id: string) => ({ id, acceptable: true, byItself: false, leads: [], shown: { what: 'change' } });
let pages: readonly (readonly string[])[] = [];
let fails = false;

/** What the console's process answers. */
function answerTo(path: string): object {
  if (path === '/api/console') return home;
  const differenceCount = pages.flat().length;
  const from = Number(/differences\/(\d+)$/.exec(path)?.[1] ?? 0);
  const differences = pages
    .flat()
    .slice(from, from + (pages[0]?.length ?? 0))
    .map(one);
  const desk: Partial<ShownDesk> = { differenceCount, problem: null, pending: null };
  return { ...desk, differences };
}

async function openPage(): Promise<PageState> {
  Object.assign(globalThis, {
    location: { protocol: 'https:', hash: '' },
    fetch: async (path: string) =>
      fails
        ? Response.json({ code: 'CLI_SERVER_UNREACHABLE', message: 'nobody is there' }, { status: 409 })
        : Response.json(answerTo(path)),
  });
  const file = '../../../console/approve/state.js';
  return import(file);
}

test('the page shows further differences as they are now, and what kept it from reading only until it reads again', async () => {
  const page = await openPage();
  page.place.value = { page: 'site', site: 'prague-1' };
  pages = [
    ['a', 'b'],
    ['c', 'd'],
  ];
  await page.refresh();
  await page.loadMore();
  for (const id of ['a', 'c', 'd']) page.choose(id, 'accept');
  const shown = () => page.differences.value.map(({ id }) => id).join('');
  expect(shown()).toBe('abcd');
  // As many as before, and one of them is another one.
  pages = [
    ['a', 'b'],
    ['c', 'e'],
  ];
  await page.refresh();
  expect(shown()).toBe('abce');
  expect([page.dropped.value, [...page.choices.value.keys()].join('')]).toEqual([1, 'ac']);
  // One more, and nothing of what was decided about moved.
  pages = [['a', 'b'], ['c', 'e'], ['f']];
  await page.refresh();
  expect(shown()).toBe('abce');
  expect(page.dropped.value).toBe(1);

  fails = true;
  await page.refresh();
  expect(page.problem.value).toContain('nobody is there');
  fails = false;
  await page.refresh();
  expect(page.problem.value).toBeNull();
  await page.attempt('Trying …', async () => {
    throw new Error('what was tried did not work');
  });
  await page.refresh();
  expect(page.problem.value).toBe('what was tried did not work');
});
