import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createEscalations,
  type Escalated,
  type Escalations,
} from '../../../daemon/incidents/escalations.js';
import { DEFAULT_ESCALATION, type EscalationStep } from '../../../daemon/policy/escalation.js';
import type { Store } from '../../../daemon/store/store.js';
import type { Severity } from '../../../notifiers/index.js';
import { claim, noteDelivered } from '../../support/deliver.js';
import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { Time } from '../../support/time.js';
import { oneCondition, withSeverity } from '../policy/build.js';

const CHANNELS = ['slack', 'mail', 'phone'].map((name) => ({ name, parts: ['message'] }));
const MINUTE = 60_000;

describe.each(STORE_ADAPTERS)('escalations recorded in %s', (_name, open) => {
  let directory: string;
  let store: Store;
  let time: Time;
  let steps: readonly EscalationStep[];
  let escalated: Escalated[];
  let errors: unknown[];
  let escalations: Escalations;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tillwarden-escalations-'));
    store = open(directory);
    time = new Time();
    steps = DEFAULT_ESCALATION;
    escalated = [];
    errors = [];
    begin();
  });
  afterEach(() => {
    escalations.stop();
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function begin(over: Store = store): void {
    escalations = createEscalations({
      store: over,
      steps: () => steps,
      channels: () => CHANNELS,
      clock: time.clock,
      timers: time,
      onEnqueued: () => undefined,
      onEscalated: (one) => escalated.push(one),
      onStoreError: (error) => errors.push(error),
    });
    escalations.start();
  }

  /** Something new of this severity pages the first channel. */
  function page(severity: Severity, fingerprint: string): string {
    const id = store.transaction((tx) => {
      const incident =
        tx.incidents.unresolved('s', 'drift') ??
        tx.incidents.create({ site: 's', topic: 'drift', severity }, time.nowMs);
      const condition = {
        ...withSeverity(oneCondition('terminal', 'added', fingerprint), severity),
        fingerprint,
      };
      tx.findings.add({ incident: incident.id, site: 's', condition, notified: true }, time.nowMs);
      tx.incidents.refresh(incident.id);
      tx.incidents.advance(incident, { state: 'open', page: incident.page + 1 }, time.nowMs);
      tx.outbox.addPending(
        { incident: incident.id, role: 'page', severity },
        CHANNELS.slice(0, 1),
        time.nowMs,
      );
      return incident.id;
    });
    escalations.look();
    return id;
  }

  function acknowledge(id: string): void {
    store.transaction((tx) => {
      const incident = tx.incidents.unresolved('s', 'drift');
      if (incident?.id !== id) throw new Error('no such incident');
      tx.incidents.acknowledge(incident, { person: 'alice', reason: 'on it', untilMs: 0 }, time.nowMs);
    });
  }

  const took = () => escalated.map(({ time: nth, channels }) => `${nth} ${channels.join(' ')}`);
  /** What a channel is sent next: standing, what it shows, and for how long nobody had answered. */
  function sent(channel: string): string | null {
    const message = claim(store, channel, time.nowMs);
    if (message === null || message.content.role === 'notice') return null;
    noteDelivered(store, message.id, 'ts', time.nowMs);
    const { role: standing, page: number, news } = message.content;
    const minutes = news.unanswered && (news.unanswered.noticedMs - news.unanswered.sinceMs) / MINUTE;
    return `${standing} ${number} ${message.severity}, ${news.fresh.length} shown, ${minutes}`;
  }

  test('what nobody answers for goes to the next channel after ten minutes, with all that is so, once', () => {
    page('critical', 'f1');
    sent('slack');
    time.pass(10 * MINUTE - 1);
    expect([took(), escalations.overdue()]).toEqual([[], []]);
    time.pass(1);
    expect(took()).toEqual(['1 mail']);
    expect(escalations.overdue()).toHaveLength(1);
    expect([sent('slack'), sent('mail'), sent('phone')]).toEqual([
      null,
      'page 1 critical, 1 shown, 10',
      null,
    ]);
    time.pass(600 * MINUTE);
    expect(took()).toHaveLength(1);
  });

  test('each step is in the journal, with its channels', () => {
    const id = page('critical', 'f1');
    time.pass(10 * MINUTE);
    const entry = store.journal.entries(0, 100).find(({ type }) => type === 'incident-escalated');
    expect(JSON.parse(entry?.body ?? '')).toEqual({
      site: 's',
      incident: id,
      page: 1,
      afterMs: 10 * MINUTE,
      time: 1,
      channels: ['mail'],
    });
  });

  test('to those who were told already it is a page again, that shows everything again', () => {
    steps = [{ afterMs: MINUTE, severities: ['critical'], to: ['slack'], repeatMs: MINUTE, times: 2 }];
    page('critical', 'f1');
    sent('slack');
    const repeats = [1, 2, 3, 4].map(() => {
      time.pass(MINUTE);
      return sent('slack');
    });
    expect(repeats).toEqual([
      'page 1 critical, 1 shown, 1',
      'page 1 critical, 1 shown, 2',
      'page 1 critical, 1 shown, 3',
      null,
    ]);
  });

  test('a restart repeats nothing and forgets nothing', () => {
    page('critical', 'f1');
    time.pass(10 * MINUTE);
    escalations.stop();
    begin();
    expect(took()).toEqual(['1 mail']);
    page('critical', 'f2');
    escalations.stop();
    time.pass(60 * MINUTE);
    expect(took()).toEqual(['1 mail']);
    begin();
    expect(took()).toEqual(['1 mail', '1 mail']);
  });

  test('an acknowledgement ends the ladder, and the end of its time begins it again', () => {
    const id = page('critical', 'f1');
    acknowledge(id);
    time.pass(60 * MINUTE);
    expect([took(), escalations.overdue()]).toEqual([[], []]);
    store.transaction((tx) => {
      const incident = tx.incidents.unresolved('s', 'drift');
      if (incident) tx.incidents.advance(incident, { state: 'open', page: incident.page }, time.nowMs);
    });
    escalations.look();
    time.pass(10 * MINUTE - 1);
    expect(took()).toEqual([]);
    time.pass(1);
    expect(took()).toEqual(['1 mail']);
  });

  test('a new page begins the ladder anew, with the steps it has taken already', () => {
    page('critical', 'f1');
    time.pass(10 * MINUTE);
    sent('mail');
    page('critical', 'f2');
    time.pass(10 * MINUTE - 1);
    expect(took()).toEqual(['1 mail']);
    time.pass(1);
    expect(took()).toEqual(['1 mail', '1 mail']);
    expect(sent('mail')).toBe('page 2 critical, 2 shown, 10');
  });

  test('lesser news of an unanswered page does not put it off', () => {
    page('critical', 'f1');
    time.pass(9 * MINUTE);
    store.transaction((tx) => {
      const incident = tx.incidents.unresolved('s', 'drift');
      if (incident) tx.incidents.advance(incident, { state: 'open', page: 1 }, time.nowMs);
    });
    escalations.look();
    time.pass(MINUTE);
    expect(took()).toEqual(['1 mail']);
  });

  test('what is acknowledged before the reminder is sent is no reminder any more', () => {
    const id = page('critical', 'f1');
    time.pass(10 * MINUTE);
    acknowledge(id);
    expect(sent('mail')).toBe('page 1 critical, 1 shown, null');
  });

  test('a step that could not be recorded is taken a second later', () => {
    let broken = true;
    escalations.stop();
    begin(
      new Proxy(store, {
        get: (target, name: keyof Store) => {
          if (name === 'transaction' && broken) throw new Error('disk full');
          const value = target[name];
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    );
    page('critical', 'f1');
    expect(errors).toHaveLength(1);
    broken = false;
    time.pass(10 * MINUTE);
    expect(took()).toEqual(['1 mail']);
  });

  test('the store takes a step only of the ladder that was decided about', () => {
    page('critical', 'f1');
    const steps1 = store.transaction((tx) => {
      const incident = tx.incidents.unresolved('s', 'drift');
      if (incident === null) throw new Error('no incident');
      return [
        tx.incidents.escalate(incident, { step: 'a', time: 1 }, 5),
        tx.incidents.escalate(incident, { step: 'a', time: 1 }, 6),
        tx.incidents.escalate(incident, { step: 'a', time: 2 }, 7),
        tx.incidents.escalate({ ...incident, page: 2 }, { step: 'b', time: 1 }, 7),
        tx.incidents.escalate({ ...incident, unansweredMs: 1 }, { step: 'b', time: 1 }, 7),
        tx.incidents.escalate({ ...incident, unansweredMs: null }, { step: 'b', time: 1 }, 7),
      ];
    });
    expect(steps1).toEqual([true, false, true, false, false, false]);
  });
});
