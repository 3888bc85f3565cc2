import { describe, expect, test } from '@jest/globals';
import type { Row, SqlValue } from '../../../daemon/store/sqlite/database.js';
import {
  acknowledgementIn,
  endedFindingIn,
  incidentIn,
  outboxStatusIn,
  suppressionIn,
} from '../../../daemon/store/sqlite/rows.js';
import { alertOf, subjectOf } from '../../../daemon/store/written-form.js';

const corrupt = expect.objectContaining({ name: 'StoreError', code: 'STORE_CORRUPT' });

const FINDING = {
  ...{ site: 's', incident: '7f3a', fingerprint: 'f', severity: 'high', reason: 'r', grace_ms: 0 },
  ...{ subject: '{"what":"config","detail":"d"}', first_seen_ms: 1, told_ms: null },
  ...{ ending: 'cleared', ended_ms: 2 },
};
const INCIDENT = {
  ...{ id: '7f3a', site: 's', topic: 'drift', state: 'open', severity: 'high', revision: 'r', page: 0 },
  ...{ event: 0, opened_ms: 1, observed_ms: null, unanswered_ms: null, resolved_ms: null, resolution: null },
};
const ACKNOWLEDGEMENT = {
  ...{ incident: '7f3a', person: 'anna', reason: 'on it', revision: 'r', at_ms: 1, until_ms: 2 },
  ...{ ended_ms: 2, ending: 'expired' },
};
const SUPPRESSION = {
  ...{ digest: 'd', site: 's', id: `mute.${'a'.repeat(16)}`, signers: '["anna"]', until_ms: 1 },
  ...{ state: 'over', covered: 0 },
};
const MESSAGE = {
  ...{ channel: 'slack', part: 'message', alert: 'a1', standing: 'page', incident: '7f3a', page: 1 },
  ...{ severity_rank: 1, state: 'pending', instead_of: null, attempts: 0, last_error: null },
  ...{ created_ms: 1, next_attempt_ms: 1, delivered_ms: null },
};

describe('a row', () => {
  test.each<[string, (row: Row) => unknown, Row, string, SqlValue]>([
    ['an incident', incidentIn, INCIDENT, 'state', 'asleep'],
    ['an incident', incidentIn, INCIDENT, 'severity', 'constructor'],
    ['an incident', incidentIn, INCIDENT, 'page', 'one'],
    ['a finding', endedFindingIn, FINDING, 'ending', null],
    ['a finding', endedFindingIn, FINDING, 'subject', '{"what":"else"}'],
    ['a finding', endedFindingIn, FINDING, 'subject', '{"what":"config"}'],
    ['a finding', endedFindingIn, FINDING, 'subject', 'no JSON'],
    ['an acknowledgement', acknowledgementIn, ACKNOWLEDGEMENT, 'ending', 'forgotten'],
    ['a suppression', suppressionIn, SUPPRESSION, 'id', 'a name of another kind'],
    ['a suppression', suppressionIn, SUPPRESSION, 'signers', '[1]'],
    ['a suppression', suppressionIn, SUPPRESSION, 'signers', 'anna'],
    ['a message', outboxStatusIn, MESSAGE, 'standing', 'note'],
    ['a message', outboxStatusIn, MESSAGE, 'severity_rank', 5],
    ['a message', outboxStatusIn, MESSAGE, 'state', 'lost'],
  ])('of %s is read only with words of ours (%#)', (_what, read, row, column, value) => {
    expect(() => read(row)).not.toThrow();
    expect(() => read({ ...row, [column]: value })).toThrow(corrupt);
  });

  test('of a suppression tells its type by the name of its file', () => {
    const expectation = { ...SUPPRESSION, id: `expectation.${'a'.repeat(16)}` };
    expect([suppressionIn(SUPPRESSION).type, suppressionIn(expectation).type]).toEqual([
      'mute',
      'expectation',
    ]);
  });
});

describe('a text in the store', () => {
  test('is a subject with every member that its kind has', () => {
    const change = {
      what: 'change',
      collection: 'c',
      kind: 'admin',
      type: 'added',
      key: '["1"]',
      before: null,
    };
    expect(subjectOf(JSON.stringify({ ...change, after: ['a'], twinOf: '["2"]' }))).toEqual({
      ...change,
      after: ['a'],
      lookalikeOf: '["2"]',
    });
    expect(() => subjectOf(JSON.stringify(change))).toThrow(corrupt);
  });

  test.each(['', 'null', '7', '[]', '{}', '{"id":7}'])('is no alert when it is %s', (text) => {
    expect(() => alertOf(text)).toThrow(corrupt);
  });
});
