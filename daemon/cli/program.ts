import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import type { SourceKinds } from '../sources/source-kind.js';
import { programVersion } from '../version.js';
import type { CommandContext } from './command-context.js';
import { collect, command, configured, examples, type Run, wholeDays } from './command-definition.js';
import { EXIT, EXIT_MEANINGS } from './exit-code.js';
import { failureOf } from './failure.js';
import { addPastCommands } from './history/program.js';
import { addSuppressionCommands } from './suppress/program.js';
import { keyboardOf } from './terminal/keyboard.js';
import { createTerminal } from './terminal/terminal.js';
import { addTrustCommands } from './trust/program.js';

type Env = NodeJS.ProcessEnv;

/** The streams and environment a command runs in: those of the process, or of a test. */
export interface ProgramEnvironment {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Env;
  /** Kinds of sources; all there are when absent. */
  readonly sourceKinds?: SourceKinds;
}

/**
 * Runs the command line and resolves with the exit code. What a command needs is loaded when it runs, so that `--help` costs
 * nothing but this file.
 */
export async function runProgram(args: readonly string[], environment: ProgramEnvironment): Promise<number> {
  const { stdin, stdout, stderr, env, sourceKinds } = environment;
  const terminal = createTerminal({ stdout, stderr, env, keyboard: keyboardOf(stdin, stdout, env) });
  let exit: number = EXIT.same;
  const run =
    <Args extends unknown[]>(work: (context: CommandContext, ...given: Args) => Promise<number>) =>
    async (...given: [...Args, Command]): Promise<void> => {
      const { config } = (given.at(-1) as Command).opts<{ config?: string }>();
      const configFile = resolve(config ?? env['TILLWARDEN_CONFIG'] ?? 'tillwarden.yaml');
      const context = { terminal, env, configFile, clock: Date.now, sourceKinds };
      exit = await work(context, ...(given.slice(0, -1) as Args));
    };
  const program = createProgram(run);
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
    for (const line of failure.lines) terminal.note(line);
    return failure.exit;
  }
}

function createProgram(run: Run): Command {
  const program = new Command('tillwarden')
    .description(
      'Watches the settings of a crypto-ATM server and tells of every change that people have not signed.',
    )
    .version(programVersion())
    .showHelpAfterError('(tillwarden --help, or tillwarden help COMMAND)')
    .addHelpText('after', afterHelp());

  command(program, 'init', 'write a configuration and a trust root from SSH public keys')
    .requiredOption('--key <file>', 'public key of an approver; repeat it with --name for each', collect, [])
    .requiredOption('--name <name>', 'name of that approver, of a-z, 0-9 and -', collect, [])
    .option('--recovery <file>', 'public key that is kept offline; repeatable', collect, [])
    .option('--days <number>', 'how long the trust root is valid', wholeDays, 365)
    .option('--directory <folder>', 'where to write', '.')
    .option('--site <name>', 'name of the site', 'site-1')
    .addHelpText(
      'after',
      examples(
        'tillwarden init --key ~/.ssh/id_ed25519.pub --name alice --site prague-1',
        'tillwarden init --key alice.pub --name alice --key bob.pub --name bob --directory /etc/tillwarden',
      ),
    )
    .action(run(async (context, options) => (await import('./setup/init.js')).init(context, options)));

  configured(program, 'sql', 'print what the owner of the watched database runs')
    .option('--site <name>', 'the site, when there are several')
    .option('--source <name>', 'the source, when there are several')
    .option('--role <name>', 'the role that tillwarden logs in as', 'tillwarden')
    .option('--uninstall', 'print what removes it all again')
    .addHelpText(
      'after',
      examples('tillwarden sql | psql -d cas', 'tillwarden sql --uninstall | psql -d cas'),
    )
    .action(run(async (context, options) => (await import('./setup/sql.js')).sql(context, options)));

  configured(program, 'snapshot', 'read everything and print what is there')
    .argument('[site]', 'the site; all of them when absent')
    .option('--records', 'print every record')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('tillwarden snapshot', 'tillwarden snapshot prague-1 --json --records'))
    .action(
      run(async (context, site, options) =>
        (await import('./site/snapshot.js')).snapshot(context, site, options),
      ),
    );

  configured(program, 'check', 'compare what is there with what people signed')
    .argument('[site]', 'the site; all of them when absent')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${examples('tillwarden check', 'tillwarden check prague-1 --json | jq')}
Exit code 0 when all is the same, 10 when something drifted, 11 when nothing drifted and something is unknown.`,
    )
    .action(
      run(async (context, site, options) => (await import('./site/check.js')).check(context, site, options)),
    );

  configured(program, 'approve', 'look at what differs, and sign what is right')
    .argument('[site]', 'the site, when there are several')
    .option('--server <url>', 'ask this daemon, with the token and pin of your approver.yaml')
    .option('--key <file>', 'private key, or the .pub of a key in your agent; ~/.ssh is searched when absent')
    .option('--reason <text>', 'why, for those who read the baseline later')
    .option('--only <ids>', 'do not ask: "all" records, ids as "tillwarden check" prints them, or both')
    .option('--days <number>', 'how long the new baseline is valid', wholeDays, 90)
    .option('--renew', 'sign again although nothing differs')
    .option('--withdraw', 'remove the pending proposal')
    .addHelpText(
      'after',
      `${examples(
        'tillwarden approve prague-1',
        'tillwarden approve prague-1 --key ~/.ssh/id_ed25519.pub --reason "ticket 4711: new terminal"',
        'tillwarden approve prague-1 --only 3f9a12c0,77b0e4d1',
        'tillwarden approve prague-1 --server https://tillwarden.example.net:9772',
      )}
Where more than one person must sign, the first leaves a pending proposal; the next one's "tillwarden approve" shows it
and co-signs. "all" never covers a changed definition: name those by their id. Signing happens in your own ssh-keygen.`,
    )
    .action(
      run(async (context, site, options) =>
        (await import('./approve/approve.js')).approve(context, site, options),
      ),
    );

  addSuppressionCommands(program, run);

  configured(program, 'verify', 'check the files that people signed, without a database')
    .argument('[site]', 'the site; all of them when absent')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${examples('tillwarden verify', 'tillwarden verify prague-1 --json')}
Exit code 12 when anything is refused.`,
    )
    .action(
      run(async (context, site, options) =>
        (await import('./site/verify.js')).verify(context, site, options),
      ),
    );

  addTrustCommands(program, run);

  configured(program, 'show', 'tell everything about an incident')
    .argument('<incident>', 'its id, as alerts name it')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('tillwarden show 7f3a', 'tillwarden show 7f3a --json'))
    .action(
      run(async (context, id, options) => (await import('./incident/show.js')).show(context, id, options)),
    );

  configured(program, 'status', 'tell how sites, incidents and channels stand')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('tillwarden status', 'tillwarden status --json | jq .incidents'))
    .action(run(async (context, options) => (await import('./site/status.js')).status(context, options)));

  command(program, 'ack', 'answer for an incident, as it is now')
    .argument('<incident>', 'its id, as alerts name it')
    .option('--config <file>', 'your approver.yaml; ~/.config/tillwarden/approver.yaml when absent')
    .option('--server <url>', 'ask this daemon, with the token of your approver.yaml')
    .option('--revision <digits>', 'do not ask: the revision you saw, 8 hex digits or more')
    .option('--reason <text>', 'why, for the others; asked for when absent')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${examples(
        'tillwarden ack 7f3a',
        'tillwarden ack 7f3a --reason "on the phone with the vendor"',
        'tillwarden ack 7f3a --revision 3f9a12c077b0 --reason "seen" --json',
      )}
Under the name of your token. It holds for what is shown and for a limited time; what is new, and the end of that time, is
told anew. Nothing is approved by it. Exit code 12 when you say no, or when the incident is not what it was.`,
    )
    .action(
      run(async (context, id, options) => (await import('./incident/ack.js')).ack(context, id, options)),
    );

  command(program, 'token', 'make a token for the API, and what the configuration says of it')
    .argument('<name>', 'whose token it will be, of a-z, 0-9 and -')
    .addHelpText('after', examples('tillwarden token anna'))
    .action(run(async (context, name) => (await import('./setup/token.js')).token(context, name)));

  configured(program, 'run', 'watch: the daemon')
    .addHelpText('after', examples('tillwarden run --config /etc/tillwarden/tillwarden.yaml'))
    .action(run(async ({ configFile }) => (await import('./setup/run.js')).runDaemon({ configFile })));

  addPastCommands(program, run);

  const notify = command(program, 'notify', 'try the channels').addHelpText(
    'after',
    examples('tillwarden notify test'),
  );
  configured(notify, 'test', 'send a test alert to each channel')
    .argument('[channel]', 'the channel; all of them when absent')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('tillwarden notify test', 'tillwarden notify test oncall'))
    .action(
      run(async (context, channel, options) =>
        (await import('./setup/notify-test.js')).notifyTest(context, channel, options),
      ),
    );

  command(notify, 'preview', 'write every kind of message, made up, as every channel would send it')
    .requiredOption('--out <folder>', 'where to write')
    .addHelpText('after', examples('tillwarden notify preview --out ./preview'))
    .action(
      run(async (context, options: { out: string }) =>
        (await import('./setup/notify-preview.js')).notifyPreview(context, options),
      ),
    );

  const demo = command(
    program,
    'demo',
    'a real PostgreSQL, a signed baseline, and the August 2022 attack against it',
  )
    .option('--exit', 'end after the attack')
    .option('--json', 'print JSON lines')
    .option('--directory <folder>', 'where to keep everything; a temporary folder when absent')
    .addHelpText(
      'after',
      examples(
        'tillwarden demo',
        'tillwarden demo --exit --json',
        'tillwarden demo sql "delete from terminal where id = 7"',
      ),
    )
    .action(
      run(async (_context, options) => {
        const { runDemo } = await import('../demo/index.js');
        return runDemo({ ...options, exit: options.exit === true, json: options.json === true });
      }),
    );
  command(demo, 'sql', 'run a statement in the database of the running demo')
    .argument('<statement>', 'SQL')
    .addHelpText(
      'after',
      examples('tillwarden demo sql "update person set email = \'x@example.org\' where id = 3"'),
    )
    .action(
      run(async (_context, statement: string) => {
        const { demoSql } = await import('../demo/index.js');
        return demoSql(statement);
      }),
    );
  return program;
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
Environment: TILLWARDEN_CONFIG names the configuration, NO_COLOR switches colours off, TILLWARDEN_DEBUG=1 adds traces.
`;
}
