import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { Channel } from '../../../daemon/channel.js';
import type { Condition } from '../../../daemon/finding.js';
import type { JournalEvent } from '../../../daemon/store/journal/event.js';
import type { Claim, OutboxMessage, Store, StoreTransaction } from '../../../daemon/store/store.js';
import type { Alert, Severity } from '../../../notifiers/index.js';
import * as deliver from '../../support/deliver.js';

export const SLACK = [{ name: 'slack', parts: ['message'] }];
export const MAIL = [{ name: 'mail', parts: ['alarm', 'details'] }];

export const condition = (fingerprint: string, severity: Severity = 'high'): Condition => ({
  fingerprint,
  severity,
  reason: 'default for terminal',
  graceMs: 60_000,
  subject: { what: 'blind', source: 'cas', detail: 'the connection was lost' },
});

export const alert = (id: string, severity: Severity = 'high', incident: string | null = null): Alert => ({
  id,
  type: 'drift',
  role: 'page',
  severity,
  site: 'prague-1',
  incident,
  state: incident === null ? null : 'open',
  dedupKey: incident,
  title: '1 terminal was added',
  consequence: 'The list of machines is not the approved one.',
  facts: [],
  changes: [],
  changesLeftOut: 0,
  nextSteps: [],
  observedAtMs: 5,
  timeZone: 'UTC',
  head: { baselineVersion: null, journal: '0' },
});

/** An entry that is told from others by a number. */
export const numbered = (n: number): JournalEvent => ({ type: 'clock-jumped', body: { byMs: n } });

/** What an incident has to tell; null for an announcement. */
export const newsIn = (message: OutboxMessage | null) =>
  message === null || message.content.role === 'notice' ? null : message.content.news;

/** A new store for each test of the suite that this is called in, and what a daemon does with one. */
export function storeScene(open: (directory: string) => Store) {
  let directory = '';
  let store: Store;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tillwarden-store-'));
    store = open(directory);
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const inTransaction = <T>(work: (tx: StoreTransaction) => T): T => store.transaction(work);
  const claim = (channel: string, nowMs: number, wanted: Omit<Claim, 'channel' | 'nowMs'> = {}) =>
    deliver.claim(store, channel, nowMs, wanted);
  const delivered = (id: number, receipt: string, atMs: number, one?: Alert) =>
    deliver.noteDelivered(store, id, receipt, atMs, one);

  /** One step of the open incident of prague-1: these findings are told, those end, and it is to be told. Returns its id. */
  const step = (
    role: 'page' | 'follow-up',
    severity: Severity,
    told: readonly string[],
    ended: readonly string[] = [],
    over: Partial<Condition> = {},
    channels: readonly Channel[] = [...SLACK, ...MAIL],
  ) =>
    inTransaction((tx) => {
      const site = 'prague-1';
      const incident =
        tx.incidents.unresolved(site, 'drift') ?? tx.incidents.create({ site, topic: 'drift', severity }, 1);
      const { id, page } = incident;
      for (const one of told) {
        const found = { ...condition(one, severity), ...over };
        tx.findings.add({ incident: id, site, condition: found, notified: true }, 5);
      }
      tx.findings.end(
        id,
        ended.map((fingerprint) => ({ fingerprint, ending: 'reverted' })),
        6,
      );
      const to = { state: 'open', page: role === 'page' ? page + 1 : page } as const;
      expect(tx.incidents.advance(incident, to, 6)).toBe(true);
      tx.outbox.addPending({ incident: id, role, severity }, channels, 100);
      return id;
    });

  return {
    get store() {
      return store;
    },
    reopen: () => {
      store.close();
      store = open(directory);
    },
    inTransaction,
    enqueue: (one: Alert, channels: readonly Channel[] = SLACK, atMs = 100) =>
      inTransaction((tx) => tx.outbox.enqueue(one, channels, { atMs })),
    step,
    claim,
    delivered,
    notDelivered: (id: number, reason: string, nextAttemptMs: number | null, atMs: number) =>
      deliver.noteNotDelivered(store, id, reason, nextAttemptMs, atMs),
    retryUndelivered: (nowMs: number) => deliver.retryUndelivered(store, nowMs),
    arrive: (channel: string) => delivered(claim(channel, 100)?.id ?? 0, 'receipt', 101),
  };
}
