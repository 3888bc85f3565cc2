import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { built } from '../../../built.js';
import { StoreError } from '../../errors.js';
import type { Statements } from '../database.js';

/** A state of up to so many bytes is checked before anything else is done with it: that takes less than 100 ms. */
const CHECKED_FIRST_BYTES = 8 * 1024 * 1024;
const PROGRAM = fileURLToPath(built('daemon/store/sqlite/integrity/check-program.js'));
/** What the process of `check-program.ts` ends with. */
const WHOLE = 0;
const DAMAGED = 3;

/**
 * Whether a database is damaged. A small one is checked here at once. A large one is checked beside the daemon, by a process of its own that can be ended at any time
 * and that leaves this one's event loop alone; once it found damage, the next start checks first however large it is (docs/adr/0070).
 */
export class Damage {
  readonly #sql: Statements;
  readonly #mark: string;
  #process: ChildProcess | null = null;
  /** Of the check beside. `unknown`: it ended without having found out. */
  #found: 'whole' | 'damaged' | 'unknown' = 'whole';

  /** Throws `STORE_CORRUPT` for damage that is found at once. */
  constructor(path: string, sql: Statements, checkedFirstBytes: number = CHECKED_FIRST_BYTES) {
    this.#sql = sql;
    this.#mark = `${path}-damaged`;
    if (existsSync(this.#mark) || statSync(path).size <= checkedFirstBytes) this.#checkHere();
    else this.#checkBeside(path);
  }

  /** Throws `STORE_CORRUPT` once damage was found. Checks here, whole, where the process that was to do so could not. */
  refuse(): void {
    if (this.#found === 'unknown') this.#checkHere();
    if (this.#found === 'damaged') throw damaged();
  }

  /** Ends the check beside. */
  stop(): void {
    this.#process?.removeAllListeners();
    this.#process?.kill('SIGKILL');
    this.#process = null;
  }

  #checkHere(): void {
    const found = String(this.#sql.get('pragma quick_check(1)')?.['quick_check']);
    if (found !== 'ok') throw damaged();
    this.#found = 'whole';
    rmSync(this.#mark, { force: true });
  }

  #checkBeside(path: string): void {
    const child = spawn(process.execPath, [PROGRAM, path], { stdio: 'ignore', env: {} });
    this.#process = child;
    child.once('error', () => this.#ended(null));
    child.once('exit', (code) => this.#ended(code));
    child.unref();
    if (child.pid === undefined) return;
    try {
      setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // It has ended already, or this system has no priorities: it competes with the reads then.
    }
  }

  #ended(code: number | null): void {
    this.#process = null;
    this.#found = code === WHOLE ? 'whole' : code === DAMAGED ? 'damaged' : 'unknown';
    if (this.#found !== 'damaged') return;
    try {
      writeFileSync(this.#mark, '', { mode: 0o600 });
    } catch {
      // A disk that takes no empty file: this daemon knows, and the next one finds it as late as this one did.
    }
  }
}

/** Damage that is found late is found while something must be recorded. */
function damaged(): StoreError {
  return new StoreError(
    'STORE_CORRUPT',
    'the state store is damaged: restore the state directory from a backup, or move it away and start anew (alerts still waiting in it are lost)',
  );
}
