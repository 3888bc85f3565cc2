import { spawn } from 'node:child_process';
import { post, reachOf, withDeadline } from '../../notifiers/index.js';
import type { ContainmentAction } from '../config/containment.js';
import { errorCode } from '../error-code.js';
import { readGuardedText } from '../guarded-file.js';

/** How an action ended. `code`: exit code, HTTP status, or a code of the system or of ours. What it printed is not kept: it may be anybody's text. */
export interface ActionResult {
  readonly result: 'done' | 'failed';
  readonly code: string;
}

const MAX_TOKEN_BYTES = 4_096;

/** Does what an action says, once. Never rejects; ends within its time. */
export function perform(action: ContainmentAction, input: string): Promise<ActionResult> {
  const { command, http } = action;
  if (command !== undefined) return run(command, input, action.timeoutMs);
  if (http !== undefined) return call(http, input, action.timeoutMs);
  return Promise.resolve({ result: 'failed', code: 'NOTHING_TO_DO' });
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

/** The program with everything that it started. */
function stop(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
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
