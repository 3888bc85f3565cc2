import pg from 'pg';
import { definitionsOf } from '../../../daemon/config/config.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { approveSite } from '../../../daemon/demo/site.js';
import { installSql } from '../../../daemon/sources/postgres/sql.js';
import type { TestDatabase } from '../postgres.js';
import { prepareSiteAround, type WatchedSite } from '../watched-site.js';

/** The watched tables of the model, without a constraint that would keep hostile rows out. */
export const WATCHED = [
  { name: 'routes', key: 'id', columns: ['address', 'coin', 'extra', 'note'] },
  { name: 'admins', key: 'login', columns: ['role', 'enabled'] },
  { name: 'terminal', key: 'id', columns: ['name', 'active'] },
] as const;
export type WatchedName = (typeof WATCHED)[number]['name'];

const KINDS: Record<WatchedName, string> = { routes: 'wallet-route', admins: 'admin', terminal: 'terminal' };

const COLLECTIONS = WATCHED.map(
  ({ name, key, columns }) => `
          - { name: ${name}, kind: ${KINDS[name]}, table: shop.${name}, key: [${key}], columns: [${columns.join(', ')}] }`,
).join('');

/** What the owner made, and a copy of its rows (`keep`) that is what people signed, to go back to. */
const SCHEMA = `create schema shop; create schema keep;
  create type shop.coin as enum ('BTC', 'LTC', 'ETH');
  create table shop.routes (id int, address text, coin shop.coin, extra json, note text);
  create table shop.admins (login text, role text, enabled boolean);
  create table shop.terminal (id int, name text, active boolean, ping timestamptz);
  insert into shop.routes select g, 'bc1qsigned' || g, (array['BTC','LTC','ETH'])[1 + g % 3]::shop.coin,
    json_build_object('fee', g), case when g % 2 = 0 then 'note ' || g end from generate_series(1, 8) g;
  insert into shop.admins select 'admin' || g, 'operator', true from generate_series(1, 5) g;
  insert into shop.terminal select g, 'Praha ' || g, true from generate_series(1, 40) g;
  create table keep.routes as select * from shop.routes;
  create table keep.admins as select * from shop.admins;
  create table keep.terminal as select * from shop.terminal;`;

/** A watched site of the model in a database of the encoding, and who may do what there. */
export interface ModelScene {
  readonly watched: WatchedSite;
  readonly reader: string;
  /** The printed SQL, as the owner runs it. */
  readonly grantsSql: string;
  /** A connection of the superuser, to look with. */
  readonly look: pg.Client;
  connect(role: 'owner' | 'app' | 'nobody' | 'superuser'): Promise<pg.Client>;
  close(): Promise<void>;
}

export async function prepareModelScene(
  db: TestDatabase,
  encoding: 'UTF8' | 'SQL_ASCII',
): Promise<ModelScene> {
  const name = `${db.name}_model`;
  await db.querySuperuser(
    `create database ${name} encoding '${encoding}' locale_provider libc lc_collate 'C' lc_ctype 'C' template template0 owner ${db.owner}`,
  );
  const nobody = await db.createRole('nobody');
  const reader = await db.createRole('reader');
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  const urls = {
    owner: at(db.urlAs(db.owner)),
    app: at(db.urlAs(db.app)),
    nobody: at(db.urlAs(nobody)),
    superuser: at(db.superuserUrl),
  };
  const clients: pg.Client[] = [];
  const connect = async (role: keyof typeof urls): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: urls[role], application_name: 'model' });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const owner = await connect('owner');
  await owner.query(`${SCHEMA} grant usage on schema shop to ${db.app};
    grant select on all tables in schema shop to ${db.app}; grant update (ping) on shop.terminal to ${db.app}`);
  const watched = await prepareSiteAround(at(db.urlAs(reader)), {
    collections: COLLECTIONS,
    readIntervalMs: 1_000,
    source: '        lockTimeoutMs: 300',
    timing: '  unknownGraceMs: 0\n  flapWindowMs: 0\n  filesIntervalMs: 500',
  });
  const definitions = loadConfig(watched.site.configFile).sites.flatMap(definitionsOf);
  const grantsSql = installSql({ role: reader, channel: 'tillwarden', definitions });
  await owner.query(grantsSql);
  await approveSite(watched.site, watched.site.approvers, 'first');
  const look = await connect('superuser');
  // Bytes that are no text come as they are.
  await look.query("set client_encoding = 'SQL_ASCII'");
  return {
    watched,
    reader,
    grantsSql,
    look,
    connect,
    close: async () => {
      await Promise.all(clients.map((client) => client.end()));
      await watched.close();
      await db.querySuperuser(`drop database ${name} with (force)`);
    },
  };
}
