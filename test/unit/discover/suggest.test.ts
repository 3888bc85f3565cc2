import { describe, expect, test } from '@jest/globals';
import { suggest } from '../../../daemon/discover/suggest.js';
import type { SurveyedTable } from '../../../daemon/sources/survey.js';
import { surveyedColumn, surveyedTable, surveyOf } from '../../support/surveyed.js';

const LIMITS = { collections: 200, columns: 200, keyColumns: 8, authors: 8, nameCharacters: 64 };
const suggestions = (...tables: readonly SurveyedTable[]) => suggest(surveyOf(...tables), LIMITS);
/** What a table alone is suggested as; undefined when it is left out. */
const of = (table: SurveyedTable) => suggestions(table).suggested[0];
const doubts = (table: SurveyedTable) =>
  (of(table)?.remarks ?? []).filter(({ isDoubt }) => isDoubt).map(({ text }) => text);

describe('what a table is', () => {
  test.each([
    ['cas_user', ['login', 'password_hash', 'enabled'], 'admin'],
    ['AdminUsers', ['userName', 'passwordHash'], 'admin'],
    ['user_permission', ['user_id', 'permission'], 'permission'],
    ['roles', ['name'], 'permission'],
    ['user_register_tokens', ['token', 'expire', 'role'], 'access-link'],
    ['crypto_setting', ['buy_wallet', 'sell_wallet', 'strategy'], 'wallet-route'],
    ['batm_terminals', ['serial_number', 'name'], 'terminal'],
    ['person', ['email', 'phone'], 'contact'],
    ['system_settings', ['name', 'value'], 'config'],
  ])('%s with %j is %s', (name, columns, kind) => {
    expect(of(surveyedTable(name, columns))?.kind).toBe(kind);
  });

  test('is told by its values where its names say nothing: an address of a coin pays somewhere', () => {
    const where = surveyedColumn('target', { shapes: { address: 4, empty: 1 } });
    expect(of(surveyedTable('zzz', [where]))?.kind).toBe('wallet-route');
  });

  test('is unsure where two kinds speak for it, and then what matters more is suggested', () => {
    const members = [{ path: ['config', 'wallets_BTC_wallet'], shapes: new Map() }];
    const data = surveyedColumn('data', { type: 'json', json: { members, unnamed: 0, shapes: new Map() } });
    const table = surveyedTable('user_config', [data]);
    expect(of(table)?.kind).toBe('wallet-route');
    expect(doubts(table)).toContain('wallet-route by JSON with members about wallets');
  });

  test.each([
    'transaction',
    'audit_log',
    'user_sessions',
    'flyway_schema_history',
    'customers',
    'price_rates',
  ])('%s is left out: it is not a setting', (name) => {
    const { suggested, leftOut } = suggestions(surveyedTable(name, ['wallet_address', 'password']));
    expect(suggested).toEqual([]);
    expect(leftOut).toMatchObject([{ table: `public.${name}`, instead: null }]);
  });

  test('of which nothing is known, and which is small and quiet, stands ready but is not suggested', () => {
    const { suggested, leftOut } = suggestions(
      surveyedTable('zzz', ['a']),
      surveyedTable('yyy', ['a'], { rows: 5000 }),
    );
    expect(suggested).toEqual([]);
    expect(leftOut.map(({ instead }) => instead?.kind ?? null)).toEqual(['config', null]);
  });
});

describe('what is left out, with a reason', () => {
  test.each<[string, Partial<SurveyedTable>, RegExp]>([
    ['a table without a key', { keys: [] }, /no primary key/],
    ['one of many rows', { rows: 2_000_000 }, /2,000,000 rows: that is more than settings have/],
    ['one that may not be read', { problem: 'denied' }, /may not read it/],
    ['one that row security covers', { problem: 'row-security' }, /row security/],
    ['one that was locked', { problem: 'timeout' }, /locked/],
    ['a view, or another engine', { problem: 'not-a-table' }, /no source of this kind reads/],
    ['a key of nine columns', { keys: [[...'abcdefghi']] }, /key/],
  ])('%s', (_, more, reason) => {
    const { suggested, leftOut } = suggestions(surveyedTable('terminal', ['serial_number'], more));
    expect(suggested).toEqual([]);
    expect(leftOut[0]?.reason).toMatch(reason);
  });

  test('more collections than a source may have, the least important ones', () => {
    const tables = ['setting_a', 'terminal_b', 'admin_user'].map((name) => surveyedTable(name, []));
    const { suggested, leftOut } = suggest(surveyOf(...tables), { ...LIMITS, collections: 2 });
    expect(suggested.map(({ kind }) => kind)).toEqual(['admin', 'terminal']);
    expect(leftOut).toMatchObject([
      { table: 'public.setting_a', reason: 'a source has at most 2 collections' },
    ]);
  });
});

describe('columns', () => {
  test('that moved while they were watched are not watched, nor times, nor what is named like a counter', () => {
    const table = surveyedTable('terminal', [
      'name',
      surveyedColumn('state', { moved: 3 }),
      surveyedColumn('created', { type: 'time' }),
      surveyedColumn('last_ping', { type: 'number' }),
      surveyedColumn('expires_at', { type: 'time' }),
    ]);
    expect(of(table)?.columns).toEqual(['name', 'expires_at']);
    expect(doubts(table)).toEqual([
      'left out, since by its name it changes by itself, though it was not seen to',
    ]);
  });

  test('of money and of rights stay although they moved: a thief may be the one who moves them', () => {
    const table = surveyedTable('crypto_setting', [
      surveyedColumn('sell_wallet_address', { moved: 2, shapes: { address: 5 } }),
      surveyedColumn('enabled', { type: 'boolean', moved: 1 }),
    ]);
    expect(of(table)?.columns).toEqual(['sell_wallet_address', 'enabled']);
    expect(doubts(table).filter((text) => /find out who does/.test(text))).toHaveLength(2);
  });

  test.each([
    'password',
    'password_hash',
    'apiKey',
    'api_key',
    'privateKey',
    'two_fa_secret',
    'twofa_code',
    'mnemonic',
    'passphrase',
    'auth_token',
    'seed',
    'mypassword2',
  ])('%s is sealed by its name', (name) => {
    expect(of(surveyedTable('settings', [name]))?.secret).toEqual([name]);
  });

  test.each([
    'password_changed_at',
    'token_expiry',
    'password_enabled',
    'public_key',
    'key',
    'monkey',
    'passenger',
  ])('%s is not: it is about a secret, or none', (name) => {
    const type = /_at$|expiry/.test(name) ? 'time' : /enabled/.test(name) ? 'boolean' : 'text';
    expect(of(surveyedTable('settings', [surveyedColumn(name, { type })]))?.secret).toEqual([]);
  });

  test('are sealed by what their values look like, with a mark where they only look random', () => {
    const table = surveyedTable('settings', [
      surveyedColumn('a', { shapes: { 'private-key': 1, text: 4 } }),
      surveyedColumn('b', { shapes: { 'password-hash': 5 } }),
      surveyedColumn('c', { shapes: { random: 4, text: 1 } }),
      surveyedColumn('d', { shapes: { text: 5 } }),
    ]);
    expect(of(table)?.secret).toEqual(['a', 'b', 'c']);
    expect(doubts(table)).toContain('secret, for its values look random');
  });

  test('of a table of names and values are all sealed when one name is that of a secret', () => {
    const name = surveyedColumn('name', { shapes: { text: 4, 'secret-name': 1 } });
    const table = surveyedTable('settings', [name, 'value']);
    expect(of(table)?.secret).toEqual(['value']);
    expect(doubts(table)).toContain('secret, for some rows are named like secrets');
  });

  test('that are keys and look random are shown, with a mark; one that is named like a secret is sealed', () => {
    const device = surveyedColumn('device_id', { shapes: { random: 5 } });
    const token = surveyedColumn('token', { shapes: { random: 5 } });
    const devices = surveyedTable('devices', [device], { keys: [['device_id']] });
    expect(of(devices)?.secret).toEqual([]);
    expect(doubts(devices)).toContain('values look random, and the key is shown in messages');
    expect(of(surveyedTable('invites', [token], { keys: [['token']] }))?.secret).toEqual(['token']);
  });

  test('that say who changed a record are its authors, and mail and phone of a contact are masked', () => {
    const table = surveyedTable('person', [
      surveyedColumn('email', { shapes: { mail: 5 } }),
      surveyedColumn('phone', { shapes: { phone: 5 } }),
      'updated_by',
    ]);
    expect(of(table)).toMatchObject({ author: ['updated_by'], personal: ['email', 'phone'] });
  });

  test('of JSON are sealed when a member looks secret; a table of one row gives a record for each member', () => {
    const members = [{ path: ['smtp', 'password'], shapes: new Map() }];
    const json = { members, unnamed: 0, shapes: new Map() };
    const table = surveyedTable('settings', [surveyedColumn('data', { type: 'json', json })], { rows: 1 });
    const { suggested } = suggestions(table);
    expect(suggested).toMatchObject([
      { name: 'settings', columns: [], secret: [], json: null },
      { name: 'settings_data', key: ['path'], columns: ['value'], secret: ['value'], json: 'data' },
    ]);
  });

  test('by which people call a record are its label, but none that is sealed', () => {
    expect(of(surveyedTable('terminal', ['type', 'serial_number', 'name', 'x_name']))?.label).toEqual([
      'name',
      'serial_number',
    ]);
    expect(of(surveyedTable('admin_user', ['password', 'login']))?.label).toEqual(['login']);
  });
});

test('two tables whose names read alike become two collections, and none takes the name of the sensor', () => {
  const tables = [
    surveyedTable('Users', []),
    surveyedTable('users', []),
    surveyedTable('sensor_cas_user', []),
  ];
  const { suggested } = suggest(surveyOf(...tables), LIMITS, ['sensor_cas_user']);
  expect(suggested.map(({ name }) => name)).toEqual(['users', 'users_2', 'sensor_cas_user_2']);
});

test('rows that come and go while they are watched are a doubt', () => {
  expect(doubts(surveyedTable('terminal', ['serial_number'], { came: 2, left: 1 }))).toEqual([
    'rows came (2) or went (1) while it was watched: each would be an alert',
  ]);
});
