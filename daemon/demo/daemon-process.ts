import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { built } from '../built.js';
import { DemoError } from './demo-error.js';

/** A machine with much other work is slow, not broken. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 6_000;

/** The real daemon, `tillwarden run`, as a process of its own. */
export interface DaemonProcess {
  readonly pid: number;
  /** Where it serves health, status and metrics. */
  readonly url: string;
  /** SIGTERM, then SIGKILL after six seconds. Resolves with the exit code, null when it was killed. */
  stop(): Promise<number | null>;
  kill(): void;
  /** Resolves when the process has ended, however. */
  readonly exited: Promise<unknown>;
}

/** Starts the built program and waits until it says that it watches. Throws `DEMO_DAEMON_FAILED` with its last words. */
export async function startDaemonProcess(
  configFile: string,
  logFile: string,
  program: string = fileURLToPath(built('daemon/main.js')),
  limitMs: number = START_LIMIT_MS,
): Promise<DaemonProcess> {
  const child = spawn(process.execPath, [program, 'run', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  child.stderr.pipe(log, { end: false });
  const url = await new Promise<string>((resolve, reject) => {
    let last = '';
    const limit = setTimeout(() => reject(failed(`it did not start within ${limitMs} ms`)), limitMs);
    child.once('exit', (code) => {
      clearTimeout(limit);
      reject(failed(`exit code ${code}; ${last}`));
    });
    child.stderr.on('data', (chunk: Buffer) => {
      last = chunk.toString('utf8').slice(-500);
    });
    createInterface(child.stdout).on('line', (line) => {
      log.write(`${line}\n`);
      const { msg, url } = parse(line);
      if (msg !== 'watching' || typeof url !== 'string') return;
      clearTimeout(limit);
      resolve(url);
    });
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    pid: child.pid ?? 0,
    url,
    exited,
    kill: () => void child.kill('SIGKILL'),
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const limit = new AbortController();
  const late = delay(STOP_LIMIT_MS, null, { signal: limit.signal }).then(
    () => void child.kill('SIGKILL'),
    () => undefined,
  );
  await exited;
  limit.abort();
  await late;
  return child.exitCode;
}

function failed(why: string): DemoError {
  return new DemoError('DEMO_DAEMON_FAILED', `the daemon did not start: ${why}`);
}

function parse(line: string): { msg?: unknown; url?: unknown } {
  try {
    return JSON.parse(line) as { msg?: unknown; url?: unknown };
  } catch {
    return {};
  }
}
