import { randomBytes } from 'node:crypto';
import { DEMO_DATABASE, DEMO_ROLES, type DemoDatabase, installText } from '../database.js';
import type { Installation } from '../scenario/scenario.js';
import { connectMysql } from './client.js';
import { startMysqlHeartbeats } from './heartbeats.js';
import { findMysql } from './installation.js';
import { startMysqlServer } from './mysql-server.js';

const TITLES = { mariadb: 'MariaDB', mysql: 'MySQL' } as const;

/** Starts the MariaDB or MySQL that is installed on this machine, with an application's tables in it. */
export async function startMysqlDemo(
  directory: string,
  log: (line: string) => void,
  { sql, collections }: Installation,
): Promise<DemoDatabase> {
  const installation = await findMysql();
  // Many installations say so, since otherwise the application itself may not make triggers.
  const settings = { 'log-bin-trust-function-creators': '1' };
  const server = await startMysqlServer({ installation, directory, settings, log });
  const passwords = new Map(
    Object.values(DEMO_ROLES).map((role) => [role, randomBytes(18).toString('base64url')]),
  );
  const urlAs = (role: (typeof DEMO_ROLES)[keyof typeof DEMO_ROLES]) =>
    `mysql://${role}:${passwords.get(role)}@${server.host}:${server.port}/${DEMO_DATABASE}`;
  try {
    const admin = await connectMysql(server.adminUrl());
    const account = (role: string) => `'${role}'@'127.0.0.1'`;
    await admin.run(`create database ${DEMO_DATABASE} character set utf8mb4`);
    for (const role of [DEMO_ROLES.owner, DEMO_ROLES.app] as const) {
      await admin.run(`create user ${account(role)} identified by '${passwords.get(role)}'`);
    }
    await admin.run(`grant all on ${DEMO_DATABASE}.* to ${account(DEMO_ROLES.owner)}`);
    const owner = await connectMysql(urlAs(DEMO_ROLES.owner));
    await owner.run(sql);
    await admin.run(
      `grant select, update (connected_at, last_ping, errors, rates) on ${DEMO_DATABASE}.terminal to ${account(DEMO_ROLES.app)}`,
    );
    await admin.run(`use ${DEMO_DATABASE}`);
    return {
      title: TITLES[server.flavour],
      source: { kind: 'mysql', hints: 'auto', collections },
      ownerUrl: urlAs(DEMO_ROLES.owner),
      monitorUrl: urlAs(DEMO_ROLES.monitor),
      adminUrl: server.adminUrl(),
      install: async (config) => {
        await admin.run(installText(config));
        await admin.run(
          `alter user ${account(DEMO_ROLES.monitor)} identified by '${passwords.get(DEMO_ROLES.monitor)}' account unlock`,
        );
        log(
          'ran the output of "tillwarden sql": an account that may read the watched columns, and procedures that show it the rest',
        );
      },
      run: async (sql, as) => {
        await (as === 'administrator' ? admin : owner).run(sql);
      },
      startHeartbeats: (perSecond) => startMysqlHeartbeats(urlAs(DEMO_ROLES.app), perSecond),
      close: async () => {
        await Promise.allSettled([owner.end(), admin.end()]);
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
