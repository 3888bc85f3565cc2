import { expect, test } from '@jest/globals';
import { type Definition, recordLine } from '../../../baselines/index.js';
import { createLogRegister } from '../../../daemon/policy/log-news.js';
import type { Transient } from '../../../daemon/policy/logged.js';

const definition: Definition = {
  name: 'routes',
  kind: 'wallet-route',
  source: 'cas',
  table: 'public.route',
  key: ['id'],
  columns: ['address'],
  secret: [],
};
const by = { user: 'cas', role: null, address: null, application: null, person: null };
const change = {
  id: 1,
  transaction: '1',
  table: 'public.route',
  operation: 'update',
  atMs: 0,
  before: null,
  after: null,
  secrets: [],
  by,
} as const;
const many = (count: number): Transient[] =>
  Array.from({ length: count }, (_, i) => ({ key: `["${i}"]`, base: null, change, untilMs: 1, secrets: [] }));

test('transients that come fast are told together: twelve shown, all counted, as severe as a change', () => {
  const register = createLogRegister([]);
  register.noteTransients(definition, 'log', many(1));
  const first = register.news(0);
  expect(first.transients).toMatchObject([{ count: 1, severity: 'critical' }]);
  expect(register.news(0)).toEqual(first);
  register.told(first, 0);
  register.noteTransients(definition, 'log', many(300));
  register.noteTransients(definition, 'log', many(112));
  expect(register.news(4_999).transients).toEqual([]);
  const [second] = register.news(5_000).transients;
  expect([second?.count, second?.transients.length]).toEqual([412, 12]);
});

test('one that paid elsewhere is among those that are told, however many harmless ones came before it', () => {
  const register = createLogRegister([]);
  const fields = new Map([
    ['name', 'a'],
    ['address', 'bc1signed'],
  ]);
  const wrote = (key: string, values: readonly (readonly [string, string])[]): Transient => ({
    ...{ key, base: recordLine({ key: ['1'], fields }), untilMs: 1, secrets: [] },
    change: { ...change, after: new Map([...fields, ...values]) },
  });
  const harmless = Array.from({ length: 40 }, (_, i) => wrote(`["${i}"]`, [['name', 'b']]));
  register.noteTransients(definition, 'log', harmless);
  register.noteTransients(definition, 'log', [...harmless, wrote('["thief"]', [['address', 'bc1thief']])]);
  const [news] = register.news(0).transients;
  expect(news?.count).toBe(81);
  expect(news?.transients.map(({ key }) => key).slice(0, 2)).toEqual(['["thief"]', '["0"]']);
  expect(news?.transients).toHaveLength(12);
});

test('one whose json value was another is told before those that changed a name: what it says inside may be where money went', () => {
  const register = createLogRegister([]);
  const fields = new Map([
    ['name', 'a'],
    ['settings', '{"address":"bc1signed"}'],
  ]);
  const wrote = (key: string, values: readonly (readonly [string, string])[]): Transient => ({
    ...{ key, base: recordLine({ key: ['1'], fields }), untilMs: 1, secrets: [] },
    change: { ...change, after: new Map([...fields, ...values]) },
  });
  const harmless = Array.from({ length: 40 }, (_, i) => wrote(`["${i}"]`, [['name', 'b']]));
  const thief = wrote('["thief"]', [['settings', '{"address":"bc1thief"}']]);
  register.noteTransients(definition, 'log', [...harmless, thief]);
  const [news] = register.news(0).transients;
  expect(news?.transients.map(({ key }) => key).slice(0, 2)).toEqual(['["thief"]', '["0"]']);
});

test('a collection that is told of all the time is told of every five minutes, never not at all', () => {
  const register = createLogRegister([]);
  const toldAt: number[] = [];
  for (let ms = 0; ms < 3_600_000; ms += 5_000) {
    register.noteTransients(definition, 'log', many(1));
    const news = register.news(ms);
    if (news.transients.length > 0) toldAt.push(ms);
    register.told(news, ms);
  }
  expect(toldAt.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, i) => i * 5_000));
  expect(toldAt.slice(12, 14)).toEqual([355_000, 655_000]);
  expect(toldAt.at(-1)).toBeGreaterThan(3_300_000);
});

test('a fault is told once', () => {
  const register = createLogRegister([]);
  register.noteFault({ source: 'cas', log: 'log', fault: 'gone', count: 3 });
  const news = register.news(0);
  expect(news.faults).toHaveLength(1);
  register.told(news, 0);
  expect(register.news(0).faults).toEqual([]);
});
