import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLog } from '../../../daemon/telemetry/log.js';
import { Retention } from '../../../daemon/watchdog/retention.js';
import { DAY_MS, pastIncident } from '../../support/old-store.js';
import { temporaryStore } from '../../support/temporary-store.js';
import { Time } from '../../support/time.js';

const NOW = 1000 * DAY_MS;
let kept: ReturnType<typeof temporaryStore>;
beforeEach(() => {
  kept = temporaryStore();
});
afterEach(() => kept.remove());

/** More old entries than one fold is made for, without an incident. */
function fill(): void {
  kept.store.transaction((tx) => {
    for (let n = 0; n < 5_100; n++) tx.journal.append({ type: 'clock-jumped', body: { byMs: n } }, n);
  });
}

function retention(keepMs: number, fold = true) {
  const timers = new Time();
  const caught: unknown[] = [];
  const one = new Retention({
    store: kept.store,
    config: () => ({ retention: { fold, keepMs }, sites: [], stateDirectory: kept.directory }),
    ...{ clock: () => NOW, timers, log: createLog({ level: 'silent', secrets: [] }) },
    caught: (_, error) => caught.push(error),
  });
  return { one, timers, caught };
}

test('what is older than the configured time is folded, and nothing where that is switched off or nothing is so old', async () => {
  fill();
  await retention(400 * DAY_MS, false).one.look();
  await retention(1_001 * DAY_MS).one.look();
  expect(kept.store.folds.last()).toBeNull();
  await retention(400 * DAY_MS).one.look();
  expect(kept.store.folds.last()).toMatchObject({ number: 1, through: 5_100 });
});

test('a disk that takes no file shows as degraded and as nothing else, until it takes one', async () => {
  fill();
  const { one, caught } = retention(400 * DAY_MS);
  writeFileSync(join(kept.directory, 'folded'), '');
  await one.look();
  expect(one.problem()).toMatch(/cannot be folded into a file \(EEXIST\): the state grows on/);
  expect([caught, kept.store.folds.last()]).toEqual([[], null]);
});

test('one incident that is open since then keeps all of it in the state', async () => {
  pastIncident(kept.store, 0, false);
  fill();
  await retention(400 * DAY_MS).one.look();
  expect(kept.store.folds.last()).toBeNull();
});
