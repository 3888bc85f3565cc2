import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { sampleAlerts } from '../../../notifiers/index.js';

const text = readFileSync(new URL('../../../docs/alerts.md', import.meta.url), 'utf8');
const sections = new Map(
  text.split(/^## /m).map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);
/** The compiler sees to it that every type of alert has samples. */
const wanted = new Set(
  Object.values(sampleAlerts)
    .flat()
    .map(({ type, role }) => `${type}, ${role}`),
);

test.each([...wanted])('docs/alerts.md says what "%s" means and what to do', (heading) => {
  expect(sections.get(heading)).toMatch(/^.+\n\n[^*]{40,}\n\*\*Do:\*\* .{20,}/);
});

test('docs/alerts.md tells of no alert that there is not', () => {
  expect([...sections.keys()].filter((heading) => /^[a-z-]+, /.test(heading)).sort()).toEqual(
    [...wanted].sort(),
  );
});
