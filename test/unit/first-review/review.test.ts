import { describe, expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, encodeValue, recordLine } from '../../../baselines/index.js';
import { firstReviewLines } from '../../../daemon/cli/approve/first-review-text.js';
import { firstReview as reviewBySensors } from '../../../daemon/first-review/review.js';
import { sourceKinds } from '../../../daemon/sources/index.js';
import type { Sensor, SensorQuestion } from '../../../daemon/sources/sensor.js';
import { sensorsOf } from '../../../daemon/sources/source-kind.js';

type Fields = Readonly<Record<string, string | null>>;

const firstReview = (collections: Parameters<typeof reviewBySensors>[0]) =>
  reviewBySensors(collections, sensorsOf(sourceKinds));

const plain = (text: string | null) => (text === null ? null : encodeValue({ form: 'text', text }));

function collection(over: Pick<Definition, 'name' | 'kind'> & Partial<Definition>, rows: readonly Fields[]) {
  const key = over.key ?? ['id'];
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !key.includes(name));
  const definition: Definition = {
    source: 'cas',
    table: `public.${over.name}`,
    key,
    columns,
    secret: [],
    ...over,
  };
  return collectionSnapshot(
    definition,
    rows.map((row) =>
      recordLine({
        key: key.map((name) => plain(row[name] ?? null)),
        fields: new Map(columns.map((name) => [name, plain(row[name] ?? null)])),
      }),
    ),
  );
}

const users = (...rows: Fields[]) => collection({ name: 'admin_users', kind: 'admin' }, rows);
const persons = (...rows: Fields[]) => collection({ name: 'persons', kind: 'contact' }, rows);
const routes = (...rows: Fields[]) => collection({ name: 'wallet_routes', kind: 'wallet-route' }, rows);
const terminals = (...rows: Fields[]) => collection({ name: 'terminals', kind: 'terminal' }, rows);
const sensor = (...rows: readonly (readonly [object: string, identity: string, definition: object])[]) =>
  collection(
    { name: 'sensor_cas', kind: 'sensor', table: 'pg_catalog', key: ['object', 'identity'] },
    rows.map(([object, identity, definition]) => ({
      object,
      identity,
      definition: JSON.stringify(definition),
      owner: 'cas',
    })),
  );

/** Keys of the records that a rule names, as the review shows them. */
function found(
  rule: string,
  ...collections: Parameters<typeof firstReview>[0] extends Iterable<infer C> ? C[] : never
): string[] {
  const finding = firstReview(collections).findings.find((one) => one.rule === rule);
  return (finding?.suspicions ?? []).map(({ record }) => record[0]?.value.untrusted ?? 'NULL');
}

const BTC = 'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuj';

describe('the first review of a site', () => {
  test('names administrators without a second factor, but not those who are switched off', () => {
    const site = users(
      { id: '1', login: 'anna', enabled: 't', two_factor: 't' },
      { id: '2', login: 'gb', enabled: 't', two_factor: 'f' },
      { id: '3', login: 'old', enabled: 'f', two_factor: 'f' },
      { id: '4', login: 'ben', enabled: 't', two_factor: null },
    );
    expect(found('no-second-factor', site)).toEqual(['2', '4']);
  });

  test('does not call somebody without one method an administrator without a second factor', () => {
    expect(found('no-second-factor', users({ id: '1', login: 'anna', use_fido: 'f' }))).toEqual([]);
    expect(found('no-second-factor', users({ id: '1', use_fido: 'f', totp_otp: 'x' }))).toEqual([]);
    expect(found('no-second-factor', users({ id: '1', use_fido: 'f', two_factor: 'f' }))).toEqual(['1']);
    const { notAsked } = firstReview([users({ id: '1', login: 'anna', use_fido: 'f' })]);
    expect(notAsked.map(({ rule }) => rule)).toContain('no-second-factor');
  });

  test('asks about columns and JSON members in plain text that are named like secrets, and shows no value', () => {
    const settings = collection({ name: 'settings', kind: 'config' }, [
      { id: '1', api_key: null, data: '{"exchange":{"privateKey":"s3cr3t","tokenExpires":"x"}}' },
      { id: '2', api_key: 'k3y', data: '{}' },
    ]);
    const site = [settings, users({ id: '1', password_changed_at: '2026-01-01', passphrase: 'w0rds' })];
    expect(found('plain-secrets', ...site)).toEqual(['api_key', 'data', 'passphrase']);
    const finding = firstReview(site).findings.find(({ rule }) => rule === 'plain-secrets');
    expect(finding?.suspicions[1]?.record).toContainEqual({
      name: 'member',
      value: { untrusted: 'privateKey' },
    });
    expect(JSON.stringify(finding)).not.toMatch(/s3cr3t|k3y|w0rds|tokenExpires/);
  });

  test('names terminals that can be taken for each other by name, not by serial number alone', () => {
    const site = terminals(
      { id: '1', serial_number: 'BT100', name: 'Praha l' },
      { id: '2', serial_number: 'BT200', name: 'Praha 1' },
      { id: '3', serial_number: 'BT300', name: 'Brno' },
    );
    expect(found('lookalike-names', site)).toEqual(['1', '2']);
  });

  test('names routes whose labels can be taken for each other, and none for a coin that they share', () => {
    const definition: Definition = {
      ...{ name: 'routes', kind: 'wallet-route', source: 's', table: 'public.routes', key: ['id'] },
      ...{ columns: ['title', 'coin'], secret: [], label: ['title', 'coin'] },
    };
    const rows = [
      ['1', 'Praha l', 'BTC'],
      ['2', 'Praha 1', 'BTC'],
      ['3', 'Brno', 'BTC'],
    ] as const;
    const site = collectionSnapshot(
      definition,
      rows.map(([id, title, coin]) =>
        recordLine({
          key: [id],
          fields: new Map([
            ['title', title],
            ['coin', coin],
          ]),
        }),
      ),
    );
    expect(found('lookalike-names', site)).toEqual(['1', '2']);
  });

  test('takes the fingerprint of a secret second factor for one', () => {
    const definition: Definition = {
      ...{ name: 'users', kind: 'admin', source: 's', table: 'public.users', key: ['id'] },
      ...{ columns: ['twofa_code'], secret: ['twofa_code'] },
    };
    const line = (id: string, value: string | null) =>
      recordLine({ key: [id], fields: new Map([['twofa_code', value]]) });
    const snapshot = collectionSnapshot(definition, [
      line('1', encodeValue({ form: 'hmac', hmac: 'a'.repeat(64) })),
      line('2', null),
    ]);
    expect(found('no-second-factor', snapshot)).toEqual(['2']);
  });

  test('names administrators who never logged in', () => {
    const site = users(
      { id: '1', login: 'anna', last_login: '2026-01-05' },
      { id: '2', login: 'gb', last_login: null },
    );
    expect(found('never-logged-in', site)).toEqual(['2']);
  });

  test('names administrators without a person, and those whose person is not there', () => {
    const site = [
      users({ id: '1', person_id: '7' }, { id: '2', person_id: null }, { id: '3', person_id: '99' }),
      persons({ id: '7', email: 'anna@atm.example' }),
    ];
    expect(found('no-person', ...site)).toEqual(['2', '3']);
  });

  test('names e-mail addresses at a domain that the others do not have', () => {
    const usual = ['1', '2', '3', '4', '5'].map((id) => ({ id, email: `p${id}@ATM.example` }));
    expect(
      found('unusual-domain', persons(...usual, { id: '6', email: 'p6@atm.example.evil.test' })),
    ).toEqual(['6']);
    expect(found('unusual-domain', persons(...usual))).toEqual([]);
    expect(firstReview([persons({ id: '1', email: 'a@b.test' })]).notAsked).toContainEqual({
      rule: 'unusual-domain',
      words: 'e-mail addresses at a domain that the others do not have',
      because: 'too few e-mail addresses to say what is usual',
    });
  });

  test.each([
    ['admin', 'аdmin'],
    ['admin', 'adrnin'],
    ['support', 'Support'],
    ['hotline', 'h0tline'],
    ['gb', 'g\u200bb'],
    ['jose', 'josé'],
    ['paypal', 'paypa1'],
    ['ops.team', 'ops_team'],
  ])('names %s and %s as lookalikes', (one, other) => {
    expect(found('lookalike-names', users({ id: '1', login: one }, { id: '2', login: other }))).toEqual([
      '1',
      '2',
    ]);
  });

  test('different names and equal ones are no lookalikes', () => {
    const site = users({ id: '1', login: 'anna' }, { id: '2', login: 'hanna' }, { id: '3', login: 'anna' });
    expect(found('lookalike-names', site)).toEqual([]);
  });

  test('names terminals with the serial number of the vendor’s documentation', () => {
    const site = terminals({ id: '1', serial_number: 'BT200000' }, { id: '2', serial_number: 'bt123456 ' });
    expect(found('example-serial', site)).toEqual(['2']);
  });

  test('names routes that share an address, in whichever column it stands', () => {
    const site = routes(
      { id: '1', crypto_currency: 'BTC', sell_wallet_address: BTC, invalid_payment_address: null },
      {
        id: '2',
        crypto_currency: 'LTC',
        sell_wallet_address: 'ltc1qvd5usunrpgsynyeey9n46xucy7emk62ycljl0t',
        invalid_payment_address: BTC,
      },
      {
        id: '3',
        crypto_currency: 'ETH',
        sell_wallet_address: '0xD5173d215551538cebE79C4e40A4C54Fb751DD83',
        invalid_payment_address: '',
      },
    );
    expect(found('shared-address', site)).toEqual(['1', '2']);
  });

  test('looks for addresses where the definition says that they stand, whatever the column is called', () => {
    const rows = [
      { id: '1', hot: BTC },
      { id: '2', hot: BTC },
    ];
    const named = collection({ name: 'routes', kind: 'wallet-route', destination: ['hot'] }, rows);
    expect(found('shared-address', named)).toEqual(['1', '2']);
    const unnamed = firstReview([collection({ name: 'routes', kind: 'wallet-route' }, rows)]);
    expect(unnamed.notAsked.map(({ rule }) => rule)).toContain('shared-address');
  });

  test('one address in two columns of one route, and wallets by name, are nothing unusual', () => {
    const site = routes(
      { id: '1', sell_wallet: 'bitgo', sell_wallet_address: BTC, invalid_payment_address: BTC },
      { id: '2', sell_wallet: 'bitgo', sell_wallet_address: null, invalid_payment_address: null },
    );
    expect(found('shared-address', site)).toEqual([]);
  });

  test('names our triggers that are not enabled always', () => {
    const site = sensor(
      ['trigger', 'public.cas_user.tillwarden_insert', { enabled: 'always on' }],
      ['trigger', 'public.cas_user.tillwarden_update', { enabled: 'trigger switched off' }],
      ['trigger', 'public.cas_user.tillwarden_delete', { enabled: 'O' }],
    );
    expect(firstReview([site]).findings.find(({ rule }) => rule === 'sensor-off')?.words).toBe(
      '2 triggers of tillwarden that are switched off or weakened',
    );
  });

  test('names code of others on the tables that money passes through, quoted names included', () => {
    const watched = collection({ name: 'wallet_routes', kind: 'wallet-route', table: 'public."My.Routes"' }, [
      { id: '1' },
    ]);
    const site = sensor(
      ['trigger', 'public.transaction.tidy', { enabled: 'O' }],
      ['trigger', 'public."My.Routes".tidy', { enabled: 'O' }],
      ['trigger', 'public."My.Routes".tillwarden_insert', { enabled: 'always on' }],
      ['trigger', 'public.location.stamp', { enabled: 'O' }],
      ['rule', 'public.crypto_view._RETURN', {}],
      ['rule', 'public.crypto_setting.divert', {}],
    );
    const finding = firstReview([watched, site]).findings.find(({ rule }) => rule === 'code-on-money');
    expect(finding?.suspicions.map(({ record }) => record[1]?.value.untrusted).sort()).toEqual([
      'public."My.Routes".tidy',
      'public.crypto_setting.divert',
      'public.transaction.tidy',
    ]);
  });

  test('names settings bound to roles that turn a name to another table', () => {
    const site = sensor(
      ['bound-setting', 'search_path for app in this database', { value: 'evil, public' }],
      ['bound-setting', 'work_mem for app in this database', { value: '4MB' }],
    );
    expect(found('bound-setting', site)).toEqual(['bound-setting']);
    expect(firstReview([site]).findings[0]?.suspicions).toHaveLength(1);
  });

  test('asks each kind of sensor its own questions, of its own records', () => {
    const question: SensorQuestion = {
      subject: 'sensor-off',
      found: (count) => `taps off: ${count}`,
      advice: 'Turn them.',
      shows: [],
      ask: ({ records }) => ({ looked: records.length, wrong: records }),
    };
    const postgres = sensor([
      'trigger',
      'public.cas_user.tillwarden_insert',
      { enabled: 'trigger switched off' },
    ]);
    const ledger = collection({ name: 'sensor_ledger', kind: 'sensor', table: 'ledger' }, [{ id: 'tap' }]);
    const other: Sensor = { table: 'ledger', definition: () => ledger.definition, questions: [question] };
    const sensors = [...sensorsOf(sourceKinds), other];
    const { findings } = reviewBySensors([postgres, ledger], sensors);
    expect(findings.map(({ rule, words }) => `${rule}: ${words}`)).toEqual([
      'sensor-off: 1 trigger of tillwarden that is switched off or weakened',
      'sensor-off: taps off: 1',
    ]);
    expect(reviewBySensors([ledger], sensors).findings.map(({ words }) => words)).toEqual(['taps off: 1']);
  });

  test('says what it could not ask instead of passing it over', () => {
    const { notAsked, findings } = firstReview([users({ id: '1', login: 'anna' })]);
    expect(findings).toEqual([]);
    expect(notAsked.map(({ rule }) => rule).sort()).toEqual([
      ...['bound-setting', 'code-on-money', 'example-serial', 'never-logged-in', 'no-person'],
      ...['no-second-factor', 'sensor-off', 'shared-address', 'unusual-domain'],
    ]);
  });

  test('puts what can cost money first and counts what it looked at', () => {
    const review = firstReview([
      users({ id: '1', login: 'gb', two_factor: 'f' }),
      routes({ id: '1', sell_wallet_address: BTC }, { id: '2', sell_wallet_address: BTC }),
    ]);
    expect(review.counts).toEqual(['1 administrator', '2 wallet routes']);
    expect(review.findings.map(({ rule }) => rule)).toEqual(['shared-address', 'no-second-factor']);
  });

  test('on a terminal every value of the watched system is quoted', () => {
    const hostile = '\u001b[2J\u202eadmin✅';
    const site = users({ id: hostile, login: hostile, two_factor: 'f' });
    const text = firstReviewLines({ paint: (_colour, words) => words }, firstReview([site])).join('\n');
    expect(text).toContain('1 administrator without a second factor');
    expect(text).toContain('\\u{1B}[2J\\u{202E}admin\\u{2705}');
    expect(text).not.toMatch(/[\u001b\u202e✅]/u);
  });
});

describe('files that nobody has signed', () => {
  const files = (name: string, ...rows: (readonly [path: string, type: string, mode: string])[]) =>
    collection(
      { name, kind: 'file', key: ['path'], table: 'files' },
      rows.map(([path, type, mode]) => ({ path, type, mode, owner: '0' })),
    );

  test('are asked for programs where a server starts what lies there, and nowhere else', () => {
    const own = files(
      'deployments',
      ['/d/admin.war', 'file', '0644'],
      ['/d/readme', 'file', '0644'],
      ['/d/run', 'file', '0755'],
    );
    const other = files('settings', ['/c/tool.sh', 'file', '0755']);
    expect(found('deployed-programs', own, other)).toEqual(['/d/admin.war', '/d/run']);
  });

  test('are asked whether everybody may change them; a link always says so, and /tmp is meant to', () => {
    const own = files(
      'host',
      ['/a', 'file', '0666'],
      ['/l', 'link', '0777'],
      ['/tmp', 'directory', '1777'],
      ['/d', 'directory', '0777'],
    );
    expect(found('world-writable', own)).toEqual(['/a', '/d']);
  });

  test('are asked whether they run as somebody else', () => {
    expect(found('set-id', files('host', ['/s', 'file', '4755'], ['/g', 'directory', '2755']))).toEqual([
      '/s',
    ]);
  });

  test('are not asked about where no files are watched', () => {
    expect(firstReview([users({ id: '1' })]).notAsked.map(({ rule }) => rule)).not.toContain('set-id');
  });
});
