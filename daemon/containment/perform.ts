import { spawn } from 'node:child_process';
import { post, reachOf, withDeadline } from '../../notifiers/index.js';
import type { ContainmentAction, ContainmentSql } from '../config/containment.js';
import { errorCode } from '../error-code.js';
import type { Finding } from '../finding.js';
import { readGuardedText } from '../guarded-file.js';
import type { SourceKinds } from '../sources/source-kind.js';
import { rowsMeant } from './rows-meant.js';
import { writerOf } from './writer.js';

/** How an action ended. What it printed is not kept: it may be anybody's text. */
export interface ActionResult {
  /** `not-done`: it is known that nothing was changed. */
  readonly result: 'done' | 'failed' | 'not-done';
  /** Exit code, HTTP status, or a code of the system or of ours. */
  readonly code: string;
  /** Rows that were set, or of a dry run would be. */
  readonly rows?: number;
  /** More about the code, in our words and configured names. */
  readonly detail?: string;
}

const MAX_TOKEN_BYTES = 4_096;

/** Does what an action says, once; of a dry run in SQL, everything but the change. Never rejects; ends within its time. */
export function perform(
  action: ContainmentAction,
  { input, findings }: { readonly input: string; readonly findings: readonly Finding[] },
  kinds: SourceKinds,
): Promise<ActionResult> {
  const { command, http, sql } = action;
  if (command !== undefined) return run(command, input, action.timeoutMs);
  if (http !== undefined) return call(http, input, action.timeoutMs);
  if (sql !== undefined) return write(action, sql, findings, kinds);
  return Promise.resolve({ result: 'failed', code: 'NOTHING_TO_DO' });
}

async function write(
  { name, dryRun, timeoutMs }: ContainmentAction,
  sql: ContainmentSql,
  findings: readonly Finding[],
  kinds: SourceKinds,
): Promise<ActionResult> {
  const rows = rowsMeant(sql, findings);
  if (rows === null) return { result: 'not-done', code: 'NO_RECORD' };
  const way = writerOf(sql, { name, timeoutMs }, kinds);
  if ('detail' in way) return { result: 'not-done', code: 'SERVER', detail: way.detail };
  const ended = await way.writer.write(way.settings, way.write, { rows, isRehearsal: dryRun });
  switch (ended.result) {
    case 'done':
      return { result: 'done', code: 'ROWS', rows: ended.rows };
    case 'not-done':
      return {
        result: 'not-done',
        code: ended.because.replaceAll('-', '_').toUpperCase(),
        detail: ended.detail,
      };
    case 'failed':
      return { result: 'failed', code: ended.because.toUpperCase() };
  }
}

/** No shell, none of our environment, none of our handles, and nothing of what was found but on standard input. */
function run(
  [program, ...args]: readonly [string, ...string[]],
  input: string,
  timeoutMs: number,
): Promise<ActionResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...{ shell: false, cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
      ...{ stdio: ['pipe', 'ignore', 'ignore'], detached: true },
    });
    const timer = setTimeout(() => {
      done({ result: 'failed', code: 'TIMEOUT' });
      stop(child.pid);
    }, timeoutMs);
    const done = (result: ActionResult) => {
      clearTimeout(timer);
      resolve(result);
    };
    child.on('error', (error) => done({ result: 'failed', code: errorCode(error) ?? 'FAILED' }));
    child.on('exit', (code, signal) =>
      done({ result: code === 0 ? 'done' : 'failed', code: String(code ?? signal) }),
    );
    // Who does not read its input need not.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** The program with everything that it started. What ended meanwhile, or became another user's, as `sudo` does, cannot be. */
function stop(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // That it did not end in its time is told; this is called by a timer, of which an error would end the daemon.
    if (errorCode(error) === null) throw error;
  }
}

async function call(
  http: NonNullable<ContainmentAction['http']>,
  body: string,
  timeoutMs: number,
): Promise<ActionResult> {
  const { tokenFile, url } = http;
  let token: string | null = null;
  try {
    token = tokenFile === undefined ? null : readGuardedText(tokenFile, MAX_TOKEN_BYTES).trim();
  } catch (error) {
    return { result: 'failed', code: errorCode(error) ?? 'TOKEN' };
  }
  const headers = {
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await withDeadline(timeoutMs, [], (deadline) =>
    post({ url: new URL(url), headers, body, networkScope: reachOf(http) }, deadline),
  );
  if (answer.type !== 'answered') return { result: 'failed', code: answer.type };
  return {
    result: answer.status >= 200 && answer.status < 300 ? 'done' : 'failed',
    code: String(answer.status),
  };
}
