import { expect, test } from '@jest/globals';
import { pageRoutes } from '../../../daemon/http/page-routes.js';
import { NO_PAGE_WORDS } from '../../../daemon/views/incident-view.js';
import type { DaemonStatus } from '../../../daemon/watchdog/health.js';
import { temporaryStore } from '../../support/temporary-store.js';

const person = { name: 'alice', tokenDigest: 'a'.repeat(64), scopes: ['read' as const] };

test('an old critical incident is listed before hundreds of new lesser ones, and what is over apart', async () => {
  const { store, remove } = temporaryStore();
  try {
    store.transaction((tx) => {
      tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'critical' }, 1);
      for (let n = 0; n < 250; n++) {
        tx.incidents.create({ site: `site-${n}`, topic: 'drift', severity: 'low' }, 100 + n);
      }
      const over = tx.incidents.create({ site: 'brno-1', topic: 'drift', severity: 'high' }, 2);
      tx.incidents.resolve(over.id, 'it is so no more', 3);
    });
    const status = () => ({ sites: [], degraded: [], version: '1' }) as unknown as DaemonStatus;
    const routes = pageRoutes({ store, status, wordsOf: () => NO_PAGE_WORDS, clock: () => 1_000 });
    const overview = await routes
      .find(({ path }) => path === '/api/page/overview')
      ?.handle(person, {}, undefined);
    expect(overview).toHaveProperty('incidents.length', 200);
    expect(overview).toHaveProperty('incidents.0', expect.objectContaining({ site: 'prague-1' }));
    expect(overview).toHaveProperty('incidents.1', expect.objectContaining({ site: 'site-249' }));
    expect(overview).toMatchObject({
      incidentsLeftOut: 51,
      resolved: [{ site: 'brno-1', resolvedMs: 3 }],
    });
  } finally {
    remove();
  }
});
