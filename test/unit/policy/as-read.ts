import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from '@jest/globals';
import { type Alert, type AlertChange, quote, type Untrusted } from '../../../notifiers/index.js';
import { noteWords } from '../../../notifiers/notes.js';

/**
 * What people read, whole and side by side, in a file that is reviewed like code: `<name>.txt` beside the tests, a scene after a line
 * `## scene`. After a wanted change of words: `WRITE_AS_READ=1 npm run jest -- test/unit/policy/as-read`, then read the diff.
 */
export function readingTests(
  name: string,
  scenes: Readonly<Record<string, () => string>>,
  beside: string = import.meta.url,
): void {
  const file = new URL(`./${name}.txt`, beside);
  const writes = process.env['WRITE_AS_READ'] !== undefined;
  const written = new Map<string, string>();
  const known = new Map(
    (writes ? '' : readFileSync(file, 'utf8'))
      .split(/^## /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trimEnd()]),
  );
  test.each(Object.entries(scenes))('reads as people reviewed it: %s', (scene, read) => {
    written.set(scene, read());
    if (!writes) expect(written.get(scene)).toBe(known.get(scene));
  });
  test(`${name}.txt holds these scenes and no others`, () => {
    if (!writes) expect([...known.keys()]).toEqual(Object.keys(scenes));
  });
  afterAll(() => {
    if (writes) writeFileSync(file, [...written].map(([scene, text]) => `## ${scene}\n${text}\n`).join('\n'));
  });
}

/** An alert as lines: what it is, the title, the sentence, the facts, the changes, and what to do. */
export function asRead(alert: Alert): string {
  return [
    `${alert.type} · ${alert.standing} · ${alert.severity} · ${alert.state ?? 'no incident'}`,
    alert.title,
    alert.consequence,
    ...(alert.who === undefined ? [] : [`who: ${alert.who.confidence}`]),
    ...alert.facts.map((fact) => `${fact.label}: ${'text' in fact ? fact.text : quoted(fact.quoted)}`),
    ...alert.changes.flatMap(changeLines),
    ...(alert.changesLeftOut === 0 ? [] : [`${alert.changesLeftOut} changes left out`]),
    ...alert.nextSteps.map(({ text, command }) => `> ${text}${command === undefined ? '' : ` $ ${command}`}`),
  ].join('\n');
}

function changeLines(change: AlertChange): string[] {
  const named = (parts: AlertChange['key']) => parts.map(({ name, value }) => `${name} ${quoted(value)}`);
  return [
    `- ${change.severity} ${change.collection}: ${change.headline} (${named(change.key).join(', ')})`,
    ...named(change.about ?? []).map((line) => `  about ${line}`),
    ...named(change.twinOf ?? []).map((line) => `  twin of ${line}`),
    ...change.fields.map((field) => {
      const path = field.path === undefined ? '' : ` at ${quoted(field.path)}`;
      const notes = (field.notes ?? []).map((note) => ` [${noteWords(note, field)}]`).join('');
      return `  ${field.name}${path}: ${quoted(field.before)} → ${quoted(field.after)}${notes}`;
    }),
    ...(change.fieldsLeftOut === 0 ? [] : [`  ${change.fieldsLeftOut} fields left out`]),
  ];
}

const quoted = (value: Untrusted | null): string => quote(value, 200);
