import { Command, CommanderError, Option } from 'commander';
import { programVersion } from '../built.js';
import type { SourceKinds } from '../sources/source-kind.js';
import { approveCommand } from './approve/approve-command.js';
import { stateCommand } from './archive/state-command.js';
import { bookCommand } from './book/book-command.js';
import type { CommandContext, CommandDefinition } from './command.js';
import { configPlace } from './config-place.js';
import { consoleCommand } from './console/console-command.js';
import { discoverCommand } from './discover/discover-command.js';
import { doctorCommand } from './doctor/doctor-command.js';
import { evidenceCommand } from './evidence/evidence-command.js';
import { EXIT, EXIT_MEANINGS } from './exit-code.js';
import { failureOf } from './failure.js';
import { historyCommand } from './history/history-command.js';
import { journalCommand } from './history/journal-command.js';
import { ackCommand } from './incident/ack-command.js';
import { respondCommand } from './incident/respond-command.js';
import { showCommand } from './incident/show-command.js';
import { watchLinkCommand } from './incident/watch-link-command.js';
import { indicatorsCommand } from './indicators/indicators-command.js';
import { CONFIG_OPTION, type OptionDefinition } from './option.js';
import { demoCommand } from './setup/demo-command.js';
import { filesSetupCommand } from './setup/files-setup-command.js';
import { initCommand } from './setup/init-command.js';
import { notifyCommand } from './setup/notify-command.js';
import { presetCommand } from './setup/preset-command.js';
import { runCommand } from './setup/run-command.js';
import { sqlCommand } from './setup/sql-command.js';
import { tokenCommand } from './setup/token-command.js';
import { checkCommand } from './site/check-command.js';
import { snapshotCommand } from './site/snapshot-command.js';
import { statusCommand } from './site/status-command.js';
import { verifyCommand } from './site/verify-command.js';
import { expectCommand } from './suppress/expect-command.js';
import { muteCommand } from './suppress/mute-command.js';
import { keyboardOf } from './terminal/keyboard.js';
import { createTerminal } from './terminal/terminal.js';
import { trustCommand } from './trust/trust-command.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandDefinition[] = [
  initCommand,
  presetCommand,
  discoverCommand,
  sqlCommand,
  filesSetupCommand,
  doctorCommand,
  snapshotCommand,
  checkCommand,
  approveCommand,
  consoleCommand,
  expectCommand,
  muteCommand,
  verifyCommand,
  trustCommand,
  bookCommand,
  indicatorsCommand,
  showCommand,
  statusCommand,
  ackCommand,
  respondCommand,
  watchLinkCommand,
  tokenCommand,
  runCommand,
  journalCommand,
  stateCommand,
  historyCommand,
  evidenceCommand,
  notifyCommand,
  demoCommand,
];

/** The streams and environment a command runs in: those of the process, or of a test. */
export interface ProgramEnvironment {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Kinds of sources; all there are when absent. */
  readonly sourceKinds?: SourceKinds;
}

/** Runs a command as commander has read its line. */
type Run = (definition: CommandDefinition, line: Command) => Promise<void>;

/**
 * Runs the command line and resolves with the exit code. What a command needs is loaded when it runs, so that `--help` costs
 * nothing but the definitions.
 */
export async function runProgram(args: readonly string[], environment: ProgramEnvironment): Promise<number> {
  const { stdin, stdout, stderr, env, sourceKinds } = environment;
  const terminal = createTerminal({ stdout, stderr, env, keyboard: keyboardOf(stdin, stdout, env) });
  let exit: number = EXIT.same;
  let asked = null as CommandContext | null;
  const program = createProgram(async ({ action }, line) => {
    const before: unknown = program.opts()['config'];
    const takesConfig = line.options.some((option) => option.attributeName() === 'config');
    if (before !== undefined && !takesConfig) {
      line.error(`error: "${line.name()}" reads no configuration: leave --config out`);
    }
    const own = line.opts<Readonly<Record<string, unknown>>>();
    const options = before === undefined ? own : { config: before, ...own };
    const { config = env['TILLWARDEN_CONFIG'], server } = options;
    const named = typeof config === 'string' ? config : undefined;
    const configFile = configPlace(named, process.cwd());
    const isConfigNamed = named !== undefined;
    const context = { terminal, env, configFile, isConfigNamed, clock: Date.now, sourceKinds };
    asked = typeof server === 'string' ? { ...context, server } : context;
    if (action !== undefined) exit = await action(asked, options, line.processedArgs[0]);
  });
  for (const command of withDescendants(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'error CLI_USAGE: ')),
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    // Commander has printed help, the version or what is wrong with the command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.same : EXIT.usage;
    const failure = failureOf(error, env['TILLWARDEN_DEBUG'] === '1');
    const lines = asked === null ? failure.lines : await typedAgain(asked, failure.lines);
    for (const line of lines) terminal.note(line);
    return failure.exit;
  }
}

/** Loaded for who failed with a configuration or a daemon that was named: it knows one sort of file from the other. */
async function typedAgain(asked: CommandContext, lines: readonly string[]): Promise<readonly string[]> {
  if (asked.isConfigNamed !== true && asked.server === undefined) return lines;
  const { withCommandsTypedAgain } = await import('./typed-again.js');
  return lines.map((line) => withCommandsTypedAgain(asked, line));
}

function createProgram(run: Run): Command {
  const program = new Command('tillwarden')
    .description(
      'Watches the settings of a crypto-ATM server and tells of every change that people have not signed.',
    )
    .version(programVersion())
    .addOption(optionOf(CONFIG_OPTION))
    .enablePositionalOptions()
    .showHelpAfterError('(tillwarden --help, or tillwarden help COMMAND)')
    .addHelpText('after', afterHelp());
  for (const definition of COMMANDS) addCommand(program, program.name(), definition, run);
  return program;
}

function addCommand(parent: Command, parentPath: string, definition: CommandDefinition, run: Run): void {
  const { name, description, argument, options = {}, commands = [] } = definition;
  const path = `${parentPath} ${name}`;
  const command = parent
    .command(name)
    .description(description)
    .showHelpAfterError(`(see: ${path} --help)`)
    .addHelpText('after', belowOptions(definition));
  if (argument !== undefined) command.argument(...argument);
  for (const option of Object.values(options)) command.addOption(optionOf(option));
  if (definition.action !== undefined) command.action(() => run(definition, command));
  for (const child of commands) addCommand(command, path, child, run);
}

function optionOf({
  flags,
  description,
  parse,
  initial,
  required = false,
}: OptionDefinition<unknown>): Option {
  const option = new Option(flags, description).default(initial).makeOptionMandatory(required);
  return parse === undefined ? option : option.argParser(parse);
}

function belowOptions({ examples, notes }: CommandDefinition): string {
  const lines = examples.map((line) => `  $ ${line}`).join('\n');
  return `\nExamples:\n${lines}\n${notes === undefined ? '' : `\n${notes}`}`;
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

function afterHelp(): string {
  const codes = EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(2)}  ${meaning}`).join(
    '\n',
  );
  return `
Exit codes:
${codes}

A failed command prints "error CODE: what was found and what is needed"; docs/errors.md says more of each code.
Configuration: --config, else $TILLWARDEN_CONFIG, else ./tillwarden.yaml, else /etc/tillwarden/tillwarden.yaml.
Environment: TILLWARDEN_CONFIG names the configuration, NO_COLOR switches colours off, TILLWARDEN_DEBUG=1 adds traces.
`;
}
