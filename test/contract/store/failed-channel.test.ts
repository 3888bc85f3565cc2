import { describe, expect, test } from '@jest/globals';

import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { alert, storeScene } from './scene.js';

describe.each(STORE_ADAPTERS)('a channel that failed of %s', (_name, open) => {
  const scene = storeScene(open);
  const { claim, delivered, enqueue, notDelivered } = scene;

  const fails = (until: number) => notDelivered(claim('slack', 100)?.id ?? 0, 'unavailable', until, 101);

  test('is probed with the worst that waits, as soon as anything is due, unless that was just tried', () => {
    enqueue(alert('worst', 'critical'));
    fails(60_000);
    expect(claim('slack', 100, { probe: { except: null } })).toBeNull();
    enqueue(alert('lesser', 'low'));
    const probe = claim('slack', 100, { probe: { except: null } });
    expect(probe).toMatchObject({ alertId: 'worst', attempt: 2 });
    notDelivered(probe?.id ?? 0, 'unavailable', 60_000, 102);
    expect(claim('slack', 103, { probe: { except: probe?.id ?? 0 } })?.alertId).toBe('lesser');
  });

  test('is due as a whole once the channel takes a message, and not before that', () => {
    enqueue(alert('waits', 'critical'));
    fails(60_000);
    enqueue(alert('due', 'low'));
    const due = claim('slack', 102);
    expect([due?.alertId, scene.store.deliveries.nextDueMs('slack')]).toEqual(['due', 60_000]);
    delivered(due?.id ?? 0, 'ts', 103);
    expect(scene.store.deliveries.nextDueMs('slack')).toBe(103);
    // Another failure later, while the channel works: its delay stands.
    notDelivered(claim('slack', 104)?.id ?? 0, 'unavailable', 70_000, 105);
    expect(scene.store.deliveries.nextDueMs('slack')).toBe(70_000);
  });
});
