import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { containmentSchema } from '../../../daemon/config/containment.js';
import { Containment } from '../../../daemon/containment/containment.js';
import type { ActionResult } from '../../../daemon/containment/perform.js';
import type { Finding } from '../../../daemon/finding.js';
import { allEntries } from '../../../daemon/store/journal/chain.js';
import type { Store } from '../../../daemon/store/store.js';
import { temporaryStore } from '../../support/temporary-store.js';
import { waitFor } from '../../support/wait.js';

let own: ReturnType<typeof temporaryStore>;
let folder: string;
let nowMs: number;
let open: Finding[];
let baseline: number | null;
let performed: string[];
let incidents: { id: string; site: string }[];
let errors: unknown[];
let result: ActionResult;
/** An action never ends. */
let goesOn: boolean;
/** An action fails by a mistake of ours. */
let breaks: boolean;
/** Notices so far. */
let told: number;

beforeEach(() => {
  own = temporaryStore();
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-brake-'));
  nowMs = Date.UTC(2026, 10, 30);
  open = [finding({})];
  baseline = 1;
  performed = [];
  incidents = [{ id: '7f3a', site: 'prague-1' }];
  errors = [];
  result = { result: 'done', code: '0' };
  told = 0;
  goesOn = false;
  breaks = false;
});

afterEach(() => {
  expect(errors).toEqual([]);
  own.remove();
  rmSync(folder, { recursive: true, force: true });
});

type Change = Extract<Finding['subject'], { what: 'change' }>;

function finding(
  more: Partial<Finding>,
  subject: Partial<Change> | { readonly what: 'unknown' } = {},
): Finding {
  const change = {
    ...{ what: 'change', collection: 'wallet_routes', kind: 'wallet-route', type: 'modified' },
    ...{ key: '["1"]', before: '{"a":"b"}', after: ['{"a":"c"}'], ...subject },
  };
  return {
    ...{
      fingerprint: 'f',
      severity: 'critical',
      reason: 'r',
      graceMs: 0,
      site: 'prague-1',
      incident: '7f3a',
    },
    ...{ firstSeenMs: 1, notifiedMs: 2, ...more, subject: change as Finding['subject'] },
  };
}

/** The real store's journal and outbox, with incidents and findings that the test says. */
function storeWith(): Store {
  const { store } = own;
  return Object.create(store, {
    incidents: { value: { list: () => incidents } },
    findings: {
      value: { open: () => open, openOf: () => open.filter(({ subject }) => subject.what === 'change') },
    },
    transaction: { value: store.transaction.bind(store) },
    journal: { value: store.journal },
  }) as Store;
}

function containment(actions: readonly object[] = [{}], more: object = {}): Containment {
  const config = containmentSchema.parse({
    brakeFile: join(folder, 'brake'),
    actions: actions.map((one, index) => ({
      ...{ name: `action-${index}`, dryRun: false, kinds: ['wallet-route'], command: ['/bin/true'], ...one },
    })),
    ...more,
  });
  return new Containment({
    store: storeWith(),
    config: () => config,
    site: () => ({ timeZone: 'UTC', baseline }),
    channels: () => [],
    onEnqueued: () => {
      told += 1;
    },
    clock: () => nowMs,
    perform: async (action, { input }) => {
      performed.push(`${action.name} ${input}`);
      if (goesOn) await new Promise(() => undefined);
      if (breaks) throw new RangeError('a mistake');
      return result;
    },
    onError: (error) => void errors.push(error),
  });
}

const journal = () =>
  [...allEntries(own.store)].flatMap(({ type, body }): Record<string, unknown>[] =>
    type.startsWith('containment-') ? [{ type, ...(JSON.parse(body) as object) }] : [],
  );
const outcomes = () =>
  journal().map(({ outcome, because, result: how }) => [outcome ?? how, because ?? null].join(' ').trim());

describe('a rule of containment', () => {
  test('acts once for an incident, with what was found as JSON and nothing else', async () => {
    const one = containment();
    one.look();
    one.look();
    await one.idle();
    expect(performed).toHaveLength(1);
    const [, json = ''] = /^action-0 (.*)\n$/s.exec(performed[0] ?? '') ?? [];
    expect(JSON.parse(json)).toEqual({
      ...{
        format: 'tillwarden containment 1',
        action: 'action-0',
        dryRun: false,
        site: 'prague-1',
        incident: '7f3a',
      },
      findings: [
        {
          ...{ collection: 'wallet_routes', kind: 'wallet-route', change: 'modified', severity: 'critical' },
          ...{ key: '["1"]', before: '{"a":"b"}', after: '{"a":"c"}' },
        },
      ],
      left: 0,
    });
    expect(outcomes()).toEqual(['begun', 'done']);
  });

  test('has an end that is told, also by a mistake of ours', async () => {
    breaks = true;
    const one = containment();
    one.look();
    await one.idle();
    expect(journal().at(-1)).toMatchObject({ incident: '7f3a', result: 'failed', code: 'INTERNAL' });
    expect(told).toBe(2);
    expect(errors).toHaveLength(1);
    errors = [];
  });

  test('acts no second time after a restart, also when the first was killed in the middle', async () => {
    const over = containment();
    over.look();
    await over.idle();
    containment().look();
    expect(outcomes()).toEqual(['begun', 'done']);
    incidents = [{ id: '7f3b', site: 'prague-2' }];
    goesOn = true;
    containment().look();
    await waitFor(() => performed.length === 2, { what: 'the second to begin' });
    const after = containment();
    // Told at once: who waits for something new to be recorded may wait for ever.
    after.start();
    expect(outcomes()).toEqual(['begun', 'done', 'begun', 'failed']);
    after.look();
    await after.idle();
    expect(performed).toHaveLength(2);
    expect(outcomes()).toEqual(['begun', 'done', 'begun', 'failed']);
    expect(journal().at(-1)).toMatchObject({ incident: '7f3b', code: 'STOPPED' });
  });

  test('does nothing in a dry run, and says what it would do', async () => {
    const one = containment([{ dryRun: true }]);
    one.look();
    await one.idle();
    expect(performed).toEqual([]);
    expect(outcomes()).toEqual(['dry-run']);
  });

  test('is written to the journal before it is begun', async () => {
    const one = containment();
    one.look();
    expect(outcomes()).toEqual(['begun']);
    expect(performed).toEqual([]);
    await one.idle();
    expect(performed).toHaveLength(1);
  });

  test('that fails is told as that, and not tried again', async () => {
    result = { result: 'failed', code: 'TIMEOUT' };
    const one = containment();
    one.look();
    await one.idle();
    one.look();
    await one.idle();
    expect(performed).toHaveLength(1);
    expect(outcomes()).toEqual(['begun', 'failed']);
  });

  test.each([
    ['of another kind', finding({}, { kind: 'terminal' })],
    ['that is less severe', finding({ severity: 'high' })],
    ['that nobody was told of yet', finding({ notifiedMs: null })],
    [
      'that people expected',
      finding({}, { suppression: { what: 'expected', id: 'x', signers: [], untilMs: 1, reason: '' } }),
    ],
  ])('is not for a change %s', (_name, found) => {
    open = [found];
    containment().look();
    expect(journal()).toEqual([]);
  });
});

describe('a rule of containment in SQL', () => {
  const sql = {
    ...{ database: 'postgres', urlFile: '/nowhere', table: 'public.terminal', column: 'active', value: 'f' },
    ...{ where: [{ column: 'deleted', value: 'f' }], mostRows: 3 },
  };
  const inSql = (more: object) => ({ command: undefined, sites: ['prague-1'], sql, ...more });

  test('asks the database in a dry run as well, and says what it came to', async () => {
    result = { result: 'done', code: 'ROWS', rows: 2 };
    const one = containment([inSql({ dryRun: true })]);
    one.look();
    await one.idle();
    expect(performed).toHaveLength(1);
    expect(outcomes()).toEqual(['dry-run', 'done']);
    expect(journal().at(-1)).toMatchObject({ dryRun: true, rows: 2 });
    containment([inSql({ dryRun: true })]).look();
    expect(performed).toHaveLength(1);
  });

  test('that changed nothing says why', async () => {
    result = { result: 'not-done', code: 'FOREIGN_CODE', detail: 'public.terminal has a rule (1)' };
    const one = containment([inSql({ dryRun: false })]);
    one.look();
    await one.idle();
    expect(journal().at(-1)).toMatchObject({ result: 'not-done', detail: 'public.terminal has a rule (1)' });
  });
});

test('several rules act for one incident, each once, without a wait in between', async () => {
  const one = containment([{}, {}]);
  one.look();
  one.look();
  await one.idle();
  expect(performed.map((text) => text.split(' ')[0])).toEqual(['action-0', 'action-1']);
});

test('the hand brake stops what waits for another action to end', async () => {
  const one = containment([{}, {}], { coolDownMs: 1_000 });
  open = [finding({})];
  incidents = [{ id: '1', site: 'prague-1' }];
  one.look();
  writeFileSync(join(folder, 'brake'), '');
  await one.idle();
  expect(performed).toEqual([]);
  expect(journal().at(-1)).toMatchObject({ result: 'not-done', code: 'BRAKE' });
});

describe('containment is refused', () => {
  test('while something lies at the hand brake, or its folder is gone', () => {
    writeFileSync(join(folder, 'brake'), '');
    containment().look();
    expect(outcomes()).toEqual(['refused brake']);
    rmSync(folder, { recursive: true });
    incidents = [{ id: '7f3b', site: 'prague-1' }];
    containment().look();
    expect(outcomes()).toEqual(['refused brake', 'refused brake']);
  });

  test('while something of the site is unknown', () => {
    open = [finding({}), finding({}, { what: 'unknown' })];
    containment().look();
    expect(outcomes()).toEqual(['refused blind']);
  });

  test('without a verified baseline', () => {
    baseline = null;
    containment().look();
    expect(outcomes()).toEqual(['refused unverified']);
  });

  test('soon after another one at the same site, and beyond the budget of a day', async () => {
    const one = containment([{}], { mostPerDay: 2, coolDownMs: 60_000 });
    for (const id of ['1', '2', '3', '4']) {
      incidents = [{ id, site: 'prague-1' }];
      one.look();
      nowMs += id === '1' ? 30_000 : 61_000;
    }
    await one.idle();
    expect(
      journal().flatMap(({ outcome, because }) => (outcome === undefined ? [] : [because ?? outcome])),
    ).toEqual([...['begun', 'cool-down', 'begun', 'budget']]);
  });

  test('once its reason was said for an incident, for good', () => {
    writeFileSync(join(folder, 'brake'), '');
    const one = containment();
    one.look();
    rmSync(join(folder, 'brake'));
    one.look();
    expect(outcomes()).toEqual(['refused brake']);
  });
});

test('containment that is asked for 1,000 times in a minute acts once, and tells of the act, of its end and of one refusal', async () => {
  const one = containment();
  for (let n = 0; n < 1_000; n++) {
    incidents = [{ id: (4096 + n).toString(16), site: 'prague-1' }];
    one.look();
    nowMs += 60;
  }
  await one.idle();
  expect(performed).toHaveLength(1);
  expect(journal().filter(({ outcome }) => outcome === 'refused')).toHaveLength(999);
  expect(told).toBe(3);
});
