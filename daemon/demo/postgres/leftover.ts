import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorCode } from '../../error-code.js';
import { DemoError } from '../demo-error.js';

/** As long as a start may take: ending writes everything to the disk. */
const STOP_LIMIT_MS = 30_000;

/**
 * Ends a server that an earlier process left running on this data directory, and no other process: the id in
 * `postmaster.pid` may long belong to somebody else. Throws `DEMO_POSTGRES_DIRECTORY` when it does not end.
 */
export async function stopLeftover(data: string, log: (line: string) => void): Promise<void> {
  const lockFile = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(lockFile, 10);
  if (!(pid > 1) || !(await runsOn(pid, data))) return;
  log(`stopping PostgreSQL ${pid}, left over from an earlier run`);
  const limit = performance.now() + STOP_LIMIT_MS;
  end(pid);
  while (await runsOn(pid, data)) {
    if (performance.now() > limit) {
      throw new DemoError(
        'DEMO_POSTGRES_DIRECTORY',
        `an earlier PostgreSQL (process ${pid}) still runs on ${data} and does not stop; end it or choose another directory`,
      );
    }
    await delay(20);
  }
}

/** It may have ended by itself since it was looked at: its guard ends it too. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

async function runsOn(pid: number, data: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
    return stdout.includes(data);
  } catch {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return commandLine.split('\0').includes(data);
  }
}
