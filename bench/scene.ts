import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type DaemonProcess, startDaemonProcess } from '../daemon/demo/daemon-process.js';
import { type Stage, type StageOptions, setStage } from '../daemon/demo/stage.js';
import { isWatching } from '../daemon/demo/watching.js';

/** What a benchmark works with. Whatever it opens here is closed after it, whether it succeeded or not. */
export interface Scene {
  /** An empty directory, removed at the end. */
  readonly directory: string;
  /** Tells the person who waits. */
  say(line: string): void;
  /** The demo's surroundings: PostgreSQL with the reference CAS, heartbeats, Slack and mail stand-ins, files of the site. */
  setStage(options?: StageOptions): Promise<Stage>;
  /** The real daemon as a process of its own, once it watches. `program` is another entry than the built one. */
  startDaemon(stage: Stage, program?: string): Promise<DaemonProcess>;
  /** A connection to a database. */
  connect(url: string): Promise<pg.Client>;
  /** Has `close` called at the end, in reverse order. */
  onClose(close: () => Promise<unknown>): void;
}

export interface OpenScene extends Scene {
  /** Version of the PostgreSQL that was staged; null when none was. */
  postgresVersion(): string | null;
  close(): Promise<void>;
}

const WATCHING_LIMIT_MS = 60_000;

export async function openScene(say: (line: string) => void): Promise<OpenScene> {
  const directory = await mkdtemp(join(tmpdir(), 'tillwarden-bench-'));
  const closers: (() => Promise<unknown>)[] = [];
  let version: string | null = null;
  const connect = async (url: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, application_name: 'bench' });
    await client.connect();
    closers.push(() => client.end());
    return client;
  };
  return {
    directory,
    say,
    connect,
    onClose: (close) => void closers.push(close),
    setStage: async (options) => {
      const stage = await setStage(directory, () => undefined, options);
      closers.push(() => stage.close());
      const { rows } = await (await connect(stage.database.ownerUrl)).query('show server_version');
      version = String(rows[0]?.server_version);
      return stage;
    },
    startDaemon: async (stage, program) => {
      const { configFile } = stage.site;
      const daemon = await startDaemonProcess(configFile, join(directory, 'daemon.log'), program);
      closers.push(() => daemon.stop());
      await isWatching(daemon.url, WATCHING_LIMIT_MS);
      return daemon;
    },
    postgresVersion: () => version,
    close: async () => {
      for (const close of closers.reverse()) await close().catch((error) => say(`closing: ${error}`));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
