import { describe, expect, jest, test } from '@jest/globals';
import { collectionSnapshot, type Definition, encodeValue, recordLine } from '../../../baselines/index.js';
import { composeIncident } from '../../../daemon/alerts/compose-incident.js';
import { describeWorstFirst, headlineOf } from '../../../daemon/alerts/describe.js';
import { title } from '../../../daemon/alerts/title.js';
import { diffCollection } from '../../../daemon/drift/compare.js';
import type { Condition, Finding } from '../../../daemon/finding.js';
import { annotator } from '../../../daemon/policy/annotations.js';
import { conditionsOfCollection } from '../../../daemon/policy/conditions.js';
import { NO_LABELS } from '../../../daemon/policy/labels.js';
import { toldWithLinks } from '../../../daemon/policy/link-ended.js';
import { processorMs } from '../../support/processor.js';
import { CONTEXT, definitionOf, findingOf, NO_RULES, newsOf, record, SITE } from '../policy/build.js';

const NOW = Date.parse('2026-11-30T08:00:00Z');
const LINKS: Definition = { ...definitionOf('access-link', ['expire']), key: ['username'] };
const USERS = definitionOf('admin', ['username']);
const ROUTES: Definition = {
  ...definitionOf('wallet-route', ['credential', 'wallet']),
  secret: ['credential'],
};

function changes(
  definition: Definition,
  signed: ReturnType<typeof record>[],
  observed: ReturnType<typeof record>[],
) {
  const [before, after] = [signed, observed].map((records) => collectionSnapshot(definition, records));
  if (!before || !after) throw new Error('two states are needed');
  const outcome = diffCollection(SITE, before, after);
  const beside = { definition, signed: before, observed: after, labels: NO_LABELS, book: null, nowMs: NOW };
  return conditionsOfCollection(SITE, definition, outcome, NO_RULES, before, annotator(beside));
}

const link = (expire: string | null) => record('mallory', { expire });
const gone = (expire: string | null) => changes(LINKS, [link(expire)], []);
const sealed = (value: string) =>
  recordLine({
    key: ['kraken'],
    fields: new Map([
      ['credential', encodeValue({ form: 'hmac', hmac: value.repeat(64) })],
      ['wallet', 'w'],
    ]),
  });

describe('an access link that is gone', () => {
  test.each([
    ['2026-11-30 08:00:01+00', '1 access link was used or withdrawn'],
    ['2026-11-30 09:00:00.123456+01', '1 access link was used or withdrawn'],
    ['2026-11-30 07:59:59+00', '1 access link ran out'],
    ['2026-11-30 07:59:59', '1 access link ran out'],
    ['2026-11-30 13:29:59+05:30', '1 access link ran out'],
    [null, '1 access link used or expired'],
    ['soon', '1 access link used or expired'],
  ])('good until %s: %s', (expire, words) => {
    expect(title(describeWorstFirst(gone(expire)))).toBe(words);
  });

  test('and the user it made are one line, both of them among the changes', () => {
    const user = changes(USERS, [], [record('7', { username: 'mallory' })]);
    const all = describeWorstFirst([...gone('2026-11-30 09:00:00+00'), ...user]);
    expect(title(all)).toBe('1 new administrator, by an access link that was used');
    expect(all).toHaveLength(2);
  });

  test('is told by itself beside a user of another name, and when it ran out', () => {
    const other = changes(USERS, [], [record('7', { username: 'carol' })]);
    expect(title(describeWorstFirst([...gone('2026-11-30 09:00:00+00'), ...other]))).toBe(
      '1 new administrator, 1 access link was used or withdrawn',
    );
    const same = changes(USERS, [], [record('7', { username: 'mallory' })]);
    expect(title(describeWorstFirst([...gone('2026-11-30 07:00:00+00'), ...same]))).toBe(
      '1 new administrator, 1 access link ran out',
    );
  });
});

test('a thousand links and the machines that came of them are told in time', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `machine-${index}`);
  const links = changes(
    LINKS,
    names.map((name) => record(name, { expire: '2026-11-30 09:00:00+00' })),
    [],
  );
  const terminals = changes(
    definitionOf('terminal', ['name']),
    [],
    names.map((name, index) => record(`t${index}`, { name })),
  );
  const found = [...links, ...terminals];
  expect(found).toHaveLength(2_000);
  const began = processorMs();
  expect(title(describeWorstFirst(found))).toBe('1000 new terminals, by access links that were used');
  expect(processorMs() - began).toBeLessThan(1_500);
});

describe('an access link that nobody signed and that is gone again', () => {
  const created = (expire: string | null) => changes(LINKS, [], [link(expire)])[0];
  const alertOf = (expire: string | null, ...fresh: Condition[]) => {
    const condition = created(expire);
    if (!condition) throw new Error('no link');
    const over = { ...findingOf(condition), ending: 'reverted' as const, endedMs: NOW, unnotified: false };
    const found = fresh.map((one) => findingOf(one));
    const news = newsOf({ fresh: found, ended: [over], open: found.length, reverts: 1 });
    return composeIncident(CONTEXT, news, { id: 'a'.repeat(16), role: 'page', page: 2 });
  };
  const mallory = changes(USERS, [], [record('7', { username: 'mallory' })]);

  test.each([
    ['2026-11-30 09:00:00+00', '1 access link was used or withdrawn'],
    ['2026-11-30 07:00:00+00', '1 access link ran out'],
    [null, '1 access link used or expired'],
  ])('is told as that, and not as a way back: %s', (expire, words) => {
    const alert = alertOf(expire);
    expect(alert.title).toBe(words);
    expect(alert.consequence).not.toContain('changed it back');
    expect(alert.facts.map(({ label }) => label)).not.toContain('Changed and changed back');
    expect(alert.changes).toMatchObject([{ kind: 'access-link', fields: [{ after: null }] }]);
  });

  test('is told with the user it made in one line', () => {
    const alert = alertOf('2026-11-30 09:00:00+00', ...mallory);
    expect(alert).toMatchObject({
      title: '1 new administrator, by an access link that was used',
      type: 'drift',
      changes: [{ kind: 'admin' }, { headline: 'access link used or withdrawn' }],
    });
  });

  test('is told beside a user of another name by itself', () => {
    const carol = changes(USERS, [], [record('7', { username: 'carol' })]);
    expect(alertOf('2026-11-30 09:00:00+00', ...carol).title).toBe(
      '1 new administrator, 1 access link was used or withdrawn',
    );
  });
});

describe('a link and what came of it that were told apart', () => {
  const BY_LINK = '1 new administrator, by an access link that was used';
  const told = { id: 'a'.repeat(16), role: 'follow-up', page: 1 } as const;
  const used = '2026-11-30 09:00:00+00';
  const [created, goneSigned, user, carol] = [
    changes(LINKS, [], [link(used)]),
    gone(used),
    changes(USERS, [], [record('7', { username: 'mallory' })]),
    changes(USERS, [], [record('7', { username: 'carol' })]),
  ].map(([one]) => {
    if (one === undefined) throw new Error('there is no difference');
    return findingOf(one);
  }) as [Finding, Finding, Finding, Finding];
  const over = { ...created, ending: 'reverted' as const, endedMs: NOW };

  test('the link after the user: what was told before is said to be of it, and is not told anew', () => {
    const ended = [{ ...over, unnotified: false }];
    const alert = composeIncident(CONTEXT, newsOf({ ended, toldBefore: [user], open: 1, reverts: 1 }), told);
    expect(alert.title).toBe(`told before: ${BY_LINK}`);
    expect(alert.changes).toMatchObject([{ headline: 'access link used or withdrawn' }]);
    const signed = composeIncident(
      CONTEXT,
      newsOf({ fresh: [goneSigned], toldBefore: [user], open: 2 }),
      told,
    );
    expect(signed.title).toBe(`told before: ${BY_LINK}`);
  });

  test.each([
    ['that somebody signed', goneSigned],
    ['that nobody signed', over],
  ])('the user after the link %s', (_, before) => {
    const alert = composeIncident(CONTEXT, newsOf({ fresh: [user], toldBefore: [before], open: 1 }), told);
    expect(alert.title).toBe(BY_LINK);
    expect(alert.changes).toMatchObject([{ kind: 'admin' }]);
  });

  test('only what came about within a minute of the other is looked at', () => {
    const at = (ms: number) => ({ ...user, firstSeenMs: NOW + ms });
    const [early, before, after, late] = [at(-60_001), at(-60_000), at(60_000), at(60_001)];
    const asked = jest.fn(() => [early, before, after, late]);
    expect(toldWithLinks([over], asked)).toEqual([before, after]);
    expect(asked.mock.calls).toEqual([[{ fromMs: NOW - 60_000, toMs: NOW + 60_000 }]]);
  });

  test('of what was told, links are looked at for what may have come of one, and that for links', () => {
    const [came, other] = [user, carol].map((one) => ({ ...one, firstSeenMs: NOW })) as [Finding, Finding];
    expect(toldWithLinks([came], () => [other, over])).toEqual([over]);
    expect(toldWithLinks([over], () => [other, over])).toEqual([other]);
    expect(toldWithLinks([came, over], () => [other, over])).toEqual([other, over]);
  });

  test('nothing is looked at for news that has to do with no link', () => {
    const terminals = { ...USERS, kind: 'terminal' as const };
    const [renamed] = changes(terminals, [record('1', { name: 'a' })], [record('1', { name: 'b' })]);
    if (renamed === undefined) throw new Error('there is no difference');
    const asked = jest.fn(() => [over]);
    expect(toldWithLinks([findingOf(renamed)], asked)).toEqual([]);
    expect(asked).not.toHaveBeenCalled();
  });

  test('nothing is said of a user of another name, nor of what was told of another link', () => {
    const ended = [{ ...over, unnotified: false }];
    const other = newsOf({ ended, toldBefore: [carol], open: 1, reverts: 1 });
    expect(composeIncident(CONTEXT, other, told).title).toBe('1 access link was used or withdrawn');
    const both = newsOf({ fresh: [carol], toldBefore: [user, over], open: 2 });
    expect(composeIncident(CONTEXT, both, told).title).toBe('1 new administrator');
  });
});

test('a sealed value that is another one is a replaced key, unless where money goes changed too', () => {
  const [found] = changes(ROUTES, [sealed('a')], [sealed('b')]);
  expect(title(describeWorstFirst(found ? [found] : []))).toBe('1 key of a wallet or exchange was replaced');
  const subject = found?.subject;
  expect(subject?.what === 'change' && headlineOf(subject, false)).toBe(
    'key of a wallet or exchange replaced',
  );
  const elsewhere = recordLine({
    key: ['kraken'],
    fields: new Map([
      ['credential', encodeValue({ form: 'hmac', hmac: 'b'.repeat(64) })],
      ['wallet', 'other'],
    ]),
  });
  expect(title(describeWorstFirst(changes(ROUTES, [sealed('a')], [elsewhere])))).toBe(
    '1 wallet route now pays elsewhere',
  );
});
