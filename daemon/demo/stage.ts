import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { sourceKindOf } from '../sources/source-kind.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres/embedded-postgres.js';
import { type ReferenceRole, referenceGrants, referenceRoles, referenceSchema } from './reference/schema.js';
import { referenceSeed } from './reference/seed.js';
import { type PreparedSite, prepareSite, type SiteOptions } from './site.js';
import { type Heartbeats, startHeartbeats } from './stand-ins/heartbeats.js';
import { SlackStandIn } from './stand-ins/slack.js';
import { SmtpStandIn } from './stand-ins/smtp.js';

const DATABASE = 'cas';
const ROLES = { owner: 'cas', app: 'cas_app', monitor: 'tillwarden' } as const;
const HEARTBEATS_PER_SECOND = 50;
/** Short, so that what the attacker silences is found while somebody watches. */
const READ_INTERVAL_MS = 4_000;

/** Everything around the daemon: the ATM server's database with its terminals, the mail server, Slack, and the files of the site. */
export interface Stage {
  readonly postgres: EmbeddedPostgres;
  readonly slack: SlackStandIn;
  readonly smtp: SmtpStandIn;
  readonly site: PreparedSite;
  readonly heartbeats: Heartbeats;
  /** Connection string of the role that owns the tables. */
  readonly ownerUrl: string;
  /** Runs statements as the owner of the tables, as an attacker of the ATM server would. */
  asOwner(sql: string): Promise<void>;
  close(): Promise<void>;
}

export type StageOptions = Pick<SiteOptions, 'paceMs'>;

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
    const postgres = await startEmbeddedPostgres({ directory, log });
    closers.push(() => postgres.stop());
    const roles = new RolePasswords(postgres);
    const urlAs = (role: string) => roles.urlAs(role);
    await createDatabase(postgres, roles);
    const owner = new pg.Client({ connectionString: urlAs(ROLES.owner) });
    await owner.connect();
    closers.push(() => owner.end());
    await owner.query(`${referenceSchema()} ${referenceSeed()} ${referenceGrants(ROLES.app)}`);
    log('created the reference CAS: 12 users, 250 terminals in 40 locations, 8 crypto settings');

    const slack = await new SlackStandIn().listen();
    closers.push(() => slack.close());
    const smtp = await new SmtpStandIn().listen();
    closers.push(() => smtp.close());
    const site = await prepareSite({
      directory,
      databaseUrl: urlAs(ROLES.monitor),
      slack,
      smtp,
      readIntervalMs: READ_INTERVAL_MS,
      ...options,
    });
    await run(postgres.superuserUrl(DATABASE), installSqlOf(loadConfig(site.configFile)));
    const { password } = roles.of(ROLES.monitor);
    await run(postgres.superuserUrl(), `alter role ${ROLES.monitor} password '${password}'`);
    log(
      'ran the output of "tillwarden sql": a role that may read the watched columns, and triggers that notify',
    );

    const heartbeats = await startHeartbeats({ url: urlAs(ROLES.app), perSecond: HEARTBEATS_PER_SECOND });
    closers.push(() => heartbeats.stop());
    return {
      postgres,
      slack,
      smtp,
      site,
      heartbeats,
      ownerUrl: urlAs(ROLES.owner),
      asOwner: async (sql) => {
        await owner.query(sql);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A password of this run for each role of the stage. */
class RolePasswords {
  readonly #passwords = new Map(
    Object.values(ROLES).map((role) => [role, randomBytes(18).toString('base64url')]),
  );

  constructor(private readonly postgres: EmbeddedPostgres) {}

  of(name: string): ReferenceRole {
    const found = [...this.#passwords].find(([role]) => role === name);
    return { name, password: found?.[1] ?? '' };
  }

  urlAs(role: string): string {
    const { host, port } = this.postgres;
    return `postgres://${role}:${this.of(role).password}@${host}:${port}/${DATABASE}`;
  }
}

async function createDatabase(postgres: EmbeddedPostgres, roles: RolePasswords): Promise<void> {
  await run(postgres.superuserUrl(), referenceRoles(roles.of(ROLES.owner), roles.of(ROLES.app)));
  await run(postgres.superuserUrl(), `create database ${DATABASE} owner ${ROLES.owner}`);
}

/** Where the demo leaves what it sent. */
export function messagesDirectory(directory: string): string {
  return join(directory, 'messages');
}

/** The output of "tillwarden sql". */
function installSqlOf({ sites, sourceKinds }: Config): string {
  const texts = sites.flatMap(({ sources }) =>
    sources.map(({ kind, settings: config, definitions }) => {
      const { sql } = sourceKindOf(sourceKinds, kind);
      return sql?.install({ role: ROLES.monitor, config, definitions }) ?? '';
    }),
  );
  return texts.join('\n');
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
