import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { sampleAlerts } from '../../../notifiers/index.js';
import { webhookBody } from '../../../notifiers/webhook/payload.js';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/channels/webhook.md');

function memberNames(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(memberNames)];
}

test('the page about webhooks names every member that a sample alert sends', () => {
  const bodies = Object.values(sampleAlerts)
    .flat()
    .map((alert) => webhookBody(alert, { attempt: 2, maxBodyBytes: 256 * 1024, details: 'quoted' }));
  const names = [...new Set(bodies.flatMap((body) => memberNames(JSON.parse(body))))];
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !page.includes(`"${name}"`) && !page.includes(`\`${name}\``))).toEqual([]);
});

test('the page about webhooks names every type of alert, and every note', () => {
  const source = read('notifiers/alert.ts');
  const union = /export type AlertType =([^;]+);/.exec(source)?.[1] ?? '';
  const notes = /export type FieldNote =([\s\S]+?);\n\n/.exec(source)?.[1] ?? '';
  const types = [...union.matchAll(/\| '([a-z-]+)'/g)].map(([, type = '']) => type.replaceAll('-', '_'));
  const noted = [...notes.matchAll(/note: '([a-z-]+)'/g)].map(([, note = '']) => note);
  expect(types.length).toBeGreaterThan(20);
  expect(noted.length).toBeGreaterThan(2);
  expect([...types, ...noted].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
