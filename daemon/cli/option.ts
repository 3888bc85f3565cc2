import { InvalidArgumentError } from 'commander';

/** One option: its flags as help shows them, what it is, and how its text becomes the value an action gets. */
export interface OptionDefinition<Value> {
  readonly flags: string;
  readonly description: string;
  /** Reads the text, beside the value so far. Throws commander's `InvalidArgumentError`. Absent: the text itself, or true. */
  parse?(value: string, previous: Value): Value;
  /** The value when the option is not given; undefined when absent. */
  readonly initial?: Value;
  /** Without it the command line is wrong. */
  readonly required?: boolean;
}

/** `--json`: there or not. */
export function flagOption(flags: string, description: string): OptionDefinition<boolean | undefined> {
  return { flags, description };
}

/** `--site <name>`: text. */
export function textOption(flags: string, description: string): OptionDefinition<string | undefined>;
export function textOption(flags: string, description: string, initial: string): OptionDefinition<string>;
export function textOption(
  flags: string,
  description: string,
  initial?: string,
): OptionDefinition<string | undefined> {
  return { flags, description, initial };
}

/** `--out <folder>`: text that must be given. */
export function requiredTextOption(flags: string, description: string): OptionDefinition<string> {
  return { flags, description, required: true };
}

/** `--key <file>`: every text that was given, in order. */
export function repeatedOption(flags: string, description: string): OptionDefinition<readonly string[]> {
  return { flags, description, parse: (value, previous) => [...previous, value], initial: [] };
}

type Read<Value> = (value: string) => Value;

/** `--days <number>`: what `read` makes of the text. */
export function parsedOption<Value>(
  flags: string,
  description: string,
  read: Read<Value>,
): OptionDefinition<Value | undefined>;
export function parsedOption<Value>(
  flags: string,
  description: string,
  read: Read<Value>,
  initial: Value,
): OptionDefinition<Value>;
export function parsedOption<Value>(
  flags: string,
  description: string,
  read: Read<Value>,
  initial?: Value,
): OptionDefinition<Value | undefined> {
  return { flags, description, parse: (value) => read(value), initial };
}

/** The configuration, which most commands read. */
export const CONFIG_OPTION = textOption(
  '--config <file>',
  'the configuration; when absent $TILLWARDEN_CONFIG, ./tillwarden.yaml or /etc/tillwarden/tillwarden.yaml',
);

/** For who is not on the machine of the daemon. Without it, an `approver.yaml` where there is no configuration means the same. */
export const SERVER_OPTION = textOption(
  '--server <url>',
  'ask this daemon, with the token of your approver.yaml',
);

export const JSON_OPTION = flagOption('--json', 'print JSON');

/** For commands that go on from what this person's machine has verified before. */
export const FROM_START_OPTION = flagOption(
  '--from-start',
  'verify every step of the chain, whatever this machine has verified before',
);

/** The reading of a whole number; both bounds are allowed. */
export function wholeNumber(least: number, most: number, noun: string): Read<number> {
  return (value) => {
    const number = Number(value);
    if (/^\d{1,4}$/.test(value) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Needed is a whole number of ${noun} from ${least} to ${most}.`);
  };
}

/** The reading of the id of a process. */
export function processId(value: string): number {
  if (/^[1-9]\d{0,9}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Needed is the id of a process, a whole number.');
}

export const wholeDays = wholeNumber(1, 3650, 'days');

/** The reading of one of a few words. */
export function oneOfWords<Word extends string>(words: readonly Word[]): Read<Word> {
  return (value) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Needed is ${words.join(' or ')}.`);
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** The reading of "90s", "3m", "1h", a day at most, or 0: milliseconds. */
export function timeSpan(text: string): number {
  const [, number = '', unit = 's'] = /^(\d{1,5})([smh])$/.exec(text) ?? (text === '0' ? ['0', '0'] : []);
  const ms = Number(number) * (UNITS[unit] ?? 0);
  if (number !== '' && ms <= 86_400_000) return ms;
  throw new InvalidArgumentError('Needed is a time such as 90s, 3m or 1h, a day at most, or 0.');
}
