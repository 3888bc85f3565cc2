import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MYSQL_BOUGHT } from '../august-2022/mysql.js';
import { LEGITIMATE } from '../august-2022/postgres.js';
import { startCasHost } from '../cas-host.js';
import { REFERENCE_CAS } from '../reference-cas.js';
import type { AttackStep, Scenario } from '../scenario.js';

const PLANTED = 'remote-support.war';
/** Users of the reference CAS who have a second factor. */
const USERS = [1, 2] as const;

/** March 2023 (CVE-2023-28725), as far as it leaves anything behind. `table`: that of the users, as the database names it. */
export function marchAttack(table: string): readonly AttackStep[] {
  return [
    {
      name: 'application-planted',
      story:
        'An application is uploaded through an interface for videos, into the folder from which the server starts whatever lies there.',
      shell: `cp ${PLANTED} /batm/app/admin/standalone/deployments/`,
      act: ({ deployments }) =>
        writeFile(join(deployments, PLANTED), 'PK\u0003\u0004 not really an application\n'),
      collection: 'deployments',
      evidence: PLANTED,
      silenced: false,
    },
    {
      name: 'second-factors-off',
      story: 'It runs as the server, and switches the second factor of two users off.',
      sql: `update ${table} set two_factor = false where id in (${USERS.join(', ')})`,
      collection: 'admin_users',
      evidence: 'two_factor',
      silenced: false,
    },
    {
      name: 'application-removed',
      story: 'It tidies up after itself.',
      shell: `rm /batm/app/admin/standalone/deployments/${PLANTED}`,
      act: ({ deployments }) => rm(join(deployments, PLANTED)),
      collection: 'deployments',
      evidence: 'back to the baseline: new file',
      silenced: false,
    },
  ];
}

/** The robbery of March 2023: one file, which read everything and changed next to nothing. */
export const MARCH_2023: Scenario = {
  title: 'March 2023',
  plays: {
    postgres: {
      installation: REFERENCE_CAS.postgres,
      attack: marchAttack('public.cas_user'),
      bought: LEGITIMATE,
    },
    mysql: { installation: REFERENCE_CAS.mysql, attack: marchAttack('cas_user'), bought: MYSQL_BOUGHT },
  },
  host: startCasHost,
  unseen: [
    'What nobody can be told, because nothing changed: the application read the database and the keys of hot wallets and exchanges.',
    'Keys that were read leave no trace. Whoever finds such a file moves the funds to new keys first (tillwarden respond).',
  ],
};
