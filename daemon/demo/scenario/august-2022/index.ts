import { REFERENCE_CAS } from '../reference-cas.js';
import type { Scenario } from '../scenario.js';
import { MYSQL_ATTACK, MYSQL_BOUGHT } from './mysql.js';
import { ATTACK, LEGITIMATE } from './postgres.js';

/** The robbery of August 2022 (CVE-2022-4980): rows, and nothing else. */
export const AUGUST_2022: Scenario = {
  title: 'August 2022',
  plays: {
    postgres: { installation: REFERENCE_CAS.postgres, attack: ATTACK, bought: LEGITIMATE },
    mysql: { installation: REFERENCE_CAS.mysql, attack: MYSQL_ATTACK, bought: MYSQL_BOUGHT },
  },
};
