import { afterEach, expect, test } from '@jest/globals';
import { postgresConfig } from '../../../../daemon/sources/postgres/config.js';
import { type Polling, poll } from '../../../../daemon/sources/postgres/hints/poll.js';
import type { Rows, Session } from '../../../../daemon/sources/postgres/session.js';
import { table } from '../../../support/postgres-source.js';
import { waitFor } from '../../../support/wait.js';

let polling: Polling | null = null;
afterEach(async () => polling?.close());

/** A server that takes so many milliseconds of its own clock for each question. */
function serverTaking(tookMs: number): { session: Session; asked: () => number } {
  let clockMs = 0;
  let asked = 0;
  const unused = () => Promise.reject(new Error('not expected here'));
  const session: Session = {
    serverVersion: 180000,
    encoding: 'UTF8',
    lost: false,
    runCopying: unused,
    copy: unused,
    destroy: () => undefined,
    run: async (sql) => {
      asked++;
      return sql.split('; ').map((statement): Rows => {
        if (!statement.startsWith('SELECT')) return [];
        if (!statement.startsWith('SELECT NULL')) clockMs += tookMs;
        return [['7', '3', String(clockMs)]];
      });
    },
  };
  return { session, asked: () => asked };
}

function start(session: Session): Polling {
  const config = postgresConfig.parse({
    kind: 'postgres',
    name: 'cas',
    url: 'x',
    hints: 'poll',
    pollIntervalMs: 20,
  });
  polling = poll({
    config,
    connect: async () => session,
    definitions: [table('a', ['id'], ['v']), table('b', ['id'], ['v'])],
    onHint: () => undefined,
    log: () => undefined,
  });
  return polling;
}

test('a server that takes long is asked so seldom that it spends a 75th of its time on us, and that is said', async () => {
  const { session, asked } = serverTaking(100);
  const { degradations } = start(session);
  await waitFor(() => degradations().length > 0, { what: 'the degradation' });
  expect(degradations()).toEqual([
    {
      code: 'SOURCE_POLL_SLOW',
      // Two questions of 100 ms, 75 times.
      message: 'source "cas" (hints: poll): the server answers slowly, and is asked every 15000 ms only',
    },
  ]);
  // Each table once at the start, and both together once.
  expect(asked()).toBe(3);
});

test('a server that answers at once is asked again and again, and nothing is said', async () => {
  const { session, asked } = serverTaking(0.1);
  const { degradations } = start(session);
  await waitFor(() => asked() > 6, { what: 'several questions' });
  expect(degradations()).toEqual([]);
});
