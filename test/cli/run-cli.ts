import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ProgramHost } from './program-host.js';

/** The built program. */
export const MAIN = fileURLToPath(new URL('../../dist/daemon/main.js', import.meta.url));

/** How a run of the built program ended. */
export interface CliRun {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of one test's own, in which people have homes and the program runs. */
export interface CliWorld {
  readonly directory: string;
  /** The home of a person, with an SSH key as ssh-keygen makes it. */
  readonly home: (person: string) => string;
  publicKey(person: string): string;
  /** Environment of all runs from now on, on top of what they have. */
  readonly env: Record<string, string>;
  /** Runs `tillwarden <args>` as a person, without a terminal; beside another run in a process of its own. */
  as(person: string, ...args: readonly string[]): Promise<CliRun>;
  /** Runs it on a real pseudo-terminal, pressing one of `keys` at each question. */
  typing(person: string, keys: readonly string[], ...args: readonly string[]): Promise<CliRun>;
  /** All that all runs printed. */
  printed(): string;
  close(): Promise<void>;
}

/**
 * Makes a world with these people in it. They all use the configuration in the folder `site`, unless `around` says otherwise of a person's
 * environment.
 */
export async function createCliWorld(
  people: readonly string[],
  around: (person: string, home: string) => NodeJS.ProcessEnv = () => ({}),
): Promise<CliWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'tillwarden cli '));
  const home = (person: string) => join(directory, 'homes', person);
  const keyOf = (person: string) => join(home(person), '.ssh', 'id_ed25519');
  for (const person of people) {
    await mkdir(join(home(person), '.ssh'), { recursive: true, mode: 0o700 });
    const args = ['-q', '-t', 'ed25519', '-N', '', '-C', person, '-f', keyOf(person)];
    await promisify(execFile)('ssh-keygen', args);
  }
  const more: Record<string, string> = {};
  const env = (person: string) => ({
    ...more,
    PATH: process.env['PATH'],
    // Where no demo of this user's runs, of which the program would tell.
    TMPDIR: process.env['TMPDIR'],
    HOME: home(person),
    TERM: 'xterm',
    NO_COLOR: '1',
    TILLWARDEN_CONFIG: more['TILLWARDEN_CONFIG'] ?? join(directory, 'site', 'tillwarden.yaml'),
    ...around(person, home(person)),
  });
  const host = new ProgramHost();
  let printed = '';
  const noted = async (run: Promise<CliRun>): Promise<CliRun> => {
    const { exit, stdout, stderr } = await run;
    printed += stdout + stderr;
    return { exit, stdout, stderr: withoutWaiting(stderr) };
  };
  return {
    directory,
    home,
    env: more,
    printed: () => printed,
    publicKey: (person) => `${keyOf(person)}.pub`,
    as: (person, ...args) =>
      noted(
        host.isBusy
          ? finished(process.execPath, [MAIN, ...args], env(person), directory, [])
          : host.run({ main: MAIN, args, env: env(person), cwd: directory }),
      ),
    typing: (person, keys, ...args) => {
      const command = [process.execPath, MAIN, ...args].map(quoted).join(' ');
      return noted(finished('script', ['-qfec', command, '/dev/null'], env(person), directory, keys));
    },
    close: async () => {
      await host.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Writes a secret as `tillwarden` wants it. */
export async function writeSecret(file: string, secret: string): Promise<void> {
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
}

/** What is waited for is told once it takes two seconds: on a machine that does something else as well. */
export function withoutWaiting(stderr: string): string {
  return stderr.replace(/^(?:reading|looking at|sending to) .* …\n/gm, '');
}

/** Every question of the program ends so. */
const QUESTION = /\? $/;

function finished(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  keys: readonly string[],
): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const left = [...keys];
    let stdout = '';
    let stderr = '';
    let answered = 0;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      if (!QUESTION.test(stdout.slice(answered))) return;
      answered = stdout.length;
      const key = left.shift();
      if (key === undefined) child.kill();
      else child.stdin.write(key);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, stdout, stderr }));
    if (keys.length === 0) child.stdin.end();
  });
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
