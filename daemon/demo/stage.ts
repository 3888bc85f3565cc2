import { join } from 'node:path';
import { loadConfig } from '../config/load.js';
import type { DemoDatabase, TerminalHeartbeats } from './database.js';
import { furnishHomes } from './people.js';
import { type ChosenPlay, choosePlay } from './scenario/index.js';
import type { DemoHost, Play, ScenarioAnswer } from './scenario/scenario.js';
import { freePort } from './server/free-port.js';
import { type PreparedSite, prepareSite, type SiteOptions } from './site.js';
import { SlackStandIn } from './stand-ins/slack.js';
import { SmtpStandIn } from './stand-ins/smtp.js';
import { startDemoDatabase } from './start-database.js';

const HEARTBEATS_PER_SECOND = 50;
/** Short, so that what the attacker silences is found while somebody watches. */
const READ_INTERVAL_MS = 4_000;

/** Everything around the daemon: the ATM server's database with its terminals, the mail server, Slack, and the files of the site. */
export interface Stage {
  readonly play: Play;
  /** What tillwarden itself is to say; null where it does nothing by itself. */
  readonly answer: ScenarioAnswer | null;
  readonly database: DemoDatabase;
  /** The machine of the application; null where only its database is watched. */
  readonly host: DemoHost | null;
  readonly slack: SlackStandIn;
  readonly smtp: SmtpStandIn;
  readonly site: PreparedSite;
  readonly heartbeats: TerminalHeartbeats;
  /** The watch page with alice's token, which lets a browser in; null where the daemon has no people. */
  readonly watchPage: string | null;
  close(): Promise<void>;
}

export interface StageOptions extends Pick<SiteOptions, 'paceMs' | 'hints'> {
  /** Whether the approvers can ask the daemon, each from a home of their own. */
  readonly people?: boolean;
  /** Whether the machine of the application is watched as well, where the scenario has one. */
  readonly withHost?: boolean;
  /** August 2022 on PostgreSQL when absent. */
  readonly chosen?: ChosenPlay;
}

export async function setStage(
  directory: string,
  log: (line: string) => void,
  options: StageOptions = {},
): Promise<Stage> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.reverse()) await one().catch(() => undefined);
  };
  try {
    const chosen = options.chosen ?? (await choosePlay({}));
    const { play, database: name, host: startHost } = chosen;
    const answer = options.withHost === true ? chosen.answer : null;
    const database = await startDemoDatabase(name, directory, log, play.installation);
    closers.push(() => database.close());
    log(`created ${play.installation.holds}`);

    const host = options.withHost === true && startHost !== null ? await startHost(directory) : null;
    if (host !== null) closers.push(() => host.close());

    const slack = await new SlackStandIn().listen();
    closers.push(() => slack.close());
    const smtp = await new SmtpStandIn().listen();
    closers.push(() => smtp.close());
    const api =
      options.people === true
        ? { apiPort: await freePort('127.0.0.1'), httpPort: await freePort('127.0.0.1') }
        : {};
    const site = await prepareSite({
      directory,
      ...api,
      databaseUrl: database.monitorUrl,
      slack,
      smtp,
      readIntervalMs: READ_INTERVAL_MS,
      ...database.source,
      ...(host === null ? {} : { besideSource: host.sources }),
      ...(answer === null ? {} : { more: answer.config(directory) }),
      ...(options.paceMs === undefined ? {} : { paceMs: options.paceMs }),
      ...(options.hints === undefined ? {} : { hints: options.hints }),
    });
    if (api.apiPort !== undefined) {
      const server = `http://127.0.0.1:${api.apiPort}`;
      await furnishHomes(directory, site.approvers, { server, pin: site.pin });
    }
    await database.install(loadConfig(site.configFile));
    const heartbeats = await database.startHeartbeats(HEARTBEATS_PER_SECOND);
    closers.push(() => heartbeats.stop());
    return {
      play,
      answer,
      database,
      host,
      slack,
      smtp,
      site,
      heartbeats,
      watchPage:
        api.apiPort === undefined
          ? null
          : `http://localhost:${api.apiPort}/#token=${site.approvers[0].token}`,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where the demo leaves what it sent. */
export function messagesDirectory(directory: string): string {
  return join(directory, 'messages');
}
