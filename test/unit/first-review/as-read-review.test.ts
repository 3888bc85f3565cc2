import { collectionSnapshot, type Definition, encodeValue, recordLine } from '../../../baselines/index.js';
import { firstReview as reviewBySensors } from '../../../daemon/first-review/review.js';
import { sourceKinds } from '../../../daemon/sources/index.js';
import { sensorsOf } from '../../../daemon/sources/source-kind.js';
import { quote } from '../../../notifiers/index.js';
import { readingTests } from '../../support/reading-tests.js';

type Row = Readonly<Record<string, string | null>>;
type Collections = Parameters<typeof firstReview>[0];

const firstReview = (collections: Parameters<typeof reviewBySensors>[0]) =>
  reviewBySensors(collections, sensorsOf(sourceKinds));

const hmac = (of: string) => encodeValue({ form: 'hmac', hmac: of.repeat(64) });

/** Values are encoded already, so that secrets and raw JSON can stand among them. */
function collection(over: Pick<Definition, 'name' | 'kind'> & Partial<Definition>, ...rows: readonly Row[]) {
  const key = over.key ?? ['id'];
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !key.includes(name));
  const definition = { source: 'cas', table: `public.${over.name}`, key, columns, secret: [], ...over };
  const lines = rows.map((row) =>
    recordLine({
      key: key.map((name) => row[name] ?? null),
      fields: new Map(columns.flatMap((name) => (name in row ? [[name, row[name] ?? null] as const] : []))),
    }),
  );
  return collectionSnapshot(definition, lines);
}
const users = (...rows: Row[]) => collection({ name: 'users', kind: 'admin' }, ...rows);
const persons = (...rows: Row[]) => collection({ name: 'persons', kind: 'contact' }, ...rows);
const routes = (...rows: Row[]) => collection({ name: 'routes', kind: 'wallet-route' }, ...rows);
const terminals = (...rows: Row[]) => collection({ name: 'terminals', kind: 'terminal' }, ...rows);
const sensor = (
  ...rows: readonly (readonly [object: string, identity: string | null, definition: string])[]
) =>
  collection(
    { name: 'sensor', kind: 'sensor', table: 'pg_catalog', key: ['object', 'identity'] },
    ...rows.map(([object, identity, definition]) => ({ object, identity, definition, owner: 'cas' })),
  );

type Reviewed = readonly (Collections extends Iterable<infer C> ? C : never)[];

/** What the review found, with the records, and what is clear. */
const review = (...collections: Reviewed) => {
  const { counts, findings, clear } = firstReview(collections);
  return [
    counts.join(', '),
    ...findings.flatMap(({ rule, words, advice, suspicions }) => [
      `${rule}: ${words}. ${advice}`,
      ...suspicions.map(({ collection: name, record }) => {
        const parts = record.map((part) => `${part.name} ${quote(part.value, 80)}`);
        return `  ${name}: ${parts.join(', ')}`;
      }),
    ]),
    ...clear.map(({ rule, looked }) => `${rule}: clear, ${looked} looked at`),
  ].join('\n');
};
/** The same, with what could not be asked. */
const whole = (...collections: Reviewed) =>
  [
    review(...collections),
    ...firstReview(collections).notAsked.map(({ rule, because }) => `${rule}: not asked, ${because}`),
  ].join('\n');

const emails = (...addresses: readonly (string | null)[]) =>
  persons(...addresses.map((email, index) => ({ id: String(index + 1), email })));
const BTC = 'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuj';
const LONG = (characters: number) => 'a'.repeat(characters);

readingTests(import.meta.url, {
  'nothing is watched': () => whole(),
  'collections without a column to go by': () =>
    whole(
      users({ id: '1', note: 'x' }),
      routes({ id: '1', note: BTC }),
      terminals({ id: '1', note: 'BT123456' }),
    ),

  'a lamassu-server of which everything is to be asked': () => {
    const of = (name: string, kind: Definition['kind'], key: readonly string[], ...rows: Row[]) =>
      collection({ name, kind, key, preset: 'lamassu@3' }, ...rows);
    return whole(
      of(
        'users',
        'admin',
        ['id'],
        { id: '1', username: 'bob', role: 'superuser', enabled: 't', twofa_code: hmac('a') },
        { id: '2', username: 'gone', role: 'superuser', enabled: 'f', twofa_code: hmac('b') },
        { id: '3', username: 'ann', role: 'user', enabled: 't', twofa_code: hmac('c') },
      ),
      of('newest_config', 'config', ['type'], { type: 'config', valid: 'f', schema_version: '2' }),
      of(
        'wallet_routes',
        'wallet-route',
        ['coin'],
        {
          coin: 'BTC',
          active: 'true',
          wallet: 'bitgo',
          exchange: 'kraken',
          ticker: 'kraken',
          zero_conf: 'all-zero-conf',
          zero_conf_limit: '5000',
        },
        {
          coin: 'LTC',
          active: 'false',
          wallet: 'litecoind',
          exchange: null,
          ticker: null,
          zero_conf: 'none',
          zero_conf_limit: '0',
        },
      ),
      of('wallet_endpoints', 'wallet-route', ['plugin'], {
        plugin: 'infura',
        wallet_endpoint_host: 'https://evil.example',
        wallet_environment: null,
      }),
      of(
        'cash_out',
        'terminal',
        ['device', 'setting'],
        { device: 'ab', setting: 'active', value: 'true' },
        { device: 'ab', setting: 'zeroConfLimit', value: '"0.5"' },
        { device: 'cd', setting: 'active', value: 'false' },
        { device: 'cd', setting: 'zeroConfLimit', value: '0' },
      ),
      of('terminals', 'terminal', ['device_id'], { device_id: 'ab', name: 'Main street' }),
      of('alarm_targets', 'contact', ['plugin'], {
        plugin: 'mailgun',
        to_email: 'alarm@example.org',
        to_number: null,
      }),
      of('registration_links', 'access-link', ['username'], {
        username: 'mallory',
        role: 'superuser',
        token: hmac('d'),
        expire: '2026-01-05 08:00:00+00',
      }),
    );
  },
  'the same server of which nothing is to be asked, and parts of which are not watched': () =>
    whole(
      collection(
        { name: 'newest_config', kind: 'config', key: ['type'], preset: 'lamassu@3' },
        { type: 'config', valid: 't', schema_version: '2' },
      ),
    ),

  'one administrator of each fault': () =>
    review(
      users(
        { id: '1', login: 'gb', enabled: 't', two_factor: 'f', last_login: null, person_id: '99' },
        { id: '2', login: 'anna', enabled: 't', two_factor: 't', last_login: '2026-01-05', person_id: '7' },
      ),
      persons({ id: '7', name: 'Anna' }),
    ),
  'two administrators of each fault': () =>
    review(
      users(
        { id: '1', login: 'gb', two_factor: ' No ', last_login: '', person_id: null },
        { id: '2', login: 'gb2', two_factor: '0', last_login: 'none', person_id: '99' },
      ),
      persons({ id: '7' }),
    ),
  'a second factor or login in one of two columns is enough': () =>
    review(
      users(
        { id: '1', otp: 'f', fido: 't', last_login: null, last_seen: '2026-01-05' },
        { id: '2', otp: hmac('a'), fido: null, last_login: '2026-01-05', last_seen: null },
      ),
    ),
  'whoever is locked, deleted or disabled cannot be taken over': () =>
    review(
      users(
        { id: '1', two_factor: 'f', locked: 't', deleted: 'f', active: 't' },
        { id: '2', two_factor: 'f', locked: 'f', deleted: 't', active: 't' },
        { id: '3', two_factor: 'f', locked: 'f', deleted: 'f', active: 'f' },
        { id: '4', two_factor: 'f', locked: 'f', deleted: 'f', active: 't' },
      ),
    ),
  'a column that is missing from one record': () =>
    review(users({ id: '1', two_factor: 't', login: 'anna' }, { id: '2', login: 'ben' })),
  'persons by name are not looked up': () =>
    review(users({ id: '1', person: 'Anna' }, { id: '2', person: '' }), persons({ id: '7' })),
  'persons are not looked up where none are watched': () => review(users({ id: '1', person_id: '99' })),
  'persons are not looked up by a key of two parts': () =>
    review(
      users({ id: '1', person_id: '99' }),
      collection({ name: 'persons', kind: 'contact', key: ['site', 'id'] }, { site: 'a', id: '7' }),
    ),
  'persons of an empty collection are none that is known': () =>
    review(
      users({ id: '1', person_id: '99' }),
      collection({ name: 'persons', kind: 'contact', columns: ['email'] }),
    ),
  'a person whose id is a fingerprint is no known one': () =>
    review(users({ id: '1', person_id: hmac('a') }), persons({ id: '7' })),

  'an address of a domain of its own': () =>
    review(emails('a@atm.example', 'b@ATM.example', 'c@atm.example', 'd@evil.test')),
  'two addresses of domains of their own': () =>
    review(emails('a@atm.example', 'b@atm.example', 'c@evil.test', 'd@other.test')),
  'three addresses are too few': () => whole(emails('a@atm.example', 'b@atm.example', 'c@evil.test')),
  'what is no address is none': () =>
    review(emails('a@atm.example', 'b@atm.example', 'c@atm.example', null, '@evil.test', 'evil@', 'evil')),
  'a domain is that after the last sign, and usual from a fifth of all on': () =>
    review(
      emails(
        ...Array.from({ length: 8 }, (_, index) => `p${index}@atm.example`),
        ...['"a@b"@two.test', 'b@two.test'],
      ),
    ),
  'two of eleven are less than a fifth': () =>
    review(
      emails(...Array.from({ length: 9 }, (_, index) => `p${index}@atm.example`), 'a@two.test', 'b@two.test'),
    ),
  'addresses of administrators count as well': () =>
    review(
      users({ id: '1', email: 'x@evil.test' }),
      emails('a@atm.example', 'b@atm.example', 'c@atm.example', null),
    ),

  'columns of other names are shown as well': () =>
    review(
      collection(
        { name: 'contacts', kind: 'contact' },
        ...['a@atm.example', 'b@atm.example', 'c@atm.example', 'd@evil.test'].map((work_email, index) => ({
          id: String(index),
          work_email,
        })),
      ),
      terminals({ id: '1', kiosk_serial_no: 'BT123456' }, { id: '2', kiosk_serial_no: 'BTI23456' }),
    ),
  'a name that one record does not have': () => review(users({ id: '1', login: 'anna' }, { id: '2' })),
  'lookalikes of two kinds, and a name that is a fingerprint': () =>
    review(
      users({ id: '1', login: 'admin' }, { id: '2', login: 'adrnin' }, { id: '3', login: hmac('a') }),
      terminals({ id: '1', serial_number: 'BT1O' }, { id: '2', serial_number: 'BT10' }),
    ),
  'names in one collection, none in another': () =>
    whole(users({ id: '1', login: 'anna' }), terminals({ id: '1', note: 'x' })),

  'routes that share an address': () =>
    review(
      routes(
        { id: '1', coin: 'BTC', sell_address: ` ${BTC}`, payout: null },
        { id: '2', coin: 'LTC', sell_address: LONG(20), payout: BTC },
        { id: '3', coin: 'ETH', sell_address: LONG(19), payout: LONG(20) },
        { id: '4', coin: 'DASH', sell_address: LONG(19), payout: null },
        { id: '5', coin: 'XMR', sell_address: hmac('a'), payout: null },
      ),
      collection({ name: 'wallets', kind: 'wallet-route' }, { id: '1', wallet: 'bitgo' }),
    ),
  'addresses inside of JSON that our parser refuses': () => {
    const raw = encodeValue({ form: 'raw-json', text: `{"a":1,"a":"${BTC}"}` });
    return review(routes({ id: '1', address: raw }, { id: '2', address: raw }));
  },
  'one terminal of the documentation, one without a number': () =>
    review(
      terminals({ id: '1', serial: ' bt123456' }, { id: '2', serial: null }, { id: '3', serial: 'BT9' }),
    ),
  'two terminals of the documentation': () =>
    review(terminals({ id: '1', serial: 'BT123456' }, { id: '2', serial: 'BT123456' })),

  'a database with code on money, weak sensors and bound settings': () =>
    review(
      sensor(
        ['trigger', 'public.users.tillwarden_insert', '{"enabled":"trigger switched off"}'],
        ['trigger', 'public.users.tillwarden_update', '{"enabled":"always on"}'],
        ['trigger', 'public.payments.tidy', '{"enabled":"O"}'],
        ['bound-setting', 'search_path for app', '{"value":"evil"}'],
        ['bound-setting', 'work_mem for app', '{"value":"4MB"}'],
      ),
    ),
  'a database with two of each': () =>
    review(
      sensor(
        ['trigger', 'public.users.tillwarden_insert', '{"enabled":"trigger switched off"}'],
        ['trigger', 'public.users.tillwarden_update', '{"enabled":"R"}'],
        ['trigger', 'public.payments.tidy', '{"enabled":"O"}'],
        ['rule', 'public.wallets.divert', '{}'],
        ['bound-setting', 'search_path for app', '{}'],
        ['bound-setting', 'session_replication_role for app', '{}'],
      ),
    ),
  'a database without triggers of ours': () =>
    whole(
      sensor(['trigger', 'public.location.stamp', '{"enabled":"O"}'], ['relation', 'public.payments', '{}']),
    ),
  'definitions and names that cannot be read count as weakened, and as no name': () =>
    review(
      sensor(
        ...(['null', '7', 'no json', hmac('a')] as const).map(
          (definition, index) => ['trigger', `public.t${index}.tillwarden_insert`, definition] as const,
        ),
        ['trigger', null, '{}'],
        ['trigger', hmac('b'), '{}'],
        ['trigger', '.', '{}'],
      ),
    ),
});
