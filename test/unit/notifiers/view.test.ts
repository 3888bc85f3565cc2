import { describe, expect, test } from '@jest/globals';
import { type AlertChange, type Quotation, quotationText } from '../../../notifiers/index.js';
import { countByHeadline, type ViewLimits, viewOf } from '../../../notifiers/view.js';
import { driftAlert, terminalAdded, walletChange } from '../../contract/notifiers/sample-alerts.js';

const limits: ViewLimits = {
  maxChanges: 3,
  maxFieldsPerChange: 2,
  valueCharacters: 128,
  changesCharacters: 10_000,
};
const textOf = (quoted: Quotation | undefined) => quotationText(quoted ?? []);
const viewOfChanges = (changes: readonly AlertChange[], changesLeftOut = 0, overrides = limits) =>
  viewOf(driftAlert({ changes, changesLeftOut }), 1, overrides);

describe('the view of an alert', () => {
  test('shows the worst changes first and keeps the order among equals', () => {
    const changes = (['low', 'critical', 'medium', 'critical'] as const).map((severity, index) => ({
      ...walletChange,
      severity,
      headline: `change ${index}`,
    }));
    expect(viewOfChanges(changes).changes.map((change) => change.headline)).toEqual([
      'CRITICAL: change 1',
      'CRITICAL: change 3',
      'MEDIUM: change 2',
    ]);
  });

  test('counts what it does not show, by our headlines', () => {
    const changes = [walletChange, terminalAdded, terminalAdded, terminalAdded, walletChange];
    expect(viewOfChanges(changes, 4).rest).toEqual([
      '6 more changes not shown here',
      '2 × new terminal',
      '4 × other',
    ]);
    expect(viewOfChanges([walletChange]).rest).toEqual([]);
  });

  test('counts the facts it has no room for', () => {
    const facts = Array.from({ length: 30 }, (_, index) => ({ label: `fact ${index}`, text: 'x' }));
    const labels = (count: number) =>
      viewOf(driftAlert({ facts: facts.slice(0, count) }), 1, limits).facts.map(
        ({ label, value }) => `${label}: ${textOf(value)}`,
      );
    expect(labels(20)).not.toContainEqual(expect.stringMatching(/^Not shown/));
    expect(labels(30).filter((line) => line.startsWith('fact'))).toHaveLength(19);
    expect(labels(30)).toContain('Not shown here: 11 more lines');
  });

  test('shows the first change whatever its size, and no more than the budget of the others', () => {
    const changes = Array.from({ length: 3 }, () => walletChange);
    const tight = { ...limits, changesCharacters: 10 };
    expect(viewOfChanges(changes, 0, tight).changes).toHaveLength(1);
    expect(viewOfChanges(changes, 0, { ...limits, changesCharacters: 450 }).changes).toHaveLength(2);
  });

  test('counts the fields it leaves out together with those left out before', () => {
    const [change] = viewOfChanges([{ ...terminalAdded, fieldsLeftOut: 3 }]).changes;
    expect(change?.fields).toHaveLength(2);
    expect(change?.more).toBe('and 4 more fields');
  });

  test('shows only “now” of an added record, only “was” of a removed one, both of a changed one', () => {
    const value = { untrusted: 'x' };
    const labels = (fields: AlertChange['fields']) =>
      viewOfChanges([{ ...walletChange, fields }]).changes[0]?.fields.map((field) =>
        field.lines.map((line) => line.label),
      );
    expect(labels([{ name: 'a', before: null, after: value }])).toEqual([['now']]);
    expect(labels([{ name: 'a', before: value, after: null }])).toEqual([['was']]);
    expect(
      labels([
        { name: 'a', before: null, after: value },
        { name: 'b', before: value, after: value },
      ]),
    ).toEqual([
      ['was', 'now'],
      ['was', 'now'],
    ]);
  });

  test('names the record by collection and key, and says how many key columns are left out', () => {
    const key = Array.from({ length: 8 }, (_, index) => ({
      name: `k${index}`,
      value: { untrusted: `${index}` },
    }));
    const [change] = viewOfChanges([{ ...walletChange, key }]).changes;
    expect(textOf(change?.record)).toBe(
      'wallet_routes, k0 “0”, k1 “1”, k2 “2”, k3 “3”, k4 “4”, k5 “5”, and 2 more key columns',
    );
  });

  test('names a record without a key by its collection alone', () => {
    const [change] = viewOfChanges([{ ...walletChange, key: [] }]).changes;
    expect(textOf(change?.record)).toBe('wallet_routes');
  });

  test('says that there is no baseline yet', () => {
    const alert = driftAlert({ head: { baselineVersion: null, journal: 'ab'.repeat(32) } });
    expect(viewOf(alert, 1, limits).proof).toMatch(
      /^no baseline yet · journal abababababababababab · alert /,
    );
  });

  test('names the baseline of each site where it is about all of them', () => {
    const channelTestOf = (...versions: readonly number[]) => {
      const baselines = versions.map((version, index) => ({ site: `site-${index}`, version }));
      const head = { baselineVersion: null, baselines, journal: 'ab'.repeat(32) };
      return viewOf(driftAlert({ head }), 1, limits).proof.split(' · ')[0];
    };
    expect(channelTestOf()).toBe('no baseline yet');
    expect(channelTestOf(4)).toBe('baseline 4');
    expect(channelTestOf(4, 7)).toBe('baselines 4 of site-0, 7 of site-1');
    expect(channelTestOf(...Array.from({ length: 10 }, () => 1))).toMatch(/1 of site-7, and 2 more sites$/);
  });
});

test('many kinds of change are counted without becoming a list of their own', () => {
  const changes = Array.from({ length: 12 }, (_, index) => ({
    ...walletChange,
    headline: `headline ${index}`,
  }));
  const lines = countByHeadline(changes, 0);
  expect(lines).toHaveLength(9);
  expect(lines.at(-1)).toBe('and 4 other kinds of change');
});
