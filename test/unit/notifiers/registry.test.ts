import { describe, expect, test } from '@jest/globals';
import { notifierKinds } from '../../../notifiers/index.js';

describe('the registry', () => {
  test('knows the channels by the kind their configuration names', () => {
    expect([...notifierKinds.keys()]).toEqual([
      'slack',
      'email',
      'webhook',
      'pagerduty',
      'ntfy',
      'telegram',
      'matrix',
      'teams',
      'alertmanager',
    ]);
    for (const [name, kind] of notifierKinds) {
      const { issues } = kind.configSchema.safeParse({ kind: name }).error ?? { issues: [] };
      expect(issues.map((issue) => issue.path[0])).not.toContain('kind');
    }
  });

  test('no name of the prototype is a kind', () => {
    for (const name of ['constructor', '__proto__', 'toString'])
      expect(notifierKinds.get(name)).toBeUndefined();
  });

  test.each([...notifierKinds])('%s refuses settings it does not know', (name, kind) => {
    const result = kind.configSchema.safeParse({ kind: name, name: 'ops', toekn: 'x' });
    expect(result.error?.issues.some((issue) => issue.code === 'unrecognized_keys')).toBe(true);
  });
});
