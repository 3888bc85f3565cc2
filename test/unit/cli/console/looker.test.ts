import { expect, test } from '@jest/globals';
import { Looker } from '../../../../daemon/cli/console/looker.js';
import type { ShownConsoleSite } from '../../../../daemon/views/console-shapes.js';
import { waitFor } from '../../../support/wait.js';

/** A desk whose reading takes as long as a test wants, and finds what it says. */
function fakeDesk(site: string) {
  let finish: (() => void) | null = null;
  const desk = {
    site,
    differences: 0,
    asked: 0,
    isSlow: false,
    outdated: 0,
    reader: {
      last: null as { readonly found: { readonly atMs: number } | null; readonly atMs: number } | null,
      outdate: () => void desk.outdated++,
      look: async () => void (await desk.summary()),
    },
    finish: () => finish?.(),
    lastSummary: (): ShownConsoleSite => ({
      ...{ site, version: 1, expiresMs: null, differences: desk.differences, unread: 0, worst: null },
      ...{ waiting: null, problem: null, atMs: desk.reader.last?.atMs ?? null },
    }),
    summary: async (): Promise<ShownConsoleSite> => {
      desk.asked += 1;
      if (desk.isSlow) {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      }
      desk.reader.last = { found: { atMs: 1_000 }, atMs: 1_000 };
      return desk.lastSummary();
    },
  };
  return desk;
}

function lookerOver(count: number) {
  const desks = Array.from({ length: count }, (_, index) => fakeDesk(`site-${index}`));
  const changes: number[] = [];
  const looker = new Looker({ desks, onChange: () => changes.push(1), clock: () => 1_000 });
  return { desks, changes, looker };
}

test('the list is there at once, whatever one site is waited for, and says of which nothing is known yet', async () => {
  const { desks, looker } = lookerOver(2);
  const [slow, quick] = desks;
  if (slow === undefined || quick === undefined) throw new Error('there are two');
  slow.isSlow = true;
  const shown = await looker.summaries();
  expect(shown.map(({ atMs }) => atMs)).toEqual([null, 1_000]);
  slow.isSlow = false;
  slow.finish();
});

test('what happened at one of many sites has that one read again, and the page told only when it is another', async () => {
  const { desks, changes, looker } = lookerOver(30);
  await looker.summaries();
  await waitFor(() => desks.every(({ asked }) => asked === 1), { what: 'all sites to be read once' });
  await waitFor(() => changes.length === 30, { what: 'each first reading to be told' });
  looker.happened({ sites: ['site-7'] });
  expect(desks.every(({ outdated }) => outdated === 1)).toBe(true);
  await waitFor(() => desks[7]?.asked === 2, { what: 'the site to be read again' });
  expect(desks.filter(({ asked }) => asked > 1)).toHaveLength(1);
  expect(changes).toHaveLength(30);
  const [, , third] = desks;
  if (third === undefined) throw new Error('there are thirty');
  third.differences = 2;
  looker.happened({ sites: ['site-2'] });
  await waitFor(() => changes.length === 31, { what: 'the page to be told' });
});
