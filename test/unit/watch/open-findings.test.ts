import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../daemon/finding.js';
import { openAfter } from '../../../daemon/watch/open-findings.js';

const AT_MS = 9;

function finding(fingerprint: string, notifiedMs: number | null = null): Finding {
  const subject = { what: 'config', detail: fingerprint } as const;
  const condition = { fingerprint, severity: 'high', reason: '', graceMs: 0, subject } as const;
  return { ...condition, site: 'prague-1', incident: 'a1', firstSeenMs: 1, notifiedMs };
}

const opened = (before: readonly Finding[], verdict: Partial<Parameters<typeof openAfter>[1]>) => {
  const whole = { appeared: [], notify: [], altered: [], ended: [], reason: '', ...verdict };
  return openAfter(before, whole, { found: [finding('new', AT_MS)], atMs: AT_MS });
};

describe('the open findings after a decision', () => {
  test('are those before without the ended ones, and what was found behind them', () => {
    const [a, b] = [finding('a', 2), finding('b', 2)];
    expect(opened([a, b], { ended: [{ finding: a, ending: 'reverted' }] })).toEqual([
      b,
      finding('new', AT_MS),
    ]);
  });

  test('know since when people are notified, the first time alone', () => {
    const [a, b] = [finding('a'), finding('b', 2)];
    expect(opened([a, b], { notify: [a, b] })).toMatchObject([
      { fingerprint: 'a', notifiedMs: AT_MS },
      { fingerprint: 'b', notifiedMs: 2 },
      { fingerprint: 'new' },
    ]);
  });

  test('say what is known of them by now, and stay the same objects where nothing is new', () => {
    const [a, b] = [finding('a'), finding('b')];
    const subject = { what: 'config', detail: 'other words' } as const;
    const [altered, same] = opened([a, b], { altered: [{ ...a, subject }] });
    expect(altered).toEqual({ ...a, subject });
    expect(same).toBe(b);
  });
});
