import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { apiRoutes } from '../../../daemon/runtime/api-routes.js';
import { temporaryStore } from '../../support/temporary-store.js';

const never = (): never => {
  throw new Error('nothing is asked');
};

test('daemon/http/README.md has every thing the API can be asked, and no other', () => {
  const text = readFileSync(new URL('../../../daemon/http/README.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| ([A-Z]+) \| `([^`]+)` \| `([a-z]+)` \|/gm)].map(
    ([, method, path, scope]) => `${method} ${path} ${scope}`,
  );
  const { store, remove } = temporaryStore();
  const routes = apiRoutes({
    assembly: never,
    store,
    submissions: { of: never },
    acknowledgements: { acknowledge: never },
    responses: { stateOf: never, say: never, noteEvidence: never },
    status: never,
    feed: { open: never },
    clock: never,
  });
  remove();
  expect(rows).toEqual(routes.map(({ method, path, scope }) => `${method} ${path} ${scope}`));
});
