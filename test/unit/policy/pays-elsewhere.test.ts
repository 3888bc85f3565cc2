import { expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, type Kind } from '../../../baselines/index.js';
import { describeWorstFirst, urgencyOf } from '../../../daemon/alerts/describe.js';
import { title } from '../../../daemon/alerts/title.js';
import { diffCollection } from '../../../daemon/drift/compare.js';
import type { Condition } from '../../../daemon/finding.js';
import { conditionsOfCollection } from '../../../daemon/policy/conditions.js';
import { stepOfVerdict } from '../../../daemon/policy/lifecycle.js';
import { definitionOf, record, SITE } from './build.js';

/** What a change from one record to another is told as, by columns that no name gives away. */
function conditionOf(
  kind: Kind,
  before: Readonly<Record<string, string | null>> | null,
  after: Readonly<Record<string, string | null>>,
  destination?: readonly string[],
): Condition {
  const definition: Definition = {
    ...definitionOf(kind, ['note', 'target']),
    ...(destination === undefined ? {} : { destination }),
  };
  const signed = collectionSnapshot(definition, before === null ? [] : [record('1', before)]);
  const outcome = diffCollection(SITE, signed, collectionSnapshot(definition, [record('1', after)]));
  const rules = [{ kind, severity: 'medium' as const }];
  const [condition] = conditionsOfCollection(SITE, definition, outcome, { rules, unknownGraceMs: 0 }, signed);
  if (condition === undefined) throw new Error('there is no difference');
  return condition;
}

const told = (condition: Condition) => {
  const [described] = describeWorstFirst([condition]);
  if (described === undefined) throw new Error('nothing is told');
  const news = { notified: [condition], worstNotified: 'medium' as const, endings: false };
  return [
    title([described]),
    urgencyOf(described),
    stepOfVerdict({ state: 'open', page: 1 }, news).role,
  ] as const;
};

test('a route whose definition names the column that pays is told as paying elsewhere, and wakes people', () => {
  const [was, is] = [
    { note: 'a', target: 'acct-1' },
    { note: 'a', target: 'acct-2' },
  ];
  expect(told(conditionOf('wallet-route', was, is, ['target']))).toEqual([
    '1 wallet route now pays elsewhere',
    'diverted',
    'page',
  ]);
  expect(told(conditionOf('wallet-route', was, is))).toEqual([
    '1 wallet route was changed',
    undefined,
    'follow-up',
  ]);
  expect(told(conditionOf('wallet-route', was, { ...was, note: 'b' }, ['target']))[1]).toBeUndefined();
});

test('a place inside of a json column counts like a column of its name', () => {
  const inside = (address: string) => ({ note: 'a', target: JSON.stringify({ sell_address: address }) });
  expect(told(conditionOf('wallet-route', inside('bc1a'), inside('bc1b')))).toEqual([
    '1 wallet route now pays elsewhere',
    'diverted',
    'page',
  ]);
});

test('what a definition says money goes to is a destination in every kind, unless nothing stands there', () => {
  const urgency = (target: string | null) =>
    told(conditionOf('contact', null, { note: 'a', target }, ['target']))[1];
  expect([urgency('acct-2'), urgency(null)]).toEqual(['destination', undefined]);
});
