import { describe, expect, test } from '@jest/globals';
import { addressBook } from '../../../daemon/destinations/book.js';

const line = (value: string, label: string, range: string | null = null) => ({
  value,
  label,
  range,
  coin: null,
});
const COLD = 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu';
const ZPUB =
  'zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs';
const noPause = () => Promise.resolve();

describe('the signed address book', () => {
  test('knows an address by its own name, that of a key by the name of the key', async () => {
    const book = addressBook([line(COLD, 'cold 1'), line(ZPUB, 'hot wallet', '1-3')]);
    await book.fill(noPause);
    expect(book.ask(COLD)).toEqual({ found: 'known', label: 'cold 1' });
    expect(book.ask('bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g')).toEqual({
      found: 'known',
      label: 'hot wallet',
    });
    expect(book.ask('bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440')).toEqual({ found: 'unknown' });
  });

  test('knows a destination by whichever of its spellings stands in the book', async () => {
    const [now, before] = ['MQMHBtvnBfxTzt3K2bdxgSE7qZPHSXWsGM', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy'];
    for (const [written, asked] of [
      [now, before],
      [before, now],
    ] as const) {
      const book = addressBook([line(written, 'litecoins')]);
      await book.fill(noPause);
      expect(book.ask(asked)).toEqual({ found: 'known', label: 'litecoins' });
      expect(book.ask('1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2')).toEqual({ found: 'unknown' });
    }
    const book = addressBook([line('bitcoincash:zr6m7j9njldwwzlg9v7v53unlr4jkmx6eycnjehshe', 'tokens')]);
    await book.fill(noPause);
    expect(book.ask('bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2')).toEqual({
      found: 'known',
      label: 'tokens',
    });
  });

  test('tells what has the beginning and the end of one of its own', async () => {
    const book = addressBook([line(COLD, 'cold 1')]);
    await book.fill(noPause);
    expect(book.ask('bc1qcr8qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq6fyu')).toEqual({
      found: 'lookalike',
      label: 'cold 1',
    });
    expect(book.ask('bc1qcrqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq6fyu')).toEqual({ found: 'unknown' });
  });

  test('says of nothing that it is unknown before it is whole', async () => {
    const book = addressBook([line(ZPUB, 'hot wallet', '0-99')]);
    let turns = 0;
    const filling = book.fill(async () => {
      turns += 1;
      expect(book.isComplete()).toBe(false);
      expect(book.ask('bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440')).toEqual({ found: 'pending' });
    });
    await filling;
    expect(turns).toBeGreaterThan(5);
    expect(book.isComplete()).toBe(true);
    expect(book.ask('bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440')).toEqual({ found: 'unknown' });
  });

  test('ends its filling when another one took its place', async () => {
    const book = addressBook([line(ZPUB, 'hot wallet', '0-9999')]);
    await book.fill(noPause, () => true);
    expect(book.isComplete()).toBe(false);
  });
});
