import { expect, test } from '@jest/globals';
import type { JsonValue } from '../../../baselines/canonical.js';
import { canonicalDefinition, type Definition, sameDefinition } from '../../../baselines/index.js';
import { parseDefinition } from '../../../baselines/parse-definition.js';

const http = {
  path: '/',
  headers: ['x-b', 'server'],
  version: { product: 'cas', text: 'CAS {version}<' },
  installation: { path: '/setup', contains: 'first' },
};
const DOORS: Definition = {
  ...{ name: 'doors', kind: 'door', source: 'outside', table: 'doors', key: ['door', 'from'] },
  ...{ columns: ['state'], secret: [] },
  doors: {
    from: 'the office',
    targets: [{ address: 'b.example:443', tls: true, http }, { address: 'a.example:22' }],
  },
};

const asJson = (definition: Definition) =>
  JSON.parse(JSON.stringify(canonicalDefinition(definition))) as JsonValue;

test('doors are signed in one spelling, whatever the order in which they are configured', () => {
  const parsed = parseDefinition(asJson(DOORS));
  expect(parsed.doors?.targets?.map(({ address }) => address)).toEqual(['a.example:22', 'b.example:443']);
  expect(parsed.doors?.targets?.[1]?.http?.headers).toEqual(['server', 'x-b']);
  expect(sameDefinition(parsed, DOORS)).toBe(true);
});

test('another target, another page that nobody may be given, or another place is another definition', () => {
  const { doors } = DOORS;
  const [first, second] = doors?.targets ?? [];
  if (doors === undefined || first === undefined || second === undefined) throw new Error('two targets');
  for (const other of [
    { ...doors, from: 'elsewhere' },
    { ...doors, targets: [first] },
    {
      ...doors,
      targets: [{ ...first, http: { ...http, installation: { path: '/x', contains: 'first' } } }, second],
    },
    { ...doors, targets: [{ address: first.address, http }, second] },
  ]) {
    expect(sameDefinition(DOORS, { ...DOORS, doors: other })).toBe(false);
  }
});

test.each([
  ['targets and sockets', { from: 'x', sockets: 'all', targets: [{ address: 'a:1' }] }],
  ['neither', { from: 'x' }],
  ['no target', { from: 'x', targets: [] }],
  ['targets out of order', { from: 'x', targets: [{ address: 'b:1' }, { address: 'a:1' }] }],
  ['a target twice', { from: 'x', targets: [{ address: 'a:1' }, { address: 'a:1' }] }],
  ['other sockets', { from: 'x', sockets: 'some' }],
  [
    'headers out of order',
    { from: 'x', targets: [{ address: 'a:1', http: { path: '/', headers: ['b', 'a'] } }] },
  ],
  [
    'no headers that are named',
    { from: 'x', targets: [{ address: 'a:1', http: { path: '/', headers: [] } }] },
  ],
  [
    'a version without its product',
    { from: 'x', targets: [{ address: 'a:1', http: { path: '/', version: { text: 'v' } } }] },
  ],
  ['something unknown', { from: 'x', sockets: 'all', more: 1 }],
  ['tls that says nothing', { from: 'x', targets: [{ address: 'a:1', tls: false }] }],
])('doors with %s are refused', (_name, doors) => {
  const json = { ...(asJson(DOORS) as object), doors } as JsonValue;
  expect(() => parseDefinition(json)).toThrow(expect.objectContaining({ code: 'BASELINE_FORMAT' }));
});
