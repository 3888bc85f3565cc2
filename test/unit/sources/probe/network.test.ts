import { describe, expect, test } from '@jest/globals';
import { doorCollections } from '../../../../daemon/sources/probe/collection.js';
import { probeConfig } from '../../../../daemon/sources/probe/config.js';
import { whereabouts } from '../../../../daemon/sources/probe/door/addresses.js';
import type { DoorFacts } from '../../../../daemon/sources/probe/door/look-at.js';
import { probeKind } from '../../../../daemon/sources/probe/kind.js';
import { createDoorReader } from '../../../../daemon/sources/probe/read-doors.js';
import { doorsIn } from '../../../support/probe-source.js';

describe('a silent door', () => {
  const CONFIG = { kind: 'probe', name: 'outside', from: 'here', connectionsPerSecond: 100 };
  const targets = [
    { host: '203.0.113.1', port: 1 },
    { host: '203.0.113.2', port: 2 },
  ];
  const definition = doorCollections.definition(
    { name: 'doors', kind: 'door', targets },
    'outside',
    probeKind.configSchema.parse(CONFIG),
  );
  const read = (facts: Readonly<Record<string, DoorFacts>>, more: object = {}) =>
    createDoorReader(
      probeConfig.parse({ ...CONFIG, ...more }),
      async ({ host }) => facts[host] ?? { type: 'no-answer' },
    )(definition, definition.doors?.targets ?? [], { holes: [], nowMs: 0 });

  test('is unknown while nothing answers at all: our own network may be gone', async () => {
    const reading = await read({});
    expect(doorsIn(reading).size).toBe(0);
    expect(reading.readable && reading.unread?.detail).toBe('2 doors could not be asked (NOTHING_ANSWERS)');
  });

  test('is known to be silent as soon as another one answers', async () => {
    const reading = await read({ '203.0.113.2': { type: 'closed' } });
    expect(doorsIn(reading).get('203.0.113.1:1')).toMatchObject({ state: 'no answer' });
    expect(reading.readable && reading.unread).toBeUndefined();
  });

  test('is known to be silent when the control answers', async () => {
    const control = { control: { host: '203.0.113.9', port: 53 } };
    const reading = await read({ '203.0.113.9': { type: 'open', tls: null, web: null } }, control);
    expect(doorsIn(reading).get('203.0.113.1:1')).toMatchObject({ state: 'no answer' });
    expect(doorsIn(await read({}, control)).size).toBe(0);
  });

  test('whose name leads nowhere is unknown, and hides no other', async () => {
    const reading = await read({
      '203.0.113.1': { type: 'not-asked', code: 'ENOTFOUND' },
      '203.0.113.2': { type: 'open', tls: null, web: null },
    });
    expect([...doorsIn(reading).keys()]).toEqual(['203.0.113.2:2']);
    const { unread } = reading.readable ? reading : {};
    expect([unread?.count, unread?.detail]).toEqual([1, '1 door could not be asked (ENOTFOUND)']);
    expect(unread?.covers('["203.0.113.1:1","here"]')).toBe(true);
    expect(unread?.covers('["203.0.113.2:2","here"]')).toBe(false);
  });
});

describe('a name', () => {
  const leadsTo =
    (...addresses: string[]) =>
    async () =>
      addresses;

  test('leads to public addresses alone unless private ones are allowed', async () => {
    const names = leadsTo('10.0.0.1', '127.0.0.1', '8.8.8.8');
    expect(await whereabouts('cas.example', false, names)).toEqual({ type: 'found', addresses: ['8.8.8.8'] });
    expect(await whereabouts('cas.example', true, names)).toEqual({
      ...{ type: 'found', addresses: ['10.0.0.1', '127.0.0.1', '8.8.8.8'] },
    });
  });

  test('that leads to a metadata address is not followed there, whatever is allowed', async () => {
    const names = leadsTo('169.254.169.254', 'fe80::1%eth0', '::ffff:a9fe:a9fe');
    expect(await whereabouts('cas.example', true, names)).toEqual({
      type: 'not-found',
      code: 'ADDRESS_REFUSED',
    });
  });

  test('of this machine leads to this machine', async () => {
    expect(await whereabouts('localhost', false, leadsTo('127.0.0.1', '8.8.8.8'))).toEqual({
      ...{ type: 'found', addresses: ['127.0.0.1'] },
    });
  });
});
