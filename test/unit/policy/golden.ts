import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Alert, type AlertChange, noteWords, quote, type Untrusted } from '../../../notifiers/index.js';

/** Where the expected texts lie: one folder for each test file, one file for each scene. */
export const WORDS = join(process.cwd(), 'test', 'vectors', 'words');

/**
 * Compares what is composed in each scene with the text people reviewed, in `test/vectors/words/<folder>/<scene>.txt`. A missing file fails,
 * a file without a scene fails, and nothing is written unless a person says `UPDATE_WORDS=1`, which a build machine (`CI`) may not.
 */
export function expectWords(folder: string, scenes: Readonly<Record<string, () => string>>): void {
  const place = join(WORDS, folder);
  const names = Object.keys(scenes).sort();
  describe(`the words of ${folder}`, () => {
    test.each(names)('%s', (name) => {
      const text = `${scenes[name]?.()}\n`;
      const file = join(place, `${name}.txt`);
      if (mayWrite()) {
        mkdirSync(place, { recursive: true });
        writeFileSync(file, text);
      }
      expect(text).toBe(readFileSync(file, 'utf8'));
    });

    test('every file has its scene, and every scene its file', () => {
      const found = existsSync(place) ? readdirSync(place).sort() : [];
      expect(found).toEqual(names.map((name) => `${name}.txt`).sort());
    });
  });
}

function mayWrite(): boolean {
  if (process.env['UPDATE_WORDS'] !== '1') return false;
  if (process.env['CI'])
    throw new Error('UPDATE_WORDS is for a person who reads what it writes, not for CI.');
  return true;
}

/** All that an alert holds, so that nothing of it can change unseen, in the order in which people read it. */
export function alertText(alert: Alert): string {
  const { type, standing, severity, site, incident, state, dedupKey, title, consequence, who } = alert;
  const told = new Set([
    ...['id', 'type', 'standing', 'severity', 'site', 'incident', 'state', 'dedupKey', 'title'],
    ...['consequence', 'who', 'facts', 'changes', 'changesLeftOut', 'nextSteps', 'observedAtMs', 'timeZone'],
    'head',
  ]);
  expect(Object.keys(alert).filter((name) => !told.has(name))).toEqual([]);
  expect(alert.id).toMatch(/^[0-9a-f]{16}$/);
  return [
    `${severity.toUpperCase()} ${site}: ${title}`,
    consequence,
    ...(who === undefined ? [] : [`Who: ${JSON.stringify(who)}`]),
    '',
    ...alert.facts.map((fact) =>
      'text' in fact ? `${fact.label}: ${fact.text}` : `${fact.label}: ${valueText(fact.quoted)}`,
    ),
    ...alert.changes.flatMap((change, index) => ['', ...changeText(change, index)]),
    ...(alert.changesLeftOut === 0 ? [] : ['', `Changes left out: ${alert.changesLeftOut}`]),
    '',
    ...alert.nextSteps.map(
      ({ text, command }, index) =>
        `Step ${index + 1}. ${text}${command === undefined ? '' : `\n        $ ${command}`}`,
    ),
    '',
    `(${type}, ${standing}; incident ${incident}, ${state}, key ${dedupKey};`,
    ` observed ${new Date(alert.observedAtMs).toISOString()} at ${alert.timeZone};`,
    ` baseline ${alert.head.baselineVersion}, journal ${alert.head.journal.slice(0, 8)}…)`,
  ].join('\n');
}

/** A change as it is carried, value by value. */
export function changeText(change: AlertChange, index: number): string[] {
  const named = (parts: NonNullable<AlertChange['about']>) =>
    parts.map(({ name, value }) => `${name} ${valueText(value)}`).join(', ');
  return [
    `${index + 1}. ${change.headline} (${change.severity}, ${change.kind}, ${change.collection})`,
    `   Key: ${named(change.key)}`,
    ...(change.about?.length ? [`   About: ${named(change.about)}`] : []),
    ...(change.twinOf === undefined ? [] : [`   Twin of: ${named(change.twinOf)}`]),
    ...change.fields.flatMap((field) => [
      `   ${field.name}${field.path === undefined ? '' : ` at ${valueText(field.path)}`}: ${valueText(field.before)} -> ${valueText(field.after)}`,
      ...(field.notes ?? []).map((note) => `      ! ${noteWords(note, field)}`),
    ]),
    ...(change.fieldsLeftOut === 0 ? [] : [`   Fields left out: ${change.fieldsLeftOut}`]),
  ];
}

/** A value quoted as every channel quotes it, after the form it is carried in where that is not plain text. */
export function valueText(value: Untrusted | null): string {
  const form = value?.form === undefined ? '' : `${value.form} `;
  return `${form}${quote(value, 200)}`;
}
