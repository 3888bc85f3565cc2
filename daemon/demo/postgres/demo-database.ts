import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { DEMO_DATABASE, DEMO_ROLES, type DemoDatabase, installText } from '../database.js';
import { type ReferenceRole, referenceRoles } from '../reference/schema.js';
import type { Installation } from '../scenario/scenario.js';
import { startHeartbeats } from '../stand-ins/heartbeats.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

/** Starts the embedded PostgreSQL with an application's tables in it. */
export async function startPostgresDemo(
  directory: string,
  log: (line: string) => void,
  { sql, collections, product, source, rules, heartbeats }: Installation,
): Promise<DemoDatabase> {
  const postgres = await startEmbeddedPostgres({ directory, log });
  const roles = new RolePasswords(postgres);
  const admin = postgres.superuserUrl(DEMO_DATABASE);
  try {
    await runOn(
      postgres.superuserUrl(),
      referenceRoles(roles.of(DEMO_ROLES.owner), roles.of(DEMO_ROLES.app)),
    );
    await runOn(postgres.superuserUrl(), `create database ${DEMO_DATABASE} owner ${DEMO_ROLES.owner}`);
    const ownerUrl = roles.urlAs(DEMO_ROLES.owner);
    const owner = new pg.Client({ connectionString: ownerUrl });
    await owner.connect();
    await owner.query(sql);
    return {
      title: 'PostgreSQL',
      source: {
        collections,
        ...(product === undefined ? {} : { product }),
        ...(source === undefined ? {} : { source }),
        ...(rules === undefined ? {} : { rules }),
      },
      ownerUrl,
      monitorUrl: roles.urlAs(DEMO_ROLES.monitor),
      adminUrl: postgres.superuserUrl(),
      install: async (config) => {
        await runOn(admin, installText(config));
        const { name, password } = roles.of(DEMO_ROLES.monitor);
        await runOn(admin, `alter role ${name} password '${password}'`);
        log(
          'ran the output of "tillwarden sql": a role that may read the watched columns, and triggers that notify',
        );
      },
      run: async (sql, as) => {
        if (as === 'administrator') await runOn(admin, sql);
        else await owner.query(sql);
      },
      startHeartbeats: (perSecond) =>
        startHeartbeats({ url: roles.urlAs(DEMO_ROLES.app), perSecond, statements: heartbeats }),
      close: async () => {
        await owner.end();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** A password of this run for each role of the demo. */
class RolePasswords {
  readonly #passwords = new Map(
    Object.values(DEMO_ROLES).map((role) => [role, randomBytes(18).toString('base64url')]),
  );

  constructor(private readonly postgres: EmbeddedPostgres) {}

  of(name: string): ReferenceRole {
    const found = [...this.#passwords].find(([role]) => role === name);
    return { name, password: found?.[1] ?? '' };
  }

  urlAs(role: string): string {
    const { host, port } = this.postgres;
    return `postgres://${role}:${this.of(role).password}@${host}:${port}/${DEMO_DATABASE}`;
  }
}

async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
