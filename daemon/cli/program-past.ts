import type { Command } from 'commander';
import type { CommandContext } from './command.js';

/** What `program.ts` makes commands with. */
export interface CommandTools {
  /** A command, or a group of them. */
  readonly command: (parent: Command, name: string, description: string) => Command;
  /** A command that reads the configuration. */
  readonly configured: (parent: Command, name: string, description: string) => Command;
  readonly examples: (...lines: readonly string[]) => string;
  readonly run: <Args extends unknown[]>(
    work: (context: CommandContext, ...given: Args) => Promise<number>,
  ) => (...given: [...Args, Command]) => Promise<void>;
}

/** The commands about what was: journal, history, evidence, and copies of the state. */
export function addPastCommands(program: Command, tools: CommandTools): void {
  addJournalCommands(program, tools);
}

function addJournalCommands(program: Command, { command, configured, examples, run }: CommandTools): void {
  const journal = command(program, 'journal', 'what was decided, and the proof that nobody changed it');
  configured(journal, 'show', 'print the journal')
    .option('--since <time>', 'from then on: 90m, 12h, 3d, 2026-11-25 or 2026-11-25T03:10Z')
    .option('--incident <id>', 'entries about this incident')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('tillwarden journal show --since 12h', 'tillwarden journal show --incident 7f3a --json'),
    )
    .action(
      run(async (context, options) => (await import('./journal-show.js')).journalShow(context, options)),
    );
  configured(journal, 'verify', 'prove that no entry was changed, removed or cut off')
    .option('--head <digits>', 'the head an alert told (its last line, after "journal"): is it still there?')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${examples('tillwarden journal verify', 'tillwarden journal verify --head 9f86d081884c7d659a2f')}
Exit code 12 when an entry was changed, removed or replaced, or when no entry has the told head.`,
    )
    .action(
      run(async (context, options) => (await import('./journal-verify.js')).journalVerify(context, options)),
    );
}
