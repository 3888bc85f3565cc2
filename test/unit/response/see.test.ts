import { describe, expect, test } from '@jest/globals';
import {
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  type Kind,
  recordLine,
} from '../../../baselines/index.js';
import type { CollectionOutcome } from '../../../daemon/drift/compare.js';
import { type SiteFacts, secretMarks, see } from '../../../daemon/response/see.js';
import type { CollectionReading } from '../../../daemon/sources/source.js';

const NOTED = { sinceMs: Date.UTC(2026, 10, 27), events: new Map() };

type Fields = Readonly<Record<string, string | null>>;

function snapshotOf(definition: Definition, records: Readonly<Record<string, Fields>>): CollectionSnapshot {
  const lines = Object.entries(records).map(([key, fields]) =>
    recordLine({
      key: definition.doors === undefined ? [key] : [key, 'the office'],
      fields: new Map(Object.entries(fields)),
    }),
  );
  return collectionSnapshot(definition, lines);
}

const plain = (name: string, kind: Kind): Definition => ({
  ...{ name, kind, source: 'cas', table: `public.${name}`, key: ['id'] },
  ...{ columns: ['login', 'password'], secret: ['password'] },
});
const DOORS: Definition = {
  ...{ name: 'doors', kind: 'door', source: 'outside', table: 'doors', key: ['door', 'from'] },
  ...{ columns: ['state', 'vulnerable'], secret: [] },
  doors: { from: 'the office', targets: [{ address: 'cas:443' }, { address: 'cas:7777' }] },
};
const SAME: CollectionOutcome = { outcome: 'same' };
const UNKNOWN: CollectionOutcome = { outcome: 'unknown', cause: 'unreachable', detail: 'x' };
const changed = (type: 'added' | 'modified' | 'ambiguous'): CollectionOutcome => ({
  outcome: 'drifted',
  changes: [{ type, key: '["1"]', before: null, after: [], fingerprint: 'f' } as never],
});

function facts(
  collections: readonly (readonly [
    Definition,
    CollectionOutcome,
    CollectionReading | CollectionSnapshot | null,
  ])[],
  more: Partial<SiteFacts> = {},
): SiteFacts {
  const readings = collections.flatMap(([{ name }, , read]) =>
    read === null
      ? []
      : [[name, 'readable' in read ? read : { readable: true as const, snapshot: read }] as const],
  );
  return {
    definitions: new Map(collections.map(([definition]) => [definition.name, definition])),
    outcomes: new Map(collections.map(([{ name }, outcome]) => [name, outcome])),
    readings: new Map(readings),
    ...{ baseline: 3, signedSince: [], secretsAtBegin: null, logs: [], noted: NOTED },
    ...more,
  };
}

const ADMINS = plain('admins', 'admin');
const RIGHTS = plain('rights', 'permission');

describe('as signed', () => {
  const rule = { 'as-signed': ['admin', 'permission'] as Kind[] };
  test.each([
    ['all are the same', SAME, SAME, 'done', 'as signed in baseline 3: admins and rights'],
    ['one differs', SAME, changed('modified'), 'contrary', 'not as signed: rights'],
    ['one differs and one is unknown', UNKNOWN, changed('modified'), 'contrary', 'not as signed: rights'],
    ['one is unknown', SAME, UNKNOWN, 'unknown', 'could not be compared: rights'],
  ] as const)('when %s', (_name, a, b, saw, words) => {
    expect(
      see(
        rule,
        facts([
          [ADMINS, a, null],
          [RIGHTS, b, null],
        ]),
      ),
    ).toEqual({ saw, words });
  });

  test('cannot be looked at where nothing of the kinds is watched', () => {
    expect(see(rule, facts([[DOORS, SAME, null]])).saw).toBe('not-watched');
  });

  test('is unknown of a collection that was never compared', () => {
    expect(see(rule, { ...facts([[ADMINS, SAME, null]]), outcomes: new Map() }).saw).toBe('unknown');
  });
});

describe('none added', () => {
  const rule = { 'none-added': ['admin'] as Kind[] };
  test.each([
    ['a record that nobody signed is there', changed('added'), 'contrary'],
    ['a key is there twice', changed('ambiguous'), 'contrary'],
    ['a signed record differs', changed('modified'), 'done'],
    ['all is as signed', SAME, 'done'],
    ['nobody knows', UNKNOWN, 'unknown'],
  ] as const)('when %s', (_name, outcome, saw) => {
    expect(see(rule, facts([[ADMINS, outcome, null]])).saw).toBe(saw);
  });
});

describe('shut doors', () => {
  const rule = { 'doors-shut': [7777] };
  const withDoors = (records: Readonly<Record<string, Fields>>) =>
    see(rule, facts([[DOORS, SAME, snapshotOf(DOORS, records)]]));

  test('are those that are closed or silent, whatever people signed', () => {
    expect(withDoors({ 'cas:443': { state: 'open' }, 'cas:7777': { state: 'no answer' } })).toEqual({
      ...{ saw: 'done', words: '1 door not open from the office' },
    });
    expect(withDoors({ 'cas:443': { state: 'closed' }, 'cas:7777': { state: 'open' } })).toEqual({
      ...{ saw: 'contrary', words: 'open from the office: cas:7777' },
    });
  });

  test('are unknown when one could not be asked, and not looked at without such a port', () => {
    const unread = { count: 1, cause: 'unreachable' as const, detail: 'x', covers: () => false };
    const reading = { readable: true as const, snapshot: snapshotOf(DOORS, {}), unread };
    expect(see(rule, facts([[DOORS, SAME, reading]])).saw).toBe('unknown');
    expect(see({ 'doors-shut': [22] }, facts([[DOORS, SAME, reading]])).saw).toBe('not-watched');
  });
});

test('a version without a known hole is seen where it was found out, and only there', () => {
  const withVersion = (vulnerable: string | null) =>
    see({ 'no-known-holes': true }, facts([[DOORS, SAME, snapshotOf(DOORS, { 'cas:443': { vulnerable } })]]))
      .saw;
  expect(['not known to be', 'CVE-2022-4980', 'unknown', null].map(withVersion)).toEqual([
    ...['done', 'contrary', 'unknown', 'not-watched'],
  ]);
});

describe('moved secrets', () => {
  const hmac = (digit: string) => `~hmac:${digit.repeat(64)}`;
  const rule = { 'secrets-moved': ['admin'] as Kind[] };
  const before = snapshotOf(ADMINS, { 1: { password: hmac('a') }, 2: { password: hmac('b') } });
  const now = (
    records: Readonly<Record<string, Fields>>,
    secretsAtBegin: ReadonlySet<string> | null = new Set(secretMarks(before)),
  ) => see(rule, facts([[ADMINS, changed('modified'), snapshotOf(ADMINS, records)]], { secretsAtBegin }));

  test('are all others than they were when the response began', () => {
    expect(now({ 1: { password: hmac('c') }, 2: { password: hmac('b') } })).toEqual({
      ...{ saw: 'contrary', words: '1 of 2 secrets are what they were when this response began' },
    });
    expect(now({ 1: { password: hmac('c') }, 2: { password: hmac('d') } }).saw).toBe('done');
    expect(now({ 1: { password: hmac('c') } }).saw).toBe('done');
  });

  test('are unknown when nobody could read them then', () => {
    expect(now({ 1: { password: hmac('c') } }, null).saw).toBe('unknown');
  });
});

describe('logs that somebody should have read', () => {
  const LOGS: Definition = {
    ...{ name: 'logs_cas', kind: 'file', source: 'cas-log', table: 'tillwarden.logs', key: ['path'] },
    ...{ columns: ['mode'], secret: [] },
  };
  const seen = (outcome: CollectionOutcome, events: Readonly<Record<string, number>>) =>
    see(
      { 'logs-read': true },
      facts([[LOGS, outcome, null]], {
        logs: ['logs_cas'],
        noted: { ...NOTED, events: new Map(Object.entries(events)) },
      }),
    );

  test('are asked about, whatever was noted in them, with what it was', () => {
    expect(seen(SAME, {})).toEqual({
      saw: 'unknown',
      words: 'noted since 2026-11-27 00:00 UTC: nothing; whether somebody read them tillwarden cannot see',
    });
    expect(seen(SAME, { 'known-line': 2, 'log-shrank': 1 }).words).toBe(
      'noted since 2026-11-27 00:00 UTC: known-line (2 lines); and their past is NOT WHOLE: log-shrank; whether somebody read them tillwarden cannot see',
    );
  });

  test('are said to be unread where they are, and not watched where none is followed', () => {
    expect(seen(UNKNOWN, {}).words).toBe('could not be read: logs_cas');
    expect(see({ 'logs-read': true }, facts([]))).toEqual({
      saw: 'not-watched',
      words: 'no log is followed',
    });
  });
});
