import { describe, expect, test } from '@jest/globals';
import type { Definition, Derivation } from '../../../../baselines/index.js';
import { checkCollections } from '../../../../daemon/sources/relational/collections.js';
import { processorMs } from '../../../support/processor.js';

const NAMES = {
  table: 'schema.table',
  example: 'public.wallet',
  isTable: () => true,
  identifier: '1 to 63 bytes',
  isIdentifier: () => true,
  derives: true,
};

function collection(name: string, derive: Derivation, more: Partial<Definition> = {}): Definition {
  const own = { key: ['coin'], columns: ['wallet'], secret: [] };
  return { name, kind: 'config', source: 'cas', table: 'public.user_config', ...own, derive, ...more };
}

const member = (path: string, field = 'wallet') => ({ path, field });
const json = (...members: { readonly path: string; readonly field: string }[]): Derivation => ({
  json: { column: 'data', members },
});

const check = (...collections: Definition[]) =>
  checkCollections(
    {
      site: 'prague-1',
      name: 'cas',
      collections,
      fingerprintKey: null,
      log: () => undefined,
      clock: () => 0,
    },
    NAMES,
  );

describe('rules of a derivation are refused before anything is read', () => {
  test.each([
    ['a pattern that would need trying', json(member('w_{coin}_{coin2}'))],
    ['a pattern that explodes elsewhere', json(member(`${'{a:x}x'.repeat(20)}{coin}`))],
    ['a path without the parts of the key', json(member('config/wallet'))],
    ['a path with more parts than the key', json(member('{coin}/{setting}'))],
    ['a field that is no column', json(member('w_{coin}', 'other'))],
    ['two rules for one member', json(member('w_{coin:A-Z}'), member('w_{coin:B-C}'))],
    ['a column that no member becomes', json(member('w_{coin}'), member('x_{coin}', 'wallet'))],
  ])('%s', (what, derive) => {
    const columns = what.startsWith('a column') ? ['wallet', 'idle'] : ['wallet'];
    expect(() => check(collection('routes', derive, { columns }))).toThrow(/"routes": .+; needed: /);
  });

  test.each([
    ['of a column that is not read', { drop: [{ column: 'other', path: 'counter' }] }],
    ['by a path that is none', { drop: [{ column: 'wallet', path: '{a}{b}' }] }],
    ['beside records out of JSON', { ...json(member('w_{coin}')), drop: [{ column: 'wallet', path: 'a' }] }],
  ])('members dropped %s', (_, derive) => {
    expect(() => check(collection('keys', derive))).toThrow(/"keys": .+; needed: /);
  });

  test('a member that two collections of the same rows claim, unless one leaves it to the other', () => {
    const all = json({ path: 'config/{coin}', field: 'wallet' });
    const some = json({ path: 'config/{coin:A-Z}', field: 'wallet' });
    expect(() => check(collection('all', all), collection('some', some))).toThrow(
      /collections "all" and "some": the paths "config\/\{coin:A-Z\}" and "config\/\{coin\}" claim one member/,
    );
    const left: Derivation = {
      json: {
        column: 'data',
        members: [{ path: 'config/{coin}', field: 'wallet' }],
        except: ['config/{coin:A-Z}'],
      },
    };
    expect(() => check(collection('all', left), collection('some', some))).not.toThrow();
    const others: Derivation = { ...all, where: [{ column: 'type', is: 'accounts' }] };
    expect(() => check(collection('all', others), collection('some', some))).not.toThrow();
  });

  test('two hundred patterns of the longest form are compared in time that their length does not multiply', () => {
    const long = `${'{p:A-Y}Z'.repeat(1)}${'x'.repeat(240)}`;
    const members = Array.from({ length: 200 }, (_, i) => ({
      path: `${String.fromCharCode(97 + (i % 26))}${Math.floor(i / 26)}${long}`.replace('{p', '{coin'),
      field: 'wallet',
    }));
    const started = processorMs();
    check(collection('routes', json(...members)));
    expect(processorMs() - started).toBeLessThan(2_000);
  });
});
