import { createHash } from 'node:crypto';
import { CRYPTO_SETTINGS, GROUPS, LOCATIONS, ORGANISATIONS, PEOPLE, TERMINAL_TYPES } from './names.js';

type Cell = string | number | boolean | null;
export type SeedRow = Readonly<Record<string, Cell>>;

/** The rows of one table. */
interface SeededTable {
  readonly table: string;
  readonly rows: readonly SeedRow[];
  /** Whether it has an `id`, counted from 1. */
  readonly numbered: boolean;
}

/** Everything seeded was created then; the rest follows from it. */
const EPOCH_MS = Date.UTC(2026, 0, 5, 9, 0, 0);
const HOUR_MS = 3_600_000;

/** How many records `referenceSeed` makes of the watched tables. */
export const SEED_COUNTS = { users: 12, terminals: 250, locations: 40, cryptoSettings: 8 } as const;

/**
 * 12 users in four groups with their persons, 250 terminals in 40 locations, 8 crypto settings, no transactions. The same every time.
 * Nobody holds the keys of the addresses, and `password_hash` and `api_key` are made up.
 */
export function referenceRows(): readonly SeededTable[] {
  const numbered = (table: string, rows: readonly SeedRow[]) => ({ table, rows, numbered: true });
  return [
    numbered('organisation', ORGANISATIONS),
    numbered('location', LOCATIONS.slice(0, SEED_COUNTS.locations)),
    numbered('person', PEOPLE.map(person)),
    numbered(
      'user_group',
      GROUPS.map(({ name, description }) => ({ name, description })),
    ),
    numbered('cas_user', PEOPLE.map(user)),
    { table: 'user_permission', rows: PEOPLE.flatMap(permissions), numbered: false },
    numbered(
      'terminal',
      Array.from({ length: SEED_COUNTS.terminals }, (_, index) => terminal(index)),
    ),
    numbered('crypto_setting', CRYPTO_SETTINGS.map(cryptoSetting)),
  ];
}

/** SQL for the owner of the PostgreSQL schema. The same text every time. */
export function referenceSeed(): string {
  return referenceRows()
    .map(({ table, rows, numbered }) => insert(table, rows, numbered))
    .join('\n');
}

type Person = (typeof PEOPLE)[number];

function person({ first, last }: Person, index: number): SeedRow {
  const ascii = (name: string) => name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return {
    first_name: first,
    last_name: last,
    email: `${ascii(first)}.${ascii(last)}@northern-atm.example`,
    phone: `+420 601 555 ${String(100 + index * 7)}`,
  };
}

function user({ login, group }: Person, index: number): SeedRow {
  return {
    login,
    password_hash: `$2b$12$${digest(`password of ${login}`, 'base64').replace(/[+=]/g, '.').repeat(2).slice(0, 53)}`,
    person_id: index + 1,
    group_id: GROUPS.findIndex(({ name }) => name === group) + 1,
    enabled: login !== 'jkral',
    two_factor: group !== 'Read Only',
    created: at(index * 26),
    last_login: at(2000 + index * 5),
  };
}

function permissions({ group }: Person, index: number): SeedRow[] {
  const granted = GROUPS.find(({ name }) => name === group)?.permissions ?? [];
  return granted.map((permission) => ({ user_id: index + 1, permission, granted: at(index * 26) }));
}

function terminal(index: number): SeedRow {
  const location = LOCATIONS[index % SEED_COUNTS.locations];
  const at_location = Math.floor(index / SEED_COUNTS.locations) + 1;
  return {
    // 7919 is prime to 100,000: distinct numbers without a visible order. The vendor's example BT123456 is never among them.
    serial_number: `BT${String(200_000 + ((index * 7919) % 100_000))}`,
    name: `${location?.city} ${location?.name} ${at_location}`,
    type: TERMINAL_TYPES[index % TERMINAL_TYPES.length] ?? 'BATMThree',
    active: index % 50 !== 49,
    locked: index % 83 === 82,
    deleted: false,
    location_id: (index % SEED_COUNTS.locations) + 1,
    organisation_id: location?.organisation_id ?? 1,
    connected_at: at(2100 + (index % 90)),
    last_ping: at(2200),
    errors: 0,
    rates: JSON.stringify({ BTC: 2_154_300 + index }),
  };
}

function cryptoSetting(setting: (typeof CRYPTO_SETTINGS)[number]): SeedRow {
  const { crypto_currency } = setting;
  return {
    ...setting,
    name: `${crypto_currency} standard`,
    buy_exchange: setting.buy_wallet.startsWith('bitgo') ? 'kraken' : 'bitstamp',
    sell_exchange: 'kraken',
    rate_source: crypto_currency === 'BTC' ? 'kraken' : 'coingecko',
    strategy: 'sell-at-once',
    api_key: digest(`api key of ${crypto_currency}`, 'hex'),
    extra: JSON.stringify({
      confirmations: crypto_currency === 'BTC' ? 1 : 6,
      limits: { daily: 25_000, single: 5000, currency: 'CZK' },
      overSellEnabled: false,
    }),
  };
}

const at = (hours: number): string => new Date(EPOCH_MS + hours * HOUR_MS).toISOString();
const digest = (text: string, encoding: 'hex' | 'base64'): string =>
  createHash('sha256').update(`tillwarden reference ${text}`).digest(encoding);

/** Numbers the rows from 1 when the table has an `id`, and sets its sequence to go on after them. */
function insert(table: string, rows: readonly SeedRow[], numbered: boolean): string {
  const columns = Object.keys(rows[0] ?? {});
  const values = rows.map((row, index) => {
    const cells = columns.map((name) => literal(row[name] ?? null));
    return `(${(numbered ? [String(index + 1), ...cells] : cells).join(', ')})`;
  });
  const into = `insert into ${table} (${(numbered ? ['id', ...columns] : columns).join(', ')}) values\n${values.join(',\n')};`;
  return numbered ? `${into}\nalter table ${table} alter column id restart with ${rows.length + 1};` : into;
}

function literal(cell: Cell): string {
  return typeof cell === 'string' ? `'${cell.replace(/'/g, "''")}'` : String(cell);
}
