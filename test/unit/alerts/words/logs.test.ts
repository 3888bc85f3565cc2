import { describe, expect, test } from '@jest/globals';
import { linesBeside, logFacts } from '../../../../daemon/alerts/words/logs.js';
import type { Subject } from '../../../../daemon/finding.js';

const NAME = 'admin.log';
const DEEP = `/srv/${'very-long-folder/'.repeat(12)}${NAME}`;
const BROAD = `/${'x'.repeat(200)}${NAME}`;
/** As much of a label as every channel shows. */
const SHOWN = 60;

describe('a long path of a log', () => {
  test.each([DEEP, BROAD])('keeps its end in a label, which names the file: %s', (log) => {
    const event = { id: '1', log, event: 'login-failed', atMs: 60_000, line: 'a line' };
    const subject = { what: 'log', ...event, matches: [], count: 1 } as unknown as Subject;
    const beside = { openedMs: 660_000, sinceMs: 660_000, observedAtMs: 660_000, own: new Set<string>() };
    const labels = [
      ...logFacts([subject]),
      ...linesBeside([event as unknown as Parameters<typeof linesBeside>[0][number]], beside),
    ].map(({ label }) => label);
    expect(labels).toHaveLength(2);
    for (const label of labels) {
      expect(label.length).toBeLessThanOrEqual(SHOWN);
      expect(label).toContain(`${NAME}, login-failed`);
      expect(label).toContain('…');
    }
    expect(labels[1]).toMatch(/, 10 min before$/);
  });
});
