import { DEMO_DATABASE, DEMO_ROLES } from '../database.js';
import { mysqlReferenceSchema, mysqlReferenceSeed } from '../reference/mysql-schema.js';
import { referenceGrants, referenceSchema } from '../reference/schema.js';
import { referenceSeed, SEED_COUNTS } from '../reference/seed.js';
import { referenceCollections } from '../site.js';
import type { Installation } from './scenario.js';

const { users, terminals, locations, cryptoSettings } = SEED_COUNTS;
const holds = `the reference CAS: ${users} users, ${terminals} terminals in ${locations} locations, ${cryptoSettings} crypto settings`;

/** What a newcomer can try on it. */
export const REFERENCE_STATEMENTS: readonly string[] = [
  `update crypto_setting set sell_wallet_address = 'bc1q…' where id = 2`,
  `delete from terminal where serial_number = 'BT123456'`,
];

/** The reference CAS in each kind of database. */
export const REFERENCE_CAS = {
  postgres: {
    holds,
    sql: `${referenceSchema()} ${referenceSeed()} ${referenceGrants(DEMO_ROLES.app)}`,
    collections: referenceCollections('public'),
  },
  mysql: {
    holds,
    sql: `${mysqlReferenceSchema()} ${mysqlReferenceSeed()}`,
    collections: referenceCollections(DEMO_DATABASE),
  },
} as const satisfies Record<string, Installation>;
