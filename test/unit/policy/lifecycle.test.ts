import { describe, expect, test } from '@jest/globals';
import { recordLine } from '../../../baselines/index.js';
import type { Subject } from '../../../daemon/finding.js';
import {
  type AcknowledgeRequest,
  decideAcknowledgement,
  stepOfExpiry,
  stepOfVerdict,
} from '../../../daemon/policy/lifecycle.js';
import type { Severity } from '../../../notifiers/index.js';
import { incidentOf } from './build.js';

const renamed: Subject = {
  ...{ what: 'change', collection: 'terminals', kind: 'terminal', type: 'modified', key: '["1"]' },
  ...{ before: line('Praha'), after: [line('Brno')] },
};
const first = (...severities: readonly Severity[]) =>
  severities.map((severity) => ({ severity, subject: renamed }));

function line(name: string): string {
  return recordLine({ key: ['1'], fields: new Map([['name', name]]) }).line;
}

describe('the step after a verdict', () => {
  test.each([
    ['the first notification makes page 1', 'open', 0, first('low'), false, 'open', 1, 'page'],
    ['something critical makes another page', 'open', 2, first('low', 'critical'), false, 'open', 3, 'page'],
    ['lesser news is a follow-up', 'open', 2, first('high'), false, 'open', 2, 'follow-up'],
    ['an ending is a follow-up', 'open', 2, [], true, 'open', 2, 'follow-up'],
    ['an ending of what nobody was notified of is not sent', 'open', 0, [], true, 'open', 0, null],
    ['no news is not sent', 'open', 2, [], false, 'open', 2, null],
    ['an ending leaves it acknowledged', 'acknowledged', 2, [], true, 'acknowledged', 2, 'follow-up'],
    [
      'critical news after an acknowledgement pages',
      'acknowledged',
      2,
      first('critical'),
      false,
      'open',
      3,
      'page',
    ],
    [
      'lesser news after an acknowledgement pages too',
      'acknowledged',
      2,
      first('low'),
      false,
      'open',
      3,
      'page',
    ],
  ] as const)('%s', (_what, state, page, news, endings, next, pages, role) => {
    expect(
      stepOfVerdict({ state, page }, { notified: news, worstNotified: page === 0 ? null : 'high', endings }),
    ).toEqual({
      state: next,
      page: pages,
      role,
      endsAcknowledgement: state === 'acknowledged' && news.length > 0 ? 'something-new' : null,
    });
  });
});

describe('what comes to an incident that people were told of', () => {
  const roleOf = (severity: Severity, subject: Subject, worstNotified: Severity) =>
    stepOfVerdict(
      { state: 'open', page: 1 },
      { notified: [{ severity, subject }], worstNotified, endings: false },
    ).role;
  const route = { collection: 'routes', kind: 'wallet-route' } as const;
  const diverted = recordLine({ key: ['1'], fields: new Map([['wallet_address', 'bc1q']]) }).line;

  test.each<[string, Severity, Subject, Severity, string]>([
    ['worse than all before pages', 'high', renamed, 'medium', 'page'],
    ['as bad as before is a follow-up', 'medium', renamed, 'medium', 'follow-up'],
    ['a new terminal pages though no worse', 'high', { ...renamed, type: 'added' }, 'high', 'page'],
    [
      'a new terminal that people excused does not',
      'info',
      { ...renamed, type: 'added' },
      'high',
      'follow-up',
    ],
    [
      'a new administrator pages at a severity of less',
      'low',
      { ...renamed, kind: 'admin', type: 'added' },
      'high',
      'page',
    ],
    ['a removed terminal is a follow-up', 'high', { ...renamed, type: 'removed' }, 'high', 'follow-up'],
    [
      'a diverted route pages at a severity of less',
      'medium',
      { ...renamed, ...route, after: [diverted] },
      'high',
      'page',
    ],
    ['a renamed route does not', 'medium', { ...renamed, ...route }, 'high', 'follow-up'],
  ])('%s', (_what, severity, subject, before, role) => {
    expect(roleOf(severity, subject, before)).toBe(role);
  });
});

describe('the end of an acknowledgement', () => {
  test.each<[string, Parameters<typeof stepOfExpiry>[1], number, string]>([
    ['pages when something critical is open', [{ severity: 'critical', notifiedMs: 1 }], 3, 'page'],
    ['is a follow-up when nothing critical is', [{ severity: 'high', notifiedMs: 1 }], 2, 'follow-up'],
    [
      'is a follow-up when nobody was notified yet of what is critical',
      [{ severity: 'critical', notifiedMs: null }],
      2,
      'follow-up',
    ],
    ['is a follow-up when nothing is open and a person is awaited', [], 2, 'follow-up'],
  ])('%s', (_what, open, page, role) => {
    expect(stepOfExpiry({ page: 2 }, open)).toEqual({
      state: 'open',
      page,
      role,
      endsAcknowledgement: 'expired',
    });
  });
});

describe('an acknowledgement', () => {
  const TIMES = { acknowledgeCriticalForMs: 60_000, acknowledgeOthersForMs: 900_000 };
  const request = (over: Partial<AcknowledgeRequest> = {}): AcknowledgeRequest => ({
    incident: '7f3a',
    revision: 'c'.repeat(64),
    person: 'alice',
    reason: 'on it',
    nowMs: 1_000,
    ...over,
  });

  test('holds for the time of its severity', () => {
    expect(decideAcknowledgement(incidentOf(), request(), TIMES)).toBe(61_000);
    expect(decideAcknowledgement(incidentOf({ severity: 'high' }), request(), TIMES)).toBe(901_000);
    const again = incidentOf({ state: 'acknowledged' });
    expect(decideAcknowledgement(again, request({ nowMs: 5_000 }), TIMES)).toBe(65_000);
  });

  test.each([
    ['INCIDENT_UNKNOWN', null, {}],
    ['INCIDENT_RESOLVED', incidentOf({ state: 'resolved' }), {}],
    ['INCIDENT_NOT_TOLD', incidentOf({ page: 0 }), {}],
    ['INCIDENT_OTHER_REVISION', incidentOf(), { revision: 'd'.repeat(64) }],
    ['INCIDENT_PERSON_INVALID', incidentOf(), { person: 'alice\n<!channel>' }],
    ['INCIDENT_PERSON_INVALID', incidentOf(), { person: '' }],
    ['INCIDENT_REASON_NEEDED', incidentOf(), { reason: '  \n' }],
    ['INCIDENT_REASON_NEEDED', incidentOf(), { reason: 'x'.repeat(501) }],
  ] as const)('is refused with %s', (code, incident, over) => {
    expect(() => decideAcknowledgement(incident, request(over), TIMES)).toThrow(
      expect.objectContaining({ name: 'IncidentError', code }),
    );
  });
});

describe('a refused acknowledgement', () => {
  const times = { acknowledgeCriticalForMs: 1, acknowledgeOthersForMs: 1 };
  const ask = (
    incident: Parameters<typeof decideAcknowledgement>[0],
    over: Partial<AcknowledgeRequest> = {},
  ) => {
    const request = { incident: '7f3a', revision: 'c'.repeat(64), person: 'anna', reason: 'on it', nowMs: 0 };
    return () => decideAcknowledgement(incident, { ...request, ...over }, times);
  };

  test.each([
    [null, {}, /copy it from the alert or from status/],
    [incidentOf({ state: 'resolved' }), {}, /7f3a is resolved already/],
    [incidentOf({ page: 0 }), {}, /7f3a was not told to anybody yet/],
    [incidentOf(), { revision: 'd' }, /look again with "tillwarden show 7f3a"/],
    [incidentOf(), { person: '!' }, /1 to 64 letters, digits, blanks and \. _ @ -/],
    [incidentOf(), { reason: ' ' }, /found a reason of 0 characters, needed one of 1 to 500/],
  ])('says what to do (%#)', (incident, over, words) => {
    expect(ask(incident, over)).toThrow(words);
  });

  test('is not one of a reason of 500 characters, or of a name of 64', () => {
    expect(ask(incidentOf(), { reason: 'x'.repeat(500), person: 'a'.repeat(64) })()).toBe(1);
  });

  test.each(['!anna', ' anna', 'anna!', 'a'.repeat(65), '-'])('is one by %j', (person) => {
    expect(ask(incidentOf(), { person })).toThrow(/a person is named by/);
  });
});
