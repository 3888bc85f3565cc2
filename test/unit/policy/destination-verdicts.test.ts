import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { base58 } from '@scure/base';
import { collectionSnapshot, type Definition, type RecordLine } from '../../../baselines/index.js';
import { composeIncident } from '../../../daemon/alerts/compose-incident.js';
import { addressBook } from '../../../daemon/destinations/book.js';
import { diffCollection } from '../../../daemon/drift/compare.js';
import { Comparison } from '../../../daemon/policy/comparison.js';
import { changedAddresses, destinationVerdicts } from '../../../daemon/policy/destination-verdicts.js';
import { alertTitle } from '../../../notifiers/index.js';
import { viewOf } from '../../../notifiers/view.js';
import { CONTEXT, definitionOf, findingOf, NO_RULES, newsOf, record, SITE } from './build.js';

const OURS = 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu';
const SECOND = 'bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g';
const THIEF = 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440';
const LIMITS = { maxChanges: 9, maxFieldsPerChange: 9, valueCharacters: 128, changesCharacters: 9_999 };
const ROUTES: Definition = definitionOf('wallet-route', ['address', 'coin', 'extra']);

const line = (value: string, label: string) => ({ value, label, range: null, coin: null });

async function bookOf(...values: readonly (readonly [value: string, label: string])[]) {
  const book = addressBook(values.map(([value, label]) => line(value, label)));
  await book.fill(() => Promise.resolve());
  return book;
}

/** Title and notes of the alert about a change of routes, by the book. */
async function told(
  signed: readonly RecordLine[],
  observed: readonly RecordLine[],
  book: Awaited<ReturnType<typeof bookOf>> | null,
) {
  const options = { ...NO_RULES, book: () => book };
  const state = (records: readonly RecordLine[]) => collectionSnapshot(ROUTES, records);
  const readings = new Map([[ROUTES.name, { readable: true as const, snapshot: state(observed) }]]);
  const comparison = new Comparison(SITE, [ROUTES], options);
  const { conditions } = comparison.compare(new Map([[ROUTES.name, state(signed)]]), readings);
  const definitions = new Map([[ROUTES.name, ROUTES]]);
  const news = newsOf({ fresh: conditions.map((one) => findingOf(one)), open: conditions.length });
  const alert = composeIncident({ ...CONTEXT, definitions }, news, {
    id: 'a'.repeat(16),
    role: 'page',
    page: 1,
  });
  const notes = viewOf(alert, 1, LIMITS).changes.flatMap(({ fields }) =>
    fields.flatMap((field) => field.notes),
  );
  return { title: alertTitle(alert), consequence: alert.consequence, notes };
}

const route = (id: string, address: string, coin = 'BTC', extra: string | null = null) =>
  record(id, { address, coin, extra });

describe('where a changed route pays', () => {
  test('to an address that is not in the book is said in the title', async () => {
    const { title, notes } = await told(
      [route('1', OURS)],
      [route('1', THIEF)],
      await bookOf([OURS, 'cold']),
    );
    expect(title).toContain('1 wallet route now pays elsewhere, to an address that is not in your book');
    expect(notes).toEqual(['Not in your address book.']);
  });

  test('to another address of the book is said as such, and is as critical', async () => {
    const book = await bookOf([OURS, 'cold'], [SECOND, 'hot wallet']);
    const { title, notes, consequence } = await told([route('1', OURS)], [route('1', SECOND)], book);
    expect(title).toMatch(/^CRITICAL .*now pays elsewhere, to an address of your book/);
    expect(notes).toContain('In your address book: hot wallet.');
    expect(consequence).toContain('signed book');
  });

  test('to an address made to look like one of the book is told before all else', async () => {
    const like = 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu'.replace('te4kr', 'qqqqq');
    const { title } = await told([route('1', THIEF)], [route('1', like)], await bookOf([OURS, 'cold']));
    // Its checksum is wrong: that alone is told, for nobody can pay to it.
    expect(title).toContain('not in your book');
    const valid = '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2';
    const twin = { ...(await bookOf()), ask: () => ({ found: 'lookalike' as const, label: 'cold' }) };
    const alike = await told([route('1', OURS)], [route('1', valid)], twin);
    expect(alike.title).toContain('to an address made to look like yours');
    expect(alike.notes).toContain('NOT in your address book, and made to look like one that is: cold.');
  });

  test('without a book nothing is said of one, and of none that is not whole yet', async () => {
    const { title, notes } = await told([route('1', OURS)], [route('1', THIEF)], null);
    expect(title).toMatch(/now pays elsewhere \(/);
    expect(notes).toEqual([]);
    const empty = addressBook([line(OURS, 'cold')]);
    expect((await told([route('1', OURS)], [route('1', THIEF)], empty)).notes).toEqual([]);
  });

  test.each([
    [
      'mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn',
      'A valid Bitcoin address of another network: that of coins for trying out, which are worth nothing.',
    ],
    ['LaMT348PWRnrqeeWArpwQPbuanpXDZGEUz', 'A valid Litecoin address; expected here is one of Bitcoin.'],
    [
      'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av441',
      'No valid Bitcoin address: its checksum or form is wrong.',
    ],
  ])('%s is said to be what it is', async (address, words) => {
    expect((await told([route('1', OURS)], [route('1', address)], null)).notes).toContain(words);
  });

  test('one address that serves several coins is counted', async () => {
    const others = ['LTC', 'DOGE'].map((coin, i) => route(String(i + 2), THIEF, coin));
    const signed = [route('1', OURS), ...others];
    const { notes } = await told(signed, [route('1', THIEF), ...others], null);
    expect(notes).toContain(
      'This one address now serves 3 coins: tokens of one chain may share one, coins cannot.',
    );
  });

  test('an address inside of JSON is found at its place', async () => {
    const extra = (address: string) => `{"fallback":{"sell_wallet":"${address}"}}`;
    const book = await bookOf([OURS, 'cold']);
    const { notes } = await told(
      [route('1', OURS, 'BTC', extra(OURS))],
      [route('1', OURS, 'BTC', extra(THIEF))],
      book,
    );
    expect(notes).toContain('Not in your address book.');
  });

  test('a value that is no address, such as the name of a wallet, gets no note', async () => {
    expect(
      (await told([route('1', 'bitcoind')], [route('1', 'bitgo')], await bookOf([OURS, 'cold']))).notes,
    ).toEqual([]);
  });
});

describe('the verdicts on a change', () => {
  const VALID = '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2';
  const LTC = 'LaMT348PWRnrqeeWArpwQPbuanpXDZGEUz';

  function oneChange(address: string) {
    const after = collectionSnapshot(ROUTES, [record('1', { address })]);
    const outcome = diffCollection(SITE, collectionSnapshot(ROUTES, []), after);
    const [change] = outcome.outcome === 'drifted' ? outcome.changes : [];
    if (change === undefined) throw new Error('there is no difference');
    return change;
  }

  /** What is said of the addresses that a change of one record of this definition puts there. */
  function verdictsOf(
    definition: Definition,
    [before, after]: readonly [RecordLine | null, RecordLine | null],
    others: readonly RecordLine[] = [],
  ) {
    const observed = collectionSnapshot(definition, [...(after === null ? [] : [after]), ...others]);
    const find = destinationVerdicts({ definition, observed, book: null });
    const outcome = diffCollection(
      SITE,
      collectionSnapshot(definition, before === null ? [] : [before]),
      collectionSnapshot(definition, after === null ? [] : [after]),
    );
    if (outcome.outcome !== 'drifted') throw new Error('there is no difference');
    return outcome.changes.flatMap((change) =>
      find(change, { before: change.before?.line ?? null, after: change.after.map(({ line }) => line) }),
    );
  }

  test('are on what is there now: a record that is gone pays nobody', () => {
    const route = record('1', { address: VALID });
    expect(verdictsOf(ROUTES, [null, route])).toHaveLength(1);
    expect(verdictsOf(ROUTES, [route, null])).toEqual([]);
  });

  test('are on a valid address of a wallet route wherever it stands, and on a broken one where a name says so', () => {
    const broken = `${VALID.slice(0, -1)}3`;
    const fields = { extra: VALID, address: broken, coin: broken };
    expect(verdictsOf(ROUTES, [null, record('1', fields)])).toEqual([
      { field: 'address', book: 'no-book', wrong: 'invalid', coin: 'Bitcoin' },
      { field: 'extra', book: 'no-book' },
    ]);
  });

  test('are on what the definition names a destination, and on nothing of kinds that send money nowhere', () => {
    const contacts = definitionOf('contact', ['name', 'note']);
    const changed = [null, record('1', { name: 'wallet', note: VALID })] as const;
    expect(verdictsOf(contacts, changed)).toEqual([]);
    expect(verdictsOf({ ...contacts, destination: ['note'] }, changed)).toEqual([
      { field: 'note', book: 'no-book' },
    ]);
  });

  test('of a setting are on members whose name says where money goes, and on no other address', () => {
    const settings = definitionOf('config', ['data']);
    const json = (member: string) => record('1', { data: `{"${member}":"${VALID}"}` });
    expect(verdictsOf(settings, [json('x'), record('1', { data: `{"wallet":"${VALID}"}` })])).toMatchObject([
      { field: 'data', path: '/wallet' },
    ]);
    expect(verdictsOf(settings, [null, json('donate')])).toEqual([]);
  });

  test('of the address book itself are none', () => {
    const book = definitionOf('address-book', ['address']);
    const paying = { ...book, destination: ['address'] };
    expect(verdictsOf(paying, [null, record('1', { address: VALID })])).toEqual([]);
    const nobodys = destinationVerdicts({ definition: undefined, observed: null, book: null });
    expect(
      nobodys(oneChange(VALID), { before: null, after: [record('1', { address: VALID }).line] }),
    ).toEqual([]);
  });

  test('expect the coin that the record says, in its key or a column, and else that of the address before', () => {
    const other = { wrong: 'other-coin', coin: 'Litecoin', expected: 'Bitcoin' };
    const of = (definition: Definition, ...sides: readonly [RecordLine, RecordLine]) =>
      verdictsOf(definition, sides).map(({ wrong, coin, expected }) => ({ wrong, coin, expected }));
    const [was, is] = [record('BTC', { address: VALID }), record('BTC', { address: LTC })];
    expect(of(ROUTES, was, is)).toEqual([other]);
    expect(
      of({ ...ROUTES, key: ['coin'], columns: ['address'] }, record('BTC', { address: 'x' }), is),
    ).toEqual([other]);
    const named = (address: string) => record('1', { address, coin: 'BTC' });
    expect(of(ROUTES, named('x'), named(LTC))).toEqual([other]);
    expect(of(ROUTES, record('1', { address: 'x' }), record('1', { address: LTC }))).toEqual([
      { wrong: undefined, coin: undefined, expected: undefined },
    ]);
  });

  test('take an address that several coins share for one of the coin that is expected', () => {
    const paying = (coin: string) => record('1', { address: VALID, coin });
    expect(verdictsOf(ROUTES, [null, paying('BCH')])[0]).not.toHaveProperty('wrong');
    expect(verdictsOf(ROUTES, [null, paying('DOGE')])).toMatchObject([
      { wrong: 'other-coin', coin: 'Bitcoin', expected: 'Dogecoin' },
    ]);
  });

  test('do not count the coins of what five thousand others are read beside', () => {
    const others = Array.from({ length: 4_999 }, (_, n) => record(`o${n}`, { address: VALID, coin: 'LTC' }));
    const is = record('1', { address: VALID, coin: 'BTC' });
    expect(verdictsOf(ROUTES, [null, is], others)).toMatchObject([{ servesCoins: 2 }]);
    const more = [...others, record('x', { address: VALID, coin: 'LTC' })];
    expect(verdictsOf(ROUTES, [null, is], more)[0]).not.toHaveProperty('servesCoins');
    const unread = destinationVerdicts({ definition: ROUTES, observed: null, book: null });
    expect(unread(oneChange(VALID), { before: null, after: [is.line] })[0]).not.toHaveProperty('servesCoins');
  });

  test('count the coins of an address among all that is read, each once', () => {
    const row = (id: string, coin: string | null, address = VALID) => record(id, { address, coin });
    const [verdict] = verdictsOf(
      ROUTES,
      [null, row('1', 'BTC')],
      [row('2', 'BTC'), row('3', 'LTC'), row('4', null), row('5', 'DOGE', LTC)],
    );
    expect(verdict).toMatchObject({ servesCoins: 2 });
    expect(verdictsOf(ROUTES, [null, row('1', 'BTC')], [row('2', 'BTC')])[0]).not.toHaveProperty(
      'servesCoins',
    );
  });

  test('are no more than forty on one change', () => {
    const many = JSON.stringify(Array.from({ length: 60 }, () => VALID));
    const settings = { ...definitionOf('config', ['data']), destination: ['data'] };
    const found = verdictsOf(settings, [record('1', { data: '[0]' }), record('1', { data: many })]);
    expect(found.length).toBeLessThanOrEqual(40);
    expect(found.length).toBeGreaterThan(0);
  });
});

describe('the addresses that a customer may be asked about', () => {
  const of = (definition: Definition, signed: readonly RecordLine[], observed: readonly RecordLine[]) =>
    changedAddresses(collectionSnapshot(definition, signed), collectionSnapshot(definition, observed));
  const route = (id: string, address: string) => record(id, { address });

  test('are those that a change puts there, and none that were there or are gone', () => {
    const before = [route('1', OURS), route('2', SECOND), route('3', SECOND)];
    expect(of(ROUTES, before, [route('1', THIEF), route('2', SECOND)])).toEqual([THIEF]);
    expect(of(ROUTES, before, before)).toEqual([]);
  });

  test('stand as they are written and in their canonical spelling, each once', () => {
    const written = THIEF.toUpperCase();
    const found = of(ROUTES, [], [route('1', written), route('2', THIEF)]);
    expect([...found].sort()).toEqual([written, THIEF].sort());
  });

  test('are none where the checksum is wrong, and none of collections that send money nowhere', () => {
    expect(of(ROUTES, [], [route('1', `${THIEF.slice(0, -1)}1`)])).toEqual([]);
    const people = definitionOf('admin', ['address']);
    expect(of(people, [], [route('1', THIEF)])).toEqual([]);
    expect(of({ ...people, destination: ['address'] }, [], [route('1', THIEF)])).toEqual([THIEF]);
  });

  test('are forty at most, and are looked for in five hundred changed records at most', () => {
    const many = Array.from({ length: 50 }, (_, n) => record(`r${n}`, { address: legacyAddress(n) }));
    expect(of(ROUTES, [], many)).toHaveLength(40);
    const noise = Array.from({ length: 500 }, (_, n) =>
      record(`a${String(n).padStart(3, '0')}`, { coin: 'x' }),
    );
    expect(of(ROUTES, [], [...noise, route('z', THIEF)])).toEqual([]);
    expect(of(ROUTES, [], [...noise.slice(1), route('z', THIEF)])).toEqual([THIEF]);
  });
});

/** A Bitcoin address of 20 bytes, all of this value. */
function legacyAddress(byte: number): string {
  const payload = Uint8Array.from([0, ...Array.from({ length: 20 }, () => byte)]);
  const twice = createHash('sha256').update(createHash('sha256').update(payload).digest()).digest();
  return base58.encode(Uint8Array.from([...payload, ...twice.subarray(0, 4)]));
}

describe('an address of a customer', () => {
  const verdicts = (address: string, customers?: ReadonlySet<string>) => {
    const state = (one: RecordLine) => collectionSnapshot(ROUTES, [one]);
    const [signed, observed] = [state(route('1', OURS)), state(route('1', address))];
    const outcome = diffCollection(SITE, signed, observed);
    const [change] = outcome.outcome === 'drifted' ? outcome.changes : [];
    if (change === undefined) throw new Error('there is no change');
    const lines = { before: change.before?.line ?? null, after: change.after.map(({ line }) => line) };
    return destinationVerdicts({ definition: ROUTES, observed, book: null, customers })(change, lines);
  };

  test('is said to be one, in its canonical spelling or as it is written', () => {
    expect(verdicts(THIEF, new Set([THIEF]))).toEqual([
      { field: 'address', book: 'no-book', customer: true },
    ]);
    const written = THIEF.toUpperCase();
    expect(verdicts(written, new Set([THIEF]))).toMatchObject([{ customer: true }]);
    expect(verdicts(written, new Set([written]))).toMatchObject([{ customer: true }]);
  });

  test('is not said of another one, nor where nobody asked', () => {
    for (const customers of [new Set([SECOND]), new Set<string>(), undefined])
      expect(verdicts(THIEF, customers)).toEqual([{ field: 'address', book: 'no-book' }]);
  });
});

test('of the addresses that many changes put somewhere, forty are asked about', () => {
  const valid = (n: number): string => {
    const payload = Buffer.concat([
      Buffer.from([0]),
      createHash('sha256').update(String(n)).digest().subarray(0, 20),
    ]);
    const sum = createHash('sha256').update(createHash('sha256').update(payload).digest()).digest();
    return base58.encode(Buffer.concat([payload, sum.subarray(0, 4)]));
  };
  const signed = collectionSnapshot(ROUTES, []);
  const routes = (count: number) =>
    collectionSnapshot(
      ROUTES,
      Array.from({ length: count }, (_, n) => route(String(n), valid(n))),
    );
  expect(changedAddresses(signed, routes(3))).toEqual([0, 1, 2].map(valid));
  expect(changedAddresses(signed, routes(50))).toHaveLength(40);
});
