import { join } from 'node:path';
import { startCasHost } from '../cas-host.js';
import { REFERENCE_CAS } from '../reference-cas.js';
import type { AttackStep, Scenario, ScenarioAnswer } from '../scenario.js';
import { MYSQL_ATTACK, MYSQL_BOUGHT } from './mysql.js';
import { ATTACK, LEGITIMATE } from './postgres.js';

/** Before the first row: the administration answers the world, and its page of the first installation with it. */
export const DOOR_OPENED: AttackStep = {
  name: 'door-opened',
  story: 'The administration answers the world, and with it the forgotten page of the first installation.',
  shell: 'ufw allow 7777',
  act: (host) => host.openAdministration(),
  collection: 'doors',
  evidence: 'installation page answers',
  silenced: true,
};

/** The one line that the vendor told everybody to look for. */
export const LOG_LINE: AttackStep = {
  name: 'server-activated',
  story: 'The page is called. The log of the administration says so, in a line that nobody reads.',
  shell: 'tail -n 1 /var/log/batm/admin.log    (… Server activated.)',
  act: (host) => host.writeLog('2022-08-18 02:13:07 INFO Server activated.'),
  collection: 'admin.log',
  evidence: 'Server activated.',
  silenced: false,
};

const TERMINALS_OFF = '/usr/local/sbin/deactivate-terminals';

/** What a rule of the operator's would do by itself, tried dry. */
export const DRY_RUN: ScenarioAnswer = {
  after: 'sell-address-changed',
  name: 'containment-dry-run',
  story:
    'A rule of the operator would deactivate the two-way terminals now. It is a dry run: it says so, and does nothing.',
  shell: `${TERMINALS_OFF} --two-way < findings.json    (not run)`,
  config: (directory) => `containment:
  brakeFile: ${JSON.stringify(join(directory, 'hand-brake'))}
  actions:
    - { name: terminals-off, dryRun: true, kinds: [wallet-route], command: [${TERMINALS_OFF}, --two-way] }`,
  collection: 'wallet_routes',
  evidence: 'would be done now (dry run)',
};

/** The robbery of August 2022 (CVE-2022-4980): an open door, and then rows and nothing else. */
export const AUGUST_2022: Scenario = {
  title: 'August 2022',
  plays: {
    postgres: {
      installation: REFERENCE_CAS.postgres,
      attack: [DOOR_OPENED, LOG_LINE, ...ATTACK],
      bought: LEGITIMATE,
    },
    mysql: {
      installation: REFERENCE_CAS.mysql,
      attack: [DOOR_OPENED, LOG_LINE, ...MYSQL_ATTACK],
      bought: MYSQL_BOUGHT,
    },
  },
  host: startCasHost,
  answer: DRY_RUN,
};
