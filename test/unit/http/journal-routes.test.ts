import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { journalRoutes, MAX_ENTRIES } from '../../../daemon/http/journal-routes.js';
import type { Store } from '../../../daemon/store/store.js';
import { temporaryStore } from '../../support/temporary-store.js';

const person = { name: 'alice', tokenDigest: 'a'.repeat(64), scopes: ['read' as const] };
let scene: ReturnType<typeof temporaryStore>;
let store: Store;
beforeAll(() => {
  scene = temporaryStore();
  store = scene.store;
});
afterAll(() => scene.remove());

const ask = async (path: string, after?: string) =>
  await journalRoutes(store)
    .find((one) => one.path === path)
    ?.handle(person, after === undefined ? {} : { after }, undefined);

function append(count: number, text: string): void {
  store.transaction((tx) => {
    for (let n = 0; n < count; n++) {
      tx.journal.append({ type: 'config-changed', body: { digest: text, differences: [] } }, n);
    }
  });
}

describe('the journal', () => {
  test('is given from its newest page on, with its head; an empty one too', async () => {
    expect(await ask('/api/journal')).toEqual({ entries: [], head: '0'.repeat(64), lastSeq: 0 });
    append(MAX_ENTRIES + 50, 'a');
    const newest = await ask('/api/journal');
    expect(newest).toMatchObject({ head: store.journal.head(), lastSeq: MAX_ENTRIES + 50 });
    expect(newest).toHaveProperty('entries.length', MAX_ENTRIES);
    expect(newest).toHaveProperty('entries.0.seq', 51);
    expect(await ask('/api/journal/:after', '10')).toHaveProperty('entries.0.seq', 11);
  });

  test('is given in answers of bounded length, of which each has an entry at least', async () => {
    const before = store.journal.lastSeq();
    append(2, 'b'.repeat(2 * 1024 * 1024));
    const page = await ask('/api/journal/:after', String(before));
    expect(page).toHaveProperty('entries.length', 1);
  });

  test.each(['-1', 'x', '1e3', '9'.repeat(20)])('has no place called %s', async (after) => {
    await expect(ask('/api/journal/:after', after)).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
  });
});
