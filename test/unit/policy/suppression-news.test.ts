import { describe, expect, test } from '@jest/globals';
import { type RecordLine, recordLine, type VerifiedSuppression } from '../../../baselines/index.js';
import { type KnownSuppression, suppressionNews } from '../../../daemon/policy/suppression-news.js';
import { record, SITE, snapshot } from './build.js';
import {
  ADOPT_MS,
  baselineOf,
  changeOf,
  END_MS,
  HOUR_MS,
  START_MS,
  verifiedExpectation,
  verifiedMute,
} from './suppression-scene.js';

const A = record('1', { name: 'a', address: null });
const B = record('1', { name: 'b', address: null });
const NEW = record('2', { name: 'new', address: null });
const base = baselineOf(snapshot('terminal', [A]));
const expected = verifiedExpectation(base, [changeOf('terminals', A, B), changeOf('terminals', null, NEW)]);
const anyKey = verifiedExpectation(base, [{ ...changeOf('terminals', null, NEW), key: null }]);
const muted = verifiedMute(base, { kind: 'terminal' });

const knownAs = (
  suppression: VerifiedSuppression,
  state: KnownSuppression['state'] = 'in-force',
  covered = 0,
): KnownSuppression => {
  const { digest, id, type, signers, untilMs } = suppression;
  return { digest, site: SITE, id, type, signers, untilMs, state, covered };
};

function news(input: {
  readonly suppressions?: readonly VerifiedSuppression[];
  readonly present?: readonly string[] | null;
  readonly known?: readonly KnownSuppression[];
  readonly observed?: readonly RecordLine[] | null;
  readonly nowMs?: number;
}) {
  const { suppressions = [], known = [], observed = [A], nowMs = START_MS } = input;
  const present = input.present === undefined ? suppressions.map(({ id }) => id) : input.present;
  return suppressionNews({
    suppressions,
    present: present === null ? null : new Set(present),
    known,
    observed: new Map(observed === null ? [] : [['terminals', snapshot('terminal', observed)]]),
    nowMs,
  });
}

describe('news of suppressions', () => {
  test('one that is new takes effect, one that is over does not', () => {
    expect(news({ suppressions: [muted] })).toMatchObject([
      { what: 'in-force', suppression: { id: muted.id } },
    ]);
    expect(news({ suppressions: [muted], nowMs: muted.untilMs })).toEqual([]);
  });

  test('one that is known is no news, also when it does not count any more but lies there', () => {
    expect(news({ suppressions: [muted], known: [knownAs(muted)] })).toEqual([]);
    expect(news({ suppressions: [], present: [muted.id], known: [knownAs(muted)] })).toEqual([]);
  });

  test('one that is gone is withdrawn, unless nobody could see', () => {
    expect(news({ known: [knownAs(muted)] })).toMatchObject([{ what: 'withdrawn' }]);
    expect(news({ known: [knownAs(muted)], present: null })).toEqual([]);
    expect(news({ known: [knownAs(muted, 'withdrawn')] })).toEqual([]);
  });

  test('its end is news once, and no withdrawal', () => {
    expect(news({ known: [knownAs(muted)], nowMs: muted.untilMs })).toMatchObject([{ what: 'over' }]);
    expect(news({ known: [knownAs(muted, 'over')], nowMs: muted.untilMs })).toEqual([]);
  });
});

describe('the end of an expectation’s window', () => {
  const settled = (
    suppression: VerifiedSuppression,
    observed: readonly RecordLine[] | null,
    nowMs = END_MS + 1,
  ) => news({ suppressions: [suppression], known: [knownAs(suppression)], observed, nowMs });

  test.each([
    ['all of it is there', [B, NEW], 0],
    ['one is missing', [B], 1],
    ['nothing happened', [A], 2],
    ['one is there twice', [B, NEW, NEW], 1],
    ['one is otherwise', [B, record('2', { name: 'other', address: null })], 1],
  ] as const)('counts what is not as expected: %s', (_what, observed, missing) => {
    const [one] = settled(expected, observed);
    expect(one).toMatchObject({ what: 'settled' });
    expect(one?.what === 'settled' && one.missing.length).toBe(missing);
  });

  test('waits for its time, and for somebody who can look', () => {
    expect(settled(expected, [A], END_MS)).toEqual([]);
    expect(settled(expected, null)).toEqual([]);
  });

  test('is looked at once', () => {
    const known = [knownAs(expected, 'settled')];
    expect(news({ suppressions: [expected], known, nowMs: END_MS + HOUR_MS })).toEqual([]);
    expect(news({ suppressions: [expected], known, nowMs: ADOPT_MS })).toMatchObject([{ what: 'over' }]);
  });

  test('of a record under any key finds it under any', () => {
    const under = record('77', { name: 'new', address: null });
    expect(settled(anyKey, [A, under])).toMatchObject([{ missing: [] }]);
    expect(settled(anyKey, [A])).toMatchObject([{ missing: [{ key: null }] }]);
  });

  test('of a record with a secret of any value finds it with any, and not without one', () => {
    const sealed = (secret: string | null) =>
      recordLine({
        key: ['3'],
        fields: new Map([
          ['name', 'new'],
          ['address', secret],
        ]),
      });
    const set = verifiedExpectation(base, [changeOf('terminals', null, sealed('~set'))]);
    expect(settled(set, [A, sealed(`~hmac:${'a'.repeat(64)}`)])).toMatchObject([{ missing: [] }]);
    expect(settled(set, [A, sealed(null)])).toMatchObject([{ missing: [{ key: ['3'] }] }]);
  });

  test('of a record that was to vanish finds it gone', () => {
    const gone = verifiedExpectation(base, [changeOf('terminals', A, null)]);
    expect(settled(gone, [])).toMatchObject([{ missing: [] }]);
    expect(settled(gone, [A])).toMatchObject([{ missing: [{ after: null }] }]);
  });
});

describe('of several expectations', () => {
  const elsewhere = { ...changeOf('terminals', A, B), collection: 'admins' };

  test('each is looked at by its own changes', () => {
    const nowMs = END_MS + 1;
    const suppressions = [anyKey, expected];
    const [one, ...others] = news({
      suppressions,
      known: [knownAs(anyKey, 'settled'), knownAs(expected)],
      nowMs,
    });
    expect(others).toEqual([]);
    expect(one?.what === 'settled' && one.missing).toHaveLength(2);
    expect(one?.what === 'settled' && one.suppression.id).toBe(expected.id);
  });

  test('one waits until all of its collections can be looked at', () => {
    const both = baselineOf(snapshot('terminal', [A]), snapshot('admin', [A]));
    const suppression = verifiedExpectation(both, [changeOf('terminals', A, B), elsewhere]);
    expect(news({ suppressions: [suppression], known: [knownAs(suppression)], nowMs: END_MS + 1 })).toEqual(
      [],
    );
  });
});
