import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CollectionSnapshot, RecordLine, VerifiedBaseline } from '../../../baselines/index.js';
import type { SiteApprovals } from '../../../daemon/approvals/active/active-baseline.js';
import { NO_SUPPRESSIONS } from '../../../daemon/approvals/active/suppressions.js';
import type { Channel } from '../../../daemon/channel.js';
import type { Condition } from '../../../daemon/finding.js';
import { RESOLUTION } from '../../../daemon/incident.js';
import { judge } from '../../../daemon/policy/judge.js';
import { StoreError } from '../../../daemon/store/errors.js';
import type { Store } from '../../../daemon/store/store.js';
import { createRecorder, type Recorder, type RecorderOptions } from '../../../daemon/watch/recorder.js';
import { claim, noteDelivered } from '../../support/deliver.js';
import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { Time } from '../../support/time.js';
import { conditions, definitionOf, record, SITE, snapshot, unknownCondition } from '../policy/build.js';
import { baselineOf, START_MS, verifiedMute } from '../policy/suppression-scene.js';

const CHANNELS = [{ name: 'slack', parts: ['message'] }];
const A = record('1', { name: 'a', address: 'x' });
const B = record('1', { name: 'a', address: 'y' });
const SIGNED = snapshot('wallet-route', [A]);
const NOBODY: SiteApprovals = {
  active: null,
  previous: null,
  answered: [],
  adopted: false,
  problems: [],
  suppressions: NO_SUPPRESSIONS,
};

describe.each(STORE_ADAPTERS)('decisions recorded in %s', (_name, open) => {
  let directory: string;
  let store: Store;
  let time: Time;
  let recorder: Recorder;
  let woken: number;
  let errors: unknown[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tillwarden-recorder-'));
    store = open(directory);
    time = new Time();
    time.nowMs = START_MS;
    woken = 0;
    errors = [];
    recorder = recorderOn(store);
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const recorderOn = (over: Store, channels = () => CHANNELS) => createRecorder(optionsOn(over, channels));
  const optionsOn = (over: Store, channels: () => readonly Channel[] = () => CHANNELS): RecorderOptions => ({
    site: SITE,
    timeZone: 'UTC',
    definitions: [definitionOf('wallet-route'), definitionOf('terminal')],
    personal: new Map(),
    store: over,
    channels,
    onEnqueued: () => {
      woken += 1;
    },
    onStoreError: (error) => errors.push(error),
    clock: time.clock,
  });

  /** What the pipeline hands over when these are so, and the wallet routes were read as `lines`. */
  const decision = (
    found: readonly Condition[],
    { lines = null, approvals = NOBODY, signed = [SIGNED], by = recorder }: Partial<Given> = {},
  ) => ({
    verdict: judge({
      conditions: found,
      open: by.openFindings(),
      examined: () => true,
      outcomes: new Map(),
      signed: new Map(signed.map((one) => [one.definition.name, one])),
      nowMs: time.nowMs,
    }),
    approvals,
    readings: new Map(
      lines === null
        ? []
        : [['wallet_routes', { readable: true, snapshot: snapshot('wallet-route', lines) } as const]],
    ),
    touches: [],
    observedAtMs: time.nowMs,
  });
  interface Given {
    readonly lines: readonly RecordLine[] | null;
    readonly approvals: SiteApprovals;
    readonly signed: readonly CollectionSnapshot[];
    readonly by: Recorder;
  }
  const settle = (found: readonly Condition[], given: Partial<Given> = {}) => {
    time.nowMs += 1_000;
    return recorder.record(decision(found, given));
  };
  const diverted = () => conditions('wallet-route', [A], [B]);
  const types = () => store.journal.entries(0, 99).map(({ type }) => type);
  const bodyOf = (type: string): unknown =>
    JSON.parse(store.journal.entries(0, 99).findLast((entry) => entry.type === type)?.body ?? 'null');
  const only = () => {
    const [incident, ...others] = store.incidents.list({});
    if (incident === undefined || others.length > 0) throw new Error('there is not one incident');
    return incident;
  };
  const adopting = (active: VerifiedBaseline): SiteApprovals => ({
    ...NOBODY,
    active,
    adopted: true,
    answered: ['wallet_routes'],
  });

  test('become a finding, an incident, observed records, journal entries and a message, and wake the outbox', () => {
    expect(settle(diverted(), { lines: [B] })).toBe(true);
    const [finding] = recorder.openFindings();
    expect(finding).toMatchObject({ site: SITE, incident: only().id, notifiedMs: time.nowMs });
    expect(only()).toMatchObject({ topic: 'drift', state: 'open', page: 1, observedMs: time.nowMs });
    expect(store.observed.lines(SITE, 'wallet_routes')).toEqual([B.line]);
    expect(types()).toEqual(['observed', 'verdict', 'alert-owed']);
    expect(bodyOf('verdict')).toEqual({
      site: SITE,
      incident: only().id,
      revision: only().revision,
      baseline: null,
      reason: '1 appeared, 1 told, 1 still open',
      appeared: [
        {
          ...{ fingerprint: finding?.fingerprint, severity: 'critical', reason: finding?.reason },
          ...{ what: 'change', collection: 'wallet_routes', change: 'modified' },
        },
      ],
      told: [finding?.fingerprint],
      ended: [],
      snapshots: [{ collection: 'wallet_routes', records: snapshot('wallet-route', [B]).recordsDigest }],
    });
    expect([woken, claim(store, 'slack', time.nowMs)?.content]).toMatchObject([1, { role: 'page', page: 1 }]);
  });

  test('leave the same findings open here as in the store: what is new, told later, altered and ended', () => {
    const unknown = { ...unknownCondition('terminal', 'denied'), graceMs: 60_000 };
    const isAsStored = () => {
      expect(recorder.openFindings()).toEqual(store.findings.open(SITE));
      return recorder.openFindings().length;
    };
    settle([...diverted(), unknown], { lines: [B] });
    expect(isAsStored()).toBe(2);
    time.nowMs += 61_000;
    settle([...diverted(), unknown], { lines: [B] });
    expect([isAsStored(), recorder.openFindings()[1]?.notifiedMs]).toEqual([2, time.nowMs]);
    settle([unknown], { lines: [A] });
    expect(isAsStored()).toBe(1);
  });

  test('of nothing new write nothing, also after a restart', () => {
    settle(diverted(), { lines: [B] });
    const head = store.journal.head();
    expect(settle(diverted(), { lines: [B] })).toBe(true);
    recorder = recorderOn(store);
    expect(settle(diverted(), { lines: [B] })).toBe(true);
    expect([store.journal.head(), woken]).toEqual([head, 1]);
  });

  test('of another set of records, with nothing to tell, wake nobody', () => {
    settle([], { lines: [A] });
    settle([], { lines: [A, record('2', { name: 'c', address: 'x' })] });
    expect([types(), woken]).toEqual([['observed', 'observed'], 0]);
    expect(store.observed.collections(SITE)).toMatchObject([{ count: 2, observedAtMs: time.nowMs }]);
  });

  test('of a baseline that takes effect are remembered, written to the journal and announced', () => {
    const active = baselineOf(SIGNED);
    settle([], { approvals: adopting(active) });
    expect(store.baselines.remembered(SITE)).toEqual({ version: 1, digest: active.digest });
    expect(store.meta.get(`installed:${SITE}`)).toBe(time.nowMs);
    expect(types()).toEqual(['baseline-in-force', 'alert-enqueued']);
    expect(bodyOf('baseline-in-force')).toEqual({
      ...{ site: SITE, version: 1, digest: active.digest, signers: [...active.signers] },
      ...{ recovery: [], previous: null },
    });
    expect(woken).toBe(1);
  });

  test('leave an incident open whose critical change was reverted by nobody known, and say so', () => {
    settle(diverted());
    settle([], { lines: [A] });
    expect(recorder.openFindings()).toEqual([]);
    expect(only()).toMatchObject({ state: 'open', resolution: null });
    expect(types()).not.toContain('incident-resolved');
  });

  test('resolve it in the transaction in which people sign a baseline after that', () => {
    settle(diverted());
    settle([], { lines: [A] });
    settle([], { approvals: adopting(baselineOf(SIGNED)) });
    expect(only()).toMatchObject({ state: 'resolved', resolution: RESOLUTION.signedAfterRevert });
    expect(bodyOf('incident-resolved')).toEqual({
      site: SITE,
      incident: only().id,
      reason: RESOLUTION.signedAfterRevert,
    });
  });

  test('resolve by themselves what was unknown and is so no more', () => {
    settle([{ ...unknownCondition('terminal', 'denied'), graceMs: 0 }]);
    const page = claim(store, 'slack', time.nowMs);
    noteDelivered(store, page?.id ?? 0, 'ts', time.nowMs);
    settle([]);
    expect(only()).toMatchObject({ state: 'resolved', resolution: RESOLUTION.wellAgain });
    expect(claim(store, 'slack', time.nowMs)).toMatchObject({
      thread: 'ts',
      content: { role: 'follow-up', news: { resolved: true } },
    });
  });

  test('end an acknowledgement by something new', () => {
    settle(diverted());
    store.transaction((tx) => {
      const { id } = tx.incidents.list({})[0] ?? { id: '' };
      const incident = tx.incidents.find(id)?.incident;
      if (incident === undefined) throw new Error('no incident');
      const by = { person: 'anna', reason: 'on it', untilMs: time.nowMs + 99_000 };
      tx.incidents.acknowledge(incident, by, time.nowMs);
    });
    settle([...diverted(), ...conditions('terminal', [], [A])]);
    expect(only()).toMatchObject({ state: 'open', page: 2 });
    expect(store.incidents.find(only().id)?.acknowledgements).toMatchObject([{ ending: 'something-new' }]);
    expect(bodyOf('acknowledgement-ended')).toEqual({
      site: SITE,
      incident: only().id,
      because: 'something-new',
    });
  });

  test('count what appears under a suppression that takes effect with them', () => {
    const suppression = verifiedMute(baselineOf(SIGNED), { kind: 'wallet-route' });
    const { id, signers, untilMs } = suppression;
    const by = { what: 'muted', id, signers, untilMs, reason: 'moving' } as const;
    const muted = diverted().map((one) =>
      one.subject.what === 'change' ? { ...one, subject: { ...one.subject, suppression: by } } : one,
    );
    const suppressions = { ...NO_SUPPRESSIONS, active: [suppression], present: new Set([id]) };
    settle(muted, { approvals: { ...NOBODY, suppressions } });
    expect(store.suppressions.list(SITE)).toMatchObject([
      { id, type: 'mute', covered: 1, state: 'in-force' },
    ]);
    expect(types()).toEqual(['excuse-in-force', 'alert-enqueued', 'verdict']);
  });

  test('fail with the store, which is said once, and are as new at the next one', () => {
    const full = new StoreError('STORE_FULL', 'the disk is full');
    const given = decision(diverted(), { lines: [B] });
    const failing = recorderOn({
      ...readersOf(store),
      transaction: () => {
        throw full;
      },
    });
    expect(failing.record(given)).toBe(false);
    expect([errors, failing.openFindings(), woken]).toEqual([[full], [], 0]);
    expect(settle(diverted(), { lines: [B] })).toBe(true);
    expect([types(), woken]).toEqual([['observed', 'verdict', 'alert-owed'], 1]);
  });

  test('stay recorded, and are remembered, whatever goes wrong when the outbox is woken', () => {
    const waking = createRecorder({
      ...optionsOn(store),
      onEnqueued: () => {
        throw new StoreError('STORE_FULL', 'the disk is full');
      },
    });
    expect(() => waking.record(decision(diverted()))).toThrow('the disk is full');
    expect([waking.openFindings(), errors]).toMatchObject([[{ site: SITE }], []]);
  });

  test('that cannot be composed throw: it is not the store that failed, and nothing is recorded', () => {
    const defect = new Error('no such channel');
    const failing = recorderOn(store, () => {
      throw defect;
    });
    const head = store.journal.head();
    expect(() => failing.record(decision(diverted(), { lines: [B] }))).toThrow(defect);
    expect([errors, store.journal.head(), store.incidents.list({}), woken]).toEqual([[], head, [], 0]);
  });

  test('that fail half way throw, and leave nothing of themselves behind', () => {
    const defect = new Error('a member is missing');
    const given = decision(diverted(), { lines: [B] });
    const appeared = given.verdict.appeared.map((one) => ({
      ...one,
      // Read when the finding is written, after the observed records were.
      get reason(): string {
        throw defect;
      },
    }));
    const broken = { ...given, verdict: { ...given.verdict, appeared } };
    expect(() => recorder.record(broken)).toThrow(defect);
    expect(errors).toEqual([]);
    expect([store.incidents.list({}), store.observed.collections(SITE), types()]).toEqual([[], [], []]);
    expect(settle(diverted(), { lines: [B] })).toBe(true);
  });

  function readersOf({ incidents, findings, outbox, deliveries, ...rest }: Store): Store {
    const { journal, observed, baselines, suppressions, meta, folds } = rest;
    return {
      ...{ incidents, findings, outbox, deliveries, journal, observed, baselines, suppressions, meta, folds },
      copyTo: () => undefined,
      close: () => undefined,
      transaction: (work) => store.transaction(work),
      inPlace: () => true,
      refuseAltered: () => undefined,
    };
  }
});
