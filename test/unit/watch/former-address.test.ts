import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { collectionSnapshot, type RecordLine, type VerifiedBaseline } from '../../../baselines/index.js';
import { NO_SUPPRESSIONS } from '../../../daemon/approvals/active/suppressions.js';
import type { Channel } from '../../../daemon/channel.js';
import { diffCollection } from '../../../daemon/drift/compare.js';
import { conditionsOfCollection } from '../../../daemon/policy/conditions.js';
import { judge } from '../../../daemon/policy/judge.js';
import { NONE_ENDED, suppressionConditions } from '../../../daemon/policy/suppress.js';
import { openStore } from '../../../daemon/store/sqlite/open.js';
import type { Store } from '../../../daemon/store/store.js';
import { createRecorder } from '../../../daemon/watch/recorder.js';
import { claim } from '../../support/deliver.js';
import { definitionOf, NO_RULES, record, SITE } from '../policy/build.js';
import { baselineOf, START_MS, verifiedMute } from '../policy/suppression-scene.js';

const PEOPLE = definitionOf('contact', ['name', 'email']);
const person = (id: string, email: string | null) => record(id, { name: 'x', email });
const TELLS: Channel = { name: 'mail', parts: ['alarm:ops@example.org'], formerPart: (to) => `former:${to}` };

let directory: string;
let store: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tillwarden-former-'));
  store = openStore(directory);
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Parts of the mails to former addresses that are enqueued when these are observed. */
function mailsTo(
  baseline: VerifiedBaseline,
  observed: readonly RecordLine[],
  { channels = [TELLS], muted = false }: { channels?: readonly Channel[]; muted?: boolean } = {},
): string[] {
  const signed = baseline.collections.get('contacts');
  if (signed === undefined) throw new Error('nobody signed contacts');
  const outcome = diffCollection(SITE, signed, collectionSnapshot(PEOPLE, observed));
  const found = conditionsOfCollection(SITE, PEOPLE, outcome, NO_RULES, signed);
  const suppressions = muted ? [verifiedMute(baseline, { collection: 'contacts', key: null })] : [];
  const recorder = createRecorder({
    ...{ site: SITE, timeZone: 'UTC', definitions: [PEOPLE], personal: new Map(), store },
    channels: () => channels,
    onEnqueued: () => undefined,
    onStoreError: (error) => {
      throw error;
    },
    clock: () => START_MS,
  });
  const open = recorder.openFindings();
  const about = { open, signed: baseline.collections, nowMs: START_MS + 1 };
  recorder.record({
    verdict: judge({
      ...about,
      conditions: suppressionConditions({ ...about, conditions: found, suppressions, ended: NONE_ENDED }),
      examined: () => true,
      outcomes: new Map([['contacts', outcome]]),
    }),
    approvals: {
      ...{ active: baseline, previous: null, answered: [], adopted: false, problems: [] },
      suppressions: NO_SUPPRESSIONS,
    },
    readings: new Map(),
    touches: [],
    observedAtMs: START_MS,
  });
  const parts: string[] = [];
  for (;;) {
    const message = claim(store, 'mail', START_MS + 1);
    if (message === null) return parts;
    if (message.part.startsWith('former:')) parts.push(message.part);
  }
}

const signed = (...people: readonly RecordLine[]) => baselineOf(collectionSnapshot(PEOPLE, people));

test('a person whose address changed is told once for each baseline, at the signed address, in words without a value', () => {
  const baseline = signed(person('1', 'ana@example.org'), person('2', 'bo@example.org'));
  const thief = [person('1', 'thief@evil.example'), person('2', 'bo@example.org')];
  expect(mailsTo(baseline, thief)).toEqual(['former:ana@example.org']);
  const kept = JSON.stringify(store.journal.entries(0, 99)) + JSON.stringify(store.incidents.list({}));
  expect(kept).not.toContain('ana@example.org');
  // Back and forth, and to another one.
  mailsTo(baseline, baseline.collections.get('contacts')?.records ?? []);
  expect(mailsTo(baseline, [person('1', 'more@evil.example'), person('2', 'bo@example.org')])).toEqual([]);
  mailsTo(baseline, baseline.collections.get('contacts')?.records ?? []);
  expect(mailsTo(baseline, thief)).toEqual([]);
});

test('whom the database names decides nothing: new people, other columns, an address that nobody signed', () => {
  const baseline = signed(person('1', 'ana@example.org'), person('2', null), person('3', 'cy@example.org'));
  expect(
    mailsTo(baseline, [
      person('1', 'ana@example.org'),
      person('2', 'victim@elsewhere.example'),
      record('3', { name: 'cy2@elsewhere.example', email: 'cy@example.org' }),
      person('4', 'victim@elsewhere.example'),
    ]),
  ).toEqual([]);
  expect(mailsTo(baseline, [person('1', 'victim@elsewhere.example'), person('2', null)])).toEqual([
    'former:ana@example.org',
  ]);
});

test('thousands of changed addresses are no thousands of mails, and what people muted is none', () => {
  const many = Array.from({ length: 300 }, (_, index) => person(String(index), `p${index}@example.org`));
  const other = many.map((_, index) => person(String(index), `p${index}@evil.example`));
  expect(mailsTo(signed(...many), other, { muted: true })).toEqual([]);
  expect(mailsTo(signed(...many), other)).toHaveLength(20);
});

test('nobody is written to where no channel of the site does so', () => {
  const baseline = signed(person('1', 'ana@example.org'));
  const thief = [person('1', 'thief@evil.example')];
  const { formerPart: _, ...silent } = TELLS;
  expect(mailsTo(baseline, thief, { channels: [silent] })).toEqual([]);
  expect(
    mailsTo(signed(person('2', 'b@example.org')), [person('2', 'c')], {
      channels: [{ ...TELLS, for: { sites: ['brno-1'] } }],
    }),
  ).toEqual([]);
});
