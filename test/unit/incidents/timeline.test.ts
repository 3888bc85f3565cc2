import { describe, expect, test } from '@jest/globals';
import { MAX_STEPS, timelineOf } from '../../../daemon/incidents/timeline.js';
import { findingOf, incidentOf, oneCondition, withSeverity } from '../policy/build.js';

const low = withSeverity(oneCondition('terminal', 'added'), 'low');
const route = oneCondition('wallet-route', 'modified');

describe('the timeline of an incident', () => {
  test('has what was found, told, answered, called hostile and ended, the newest first, what is alike as one', () => {
    const answer = {
      ...{ incident: '7f3a', person: 'bob', reason: 'on <b>it</b>', revision: 'c'.repeat(64) },
      ...{ atMs: 3_000, untilMs: 9_000, endedMs: 4_000, ending: 'something-new' as const },
    };
    const told = { type: 'drift', role: 'page', severity: 'critical', title: '1 wallet route' } as const;
    const { steps, leftOut } = timelineOf(
      {
        incident: incidentOf({ resolvedMs: 9_500, resolution: 'it is so no more' }),
        open: [findingOf(low, { firstSeenMs: 1_000 }), findingOf(route, { firstSeenMs: 1_000 })],
        ended: [{ ...findingOf(low, { firstSeenMs: 2_000 }), ending: 'reverted', endedMs: 5_000 }],
        acknowledgements: [answer],
      },
      [{ alert: told, createdMs: 1_500 }],
      [{ fingerprint: route.fingerprint, person: 'carol', atMs: 4_500 }],
    );
    expect(leftOut).toBe(0);
    expect(steps.map(({ atMs, what }) => `${atMs} ${what}`)).toEqual([
      '9500 resolved',
      '5000 ended',
      '4500 called-hostile',
      '4000 acknowledgement-ended',
      '3000 acknowledged',
      '2000 found',
      '1500 told',
      '1000 found',
      '1000 opened',
    ]);
    expect(steps).toContainEqual({ what: 'found', atMs: 1_000, count: 2, severity: 'critical' });
    expect(steps).toContainEqual(expect.objectContaining({ what: 'told', words: '1 wallet route' }));
  });

  test('leaves out the oldest steps beyond its limit, and counts them', () => {
    const open = Array.from({ length: MAX_STEPS + 10 }, (_, n) => findingOf(low, { firstSeenMs: 2_000 + n }));
    const { steps, leftOut } = timelineOf(
      { incident: incidentOf(), open, ended: [], acknowledgements: [] },
      [],
      [],
    );
    expect([steps.length, leftOut]).toEqual([MAX_STEPS, 11]);
    expect(steps[0]?.atMs).toBe(2_000 + MAX_STEPS + 9);
  });
});
