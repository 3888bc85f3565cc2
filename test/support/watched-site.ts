import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daemon, type DaemonOptions, startDaemon } from '../../daemon/app.js';
import { loadConfig } from '../../daemon/config/load.js';
import { type PreparedSite, prepareSite, type SiteOptions } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import type { PostedMessage } from '../../daemon/demo/stand-ins/slack-workspace.js';
import { sourceKindOf } from '../../daemon/sources/source-kind.js';
import { type FaultyMailServer, startFaultyMailServer } from './faulty-mail-server.js';
import { type FaultySlack, startFaultySlack } from './faulty-slack.js';
import type { TestDatabase } from './postgres.js';
import { waitFor } from './wait.js';

/** A site ready to be watched: its database prepared by the printed SQL, its files, its channels. No daemon runs yet. */
export interface WatchedSite {
  readonly directory: string;
  readonly site: PreparedSite;
  readonly slack: FaultySlack;
  readonly smtp: FaultyMailServer;
  /** What the daemons of this site logged, line by line. */
  readonly logged: string[];
  /** Starts a daemon in this process and waits until it has read everything and hears the database. */
  start(options?: Pick<DaemonOptions, 'clock'>): Promise<Daemon>;
  /** Titles of the Slack messages so far. */
  titles(): string[];
  /** The first Slack message, taken already or yet to come, that holds the text. */
  told(text: string): Promise<PostedMessage>;
  /** How many Slack messages hold the text. */
  count(text: string): number;
  close(): Promise<void>;
}

export type WatchedSiteOptions = Partial<Omit<SiteOptions, 'directory' | 'databaseUrl' | 'slack' | 'smtp'>>;

/** A site of the reference schema in a PostgreSQL database. */
export async function prepareWatchedSite(
  db: TestDatabase,
  options: WatchedSiteOptions = {},
): Promise<WatchedSite> {
  const role = await db.createRole('tillwarden');
  const watched = await prepareSiteAround(db.urlAs(role), options);
  const config = loadConfig(watched.site.configFile);
  for (const { kind, settings, definitions } of config.sites.flatMap(({ sources }) => sources)) {
    const { sql } = sourceKindOf(config.sourceKinds, kind);
    if (sql !== null) await db.query(sql.install({ role, config: settings, definitions }));
  }
  return watched;
}

/** A site of whatever the URL names; in there nothing is prepared. */
export async function prepareSiteAround(
  databaseUrl: string,
  options: WatchedSiteOptions = {},
): Promise<WatchedSite> {
  const directory = await mkdtemp(join(tmpdir(), 'tillwarden-site-'));
  const slack = await startFaultySlack();
  const smtp = await startFaultyMailServer();
  const site = await prepareSite({ directory, databaseUrl, slack, smtp, ...options });
  const logged: string[] = [];
  return {
    directory,
    site,
    slack,
    smtp,
    logged,
    start: async (own = {}) => {
      const daemon = await startDaemon({
        ...own,
        configFile: site.configFile,
        ...(options.sourceKinds ? { sourceKinds: options.sourceKinds } : {}),
        logDestination: { write: (line) => void logged.push(line) },
      });
      await waitFor(() => isWatching(daemon), { what: 'the daemon to watch' });
      return daemon;
    },
    titles: () => slack.messages.map(({ text }) => text),
    told: (text) =>
      slack
        .waitForMessage((message) => slackText(message).includes(text), 60_000)
        .catch((cause: Error) => {
          const titles = slack.messages.map((message) => `  ${message.text}`).join('\n');
          throw new Error(`nobody was told "${text}": ${cause.message}:\n${titles}`, { cause });
        }),
    count: (text) => slack.messages.filter((message) => slackText(message).includes(text)).length,
    close: async () => {
      await slack.close();
      await smtp.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function isWatching(daemon: Daemon): boolean {
  return daemon
    .status()
    .sites.every(({ sources }) =>
      sources.every(
        ({ hearing, lastFullReadMs }) =>
          lastFullReadMs !== null && (hearing === 'listening' || hearing === 'polling'),
      ),
    );
}
