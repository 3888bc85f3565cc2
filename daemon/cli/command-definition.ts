import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from './command-context.js';

/** How a command's work becomes commander's action. */
export type Run = <Args extends unknown[]>(
  work: (context: CommandContext, ...given: Args) => Promise<number>,
) => (...given: [...Args, Command]) => Promise<void>;

/** A command, or a group of them. */
export function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .showHelpAfterError(`(see: ${pathOf(parent, name)} --help)`);
}

/** A command that reads the configuration. */
export function configured(parent: Command, name: string, description: string): Command {
  return command(parent, name, description).option(
    '--config <file>',
    'the configuration; $TILLWARDEN_CONFIG or ./tillwarden.yaml when absent',
  );
}

function pathOf(parent: Command, name: string): string {
  return parent.parent === null ? `tillwarden ${name}` : `tillwarden ${parent.name()} ${name}`;
}

/** The values of an option that may be given several times. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** Reads an option's value; both bounds are allowed. */
export function wholeNumber(least: number, most: number, noun: string): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d{1,4}$/.test(value) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Needed is a whole number of ${noun} from ${least} to ${most}.`);
  };
}

export const wholeDays = wholeNumber(1, 3650, 'days');
export const wholePeople = wholeNumber(1, 1000, 'people');

/** What stands below the options in a help text. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}
