import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  approvalCondition,
  blindCondition,
  conditionsOfCollection,
  configCondition,
  topicOf,
  unreachableCondition,
} from '../../../daemon/policy/conditions.js';
import { conditions, definitionOf, GRACE_MS, NO_RULES, record, SITE, unknownCondition } from './build.js';

describe('a drifted collection', () => {
  test('is one condition for each change, without a grace, with the change whole', () => {
    const [before, after] = [record('1', { name: 'a' }), record('1', { name: 'b' })];
    expect(conditions('terminal', [before], [after, record('2')])).toMatchObject([
      {
        severity: 'high',
        reason: 'default for terminal',
        graceMs: 0,
        subject: { what: 'change', type: 'modified', key: '["1"]', before: before.line, after: [after.line] },
      },
      { subject: { what: 'change', type: 'added', key: '["2"]', before: null } },
    ]);
  });

  test('is ranked by the rules of now, whatever ranked the same change before', () => {
    const [before, after] = [record('1', { name: 'a' }), record('1', { name: 'b' })];
    const rankedBy = (severity: 'info' | 'low') =>
      conditions('terminal', [before], [after], [{ field: 'name', severity }]).map((one) => one.severity);
    expect([rankedBy('info'), rankedBy('low')]).toEqual([['info'], ['low']]);
  });

  test('is ranked by the fields that changed; a whole record only by rules for whole records', () => {
    const rules = [{ field: 'name', severity: 'info' as const }];
    const one = record('1', { name: 'a', address: 'x' });
    const severities = (signed: (typeof one)[], observed: (typeof one)[]) =>
      conditions('terminal', signed, observed, rules).map(({ severity }) => severity);
    expect(severities([one], [record('1', { name: 'b', address: 'x' })])).toEqual(['info']);
    expect(severities([one], [record('1', { name: 'b', address: 'y' })])).toEqual(['high']);
    expect(severities([], [record('1', { name: 'a' })])).toEqual(['high']);
    expect(severities([one], [])).toEqual(['high']);
    expect(severities([one], [one, one])).toEqual(['high']);
  });
});

describe('an unknown collection', () => {
  test.each([
    ['unreachable', GRACE_MS, GRACE_MS],
    ['timeout', 5_000, 0],
    ['failed', 0, 0],
    ['denied', 0, 0],
    ['row-security', 0, 0],
    ['too-large', 0, 0],
    ['missing', 0, 0],
    ['not-a-table', 0, 0],
    ['moving', 0, 0],
    ['definition-differs', 0, 0],
    ['not-configured', 0, 0],
    ['unapproved', 0, 0],
  ] as const)(
    'because of %s notifies people after %d ms, a sensor after %d ms',
    (cause, graceMs, sensorGraceMs) => {
      expect(unknownCondition('terminal', cause).graceMs).toBe(graceMs);
      expect(unknownCondition('sensor', cause).graceMs).toBe(sensorGraceMs);
    },
  );

  test('ranks as its drift would', () => {
    expect(unknownCondition('wallet-route', 'timeout')).toMatchObject({ severity: 'critical' });
    const rules = [
      { field: 'name', severity: 'info' as const },
      { kind: 'terminal' as const, severity: 'low' as const },
    ];
    const outcome = { outcome: 'unknown', cause: 'timeout', detail: 'd' } as const;
    expect(
      conditionsOfCollection(SITE, definitionOf('terminal'), outcome, { ...NO_RULES, rules }),
    ).toMatchObject([{ severity: 'low', reason: 'rule 2' }]);
  });

  test('keeps its identity while causes that may pass take turns, so that the grace runs on', () => {
    const identities = (['unreachable', 'timeout', 'failed'] as const).map(
      (cause) => unknownCondition('terminal', cause, `detail of ${cause}`).fingerprint,
    );
    expect(new Set(identities).size).toBe(1);
  });

  test('has another identity for each cause that does not pass, and for each other definition', () => {
    const all = [
      unknownCondition('terminal', 'timeout'),
      unknownCondition('terminal', 'denied'),
      unknownCondition('terminal', 'missing'),
      unknownCondition('terminal', 'definition-differs', 'signed 1, configured 2'),
      unknownCondition('terminal', 'definition-differs', 'signed 1, configured 3'),
      unknownCondition('admin', 'denied'),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set(all).size).toBe(all.length);
  });
});

test('every condition belongs to the topic of its incident', () => {
  const problem = { code: 'BASELINE_X', file: null, detail: 'd', severity: 'high' } as const;
  const all = [
    ...conditions('terminal', [], [record('1')]),
    unknownCondition('terminal', 'denied'),
    unreachableCondition(SITE, 'cas', 'd', GRACE_MS),
    blindCondition(SITE, 'cas', 'd', GRACE_MS),
    approvalCondition(SITE, problem),
    configCondition(SITE, 'd'),
  ];
  expect(all.map(({ subject }) => topicOf(subject))).toEqual([
    'drift',
    'drift',
    'blind:cas',
    'blind:cas',
    'approvals',
    'config',
  ]);
  expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(all.length);
  expect(all.map(({ graceMs }) => graceMs)).toEqual([0, 0, GRACE_MS, GRACE_MS, 0, 0]);
});

test('an approval problem keeps its identity only while all of it stays the same', () => {
  const problem = { code: 'BASELINE_X', file: '000007.json', detail: 'd', severity: 'high' } as const;
  const all = [
    problem,
    { ...problem, code: 'BASELINE_Y' },
    { ...problem, file: null },
    { ...problem, detail: 'e' },
  ];
  expect(new Set(all.map((one) => approvalCondition(SITE, one).fingerprint)).size).toBe(4);
  expect(approvalCondition(SITE, problem).fingerprint).not.toBe(
    approvalCondition('brno-1', problem).fingerprint,
  );
});

describe('what a condition is known and ranked by', () => {
  const all = () => ({
    unknown: unknownCondition('terminal', 'timeout'),
    unreachable: unreachableCondition(SITE, 'cas', 'd', GRACE_MS),
    blind: blindCondition(SITE, 'cas', 'd', GRACE_MS),
    approval: approvalCondition(SITE, {
      code: 'BASELINE_X',
      file: '000007.json',
      detail: 'd',
      severity: 'high',
    }),
    config: configCondition(SITE, 'd'),
  });

  test('is what earlier versions stored, so that an update tells nothing anew', () => {
    const known = (...parts: readonly (string | string[])[]) =>
      createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    expect(Object.values(all()).map(({ fingerprint }) => fingerprint)).toEqual([
      known('unknown', SITE, 'terminals', ['unreadable']),
      known('unreachable', SITE, 'cas'),
      known('blind', SITE, 'cas'),
      known('approval', SITE, 'BASELINE_X', '000007.json', 'd'),
      known('config', SITE, 'd'),
    ]);
  });

  test('says how severe each is, and why', () => {
    const ranked = Object.values(all()).map(({ severity, reason }) => `${severity}: ${reason}`);
    expect(ranked).toEqual([
      'high: default for terminal',
      'critical: default for a source that cannot be read',
      'high: default for a source that cannot be heard',
      'high: default for BASELINE_X',
      'high: default for a configuration that cannot be used',
    ]);
  });

  test('counts a rule for one field where a record appears, beside what the record itself is', () => {
    const rules = [{ field: 'address', severity: 'critical' as const }];
    const [added] = conditions('terminal', [], [record('1', { address: 'x' })], rules);
    expect(added).toMatchObject({ severity: 'critical', reason: 'rule 1' });
    const [bare] = conditions('terminal', [], [record('1')], rules);
    expect(bare).toMatchObject({ severity: 'high', reason: 'default for terminal' });
  });

  test('is the first of several reasons that rank alike', () => {
    const rules = [
      { name: 'one', field: 'address', severity: 'high' as const },
      { name: 'two', field: 'name', severity: 'high' as const },
    ];
    const before = record('1', { address: 'x', name: 'a' });
    const [both] = conditions('terminal', [before], [record('1', { address: 'y', name: 'b' })], rules);
    expect(both?.reason).toBe('rule one');
  });
});
