import {
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  encodeValue,
  type Kind,
  type RecordLine,
  recordLine,
  type Value,
} from '../../../baselines/index.js';
import { diffCollection } from '../../../daemon/drift/compare.js';
import type { AlertContext } from '../../../daemon/policy/compose.js';
import { conditionsOfCollection } from '../../../daemon/policy/conditions.js';
import type { Condition } from '../../../daemon/policy/finding.js';
import { NO_RULES, SITE } from './build.js';

/** 03:13:07 in the night of the attack, at the site. */
export const SEEN_MS = Date.UTC(2026, 10, 24, 2, 13, 7);

function definition(name: string, kind: Kind, columns: readonly string[], over: Partial<Definition> = {}) {
  return { name, kind, source: 'cas', table: `public.${name}`, key: ['id'], columns, secret: [], ...over };
}

/** What a site with one server watches: a collection of each kind. */
const WATCHED: readonly Definition[] = [
  definition(
    'crypto_setting',
    'wallet-route',
    ['currency', 'sell_wallet_address', 'buy_fee', 'options', 'api_key'],
    { secret: ['api_key'] },
  ),
  definition('admin_users', 'admin', ['login', 'email', 'role', 'password'], { secret: ['password'] }),
  definition('terminals', 'terminal', ['serial_number', 'location']),
  definition('permissions', 'permission', ['login', 'permission'], { key: ['login', 'permission'] }),
  definition('contacts', 'contact', ['email', 'phone']),
  definition('settings', 'config', ['value']),
  definition('server_files', 'file', ['sha256'], { source: 'disk' }),
  definition('database', 'sensor', ['definition'], { table: 'pg_catalog' }),
];
const byName = new Map(WATCHED.map((one) => [one.name, one]));

export const CONTEXT: AlertContext = {
  site: SITE,
  timeZone: 'Europe/Prague',
  incident: '7f3a',
  observedAtMs: SEEN_MS,
  head: { baselineVersion: 7, journal: 'a'.repeat(64) },
  definitions: byName,
  personal: new Map([
    ['admin_users', new Set(['email'])],
    ['contacts', new Set(['email', 'phone'])],
  ]),
};
/** For what belongs to no incident. */
export const NOTICE: AlertContext = { ...CONTEXT, incident: null };

export function watched(collection: string): Definition {
  const found = byName.get(collection);
  if (found === undefined) throw new Error(`the scene watches no ${collection}`);
  return found;
}

type Fields = Readonly<Record<string, string | Value | null>>;

/** A record as it is read: texts, or values of another form. */
export const row = (key: string | readonly string[], fields: Fields): RecordLine =>
  recordLine({
    key: typeof key === 'string' ? [key] : key,
    fields: new Map(
      Object.entries(fields).map(([name, value]) => [
        name,
        value === null
          ? null
          : encodeValue(typeof value === 'string' ? { form: 'text', text: value } : value),
      ]),
    ),
  });

export const rows = (collection: string, ...lines: readonly RecordLine[]): CollectionSnapshot =>
  collectionSnapshot(watched(collection), lines);

/** What is told of the difference between what people signed and what is there. */
export function drift(
  collection: string,
  signed: readonly RecordLine[],
  observed: readonly RecordLine[],
): Condition[] {
  const baseline = rows(collection, ...signed);
  const outcome = diffCollection(SITE, baseline, rows(collection, ...observed));
  return conditionsOfCollection(SITE, watched(collection), outcome, NO_RULES, baseline);
}

const ROUTE = { currency: 'BTC', buy_fee: '4.5', options: '{"confirmations":2}' };
export const SIGNED_ADDRESS = 'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuj';
export const THIEF_ADDRESS = 'bc1qppfa8pryacrjuzp9287zc2ufz5n0hdthff8uwuj';
export const route = (id: string, over: Fields = {}) =>
  row(id, { ...ROUTE, sell_wallet_address: SIGNED_ADDRESS, ...over });
export const admin = (id: string, login: string, over: Fields = {}) =>
  row(id, { login, email: `${login}@example.com`, role: 'admin', ...over });
export const terminal = (id: string, over: Fields = {}) =>
  row(id, { serial_number: `BT10${id}`, location: 'Main station', ...over });
export const contact = (id: string, over: Fields = {}) =>
  row(id, { email: 'anna@example.com', phone: '+420 123 456 789', ...over });

/** The August attack: the coins go elsewhere. */
export const diverted = (id = '7'): Condition[] =>
  drift('crypto_setting', [route(id)], [route(id, { sell_wallet_address: THIEF_ADDRESS })]);
export const newAdmin = (id = '31', login = 'gb'): Condition[] =>
  drift('admin_users', [], [admin(id, login)]);
export const newTerminal = (id = '90'): Condition[] => drift('terminals', [], [terminal(id)]);
export const changedContact = (id = '5'): Condition[] =>
  drift('contacts', [contact(id)], [contact(id, { email: 'anna@examp1e.com' })]);
