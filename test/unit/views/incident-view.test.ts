import { describe, expect, test } from '@jest/globals';
import { encodeValue, recordLine } from '../../../baselines/index.js';
import {
  FINDINGS_PER_PAGE,
  findingsFrom,
  incidentDetail,
  incidentSummary,
  incidentsWorstFirst,
  type KnownIncident,
  NO_PAGE_WORDS,
  unfoldedFinding,
} from '../../../daemon/views/incident-view.js';
import type { ShownChange } from '../../../daemon/views/shapes.js';
import {
  definitionOf,
  findingOf,
  incidentOf,
  oneCondition,
  record,
  unknownCondition,
} from '../policy/build.js';

const words = {
  ...NO_PAGE_WORDS,
  definitions: new Map([
    ['wallet-routes', definitionOf('wallet-route')],
    ['wallet_routes', definitionOf('wallet-route')],
  ]),
};
const happened = { timeline: [], timelineLeftOut: 0 };
const route = (before: string, after: string) => {
  const condition = oneCondition('wallet-route', 'modified');
  const line = (address: string) => record('1', { name: 'BTC', address }).line;
  if (condition.subject.what !== 'change') throw new Error('no change');
  return findingOf({
    ...condition,
    subject: { ...condition.subject, before: line(before), after: [line(after)] },
  });
};
const known = (over: Partial<KnownIncident> = {}): KnownIncident => ({
  incident: incidentOf(),
  open: [route('bc1qours', 'bc1qnew')],
  answer: null,
  called: new Map(),
  wellSinceMs: null,
  ...over,
});
const textOf = (value: readonly { readonly text: string }[] | null | undefined) =>
  (value ?? []).map(({ text }) => text).join('');

describe('what a page is given of an incident', () => {
  test('is what an alert composed now would say, with each value quoted and what differs marked', () => {
    const shown = incidentDetail(
      known({ answer: { person: 'bob', reason: '<b>', untilMs: 9 } }),
      words,
      happened,
    );
    expect(shown).toMatchObject({
      id: '7f3a',
      title: '1 wallet route now pays elsewhere',
      answeredBy: 'bob',
    });
    expect(textOf(shown.answer?.reason)).toBe('“<b>”');
    const [change] = shown.findings as readonly ShownChange[];
    const [field] = change?.fields ?? [];
    expect(textOf(field?.before)).toBe('“bc1qours”');
    expect(field?.after?.filter(({ differs }) => differs).map(({ text }) => text)).toEqual(['new']);
    expect(change?.money).toBe('modified');
  });

  test('counts what it hides of a long value, and shows it when it is unfolded', () => {
    const one = known({ open: [route('a'.repeat(2_000), `b${'a'.repeat(2_000)}`)] });
    const [folded] = findingsFrom(one, words, 0) as readonly ShownChange[];
    expect(folded?.fields[0]?.hidden).toBe(2_000 - 400 + 2_001 - 400);
    expect(textOf(folded?.fields[0]?.after)).toContain('left out');
    const whole = unfoldedFinding(one, words, folded?.id ?? '') as ShownChange | null;
    expect(whole?.fields[0]?.hidden).toBe(0);
    expect(textOf(whole?.fields[0]?.after)).toContain(`b${'a'.repeat(2_000)}`);
    expect(unfoldedFinding(one, words, 'f'.repeat(64))).toBeNull();
  });

  test('is a page of findings at a time, the worst first, and names who called one hostile', () => {
    const many = Array.from({ length: FINDINGS_PER_PAGE + 5 }, (_, n) => ({
      ...findingOf(oneCondition('terminal', 'added', String(n))),
    }));
    const worst = route('bc1qours', 'bc1qnew');
    const one = known({
      open: [...many, worst],
      called: new Map([[worst.fingerprint, { person: 'carol', atMs: 3 }]]),
    });
    const first = findingsFrom(one, words, 0);
    expect(first).toHaveLength(FINDINGS_PER_PAGE);
    expect(first[0]).toMatchObject({ id: worst.fingerprint, called: { person: 'carol' } });
    expect(findingsFrom(one, words, FINDINGS_PER_PAGE)).toHaveLength(6);
  });

  test('has words for what is no record, and for what is over', () => {
    const unknown = known({ open: [findingOf(unknownCondition('admin', 'denied'))] });
    expect(findingsFrom(unknown, words, 0)).toMatchObject([{ what: 'other', detail: [{ from: 'us' }] }]);
    expect(incidentSummary(known({ open: [] })).title).toBe(
      'all of it went back, and nobody has dealt with it',
    );
    const over = incidentOf({ state: 'resolved', resolution: 'it is so no more', resolvedMs: 4 });
    expect(incidentSummary(known({ incident: over, open: [] })).title).toBe('resolved: it is so no more');
  });

  test('shows bytes that could steer a reader by their numbers, in every place', () => {
    const hostile = '\u202Egnp.exe\u0000\u001b[31m<img src=x>';
    const line = recordLine({
      key: [encodeValue({ form: 'text', text: hostile })],
      fields: new Map([['name', encodeValue({ form: 'text', text: hostile })]]),
    });
    const condition = oneCondition('terminal', 'added');
    if (condition.subject.what !== 'change') throw new Error('no change');
    const subject = { ...condition.subject, key: line.key, before: null, after: [line.line] };
    const shown = incidentDetail(known({ open: [findingOf({ ...condition, subject })] }), words, happened);
    expect(JSON.stringify(shown)).not.toMatch(/\u202E|\\u0000|\\u001b/);
    expect(JSON.stringify(shown)).toContain('\\\\u{202E}');
  });
});

test('a list has first what nobody answers for, then the worst, then the newest', () => {
  const one = (id: string, state: 'open' | 'acknowledged', severity: 'critical' | 'low', openedMs: number) =>
    incidentSummary(known({ incident: incidentOf({ id, state, severity, openedMs }) }));
  const all = [
    one('1', 'acknowledged', 'critical', 9),
    one('2', 'open', 'low', 9),
    one('3', 'open', 'critical', 1),
    one('4', 'open', 'critical', 2),
  ];
  expect(incidentsWorstFirst(all).map(({ id }) => id)).toEqual(['4', '3', '2', '1']);
});
