import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../../../daemon/config/errors.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { configFolder, exampleText, SECRET_FILES } from './folder.js';

const names = readdirSync(new URL('../../config/', import.meta.url));
const good = names.filter((name) => name.startsWith('good.'));
const bad = names.filter((name) => name.startsWith('bad.'));

/** The last lines of an example are what is to be said of it. */
function example(name: string): { readonly text: string; readonly expected: string[] } {
  const text = exampleText(name);
  const lines = /^# (tillwarden\.yaml.*)\n/gm;
  return {
    text: text.replace(lines, ''),
    expected: [...text.matchAll(lines)].map((match) => match[1] ?? ''),
  };
}

test('there are examples of all kinds', () => {
  expect(good.length).toBeGreaterThanOrEqual(2);
  expect(bad.length).toBeGreaterThanOrEqual(50);
});

test.each(good)('%s loads', (name) => {
  const folder = configFolder(exampleText(name));
  try {
    for (const wanted of ['all', 'sources', 'none'] as const) {
      expect(loadConfig(folder.file, wanted).sites[0]?.name).toBe('prague-1');
    }
  } finally {
    folder.remove();
  }
});

describe.each(bad)('%s', (name) => {
  const { text, expected } = example(name);

  test('is refused with all that is wrong, each with its place, what was found and what was needed', () => {
    const { error, folder } = refusal(text);
    const lines = error.message.split('\n').map((line) => line.replaceAll(`${folder}/`, ''));
    expect(lines).toEqual(expected);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(lines).toHaveLength(error.problems.length);
  });

  test('shows no secret and nothing a terminal would obey', () => {
    const { message } = refusal(text).error;
    for (const secret of [
      ...Object.values(SECRET_FILES).map((one) => one.trim()),
      's3cr3t',
      '5ec4e7',
      'hunter2',
      'xoxb-1',
    ]) {
      if (secret !== '') expect(message).not.toContain(secret);
    }
    expect(message.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

function refusal(text: string): { readonly error: ConfigError; readonly folder: string } {
  const folder = configFolder(text);
  try {
    loadConfig(folder.file);
  } catch (error) {
    if (error instanceof ConfigError) return { error, folder: dirname(folder.file) };
    throw error;
  } finally {
    folder.remove();
  }
  throw new Error('it was loaded');
}
