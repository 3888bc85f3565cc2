import { type Preset, presetCollections } from '../../presets/preset.js';
import type { DiscoveredSource } from './discovered-file.js';

/** Places in the folder that `init` fills, relative to it. */
export const LAYOUT = {
  config: 'tillwarden.yaml',
  trust: 'trust',
  baselines: 'baselines.d',
  secrets: 'secrets',
  databaseUrl: 'secrets/cas_url',
  fingerprintKey: 'secrets/fingerprint_key',
} as const;

/** What stands in the file of the database URL until the operator puts the real one there. */
export function urlTemplate(database: string, source: 'postgres' | 'mysql' = 'postgres'): string {
  const port = source === 'mysql' ? 3306 : 5432;
  return `${source}://tillwarden:CHANGE-ME@127.0.0.1:${port}/${database}`;
}

/** A configuration to start from: complete, commented, and good as it is for the preset's server; without one, for our reference schema. */
export function configTemplate({
  site,
  root,
  preset,
  found,
}: {
  readonly site: string;
  readonly root: string;
  readonly preset?: Preset | undefined;
  /** What "tillwarden discover" suggested. */
  readonly found?: DiscoveredSource | undefined;
}): string {
  const rules = preset === undefined || preset.rules === '' ? [] : [rulesOf(preset)];
  const sites =
    preset !== undefined
      ? watchedBy(preset, site)
      : found === undefined
        ? watched(site)
        : watchedAs(found, site);
  return [HEAD, sites, approvals(root), NOTIFIERS, ...rules, LATER].join('\n');
}

const HINTS: Readonly<Record<Preset['source'], string>> = {
  postgres: 'hints: notify                   # poll: for a standby or a pooler; none: the timed read alone',
  mysql: 'hints: auto                     # gtid, poll, or none: the timed read alone',
  files:
    'hints: auto                     # none: the timed read alone. Files of another machine: docs/files.md',
};

function watchedBy(preset: Preset, site: string): string {
  const list = presetCollections(preset).replace(/^(?=.)/gm, '          ');
  return `sites:
  - name: ${site}
    timeZone: UTC                       # the site's own, such as Europe/Prague: alerts say both
${productLine(preset)}    sources:
      - kind: ${preset.source}
        name: ${preset.database}
${urlLine(preset)}        ${HINTS[preset.source]}
${(preset.sourceLines ?? []).map((line) => `        ${line}\n`).join('')}        # From "tillwarden preset show ${preset.name}", version ${preset.version}: yours to change. docs/presets.md explains every name.
        collections:
${list}${(preset.beside ?? '').replace(/^(?=.)/gm, '      ')}`;
}

/** So that what an alert says to do names the services and menus of that server. */
function productLine({ product }: Preset): string {
  return product === undefined
    ? ''
    : `    product: ${product.padEnd(27)} # next steps of alerts name its services\n`;
}

/** Files need no URL. */
function urlLine({ source }: Preset): string {
  return source === 'files'
    ? ''
    : `        url_file: ./${LAYOUT.databaseUrl}       # ${source}://user:password@host:port/database\n`;
}

function watchedAs({ text }: DiscoveredSource, site: string): string {
  return `sites:
  - name: ${site}
    timeZone: UTC                       # the site's own, such as Europe/Prague: alerts say both
${text.trimEnd().replace(/^(?=.)/gm, '    ')}
`;
}

function rulesOf(preset: Preset): string {
  return `# Severity by kind, collection or field; the first rule that matches decides.
rules:
${preset.rules.replace(/^(?=.)/gm, '  ')}`;
}

const HEAD = `# tillwarden: what is watched, who must sign, and who is told. docs/config.md explains every name.
# Paths are relative to this file. Every secret can stand in a file of its own: <name>_file, mode 0600.

stateDirectory: ./state
`;

function watched(site: string): string {
  return `sites:
  - name: ${site}
    timeZone: UTC                       # the site's own, such as Europe/Prague: alerts say both
    sources:
      - kind: postgres
        name: cas
        url_file: ./${LAYOUT.databaseUrl}       # postgres://user:password@host:port/database
        hints: notify                   # poll: for a standby or a pooler; none: the timed read alone
        # What is watched. These are the tables of our reference schema: put your own here. Leave out what
        # changes by itself (heartbeats, last logins); name under secret what must never leave the database.
        collections:
          - name: admin_users
            kind: admin                 # admin, permission, contact, wallet-route, terminal or config
            table: public.cas_user
            key: [id]
            columns: [login, password_hash, person_id, group_id, enabled, two_factor]
            secret: [password_hash]
          - name: permissions
            kind: permission
            table: public.user_permission
            key: [user_id, permission]
            columns: [granted]
          - name: persons
            kind: contact
            table: public.person
            key: [id]
            columns: [first_name, last_name, email, phone]
          - name: wallet_routes
            kind: wallet-route
            table: public.crypto_setting
            key: [id]
            columns: [name, crypto_currency, buy_wallet, sell_wallet, buy_exchange, sell_exchange, rate_source,
                      strategy, buy_profit, sell_profit, sell_wallet_address, invalid_payment_address, api_key, extra]
            secret: [api_key]
          - name: terminals
            kind: terminal
            table: public.terminal
            key: [id]
            columns: [serial_number, name, type, active, locked, deleted, location_id, organisation_id]
`;
}

function approvals(root: string): string {
  return `# What people have signed lies here, one folder for each site.
baselines: { directory: ./${LAYOUT.baselines} }

# Whose keys count, and how many are needed. The digest pins the first root; whoever can change this line decides who counts.
trust: { directory: ./${LAYOUT.trust}, root: "sha256:${root}" }

# Secret columns are compared by keyed fingerprints. Whoever signs needs the same key.
fingerprintKey_file: ./${LAYOUT.fingerprintKey}
`;
}

const NOTIFIERS = `# Who is told. Two kinds of channel, so that the failure of one is told by the other.
notifiers:
  - kind: email
    name: oncall
    smtp: smtp://127.0.0.1:25           # smtps://user@host:465 with password_file for a server that asks for one
    from: tillwarden@example.org
    to: [oncall@example.org]
#  - kind: slack
#    name: ops
#    token_file: ./${LAYOUT.secrets}/slack_token   # a bot token with the scope chat:write
#    channel: C0123ABCD                 # the channel's id
`;

const LATER = `# Severity by kind, collection or field; the first rule that matches decides. Sensible defaults exist.
# rules:
#   - { collection: terminals, field: name, severity: low }

# timing: { readIntervalMs: 30000, filesIntervalMs: 30000, unknownGraceMs: 60000 }
# What nobody answers for goes on to these, and a digest comes every day. Who notices when tillwarden itself stops? A dead man's switch.
# escalation: [{ afterMs: 600000, to: [oncall] }]
# digest: { at: "08:00", timeZone: Europe/Prague }
# heartbeat: { url_file: ./${LAYOUT.secrets}/heartbeat_url }
# http: { host: 127.0.0.1, port: 9771 }   # /healthz, /readyz, /status, /metrics

# Approving from other machines: docs/approving.md. "tillwarden token anna" prints the lines of a person, which go below people.
# api:
#   host: 0.0.0.0
#   tls: { certificateFile: ./api.pem, key_file: ./${LAYOUT.secrets}/api_key }
#   people:
`;
