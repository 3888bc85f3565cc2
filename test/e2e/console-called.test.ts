import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ShownDesk, ShownDraft, ShownRejected } from '../../daemon/views/console-shapes.js';
import { type ConsoleScene, prepareConsole } from '../support/console-scene.js';

let scene: ConsoleScene;
beforeAll(async () => {
  scene = await prepareConsole();
});
afterAll(() => scene.close());

/** What the page asks, without a browser. */
async function ask<T>(path: string, body?: object): Promise<{ readonly status: number; readonly said: T }> {
  const answer = await fetch(`${scene.origin}/api/sites/prague-1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${scene.console().link.split('#secret=')[1]}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, said: (await answer.json()) as T };
}

test('what somebody calls hostile after it was summed up is not signed by that summary, and the next one says so', async () => {
  scene.routes('bc1qtheirs');
  const { said: desk } = await ask<ShownDesk>('');
  const accepted = desk.differences.map(({ id }) => id);
  const wanted = { accepted, reason: '', renew: false, without: [] };
  const { said: draft } = await ask<ShownDraft>('/draft', wanted);
  expect(draft.items.map(({ notes }) => notes.join())).toEqual([expect.not.stringContaining('hostile')]);
  await ask('/reject', { ids: accepted });
  const refused = await ask<{ readonly code: string; readonly message: string }>('/sign', {
    ...{ draft: draft.draft, passkey: null },
  });
  expect(refused.said.code).toBe('CONSOLE_MOVED');
  expect(refused.said.message).toContain('was called hostile meanwhile by');
  expect(scene.lines.join('\n')).not.toContain('hands over for signing');
  const { said: again } = await ask<ShownDraft>('/draft', wanted);
  expect(again.items[0]?.notes[0]).toMatch(/^called hostile by \S/);
  // Whoever was shown that may sign it.
  expect((await ask('/sign', { draft: again.draft, passkey: null })).status).toBe(200);
});

test('what was called hostile is told also when its value was put back meanwhile', async () => {
  scene.routes('bc1qflipped');
  // Has the site read anew.
  await ask('/draft', { accepted: [], reason: '', renew: false, without: [] });
  const { said: desk } = await ask<ShownDesk>('');
  const ids = desk.differences.map(({ id }) => id);
  scene.routes('bc1qtheirs');
  const { said } = await ask<ShownRejected>('/reject', { ids });
  expect(said.words.join()).toMatch(/^1 change rejected: still drift .* tells everybody within /);
  scene.routes('bc1qflipped');
  const { said: again } = await ask<ShownDesk>('');
  expect(again.differences.map(({ id, byItself }) => [id, byItself])).toEqual([[ids[0], true]]);
  expect((await ask('/reject', { ids: [] })).status).toBe(400);
});
