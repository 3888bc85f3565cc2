import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { DemoError } from './demo-error.js';

const noteSchema = z.strictObject({
  pid: z.int().positive(),
  directory: z.string(),
  ownerUrl: z.string(),
  configFile: z.string(),
  peopleDirectory: z.string(),
});

/** A demo that stays up, as the other commands of its user find it: its process, its folder, and how database and people are reached. */
export type RunningDemo = z.infer<typeof noteSchema>;

/** Only we may write there: connection strings of running demos lie in it. */
async function ownFolder(): Promise<string> {
  const folder = join(tmpdir(), `tillwarden-demo-${userInfo().uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const uid = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new DemoError('DEMO_NOT_RUNNING', `${folder} belongs to somebody else: remove it`);
  }
  return folder;
}

/** Notes that a demo runs, so that `tillwarden demo sql` and its like find it. Returns what removes the note. */
export async function noteRunning(demo: RunningDemo): Promise<() => Promise<void>> {
  const file = join(await ownFolder(), `${demo.pid}.json`);
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify(demo), { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** The demos of this user that run, by their process ids. Notes of those that were killed are removed. */
export async function runningDemos(): Promise<readonly RunningDemo[]> {
  const folder = await ownFolder();
  const demos: RunningDemo[] = [];
  for (const name of (await readdir(folder)).filter((one) => /^\d+\.json$/.test(one)).sort()) {
    const demo = noteIn(await readFile(join(folder, name), 'utf8').catch(() => ''));
    if (demo !== null && isAlive(demo.pid)) demos.push(demo);
    else await rm(join(folder, name), { force: true });
  }
  return demos;
}

/** The demo with this process id, or the only one. Throws `DEMO_NOT_RUNNING`, and `DEMO_SEVERAL` when one must be named. */
export async function oneRunningDemo(pid: number | undefined): Promise<RunningDemo> {
  const demos = await runningDemos();
  const [first, ...others] = pid === undefined ? demos : demos.filter((one) => one.pid === pid);
  const listed = demos.map((one) => `  --of ${one.pid}  in ${one.directory}`).join('\n');
  if (first === undefined) {
    const none = 'no demo is running: start it in another terminal with npm run demo';
    throw new DemoError(
      'DEMO_NOT_RUNNING',
      demos.length === 0 ? none : `no demo ${pid} is running; there is\n${listed}`,
    );
  }
  if (others.length === 0) return first;
  throw new DemoError(
    'DEMO_SEVERAL',
    `${demos.length} demos are running; say which one is meant:\n${listed}`,
  );
}

function noteIn(text: string): RunningDemo | null {
  try {
    return noteSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
