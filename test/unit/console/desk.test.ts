import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { ShownDifference } from '../../../daemon/views/console-shapes.js';

interface Signal<T> {
  value: T;
}

/** Of the console's page, what is asked here: its types are those of a browser. */
interface PageState {
  readonly problem: Signal<string | null>;
  readonly choices: Signal<ReadonlyMap<string, string>>;
  readonly draft: Signal<{ readonly draft: string } | null>;
  readonly signed: Signal<object | null>;
  readonly told: Signal<readonly string[]>;
  readonly shutOut: Signal<boolean>;
  readonly currentDifference: Signal<ShownDifference | undefined>;
  readonly isCurrentLost: Signal<boolean>;
  begin(): void;
  refresh(): Promise<void>;
  choose(id: string, choice: string): void;
  acceptRest(): void;
  moveBy(by: 1 | -1): void;
  loadMore(): Promise<void>;
  summarize(): Promise<void>;
  sign(shown: object, by: 'ssh'): Promise<void>;
  attempt(what: string, work: () => Promise<void>): Promise<boolean>;
}

const one = (id: string) => ({ id, acceptable: true, byItself: false, leads: [], shown: { what: 'change' } });
const sites = new Map<string, readonly string[]>();
const asked: string[] = [];
/** What an answer to a question waits for. */
let held: { readonly path: RegExp; readonly until: Promise<void> } | null = null;
let isLetIn = true;
let navigate: () => void = () => undefined;
let nowMs = 10_000;

async function answer(path: string): Promise<Response> {
  asked.push(path);
  if (held?.path.test(path) === true) await held.until;
  if (!isLetIn) return Response.json({ code: 'CONSOLE_SECRET', message: 'no' }, { status: 401 });
  if (path === '/api/console') return Response.json({ sites: [], daemon: null, server: null });
  const [, site = '', below = ''] = /^\/api\/sites\/([a-z-]+)(.*)$/.exec(path) ?? [];
  if (below === '/draft') return Response.json({ draft: `of ${site}` });
  if (below === '/sign') return Response.json({ version: 8, installed: true });
  if (below === '/reject') return Response.json({ words: [`told of ${site}`] });
  const all = (sites.get(site) ?? []).map(one);
  if (below.startsWith('/differences/')) return Response.json({ differences: all.slice(2) });
  return Response.json({
    differences: all.slice(0, 2),
    differenceCount: all.length,
    problem: null,
    pending: null,
  });
}

/** Holds answers back; returns what lets them go. */
function hold(path: RegExp): () => void {
  let letGo = (): void => undefined;
  const until = new Promise<void>((resolve) => {
    letGo = () => {
      held = null;
      resolve();
    };
  });
  held = { path, until };
  return letGo;
}

let page: PageState;
beforeAll(async () => {
  Object.assign(globalThis, {
    location: { protocol: 'https:', hash: '' },
    document: { hidden: true, title: '', addEventListener: () => undefined },
    window: {
      addEventListener: (_: string, act: () => void) => {
        navigate = act;
      },
      setTimeout: () => 0,
    },
    BroadcastChannel: class {
      addEventListener() {}
    },
    fetch: answer,
  });
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const file = '../../../console/approve/state.js';
  page = await import(file);
  page.begin();
});

afterAll(() => void jest.restoreAllMocks());

async function show(hash: string): Promise<void> {
  Object.assign(globalThis, { location: { protocol: 'https:', hash } });
  navigate();
  await page.refresh();
}

const current = () => page.currentDifference.value?.id;

beforeEach(async () => {
  await show('#/');
  sites.set('prague', ['a', 'b']);
  sites.set('vienna', ['x']);
  await show('#/site/prague');
});

test('the keys stay with what they are about: not with what came in its place', async () => {
  expect(current()).toBe('a');
  sites.set('prague', ['thief', 'a', 'b']);
  await page.refresh();
  expect(current()).toBe('a');
  sites.set('prague', ['a-as-the-thief-wrote-it', 'b']);
  await page.refresh();
  expect([current(), page.isCurrentLost.value]).toEqual([undefined, true]);
  page.moveBy(1);
  expect([current(), page.isCurrentLost.value]).toEqual(['b', false]);
  page.moveBy(-1);
  expect(current()).toBe('a-as-the-thief-wrote-it');
});

test('nothing is accepted that came a moment ago, by its own answer or by one for all', async () => {
  sites.set('prague', ['thief', 'a']);
  await page.refresh();
  page.choose('thief', 'accept');
  expect(page.problem.value).toContain('came a moment ago');
  page.acceptRest();
  expect([...page.choices.value.keys()]).toEqual(['a']);
  // What is hostile may be called so at once.
  page.choose('thief', 'reject');
  expect(page.choices.value.get('thief')).toBe('reject');
  nowMs += 3_000;
  page.choose('thief', 'accept');
  expect(page.choices.value.get('thief')).toBe('accept');
});

test('nor what comes to a desk on which nothing was left', async () => {
  sites.set('prague', []);
  await page.refresh();
  sites.set('prague', ['thief']);
  await page.refresh();
  page.choose('thief', 'accept');
  page.acceptRest();
  expect(page.choices.value.size).toBe(0);
  nowMs += 3_000;
  page.choose('thief', 'accept');
  expect(page.choices.value.get('thief')).toBe('accept');
});

test('what comes of work on one desk is not shown on another one', async () => {
  page.choose('a', 'accept');
  page.choose('b', 'reject');
  let letGo = hold(/draft$/);
  let done = page.summarize();
  await show('#/site/vienna');
  page.choose('x', 'reject');
  letGo();
  await done;
  expect(page.draft.value).toBeNull();

  await show('#/site/prague');
  page.choose('b', 'reject');
  letGo = hold(/sign$/);
  done = page.sign({ draft: 'of prague' }, 'ssh');
  await show('#/site/vienna');
  page.choose('x', 'reject');
  letGo();
  await done;
  expect([page.signed.value, page.told.value]).toEqual([null, []]);
  // Everybody is told of what was rejected there, and of nothing that was rejected here meanwhile.
  expect(asked.filter((path) => path.endsWith('/reject'))).toEqual(['/api/sites/prague/reject']);
  expect(page.choices.value.get('x')).toBe('reject');

  sites.set('prague', ['a', 'b', 'c']);
  await show('#/site/prague');
  letGo = hold(/differences/);
  done = page.loadMore();
  await show('#/site/vienna');
  letGo();
  await done;
  page.acceptRest();
  expect([...page.choices.value.keys()]).toEqual(['x']);
});

test('whoever does something while the page is busy is told that it was not done', async () => {
  const letGo = hold(/draft$/);
  const done = page.summarize();
  expect(await page.attempt('Telling the daemon …', async () => undefined)).toBe(false);
  letGo();
  await done;
  expect(await page.attempt('Telling the daemon …', async () => undefined)).toBe(true);
});

test('a tab that was turned away is back when another tab of the browser is let in', async () => {
  isLetIn = false;
  await page.refresh();
  expect(page.shutOut.value).toBe(true);
  isLetIn = true;
  await page.refresh();
  expect(page.shutOut.value).toBe(false);
});
