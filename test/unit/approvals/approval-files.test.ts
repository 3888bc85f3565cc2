import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Approvals, SiteApprovals } from '../../../daemon/approvals/active/active-baseline.js';
import { NO_SUPPRESSIONS } from '../../../daemon/approvals/active/suppressions.js';
import { type ApprovalAssembly, ApprovalFilesWatch } from '../../../daemon/approvals/approval-files.js';
import { createAnnouncer } from '../../../daemon/outbox/announcer.js';
import { StoreError } from '../../../daemon/store/errors.js';
import { temporaryStore } from '../../support/temporary-store.js';
import { NOW_MS, SITE, trust } from '../baselines/scene.js';

const NOTHING: SiteApprovals = {
  active: null,
  adopted: false,
  previous: null,
  answered: [],
  problems: [],
  suppressions: NO_SUPPRESSIONS,
};

let kept: ReturnType<typeof temporaryStore>;
let approved: string[];
let settled: number;
let caught: unknown[];
let read: () => Promise<Approvals>;
let api: object | null;
let watch: ApprovalFilesWatch;

beforeEach(() => {
  kept = temporaryStore();
  approved = [];
  settled = 0;
  caught = [];
  api = null;
  read = async () => ({ trust, sites: new Map([[SITE, NOTHING]]), again: false });
  const announcer = createAnnouncer({
    store: kept.store,
    channels: () => [{ name: 'ops', parts: ['message'] }],
    onEnqueued: () => undefined,
    clock: () => NOW_MS,
  });
  const site = (name: string) => ({
    name,
    prepare: async () => undefined,
    approve: () => void approved.push(name),
  });
  const assembly = (): ApprovalAssembly => ({
    config: { api, trust: { root: 'ab'.repeat(32) } },
    sites: [site(SITE), site('brno-1')],
    readApprovals: async (taker) => {
      const approvals = await read();
      taker.trust(approvals.trust);
      for (const [name, own] of approvals.sites) await taker.site(name, own);
      return approvals;
    },
  });
  watch = new ApprovalFilesWatch({
    assembly,
    store: kept.store,
    announcer,
    submissions: {
      noticeAll: async () => undefined,
      settleAll: async () => {
        settled += 1;
      },
    },
    onEnqueued: () => undefined,
    onAgain: () => undefined,
    clock: () => NOW_MS,
    log: { warn: () => undefined, error: () => undefined },
    caught: (_part, error) => caught.push(error),
  });
});
afterEach(() => kept.remove());

const journaled = () => kept.store.journal.entries(0, 100).map(({ type }) => type);

test('hands each site its approvals, and the trust root to whoever asks', async () => {
  expect(watch.trust()).toBeNull();
  await watch.look();
  expect(approved).toEqual([SITE]);
  expect(watch.trust()).toBe(trust);
  expect(watch.problem()).toBeNull();
});

test('journals the trust root that the configuration pins once, and tells nobody of that one', async () => {
  await watch.look();
  await watch.look();
  expect(journaled()).toEqual(['trust-root']);
});

test('keeps the trust root while none can be read', async () => {
  await watch.look();
  read = async () => ({ trust: null, sites: new Map(), again: false });
  await watch.look();
  expect(watch.trust()).toBe(trust);
});

test('that cannot be read show as a problem until they can, and end nothing', async () => {
  const readable = read;
  read = () => Promise.reject(new Error('EIO'));
  await watch.look();
  expect(watch.problem()).toBe('the files of approval cannot be read');
  expect(caught).toEqual([]);
  read = readable;
  await watch.look();
  expect(watch.problem()).toBeNull();
});

test('a store that fails meanwhile is told of as the store', async () => {
  const full = new StoreError('STORE_FULL', 'the disk is full');
  read = () => Promise.reject(full);
  await watch.look();
  expect(caught).toEqual([full]);
});

test('pending proposals are ended only where people can hand some in', async () => {
  await watch.look();
  expect(settled).toBe(0);
  api = {};
  await watch.look();
  expect(settled).toBe(1);
});
