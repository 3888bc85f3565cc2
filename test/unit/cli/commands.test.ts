import { describe, expect, test } from '@jest/globals';
import { Option } from 'commander';
import type { CommandDefinition } from '../../../daemon/cli/command.js';
import { COMMANDS } from '../../../daemon/cli/program.js';

interface Placed {
  readonly path: string;
  readonly definition: CommandDefinition;
}

function placed(definitions: readonly CommandDefinition[], parent: string): Placed[] {
  return definitions.flatMap((definition) => {
    const path = `${parent} ${definition.name}`;
    return [{ path, definition }, ...placed(definition.commands ?? [], path)];
  });
}

describe.each(placed(COMMANDS, 'tillwarden').map(({ path, definition }) => [path, definition] as const))(
  '%s',
  (path, definition) => {
    test('has an action, commands below it, or both', () => {
      expect(definition.action !== undefined || (definition.commands ?? []).length > 0).toBe(true);
    });

    test('has an example that begins with it', () => {
      expect(definition.examples.length).toBeGreaterThan(0);
      expect(definition.examples.filter((line) => !line.startsWith('tillwarden '))).toEqual([]);
      expect(definition.examples[0]).toMatch(new RegExp(`^${path}\\b`));
    });

    test('has each option under the name that commander gives its value', () => {
      const named = Object.entries(definition.options ?? {}).map(([name, { flags }]) => [
        name,
        new Option(flags).attributeName(),
      ]);
      expect(named.filter(([name, attribute]) => name !== attribute)).toEqual([]);
    });
  },
);

test('commands of one group have different names', () => {
  const paths = placed(COMMANDS, 'tillwarden').map(({ path }) => path);
  expect([...new Set(paths)]).toEqual(paths);
});
