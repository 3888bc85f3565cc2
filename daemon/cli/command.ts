import type { SourceKinds } from '../sources/source-kind.js';
import type { OptionDefinition } from './option.js';
import type { Terminal } from './terminal/terminal.js';

/** What every command is given besides its own argument and options. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The configuration file that was named, or is meant when none is. */
  readonly configFile: string;
  /** True where it was named, by `--config` or TILLWARDEN_CONFIG. */
  readonly isConfigNamed?: boolean;
  /** The address of a daemon that was named by `--server`. */
  readonly server?: string | undefined;
  /** Of a command that is played in a demo: which one was named, by the id of its process. */
  readonly demo?: { readonly of: number | undefined };
  readonly clock: () => number;
  /** Kinds of sources; all there are when absent. */
  readonly sourceKinds?: SourceKinds | undefined;
}

/** `<name>` of an argument that must be given, `[name]` of one that may; and what it is. */
export type ArgumentDefinition = readonly [name: `<${string}>` | `[${string}]`, description: string];

type ArgumentOf<Argument> = Argument extends readonly [`<${string}>`, string] ? string : string | undefined;

/** By the name under which the action finds the value: `--adopt-days` is `adoptDays`. */
export type OptionDefinitions = Readonly<Record<string, OptionDefinition<unknown>>>;

type ValueOf<Option> = Option extends OptionDefinition<infer Value> ? Value : never;

/** What an action gets of its options: those that have no value when they are not given may be absent. */
type OptionsOf<Options> = {
  readonly [Name in keyof Options as undefined extends ValueOf<Options[Name]> ? never : Name]: ValueOf<
    Options[Name]
  >;
} & {
  readonly [Name in keyof Options as undefined extends ValueOf<Options[Name]> ? Name : never]?: Exclude<
    ValueOf<Options[Name]>,
    undefined
  >;
};

/** A command, a group of commands, or both: what its help says, and the action. */
export interface CommandDefinition<
  Argument extends ArgumentDefinition = ArgumentDefinition,
  Options extends OptionDefinitions = OptionDefinitions,
> {
  readonly name: string;
  readonly description: string;
  readonly argument?: Argument;
  /** In the order of the help. */
  readonly options?: Options;
  /** Command lines of the help. */
  readonly examples: readonly string[];
  /** What stands below the examples. */
  readonly notes?: string;
  /**
   * Resolves with the exit code. Imports its code when it runs, so that help costs none of it. A method, so that commands of
   * different options fit into one list.
   */
  action?(
    context: CommandContext,
    options: OptionsOf<Options>,
    argument: ArgumentOf<Argument>,
  ): Promise<number>;
  readonly commands?: readonly CommandDefinition[];
}

/** The definition itself, its action checked against its own argument and options. */
export function defineCommand<
  const Argument extends ArgumentDefinition,
  const Options extends OptionDefinitions,
>(definition: CommandDefinition<Argument, Options>): CommandDefinition<Argument, Options> {
  return definition;
}
