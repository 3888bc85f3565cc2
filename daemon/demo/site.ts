import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  acceptChanges,
  installBaseline,
  NAMESPACES,
  type Proposal,
  proposeBaseline,
  publicKeyOf,
  ROOT_FORMAT,
  readSiteDirectory,
  readTrustDirectory,
  sha256Hex,
  signatureFile,
  signWithKey,
  statementFile,
  trustRootBytes,
  type VerifiedBaseline,
  verifyChain,
  verifyTrust,
} from '../../baselines/index.js';
import { newToken, SCOPES, tokenDigest } from '../config/api-token.js';
import { type Config, definitionsOf } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { changesBetween } from '../drift/diff.js';
import type { Source, SourceReading } from '../sources/source.js';
import { type SourceKinds, sourceKindOf } from '../sources/source-kind.js';

export const DEMO_SITE = 'prague-1';
const DEMO_SLACK_CHANNEL = 'C0DEMOALERTS';

/** A person with a key in memory: only the demo and the tests have such people. */
export interface Approver {
  readonly name: string;
  readonly privateKey: KeyObject;
  /** For the API of the daemon, where there is one. */
  readonly token: string;
}

/** What a monitored site needs on disk, written to one directory. */
export interface SiteOptions {
  readonly directory: string;
  /** Connection string of the tillwarden role. */
  readonly databaseUrl: string;
  readonly slack: { readonly apiUrl: string; readonly token: string };
  readonly smtp: { readonly host: string; readonly port: number };
  readonly readIntervalMs?: number;
  /** Kind of the source; `postgres` when absent. */
  readonly kind?: string;
  /** Kinds of sources; all there are when absent. */
  readonly sourceKinds?: SourceKinds;
  readonly hints?: 'notify' | 'none' | 'auto' | 'gtid' | 'poll';
  /** YAML lines put below `timing:`. */
  readonly timing?: string;
  /** YAML of the whole list of sources, in place of all that is said of one here. */
  readonly sources?: string;
  /** YAML of sources beside the one that is said here. */
  readonly besideSource?: string;
  /** YAML of the collections; the reference schema's when absent. */
  readonly collections?: string;
  /** As `sites[].product`; `cas` when absent. */
  readonly product?: 'cas' | 'lamassu';
  /** YAML of the list of rules; none when absent. */
  readonly rules?: string;
  /** YAML lines put into the source. */
  readonly source?: string;
  /** YAML at the top level beside all that is said here. */
  readonly more?: string;
  readonly logLevel?: string;
  /** None when absent. */
  readonly heartbeat?: { readonly url: string; readonly intervalMs: number };
  /** The port on 127.0.0.1 on which the approvers can ask the daemon; none can when absent. */
  readonly apiPort?: number;
  /** Where the daemon shows its status; a port of its own choice when absent. */
  readonly httpPort?: number;
  /** Of both channels. 0 unless told: the stand-ins take what comes, and each step's own time is to be seen. */
  readonly paceMs?: number;
}

export interface PreparedSite {
  readonly configFile: string;
  readonly sourceKinds?: SourceKinds | undefined;
  readonly baselinesDirectory: string;
  readonly approvers: readonly [Approver, Approver];
  /** Hex SHA-256 of trust root 1. */
  readonly pin: string;
}

/** The collections of the reference schema. Volatile columns (heartbeats, last logins) are left out: they are not settings. */
export const referenceCollections = (schema: string): string => `
          - name: admin_users
            kind: admin
            table: ${schema}.cas_user
            key: [id]
            columns: [login, password_hash, person_id, group_id, enabled, two_factor]
            secret: [password_hash]
          - name: permissions
            kind: permission
            table: ${schema}.user_permission
            key: [user_id, permission]
            columns: [granted]
          - name: groups
            kind: permission
            table: ${schema}.user_group
            key: [id]
            columns: [name, description]
          - name: persons
            kind: contact
            table: ${schema}.person
            key: [id]
            columns: [first_name, last_name, email, phone]
          - name: wallet_routes
            kind: wallet-route
            table: ${schema}.crypto_setting
            key: [id]
            columns: [name, crypto_currency, buy_wallet, sell_wallet, buy_exchange, sell_exchange, rate_source, strategy, buy_profit, sell_profit, sell_wallet_address, invalid_payment_address, api_key, extra]
            secret: [api_key]
          - name: terminals
            kind: terminal
            table: ${schema}.terminal
            key: [id]
            columns: [serial_number, name, type, active, locked, deleted, location_id, organisation_id]`;

/** Writes configuration, secrets and a trust root with two approvers, both of whom must sign for everything. */
export async function prepareSite(options: SiteOptions): Promise<PreparedSite> {
  const { directory } = options;
  const approvers = [approver('alice'), approver('bob')] as const;
  const trust = join(directory, 'trust');
  const baselinesDirectory = join(directory, 'baselines.d');
  for (const folder of [trust, baselinesDirectory, join(directory, 'secrets')]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const root = trustRootBytes({
    format: ROOT_FORMAT,
    version: 1,
    parent: null,
    created: new Date().toISOString(),
    expires: new Date(Date.now() + 365 * 86_400_000).toISOString(),
    people: approvers.map(({ name, privateKey }) => ({
      name,
      roles: ['operator'],
      keys: [publicKeyOf(privateKey).line],
    })),
    rules: [
      {
        kinds: [
          'admin',
          'permission',
          'contact',
          'wallet-route',
          'sensor',
          'terminal',
          'config',
          'file',
          'door',
          'root',
        ],
        threshold: 2,
        roles: ['operator'],
      },
    ],
    heads: [],
  });
  await writeFile(join(trust, 'root.000001.json'), root);
  const secrets = {
    cas_url: options.databaseUrl,
    slack_token: options.slack.token,
    fingerprint_key: randomBytes(32).toString('hex'),
    ...(options.heartbeat === undefined ? {} : { heartbeat_url: options.heartbeat.url }),
  };
  for (const [name, secret] of Object.entries(secrets)) {
    await writeFile(join(directory, 'secrets', name), `${secret}\n`, { mode: 0o600 });
  }
  const configFile = join(directory, 'tillwarden.yaml');
  const pin = sha256Hex(root);
  await writeFile(configFile, `${configText(options, pin)}${apiText(options, approvers)}`);
  return { configFile, sourceKinds: options.sourceKinds, baselinesDirectory, approvers, pin };
}

function approver(name: string): Approver {
  return { name, privateKey: generateKeyPairSync('ed25519').privateKey, token: newToken() };
}

function apiText({ apiPort }: SiteOptions, approvers: readonly Approver[]): string {
  if (apiPort === undefined) return '';
  const people = approvers.map(
    ({ name, token }) =>
      `    - { name: ${name}, tokenDigest: "sha256:${tokenDigest(token)}", scopes: [${SCOPES.join(', ')}] }\n`,
  );
  return `api:\n  port: ${apiPort}\n  people:\n${people.join('')}`;
}

function sourceText(options: SiteOptions): string {
  return `      - kind: ${options.kind ?? 'postgres'}
        name: cas
        url_file: ./secrets/cas_url
        hints: ${options.hints ?? 'notify'}
${options.source ?? ''}
        collections:${options.collections ?? referenceCollections('public')}`;
}

function configText(options: SiteOptions, rootDigest: string): string {
  const { paceMs = 0 } = options;
  return `stateDirectory: ./state
sites:
  - name: ${DEMO_SITE}
    timeZone: Europe/Prague
    product: ${options.product ?? 'cas'}
    runbook:
      - { text: "Call Alice, then Bob; their numbers are by the phone of whoever is on duty" }
    sources:
${options.sources ?? sourceText(options)}${options.besideSource ?? ''}
baselines: { directory: ./baselines.d }
trust: { directory: ./trust, root: "sha256:${rootDigest}" }
fingerprintKey_file: ./secrets/fingerprint_key
${options.rules === undefined ? '' : `rules:\n${options.rules.replace(/^(?=.)/gm, '  ')}`}notifiers:
  - { kind: slack, name: ops, token_file: ./secrets/slack_token, channel: ${DEMO_SLACK_CHANNEL}, apiUrl: "${options.slack.apiUrl}", paceMs: ${paceMs} }
  - { kind: email, name: oncall, smtp: "smtp://${options.smtp.host}:${options.smtp.port}", from: tillwarden@monitor.example, to: [oncall@operator.example], paceMs: ${paceMs} }
timing:
  readIntervalMs: ${options.readIntervalMs ?? 30_000}
${options.timing ?? ''}
${options.heartbeat === undefined ? '' : `heartbeat: { url_file: ./secrets/heartbeat_url, intervalMs: ${options.heartbeat.intervalMs} }`}
${options.more ?? ''}
http: { port: ${options.httpPort ?? 0} }
log: { level: ${options.logLevel ?? 'info'} }
`;
}

type SiteFile = Pick<PreparedSite, 'configFile' | 'sourceKinds'>;

/** Opens a source of a configuration, the first when nothing is said, as the daemon would. Whoever calls this closes it. */
export async function openSite({ configFile, sourceKinds }: SiteFile, place = 0): Promise<Source> {
  const config = loadConfig(configFile, 'all', sourceKinds);
  const site = config.sites[0];
  const source = site?.sources[place];
  if (!site || !source) throw new RangeError('the configuration has no site with a source');
  const open = sourceKindOf(config.sourceKinds, source.kind).create(
    {
      site: site.name,
      name: source.name,
      collections: source.collections,
      fingerprintKey: config.fingerprintKey,
      log: () => undefined,
    },
    source.config,
  );
  await open.open();
  return open;
}

/** Reads what is there now, whole, as the daemon would. Throws when a collection cannot be read. */
export async function readSite(site: SiteFile): Promise<SourceReading> {
  const count = loadConfig(site.configFile, 'none', site.sourceKinds).sites[0]?.sources.length ?? 0;
  const [first, ...others] = await Promise.all(
    Array.from({ length: count }, (_, place) => readSource(site, place)),
  );
  if (first === undefined) throw new RangeError('the configuration has no site with a source');
  const collections = new Map([first, ...others].flatMap((reading) => [...reading.collections]));
  return { ...first, collections };
}

async function readSource(site: SiteFile, place: number): Promise<SourceReading> {
  const source = await openSite(site, place);
  try {
    const reading = await source.read();
    for (const [name, collection] of reading.collections) {
      if (!collection.readable)
        throw new Error(`${name} cannot be read: ${collection.cause} (${collection.detail})`);
    }
    return reading;
  } finally {
    await source.close();
  }
}

/** The head that the files of a site yield now; null before the first baseline. */
async function verifiedHead(config: Config): Promise<VerifiedBaseline | null> {
  const trust = verifyTrust((await readTrustDirectory(config.trust.directory)).documents, config.trust.root);
  const files = await readSiteDirectory(config.baselines.directory, DEMO_SITE);
  const { documents, records } = files;
  return verifyChain({ trust, site: DEMO_SITE, documents, records, nowMs: Date.now() }).head;
}

/** Which of the differences from the parent the approvers accept. */
export type Accepts = (change: {
  readonly collection: string;
  readonly key: string;
  readonly line: string | null;
}) => boolean;

/**
 * Reads the site, takes what `accepts` lets pass on top of the verified head (everything for the first baseline), has the approvers
 * sign it and installs it. Returns the new version.
 */
export async function approveSite(
  prepared: PreparedSite,
  approvers: readonly Approver[],
  reason: string,
  accepts: Accepts = () => true,
): Promise<number> {
  const config = loadConfig(prepared.configFile, 'all', prepared.sourceKinds);
  const site = config.sites[0];
  const reading = await readSite(prepared);
  const parent = await verifiedHead(config);
  const collections = (site ? definitionsOf(site) : []).map(({ name }) => {
    const observed = reading.collections.get(name);
    if (!observed?.readable) throw new Error(`${name} was not read`);
    const signed = parent?.collections.get(name);
    if (!signed) return observed.snapshot;
    const accepted = changesBetween(DEMO_SITE, signed, observed.snapshot).filter(({ key, after }) =>
      accepts({ collection: name, key, line: after[0]?.line ?? null }),
    );
    if (accepted.some(({ type }) => type === 'ambiguous')) {
      throw new Error(`${name} holds a key twice, or a null key, which cannot be signed`);
    }
    return acceptChanges(
      signed,
      accepted.map(({ key, before, after }) => ({ key, before, after: after[0] ?? null })),
    );
  });
  const nowMs = Date.now();
  const proposal = proposeBaseline({
    site: DEMO_SITE,
    parent,
    collections,
    reason,
    createdMs: nowMs,
    // A longer validity needs everybody.
    expiresMs:
      parent !== null && approvers.length < prepared.approvers.length
        ? parent.expiresMs
        : nowMs + 90 * 86_400_000,
  });
  await install(config, proposal, approvers);
  return proposal.statement.version;
}

async function install(config: Config, proposal: Proposal, approvers: readonly Approver[]): Promise<void> {
  const file = statementFile(proposal.statement.version);
  const signatures = approvers.map(({ name, privateKey }) => ({
    file: signatureFile(file, name),
    text: signWithKey({ privateKey, namespace: NAMESPACES.baseline, message: proposal.bytes }),
  }));
  await installBaseline(
    config.baselines.directory,
    DEMO_SITE,
    { file, bytes: proposal.bytes, signatures },
    proposal.records,
  );
}
