import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { NO_SUPPRESSIONS } from '../../../daemon/approvals/active/suppressions.js';
import { judge } from '../../../daemon/policy/judge.js';
import { Statements } from '../../../daemon/store/sqlite/database.js';
import { openStore } from '../../../daemon/store/sqlite/open.js';
import type { Store } from '../../../daemon/store/store.js';
import { createRecorder, type Recorder } from '../../../daemon/watch/recorder.js';
import { conditions, definitionOf, record, SITE, snapshot } from '../policy/build.js';

/** An alert in three parts, as by Slack and by mail, is the ordinary one. */
const CHANNELS = [
  { name: 'slack', parts: ['message'] },
  { name: 'mail', parts: ['alarm', 'details'] },
];
const MANY = 200;
const signed = Array.from({ length: MANY }, (_, n) => record(String(n), { name: 'a', address: 'x' }));

let directory: string;
let store: Store;
let recorder: Recorder;
let asked: string[];
const { exec, run, get, all } = Statements.prototype;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tillwarden-cost-'));
  store = openStore(directory);
  recorder = createRecorder({
    site: SITE,
    timeZone: 'UTC',
    definitions: [definitionOf('wallet-route')],
    personal: new Map(),
    store,
    channels: () => CHANNELS,
    onEnqueued: () => undefined,
    onStoreError: (error) => {
      throw error;
    },
    clock: () => 1_000,
  });
  asked = [];
  for (const [name, original] of Object.entries({ exec, run, get, all })) {
    Object.assign(Statements.prototype, {
      [name](this: Statements, sql: string, ...values: never[]) {
        asked.push(sql);
        return (original as (sql: string, ...values: never[]) => unknown).call(this, sql, ...values);
      },
    });
  }
});
afterEach(() => {
  Object.assign(Statements.prototype, { exec, run, get, all });
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The first so many wallet routes pay elsewhere. Returns the statements that recording this took. */
function divert(count: number): readonly string[] {
  const observed = signed.map((one, n) => (n < count ? record(String(n), { name: 'a', address: 'y' }) : one));
  const side = snapshot('wallet-route', signed);
  const verdict = judge({
    conditions: conditions('wallet-route', signed, observed),
    open: recorder.openFindings(),
    examined: () => true,
    outcomes: new Map(),
    signed: new Map([[side.definition.name, side]]),
    nowMs: 1_000,
  });
  const approvals = {
    ...{ active: null, previous: null, answered: [], adopted: false, problems: [] },
    suppressions: NO_SUPPRESSIONS,
  };
  const reading = { readable: true, snapshot: snapshot('wallet-route', observed) } as const;
  const readings = new Map([[side.definition.name, reading]]);
  asked = [];
  expect(recorder.record({ verdict, approvals, readings, touches: [], observedAtMs: 1_000 })).toBe(true);
  return asked;
}

test('a change beside others that are open takes a commit that waits for the disk, and 27 statements', () => {
  divert(MANY - 1);
  const statements = divert(MANY);
  expect(statements.filter((sql) => sql === 'commit')).toHaveLength(1);
  expect(statements.filter((sql) => sql.includes('synchronous'))).toEqual([]);
  // What is critical wakes people whatever they were told before: nothing walks all of that.
  expect(statements.filter((sql) => sql.includes('distinct severity'))).toEqual([]);
  expect(statements).toHaveLength(27);
});
