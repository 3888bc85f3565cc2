import { spawn } from 'node:child_process';

const LIMIT_MS = 60_000;

/** The account a database server runs as. Servers refuse to run as root, so root steps down to `nobody`. */
export type ServerAccount = { readonly uid: number; readonly gid: number } | null;

/** Null means: as ourselves. 65534 is `nobody` on Linux; it need not exist in /etc/passwd. */
export function serverAccount(): ServerAccount {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : null;
}

/**
 * Our own environment without what would steer the servers' programs. UTC also spares initdb its search for the zone.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|MYSQL|MARIADB|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

/** Runs a program to its end, for at most a minute. `failure` is null or says why it failed, its own last words included. */
export function outputOf(
  program: string,
  args: readonly string[],
  account: ServerAccount,
  cwd: string,
): Promise<{ failure: string | null }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...account,
      cwd,
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Not spawn's own `timeout`: its timer outlives a program that could not be started, and holds our process.
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    const end = (failure: string | null) => {
      clearTimeout(limit);
      resolve({ failure });
    };
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-2000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) =>
      end(code === 0 ? null : `${signal ?? `exit code ${code}`}: ${output.trim()}`),
    );
  });
}

/**
 * Starts a process that sends `signal` to `pid` when our own process ends in whatever way,
 * `kill -9` included: it waits on a pipe whose other end only we hold. Returns what calls the guard off.
 */
export function guardAgainstOurDeath(pid: number, signal: 'INT' | 'TERM' | 'KILL'): () => void {
  const guard = spawn('/bin/sh', ['-c', `read -r _ || kill -${signal} "$1"`, 'guard', String(pid)], {
    // A session of its own, so that a signal to our whole process group leaves it standing.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return () => guard.stdin.end('off\n');
}
