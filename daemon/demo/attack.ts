/** One step of the scripted attack of August 2022, against our reference schema. */
export interface AttackStep {
  readonly name: string;
  /** What the attacker does, in one line for people. */
  readonly story: string;
  readonly sql: string;
  /** The collection whose change must be told. */
  readonly collection: string;
  /** Text that the alert about this step quotes and no other alert does. */
  readonly evidence: string;
  /** True when the notification is silenced first, so that only the timed read can find it. */
  readonly silenced: boolean;
}

export const ATTACKER = {
  administrator: 'gb',
  secondAdministrator: 'gb-support',
  sellAddress: 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440',
  invalidPaymentAddress: 'bc1q9d4ywgfnd8h43da5tpcxcn6ajv590cg6d3tg6a',
  terminal: 'BT123456',
  email: 'billing@cas-support.example',
} as const;

/**
 * The facts are those of the vendor's own report (CVE-2022-4980): an administrator added, sell and invalid-payment addresses changed,
 * a terminal added, a person's e-mail changed. The last three steps are what the same attacker could do about a monitor.
 */
export const ATTACK: readonly AttackStep[] = [
  {
    name: 'administrator-added',
    story: 'The forgotten setup page is called: a new administrator appears.',
    sql: `insert into cas_user (login, password_hash, person_id, group_id, enabled)
          select '${ATTACKER.administrator}', 'x', 1, (select id from user_group where name = 'Administrator'), true`,
    collection: 'admin_users',
    evidence: ATTACKER.administrator,
    silenced: false,
  },
  {
    name: 'sell-address-changed',
    story: 'Where customers send their BTC is changed.',
    sql: `update crypto_setting set sell_wallet_address = '${ATTACKER.sellAddress}' where crypto_currency = 'BTC'`,
    collection: 'wallet_routes',
    evidence: ATTACKER.sellAddress,
    silenced: false,
  },
  {
    name: 'invalid-payment-address-changed',
    story: 'Where invalid payments go is changed.',
    sql: `update crypto_setting set invalid_payment_address = '${ATTACKER.invalidPaymentAddress}' where crypto_currency = 'BTC'`,
    collection: 'wallet_routes',
    evidence: ATTACKER.invalidPaymentAddress,
    silenced: false,
  },
  {
    name: 'terminal-added',
    story: `Terminal ${ATTACKER.terminal} appears.`,
    sql: `insert into terminal (serial_number, name, type, active, location_id)
          values ('${ATTACKER.terminal}', 'ATM', 'BATMThree', true, 1)`,
    collection: 'terminals',
    evidence: ATTACKER.terminal,
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
];
