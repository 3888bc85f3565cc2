import { expect, test } from '@jest/globals';
import { siteJson } from '../../../../daemon/cli/site/check-json.js';
import { compareCollection } from '../../../../daemon/drift/compare.js';
import { shippedIndicators } from '../../../../daemon/indicators/shipped.js';
import type { CollectionReading } from '../../../../daemon/sources/source.js';
import { undocumentedMembers } from '../../../support/json-doc.js';
import { record, SITE, snapshot } from '../../policy/build.js';
import { fakeTerminal } from '../fake-terminal.js';

const user = (id: string, name: string) => record(id, { name, address: null });
const signed = snapshot('admin', [user('1', 'alice'), user('2', 'bob'), user('3', 'carol')]);
const now = snapshot('admin', [user('1', 'alice2'), user('4', 'b0b')]);
const unread = { count: 2, covers: (key: string) => key === '["3"]', cause: 'denied', detail: 'x' } as const;

/** What `check --json` says of one collection that was read so. */
function checked(reading: CollectionReading) {
  const { name } = signed.definition;
  const sides = { site: SITE, configured: signed.definition, signed, reading };
  const head = {
    ...{ version: 3, digest: 'd', expiresMs: 2, statement: { expires: 'e' } },
    collections: new Map([[name, signed]]),
  };
  const json = siteJson({ terminal: fakeTerminal(), env: {}, configFile: '', clock: () => 1 }, [], {
    ...{ name: SITE, configured: [], book: null, suppressed: new Map() },
    indicators: shippedIndicators,
    approval: { head, problems: [] },
    reading: { readings: new Map([[name, reading]]), observedAtMs: 1, degradations: [] },
    outcomes: new Map([[name, compareCollection(sides)]]),
  } as unknown as Parameters<typeof siteJson>[2]);
  expect(undocumentedMembers('check', { sites: [json] })).toEqual([]);
  return json;
}

test('JSON counts what differs, says in words what each is, and what nobody knows of the rest', () => {
  expect(checked({ readable: true, snapshot: now, unread })).toMatchObject({
    collections: [
      {
        outcome: 'drifted',
        counts: { added: 1, modified: 1, removed: 1, ambiguous: 0 },
        changes: [
          { type: 'modified', headline: 'administrator changed', severity: 'critical', known: [] },
          { type: 'removed' },
          { type: 'added', headline: 'new administrator', lookalikeOf: ['2'], notes: [], fieldsLeftOut: 0 },
        ],
        unread: { count: 2, cause: 'denied', detail: 'x', words: expect.stringMatching(/\w/) },
      },
    ],
    next: [
      { command: `tillwarden doctor ${SITE}` },
      { why: 'To sign what is right', command: `tillwarden approve ${SITE}` },
    ],
  });
});

test('JSON says nothing of unread records where all were read, and what to do about a baseline that is over', () => {
  expect(JSON.stringify(checked({ readable: true, snapshot: now }))).not.toContain('unread');
  expect(checked({ readable: true, snapshot: signed })).toMatchObject({
    collections: [{ outcome: 'same' }],
    next: [],
  });
  expect(checked({ readable: false, cause: 'denied', detail: 'x' })).toMatchObject({
    collections: [{ outcome: 'unknown', cause: 'denied', words: expect.stringMatching(/\w/) }],
    next: [{ command: `tillwarden doctor ${SITE}` }],
  });
});
