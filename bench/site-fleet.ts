import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  installBaseline,
  NAMESPACES,
  proposeBaseline,
  signatureFile,
  signWithKey,
  statementFile,
} from '../baselines/index.js';
import { definitionsOf } from '../daemon/config/config.js';
import { loadConfig } from '../daemon/config/load.js';
import { startEmbeddedPostgres } from '../daemon/demo/postgres/embedded-postgres.js';
import { type Approver, prepareSite } from '../daemon/demo/site.js';
import { SlackStandIn } from '../daemon/demo/stand-ins/slack.js';
import { sourceKindOf } from '../daemon/sources/source-kind.js';
import { severalAtATime } from '../daemon/time/several-at-a-time.js';
import type { Scene } from './scene.js';

/** Databases of the cluster; more sites than that share them, two or three each. */
const DATABASES = 200;
const AT_A_TIME = 8;
const DAY_MS = 86_400_000;

const application = (terminals: number) => `
  create table crypto_setting (id serial primary key, crypto_currency text, sell_wallet_address text, name text);
  create table terminal (id serial primary key, serial_number text, name text, active boolean);
  insert into crypto_setting (crypto_currency, sell_wallet_address, name)
    select 'BTC', 'bc1qoperator' || n, 'route ' || n from generate_series(1, 8) n;
  insert into terminal (serial_number, name, active) select 'BT' || n, 'Praha ' || n, true from generate_series(1, ${terminals}) n;`;

/** Sites of one PostgreSQL cluster, each signed, in a folder of site files. */
export interface Fleet {
  readonly slack: SlackStandIn;
  /** Writes the configuration of the first so many sites, `silent` ones behind them whose server accepts and says nothing. Returns its path. */
  configure(count: number, silent?: number): Promise<string>;
  /** Connection string of an administrator to the database of a site, from 0. */
  databaseUrl(site: number): string;
}

export async function openFleet(scene: Scene, most: number, terminals = 20): Promise<Fleet> {
  const server = await startEmbeddedPostgres({
    directory: scene.directory,
    settings: { fsync: 'off', max_connections: String(2 * most + 100), shared_buffers: '256MB' },
  });
  scene.onClose(() => server.stop());
  const slack = await new SlackStandIn().listen();
  scene.onClose(() => slack.close());
  const base = join(scene.directory, 'fleet');
  await mkdir(base, { recursive: true });
  const password = 'bench-password';
  const monitorUrl = (site: number) => {
    const url = new URL(server.superuserUrl(databaseOf(site)));
    url.username = 'tillwarden';
    url.password = password;
    return url.href;
  };
  const prepared = await prepareSite({
    ...{ directory: base, databaseUrl: monitorUrl(0), slack, smtp: { host: '127.0.0.1', port: 9 } },
    collections: '\n          - { name: unused, kind: config, table: public.unused, key: [id] }',
  });
  for (let n = 0; n < most; n++) {
    await writeFile(join(base, 'secrets', siteName(n)), `${monitorUrl(n)}\n`, { mode: 0o600 });
  }
  const silentPort = await listenSilently(scene);
  await writeFile(
    join(base, 'secrets/silent'),
    `postgres://tillwarden:${password}@127.0.0.1:${silentPort}/cas\n`,
    { mode: 0o600 },
  );

  const configure = async (count: number, silent = 0): Promise<string> => {
    const folder = join(base, `sites-${count}-${silent}`);
    await mkdir(folder, { recursive: true });
    const names = Array.from({ length: count + silent }, (_, n) => siteName(n));
    for (const [n, name] of names.entries()) {
      await writeFile(join(folder, `${name}.yaml`), siteText(name, n < count ? name : 'silent'), {
        mode: 0o600,
      });
    }
    const file = join(base, `tillwarden-${count}-${silent}.yaml`);
    await writeFile(
      file,
      configText({ folder, pin: prepared.pin, slack, state: `state-${count}-${silent}` }),
      {
        mode: 0o600,
      },
    );
    return file;
  };

  const databases = { count: Math.min(most, DATABASES), application: application(terminals) };
  await fill(server.superuserUrl(), scene, databases, async (admin) => {
    const config = loadConfig(await configure(1), 'none');
    const { sources } = config.sites[0] ?? { sources: [] };
    for (const { kind, settings, definitions } of sources) {
      const sql = sourceKindOf(config.sourceKinds, kind).sql?.install({
        role: 'tillwarden',
        config: settings,
        definitions,
      });
      await admin(sql ?? '');
    }
    await admin(`alter role tillwarden password '${password}' connection limit -1`);
  });
  scene.say('the databases are there; now every site is read and signed');
  await signAll(await configure(most), prepared.approvers);
  return { slack, configure, databaseUrl: (site) => server.superuserUrl(databaseOf(site)) };
}

async function fill(
  adminUrl: string,
  scene: Scene,
  { count, application }: { readonly count: number; readonly application: string },
  install: (run: (sql: string) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const admin = await scene.connect(adminUrl);
  await admin.query('create database site_template');
  const url = new URL(adminUrl);
  url.pathname = '/site_template';
  const template = await scene.connect(url.href);
  await template.query(application);
  await install((sql) => template.query(sql));
  await template.end();
  for (let n = 0; n < count; n++) {
    await admin.query(`create database ${databaseOf(n)} template site_template strategy file_copy`);
  }
}

const databaseOf = (site: number): string => `site_${site % DATABASES}`;
export const siteName = (site: number): string => `site-${String(site).padStart(3, '0')}`;

function siteText(name: string, secret: string): string {
  return `name: ${name}
sources:
  - kind: postgres
    name: cas
    url_file: secrets/${secret}
    collections:
      - { name: wallet_routes, kind: wallet-route, table: public.crypto_setting, key: [id], columns: [crypto_currency, sell_wallet_address, name] }
      - { name: terminals, kind: terminal, table: public.terminal, key: [id], columns: [serial_number, name, active] }
`;
}

function configText(own: {
  readonly folder: string;
  readonly pin: string;
  readonly slack: SlackStandIn;
  readonly state: string;
}): string {
  return `stateDirectory: ./${own.state}
sitesDirectory: ${own.folder}
baselines: { directory: ./baselines.d }
trust: { directory: ./trust, root: "sha256:${own.pin}" }
fingerprintKey_file: ./secrets/fingerprint_key
notifiers:
  - { kind: slack, name: ops, token_file: ./secrets/slack_token, channel: C0DEMOALERTS, apiUrl: "${own.slack.apiUrl}", paceMs: 0 }
http: { port: 0 }
log: { level: info }
`;
}

async function signAll(configFile: string, approvers: readonly Approver[]): Promise<void> {
  const config = loadConfig(configFile, 'all');
  await severalAtATime(AT_A_TIME, config.sites, async (site) => {
    const [source] = site.sources;
    if (source === undefined) throw new RangeError('a site without a source');
    const { name, collections: configured, kind } = source;
    const context = { site: site.name, name, collections: configured, fingerprintKey: config.fingerprintKey };
    const open = sourceKindOf(config.sourceKinds, kind).create(
      { ...context, log: () => undefined },
      source.config,
    );
    await open.open();
    try {
      const reading = await open.read();
      const collections = definitionsOf(site).map((definition) => {
        const read = reading.collections.get(definition.name);
        if (!read?.readable) throw new Error(`${definition.name} of ${site.name} was not read`);
        return read.snapshot;
      });
      const createdMs = Date.now();
      const times = { createdMs, expiresMs: createdMs + 90 * DAY_MS };
      const proposal = proposeBaseline({
        site: site.name,
        parent: null,
        collections,
        reason: 'measured',
        ...times,
      });
      const file = statementFile(1);
      const signatures = approvers.map((one) => ({
        file: signatureFile(file, one.name),
        text: signWithKey({
          privateKey: one.privateKey,
          namespace: NAMESPACES.baseline,
          message: proposal.bytes,
        }),
      }));
      const document = { file, bytes: proposal.bytes, signatures };
      await installBaseline(config.baselines.directory, site.name, document, proposal.records);
    } finally {
      await open.close();
    }
  });
}

/** A server that accepts every connection and says nothing. Its port. */
async function listenSilently(scene: Scene): Promise<number> {
  const silent = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  scene.onClose(async () => void silent.close());
  const address = silent.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
