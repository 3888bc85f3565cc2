import { describe, expect, test } from '@jest/globals';
import { rankFields, type SeverityRule, severityOf } from '../../../daemon/policy/severity.js';

const rank = (
  rules: readonly SeverityRule[],
  fields: readonly (string | null)[],
  collection = 'wallet_routes',
) => severityOf(rules, { kind: 'wallet-route', collection, fields });

describe('the severity', () => {
  test.each([
    ['admin', 'critical'],
    ['wallet-route', 'critical'],
    ['sensor', 'critical'],
    ['permission', 'high'],
    ['contact', 'high'],
    ['terminal', 'high'],
    ['config', 'medium'],
    ['file', 'high'],
  ] as const)('of a collection of kind %s is %s by default', (kind, severity) => {
    expect(severityOf([], { kind, collection: 'c', fields: ['a'] })).toEqual({
      severity,
      reason: `default for ${kind}`,
    });
  });

  test('is that of the first rule that matches, and says which', () => {
    const rules: SeverityRule[] = [
      { kind: 'admin', severity: 'info' },
      { name: 'test coins', collection: 'testnet', severity: 'low' },
      { kind: 'wallet-route', severity: 'high' },
      { severity: 'info' },
    ];
    expect(rank(rules, ['address'], 'testnet')).toEqual({ severity: 'low', reason: 'rule test coins' });
    expect(rank(rules, ['address'])).toEqual({ severity: 'high', reason: 'rule 3' });
    expect(severityOf(rules, { kind: 'file', collection: 'f', fields: [] })).toEqual({
      severity: 'info',
      reason: 'rule 4',
    });
  });

  test('needs everything a rule gives', () => {
    const rules: SeverityRule[] = [
      { kind: 'wallet-route', collection: 'other', field: 'address', severity: 'info' },
    ];
    expect(rank(rules, ['address']).severity).toBe('critical');
    expect(rank(rules, ['address'], 'other').severity).toBe('info');
    expect(rank(rules, ['note'], 'other').severity).toBe('critical');
  });

  test('is not played down by a harmless field that changed along with another', () => {
    const rules: SeverityRule[] = [{ collection: 'wallet_routes', field: 'note', severity: 'low' }];
    expect(rank(rules, ['note']).severity).toBe('low');
    expect(rank(rules, ['note', 'address']).severity).toBe('critical');
    expect(rank(rules, ['address', 'note']).severity).toBe('critical');
  });

  test('is raised by one field, whatever else changed', () => {
    const rules: SeverityRule[] = [
      { field: 'address', severity: 'critical' },
      { kind: 'wallet-route', severity: 'low' },
    ];
    expect(rank(rules, ['note']).severity).toBe('low');
    expect(rank(rules, ['note', 'address'])).toEqual({ severity: 'critical', reason: 'rule 1' });
  });

  test('of a record as a whole is not that of a rule for a field', () => {
    const rules: SeverityRule[] = [{ field: 'note', severity: 'low' }];
    expect(rank(rules, [null, 'note']).severity).toBe('critical');
    expect(rank(rules, []).severity).toBe('critical');
  });
});

test('fields are only looked for when a rule asks for them', () => {
  expect(rankFields([{ kind: 'admin', severity: 'low' }])).toBe(false);
  expect(
    rankFields([
      { kind: 'admin', severity: 'low' },
      { field: 'a', severity: 'low' },
    ]),
  ).toBe(true);
});
