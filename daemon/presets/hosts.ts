import type { Preset } from './preset.js';

/**
 * What is not the vendor's on a Debian or Ubuntu machine and starts, redirects or lets in: the places of its manual pages systemd.unit(5), crontab(5),
 * ld.so(8), environment(5), hosts(5), update-ca-certificates(8), sshd(8), sudoers(5).
 */
const MACHINE = `# Units and drop-ins of the administrator: systemd.unit(5). Those of packages change with every upgrade and are left out.
- name: started_with_the_system
  kind: file
  paths: [/etc/systemd/system, /usr/local/lib/systemd/system, /etc/init.d, /etc/rc.local, /etc/default]
# crontab(5), cron(8).
- name: scheduled
  kind: file
  paths: [/etc/crontab, /etc/cron.d, /etc/cron.hourly, /etc/cron.daily, /etc/cron.weekly, /etc/cron.monthly, /var/spool/cron/crontabs]
# What goes into every process: libraries (LD_PRELOAD, ld.so(8)), JVM options and proxies in the environment (environment(5)).
- name: loaded_into_programs
  kind: file
  paths: [/etc/ld.so.preload, /etc/ld.so.conf, /etc/ld.so.conf.d, /etc/environment, /etc/environment.d, /etc/profile, /etc/profile.d]
# Which machine a name means, and whose certificates are believed: hosts(5), nsswitch.conf(5), update-ca-certificates(8).
- name: names_and_authorities
  kind: file
  paths: [/etc/hosts, /etc/nsswitch.conf, /etc/ca-certificates.conf, /usr/local/share/ca-certificates, /etc/ssl/certs]
# Who gets in, and as whom: passwd(5), sudoers(5), sshd(8), pam(7). Passwords themselves (/etc/shadow) are not for a monitor to read.
- name: who_gets_in
  kind: file
  paths: [/etc/passwd, /etc/group, /etc/sudoers, /etc/sudoers.d, /etc/ssh, /etc/pam.d, /root/.ssh/authorized_keys]
  exclude: ['ssh_host_*_key']
`;

/** Who got in to a Debian or Ubuntu machine, and who became root there: sshd(8), sudo(8), by rsyslogd(8). */
const ACCESS = `    - { path: /var/log/auth.log }
  patterns:
    - { event: ssh-login, text: "Accepted {*} for {user} from {address} port" }
    - { event: ssh-login-failed, text: "Failed {*} for {user} from {address} port" }
    - { event: sudo, text: "sudo: {user} : {*}COMMAND=" }
`;

/**
 * Doors, for a tillwarden that stands outside: as comments, since a name of the server is the operator's to put in, and what is seen from inside of the firewall proves
 * nothing. Each port has its source.
 */
function doorsToUncomment(from: string, targets: readonly (readonly [string, string])[]): string {
  const lines = [
    '- kind: probe',
    '  name: outside',
    '  from: a rented machine outside of our network',
    '  collections:',
    '    - name: doors',
    '      kind: door',
    '      targets:',
    ...targets.flatMap(([target, source]) => [
      `        # ${source}`,
      `        - { host: SERVER, ${target} }`,
    ]),
  ];
  return `# ${from}
# Put the public name of the server in the place of SERVER, on a tillwarden that stands outside (docs/probes.md), and take "# " away:
${lines.map((line) => `# ${line}\n`).join('')}`;
}

/** The machine of a Coin ATM Server, as far as the vendor's public pages name its folders. */
export const casHost: Preset = {
  name: 'cas-host',
  version: 1,
  about:
    'files of a machine that runs General Bytes CAS: deployments, extensions, settings, and what starts with the system',
  source: 'files',
  database: 'host',
  product: 'cas',
  collections: `# The application server starts whatever lies here: the way of March 2023 (the vendor's incident report of 18 March 2023).
- name: deployments
  kind: file
  paths: [/batm/app/admin/standalone/deployments]
# Java that the master service loads: the vendor's documentation of extensions (github.com/GENERALBYTESCOM/batm_public).
- name: extensions
  kind: file
  paths: [/batm/app/master/extensions, /batm/config/extensions]
# Programs, scripts and the JVM options beside them; what the services write while they run is left out.
- name: server_programs
  kind: file
  paths: [/batm/app]
  include: ['**/*.jar', '**/*.war', '**/*.sh', '**/*.conf', '**/*.xml', '**/*.properties']
  exclude: ['**/tmp', '**/log', '**/data', 'admin/standalone/deployments', 'master/extensions']
# Settings of all services, among them where the database is: the vendor's knowledge base (/batm/config).
- name: server_settings
  kind: file
  paths: [/batm/config]
  exclude: [extensions]
  secret: [sha256]
${MACHINE}`,
  rules: `- { collection: deployments, severity: critical }
- { collection: extensions, severity: critical }
`,
  // The vendor's knowledge base: admin.log has logins, changes of settings and the audit trail.
  beside: `# What the servers write down. The form of its lines is not public but for "Server activated.", which is an indicator: add patterns of your own.
- kind: log
  name: logs
  logs:
    - { path: /var/log/batm/admin.log }
    - { path: /var/log/batm/master.log }
${ACCESS}${doorsToUncomment('What the world sees of it. Administration and terminals are to be shut to it.', [
  ['port: 7777, tls: true', 'Administration: the incident report of August 2022 (CVE-2022-4980).'],
  ['port: 443, tls: true', 'The same: its steps for operators, which shut 7777 and 443.'],
  ['port: 7741, tls: true', 'Terminals; the application of March 2023 came in here (CVE-2023-28725).'],
  [
    'port: 7743, tls: true',
    "Extensions: the vendor's documentation of extensions (github.com/GENERALBYTESCOM/batm_public).",
  ],
  ['port: 22', 'The machine itself: sshd(8).'],
])}`,
};

/** The machine of lamassu-server, as its public installer lays it out. */
export const lamassuHost: Preset = {
  name: 'lamassu-host',
  version: 1,
  about:
    'files of a machine that runs lamassu-server: its programs, environment, certificates, and what starts with the system',
  source: 'files',
  database: 'host',
  product: 'lamassu',
  collections: `# Where the server and its commands lie: the public installer (github.com/lamassu/lamassu-install, install).
- name: server_programs
  kind: file
  paths: [/usr/lib/node_modules/lamassu-server, /usr/local/lib/node_modules/lamassu-server]
  include: ['*.js', '*.json', 'bin/**', 'lib/**', 'tools/**', 'migrations/**', '.env']
# Database, secrets and endpoints of the server, and the words that its wallets come from: /etc/lamassu of the same script.
- name: server_settings
  kind: file
  paths: [/etc/lamassu]
  secret: [sha256]
# How both services are started, and with which environment: the same script.
- name: services
  kind: file
  paths: [/etc/supervisor]
# The operator's certificates, by which machines know their server: the same script.
- name: operator_certificates
  kind: file
  paths: [/etc/ssl/certs/Lamassu_OP.pem, /etc/ssl/certs/Lamassu_OP_Root_CA.pem, /etc/ssl/certs/Lamassu_CA.pem,
          /etc/ssl/private/Lamassu_OP.key, /etc/ssl/private/Lamassu_OP_Root_CA.key]
${MACHINE}`,
  rules: `- { collection: server_programs, severity: critical }
- { collection: services, severity: critical }
`,
  // Where supervisor puts them by the public installer.
  beside: `# What the servers write down: the public installer (github.com/lamassu/lamassu-install). Add patterns of your own.
- kind: log
  name: logs
  logs:
    - { path: /var/log/supervisor/lamassu-server.err.log }
    - { path: /var/log/supervisor/lamassu-server.out.log }
    - { path: /var/log/supervisor/lamassu-admin-server.err.log }
    - { path: /var/log/supervisor/lamassu-admin-server.out.log }
${ACCESS}${doorsToUncomment('What the world sees of it. The administration is to be shut to it.', [
  [
    'port: 443, tls: true',
    'Administration: github.com/lamassu/lamassu-server, lib/new-admin/admin-server.js.',
  ],
  ['port: 3000, tls: true', 'Machines, which have to reach it: lib/app.js of the same.'],
  ['port: 3030', 'Local calls, bound to localhost there: the same file. Open is wrong.'],
  ['port: 8070, tls: true', 'The administration in development mode: admin-server.js. Open is wrong.'],
  ['port: 22', 'The machine itself: sshd(8).'],
])}`,
};
