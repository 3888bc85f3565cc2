import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Incident } from '../../../daemon/incident.js';
import { type Acknowledgements, createAcknowledgements } from '../../../daemon/incidents/acknowledgements.js';
import type { Store } from '../../../daemon/store/store.js';
import type { Severity } from '../../../notifiers/index.js';
import { claim, noteDelivered } from '../../support/deliver.js';
import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { Time } from '../../support/time.js';
import { oneCondition, withSeverity } from '../policy/build.js';

const CHANNELS = [{ name: 'slack', parts: ['message'] }];
const HOUR = 3_600_000;

describe.each(STORE_ADAPTERS)('acknowledgements recorded in %s', (_name, open) => {
  let directory: string;
  let store: Store;
  let time: Time;
  let woken: number;
  let setBackMs: number;
  let acknowledgements: Acknowledgements;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tillwarden-acknowledgements-'));
    store = open(directory);
    time = new Time();
    woken = 0;
    setBackMs = 0;
    begin();
  });
  afterEach(() => {
    acknowledgements.stop();
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function begin(): void {
    acknowledgements = createAcknowledgements({
      store,
      times: () => ({ acknowledgeCriticalForMs: HOUR, acknowledgeOthersForMs: 24 * HOUR }),
      channels: () => CHANNELS,
      clock: () => time.clock() - setBackMs,
      monotonic: time.clock,
      timers: time,
      onEnqueued: () => {
        woken += 1;
      },
      onStoreError: (error) => {
        throw error;
      },
    });
    acknowledgements.start();
  }

  /** Something of this severity is told, and its message has arrived. */
  function told(severity: Severity, fingerprint = 'f1'): Incident {
    const id = store.transaction((tx) => {
      const incident =
        tx.incidents.unresolved('s', 'drift') ??
        tx.incidents.create({ site: 's', topic: 'drift', severity }, time.nowMs);
      const condition = {
        ...withSeverity(oneCondition('admin', 'added', fingerprint), severity),
        fingerprint,
      };
      tx.findings.add({ incident: incident.id, site: 's', condition, notified: true }, time.nowMs);
      tx.incidents.refresh(incident.id);
      tx.incidents.advance(incident, { state: 'open', page: 1 }, time.nowMs);
      tx.outbox.addPending({ incident: incident.id, role: 'page', severity }, CHANNELS, time.nowMs);
      return incident.id;
    });
    arrives();
    return incidentOf(id);
  }

  function arrives(): string[] {
    const message = claim(store, 'slack', time.nowMs);
    if (message === null) return [];
    noteDelivered(store, message.id, 'ts', time.nowMs);
    const { content } = message;
    if (content.role === 'notice') return [];
    return [`${content.role} ${content.page}, ${content.news.fresh.length} shown`];
  }

  function incidentOf(id: string): Incident {
    const found = store.incidents.find(id);
    if (found === null) throw new Error('no such incident');
    return found.incident;
  }

  const answer = ({ id, revision }: Incident, over: { revision?: string; reason?: string } = {}) =>
    acknowledgements.acknowledge({
      incident: id,
      revision,
      person: 'alice',
      reason: 'on it',
      nowMs: time.nowMs,
      ...over,
    });

  /** The journal without what is owed and delivered because of it. */
  const decided = () => store.journal.entries(0, 99).filter(({ type }) => !type.startsWith('alert-'));

  test('a person answers for an incident: recorded, in the journal, announced as a follow-up', () => {
    const incident = told('critical');
    expect(answer(incident)).toEqual({
      incident: incident.id,
      revision: incident.revision,
      untilMs: time.nowMs + HOUR,
    });
    expect(incidentOf(incident.id)).toMatchObject({ state: 'acknowledged', page: 1 });
    expect(store.incidents.acknowledgements()).toMatchObject([
      { incident: incident.id, person: 'alice', reason: 'on it', revision: incident.revision, endedMs: null },
    ]);
    const entry = decided().at(-1);
    expect([entry?.type, JSON.parse(entry?.body ?? '')]).toEqual([
      'acknowledged',
      {
        site: 's',
        incident: incident.id,
        revision: incident.revision,
        person: 'alice',
        reason: 'on it',
        untilMs: time.nowMs + HOUR,
      },
    ]);
    expect([woken, arrives()]).toEqual([1, ['follow-up 1, 0 shown']]);
  });

  test('what is refused leaves no trace', () => {
    const incident = told('critical');
    for (const over of [{ revision: 'd'.repeat(64) }, { reason: '' }]) {
      expect(() => answer(incident, over)).toThrow(expect.objectContaining({ name: 'IncidentError' }));
    }
    expect(() => answer({ ...incident, id: 'ffff' })).toThrow(
      expect.objectContaining({ code: 'INCIDENT_UNKNOWN' }),
    );
    expect(incidentOf(incident.id)).toEqual(incident);
    expect([store.incidents.acknowledgements(), decided(), arrives(), woken]).toEqual([[], [], [], 0]);
  });

  test.each<[Severity, number, string]>([
    ['critical', HOUR, 'page 2, 1 shown'],
    ['high', 24 * HOUR, 'follow-up 1, 1 shown'],
  ])('of something %s it ends after its time, not before, and that is told', (severity, lasts, message) => {
    const incident = told(severity);
    answer(incident);
    arrives();
    for (let passed = 60_000; passed < lasts; passed += 60_000) time.pass(60_000);
    time.pass(59_999);
    expect(incidentOf(incident.id).state).toBe('acknowledged');
    time.pass(1);
    expect(incidentOf(incident.id).state).toBe('open');
    expect(store.incidents.find(incident.id)?.acknowledgements).toMatchObject([
      { ending: 'expired', endedMs: time.nowMs },
    ]);
    expect(arrives()).toEqual([message]);
    expect(decided().map(({ type }) => type)).toEqual(['acknowledged', 'acknowledgement-ended']);
    time.pass(2 * lasts);
    expect(arrives()).toEqual([]);
  });

  test('a clock that is set back makes none last longer', () => {
    const incident = told('critical');
    answer(incident);
    arrives();
    setBackMs = 10 * HOUR;
    for (let passed = 60_000; passed < HOUR; passed += 60_000) time.pass(60_000);
    expect(arrives()).toEqual([]);
    time.pass(60_000);
    expect(incidentOf(incident.id)).toMatchObject({ state: 'open' });
    expect(decided().at(-1)?.type).toBe('acknowledgement-ended');
  });

  test('a clock that was set back while nobody watched lets it last its own time at most', () => {
    const incident = told('critical');
    answer(incident);
    acknowledgements.stop();
    setBackMs = 1_000 * HOUR;
    begin();
    for (let passed = 60_000; passed < HOUR; passed += 60_000) time.pass(60_000);
    expect(incidentOf(incident.id).state).toBe('acknowledged');
    time.pass(60_000);
    expect(incidentOf(incident.id).state).toBe('open');
  });

  test('one whose time was up while nobody watched ends at the start', () => {
    const incident = told('critical');
    answer(incident);
    acknowledgements.stop();
    time.pass(2 * HOUR);
    expect(incidentOf(incident.id).state).toBe('acknowledged');
    begin();
    expect(incidentOf(incident.id).state).toBe('open');
  });

  test('a second person, or the same one again, renews it', () => {
    const incident = told('critical');
    answer(incident);
    time.pass(HOUR / 2);
    answer(incident);
    for (let passed = 0; passed < HOUR / 2; passed += 60_000) time.pass(60_000);
    expect(incidentOf(incident.id).state).toBe('acknowledged');
    expect(store.incidents.find(incident.id)?.acknowledgements.map(({ ending }) => ending)).toEqual([
      'renewed',
      null,
    ]);
  });
});
