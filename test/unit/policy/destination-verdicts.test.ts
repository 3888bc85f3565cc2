import { describe, expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, type RecordLine } from '../../../baselines/index.js';
import { composeIncident } from '../../../daemon/alerts/compose-incident.js';
import { addressBook } from '../../../daemon/destinations/book.js';
import { Comparison } from '../../../daemon/policy/comparison.js';
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
