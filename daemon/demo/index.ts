import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type DaemonProcess, startDaemonProcess } from './daemon-process.js';
import { DemoError } from './demo-error.js';
import { leaveMessages } from './leave-messages.js';
import { narrator } from './narrator.js';
import { peopleDirectory } from './people.js';
import { noteRunning, oneRunningDemo, runningDemos } from './running.js';
import { choosePlay, type ScenarioChoice } from './scenario/index.js';
import { REFERENCE_STATEMENTS } from './scenario/reference-cas.js';
import { acceptLegitimate, replay } from './script.js';
import { approveSite } from './site.js';
import { messagesDirectory, type Stage, setStage } from './stage.js';
import { runStatement } from './statement.js';
import { leftThere, tidyUp } from './tidy.js';
import { isWatching, statusOf } from './watching.js';

export interface DemoOptions extends ScenarioChoice {
  /** Ends after the script instead of staying up. */
  readonly exit: boolean;
  /** Prints JSON lines: one `alerted` for each step and channel, and a `summary`. */
  readonly json: boolean;
  /** Where everything lies; a new directory below the system's temporary one when absent. */
  readonly directory?: string | undefined;
  /** Opens the console for somebody whose homes lie in this folder. */
  readonly openConsole?: ((peopleDirectory: string) => Promise<DemoConsole>) | undefined;
}

/** A console that runs beside the demo. */
export interface DemoConsole {
  readonly link: string;
  close(): Promise<void>;
}

/**
 * The main job on an embedded default: a real PostgreSQL (or the MySQL or MariaDB that is installed) with the application of a scenario, a baseline
 * signed by two people, the real daemon, stand-ins for Slack and a mail server, and the scenario's attack. Resolves with 0 only if every step was told on both channels.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const chosen = await choosePlay(options);
  const directory = await demoDirectory(options.directory);
  const say = narrator(options.json);
  say.opening(directory, chosen);
  let stage: Stage | null = null;
  let daemon: DaemonProcess | null = null;
  let forget: (() => Promise<void>) | null = null;
  let opened: DemoConsole | null = null;
  try {
    stage = await setStage(directory, say.progress, { chosen, people: true, withHost: true });
    const version = await approveSite(stage.site, stage.site.approvers, 'first baseline, reviewed');
    say.progress(`alice and bob signed baseline ${version}`);
    daemon = await startDaemonProcess(stage.site.configFile, join(directory, 'daemon.log'));
    await isWatching(daemon.url);
    say.progress(`the daemon watches (process ${daemon.pid}, ${daemon.url}/status)`);

    const results = await replay(stage, say.step);
    results.push(await acceptLegitimate(stage));
    const last = results.at(-1);
    if (last) say.step(last);
    await leaveMessages(messagesDirectory(directory), stage);
    say.unseen(chosen.unseen);
    say.open(await statusOf(daemon.url), stage.heartbeats.sent());
    const alerted = results.filter((result) => result.arrivals.length === 2).length;
    say.summary({ steps: results.length, alerted, messages: messagesDirectory(directory) });

    if (!options.exit) {
      const watched = stage;
      const others = (await runningDemos()).length > 0;
      forget = await noteRunning({
        pid: process.pid,
        directory,
        ownerUrl: watched.database.ownerUrl,
        configFile: watched.site.configFile,
        peopleDirectory: peopleDirectory(directory),
      });
      opened = (await options.openConsole?.(peopleDirectory(directory))) ?? null;
      const { watchPage } = watched;
      say.invitation(others ? process.pid : null, {
        watchPage,
        console: opened?.link ?? null,
        tryOut: stage.play.installation.tryOut ?? REFERENCE_STATEMENTS,
      });
      await interrupted(() => leaveMessages(messagesDirectory(directory), watched), say.arrivals(watched));
    }
    const code = await daemon.stop();
    daemon = null;
    return alerted === results.length && code === 0 ? 0 : 70;
  } finally {
    await forget?.();
    await opened?.close();
    await daemon?.stop();
    await stage?.close();
    if (stage !== null) say.left(await (options.directory === undefined ? tidyUp : leftThere)(directory));
  }
}

/** `tillwarden demo sql`: runs a statement in a running demo, the one with this process id, and prints what the database answered. */
export async function demoSql(statement: string, pid: number | undefined): Promise<number> {
  const { ownerUrl } = await oneRunningDemo(pid);
  for (const { summary, rows } of await runStatement(ownerUrl, statement)) {
    for (const row of rows) console.log(JSON.stringify(row));
    console.log(summary);
  }
  return 0;
}

async function demoDirectory(named: string | undefined): Promise<string> {
  if (named === undefined) return mkdtemp(join(tmpdir(), 'tillwarden-demo-run-'));
  const directory = resolve(named);
  await mkdir(directory, { recursive: true });
  if (!existsSync(join(directory, 'tillwarden.yaml'))) return directory;
  throw new DemoError(
    'DEMO_DIRECTORY_USED',
    `${directory} holds an earlier demo, whose signatures do not count for a new one: remove it, or name another folder`,
  );
}

/** Until Ctrl-C, a signal, or the end of the terminal; what arrives meanwhile is shown. */
async function interrupted(leave: () => Promise<void>, showNew: () => void): Promise<void> {
  const timer = setInterval(showNew, 200);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  clearInterval(timer);
  await leave();
}
