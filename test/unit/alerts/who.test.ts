import { describe, expect, test } from '@jest/globals';
import { whoMade } from '../../../daemon/alerts/who.js';
import type { Condition, Logged } from '../../../daemon/finding.js';
import type { Activity } from '../../../daemon/sources/source.js';
import { attribution, attributionUnnamed } from '../../../notifiers/notes.js';

const LOG = 'tillwarden_log.change';
const THERE: Logged = {
  entry: 'there',
  log: LOG,
  atMs: 0,
  by: { user: 'cas', role: null, address: null, application: null, person: null },
};
const MISSING: Logged = { entry: 'missing', log: LOG };
const ACTIVE: Activity = {
  table: 'public.users',
  users: [{ user: 'bob', address: null, agoMs: 26 }],
  withinMs: 60_000,
};

const change = (more: { readonly logged?: Logged; readonly activity?: Activity }) =>
  ({ subject: { what: 'change', ...more } }) as unknown as Pick<Condition, 'subject'>;
const words = (...changes: ReturnType<typeof change>[]) =>
  attribution(whoMade(changes), 100)
    .map(({ text }) => text)
    .join('');

describe('who made changes', () => {
  test('is whoever the log saw write one of them, with who was active beside', () => {
    expect(words(change({}), change({ logged: THERE, activity: ACTIVE }))).toMatch(
      /^“cas” \(observed: the session that wrote it at .*, by tillwarden_log\.change\); probably “bob” \(inferred: /,
    );
  });

  test('is nobody for what has no entry', () => {
    expect(words(change({ logged: MISSING }))).toBe(
      'unknown: tillwarden_log.change has no entry of it: it was made past our triggers',
    );
  });

  test.each([
    ['before', [change({ logged: MISSING }), change({ logged: THERE })]],
    ['behind', [change({ logged: THERE }), change({ logged: MISSING })]],
  ])('is not whoever wrote another one for what has no entry, %s it', (_, changes) => {
    const begins =
      'unknown: tillwarden_log.change has no entry of 1 of these 2 changes: it was made past our triggers; ';
    expect(words(...changes)).toContain(`${begins}“cas” (observed: `);
    const unnamed = attributionUnnamed(whoMade(changes));
    expect(unnamed).toContain(`${begins}observed, named where values are quoted (`);
    expect(unnamed).not.toContain('cas');
  });

  test('counts what has no entry', () => {
    const changes = [change({ logged: MISSING }), change({ logged: THERE }), change({ logged: MISSING })];
    expect(words(...changes)).toContain('of 2 of these 3 changes: they were made past our triggers');
  });

  test('is whoever was active where no log is kept, and unknown where nothing says it', () => {
    expect(words(change({}), change({ activity: ACTIVE }))).toMatch(/^probably “bob”/);
    expect(words(change({}))).toBe('unknown: what is read does not say who wrote it');
  });
});
