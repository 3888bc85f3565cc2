import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CliRun } from './run-cli.js';

const HOST = fileURLToPath(new URL('host-process.mjs', import.meta.url));

/** One run of the built program. */
export interface Run {
  /** File of the program. */
  readonly main: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** A process of its own that has not ended so long after the program said how it went would be called hung. */
  readonly endsWithinMs?: number;
}

/** A process in which the built program runs, once after the other: a fraction of what a process for each run costs. */
export class ProgramHost {
  #process: ChildProcess | null = null;
  #isBusy = false;
  /** What programs wrote that the program started and gave its own stderr: ssh-keygen does. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'tillwarden-host-'));
  readonly #beside = openSync(join(this.#folder, 'stderr'), 'a+');
  #besideBytes = 0;

  /** Whether a run is under way: another one beside it is for a process of its own. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Resolves when nothing of the run is left; `exit` is null when something stays. */
  async run(run: Run): Promise<CliRun> {
    if (this.#isBusy) throw new Error('the host is busy');
    this.#isBusy = true;
    try {
      this.#process ??= fork(HOST, {
        stdio: ['ignore', 'inherit', this.#beside, 'ipc'],
        execArgv: [],
      });
      const child = this.#process;
      const exited = once(child, 'exit').then(([code]) => {
        throw new Error(`the host ended with ${code} in "${run.args.join(' ')}": ${this.#writtenBeside()}`);
      });
      exited.catch(() => undefined);
      child.send({ endsWithinMs: 60_000, ...run });
      const [answer] = await Promise.race([once(child, 'message'), exited]);
      const { exit, stdout, stderr } = answer as CliRun;
      return { exit, stdout, stderr: stderr + this.#writtenBeside() };
    } finally {
      this.#isBusy = false;
    }
  }

  async close(): Promise<void> {
    const child = this.#process;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      child.disconnect();
      await once(child, 'exit');
    }
    closeSync(this.#beside);
    rmSync(this.#folder, { recursive: true });
  }

  /** What came since it was asked last. */
  #writtenBeside(): string {
    const bytes = Buffer.alloc(64 * 1024);
    const read = readSync(this.#beside, bytes, 0, bytes.length, this.#besideBytes);
    this.#besideBytes += read;
    return bytes.toString('utf8', 0, read);
  }
}
