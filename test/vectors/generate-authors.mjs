/** Rules for single collections, and rules that leave out whoever changed a record, by what the records themselves say. */
import { base, chainCase, collection, definition, people, root, rules, step, trustCase } from './scene.mjs';
import { recordText, sha256 } from './writer.mjs';

const ok = (head, signers) => ({ head, signers });
const replace = (name, over) =>
  people.map((person) => (person.name === name ? { ...person, ...over } : person));
const account = (name, system = 'application') => ({ name, system });
const annaIs = (...names) => replace('anna', { accounts: names.map((name) => account(name)) });

/** Terminals need one owner or technician who did not write the record. */
const strict = rules.map((rule) => (rule.kinds.includes('terminal') ? { ...rule, notAuthor: true } : rule));
const rootWith = (over) => root(null, { people: annaIs('anna.admin'), rules: strict, ...over });
const trust = [rootWith({})];

/** Terminals whose column `changed_by` names the author. Rows are [key, name, author]. */
function terminals(rows, over = {}) {
  const text = rows
    .map(([key, name, author]) =>
      recordText(
        [key],
        [
          ['changed_by', author],
          ['name', name],
        ],
      ),
    )
    .join('');
  const columns = { columns: ['changed_by', 'name'], author: ['changed_by'], ...over };
  return {
    entry: { definition: definition('terminals', 'terminal', columns), records: sha256(text), count: rows.length },
    bytes: Buffer.from(text),
  };
}

const first = terminals([
  ['BT1', 'Praha', 'anna.admin'],
  ['BT2', 'Brno', 'dan'],
]);
const byAnna = terminals([
  ['BT1', 'Praha', 'anna.admin'],
  ['BT2', 'Brno', 'dan'],
  ['BT3', 'Plzen', 'Anna.Admin'],
]);
const byDan = terminals([
  ['BT1', 'Praha 2', 'dan'],
  ['BT2', 'Brno', 'dan'],
]);
const gone = terminals([['BT1', 'Praha', 'anna.admin']]);
const v1 = step(null, [first], ['anna', 'ben']);
const authored = (name, why, collections, signers, expect, over = {}) =>
  chainCase(name, why, [v1, step(v1, collections, signers)], expect, { trust, ...over });
const stays = { ...ok(1, ['anna', 'ben']), refused: ['BASELINE_TOO_FEW_SIGNERS'] };

const v2 = step(v1, [byAnna], ['anna']);
const v3 = step(v2, [byAnna], ['ben', 'anna']);
const withoutOldRecords = (documents, missing) => {
  const records = new Map(documents.flatMap((document) => [...document.records]));
  records.delete(missing.entry.records);
  return { trust, records };
};

/** Anna and Ben share the login that the records name. */
const shared = people.map((person) =>
  ['anna', 'ben'].includes(person.name) ? { ...person, accounts: [account('shared')] } : person,
);
const bothTrust = [rootWith({ people: shared })];
const wide = step(null, [terminals([['BT1', 'Praha', 'shared']])], ['anna', 'ben']);
/** The same collection without the column `name`. */
function withoutName(author) {
  const text = recordText(['BT1'], [['changed_by', author]]);
  const columns = { columns: ['changed_by'], author: ['changed_by'] };
  return {
    entry: { definition: definition('terminals', 'terminal', columns), records: sha256(text), count: 1 },
    bytes: Buffer.from(text),
  };
}
const narrow = withoutName('shared');
const narrowAndOther = withoutName('SHARED');

const own = rules.concat({ kinds: [], collections: ['routes', 'settings'], threshold: 1, roles: ['tech'] });
const ownTrust = [root(null, { rules: own })];
const routes = (address) => collection('routes', 'wallet-route', [['BTC', 'sell', address]]);
const start = step(null, base, ['anna', 'cora']);
const other = (signers, over) =>
  step(start, [base[0], { ...routes('bc1qother'), ...over }, base[2]], signers);

const unusable = (name, why, over) =>
  trustCase(name, why, [root(null, over)], { error: 'BASELINE_FORMAT' });

export const authorCases = [
  authored('author-does-not-count', 'anna wrote the new record herself, in other letters', [byAnna], ['anna'], stays),
  authored('author-and-another', 'anna wrote it, ben counts', [byAnna], ['anna', 'ben'], ok(2, ['anna', 'ben'])),
  authored('author-of-another-record', 'anna wrote a record that did not change', [byDan], ['anna'], ok(2, ['anna'])),
  authored('author-of-what-is-gone', 'a record that is gone names nobody', [gone], ['anna'], ok(2, ['anna'])),
  authored('author-renewal', 'nothing changed, so nobody is its author', [first], ['anna'], ok(2, ['anna'])),
  authored(
    'author-without-account',
    'dan is an author, and no account of the trust root is called so',
    [byDan],
    ['dan'],
    ok(2, ['dan']),
  ),
  authored('author-where-no-rule-asks', 'the same change under rules that count authors', [byAnna], ['anna'], ok(2, ['anna']), {
    trust: [rootWith({ rules })],
  }),
  chainCase(
    'author-below-the-head',
    'a later step does not make good what its parent lacks',
    [v1, v2, v3],
    stays,
    { trust },
  ),
  chainCase(
    'author-records-missing-before',
    'without the records before nobody can say what changed',
    [v1, step(v1, [byAnna], ['ben'])],
    { ...ok(null), refused: ['BASELINE_RECORDS_MISSING', 'BASELINE_RECORDS_MISSING'] },
    withoutOldRecords([v1, step(v1, [byAnna], ['ben'])], first),
  ),
  chainCase(
    'author-no-more',
    'the column is no author any more: the strictest rules, and what it said still counts',
    [v1, step(v1, [terminals([['BT1', 'x', 'anna.admin']], { author: undefined })], ['anna', 'ben'])],
    ok(2, ['anna', 'ben']),
    { trust },
  ),
  chainCase(
    'author-of-what-only-reads-less',
    'a column less is read: records that are the same in the columns left have no author',
    [wide, step(wide, [narrow], ['anna', 'ben'])],
    ok(2, ['anna', 'ben']),
    { trust: bothTrust },
  ),
  chainCase(
    'author-of-what-reads-less-and-differs',
    'a column less is read, and a record differs in those left: both wrote it, and neither counts',
    [wide, step(wide, [narrowAndOther], ['anna', 'ben'])],
    { ...ok(1, ['anna', 'ben']), refused: ['BASELINE_TOO_FEW_SIGNERS'] },
    { trust: bothTrust },
  ),
  chainCase(
    'author-not-among-columns',
    'the author is a column that is not read',
    [step(null, [terminals([], { author: ['changed_at'] })], ['anna', 'ben'])],
    { head: null, refused: ['BASELINE_FORMAT'] },
    { trust },
  ),
  chainCase(
    'author-secret',
    'the author is a fingerprint, which names nobody',
    [step(null, [terminals([], { secret: ['changed_by'] })], ['anna', 'ben'])],
    { head: null, refused: ['BASELINE_FORMAT'] },
    { trust },
  ),
  chainCase(
    'author-empty',
    'no author has one spelling: the member is absent',
    [step(null, [terminals([], { author: [] })], ['anna', 'ben'])],
    { head: null, refused: ['BASELINE_FORMAT'] },
    { trust },
  ),
  chainCase(
    'rule-of-a-collection',
    'one technician is enough for the routes, by the rule that names them',
    [start, other(['dan'])],
    ok(2, ['dan']),
    { trust: ownTrust },
  ),
  chainCase(
    'rule-of-a-collection-not-its-kind',
    'two owners would be needed by kind, and a technician by name',
    [start, other(['anna', 'ben'])],
    { ...ok(1, ['anna', 'cora']), refused: ['BASELINE_TOO_FEW_SIGNERS'] },
    { trust: ownTrust },
  ),
  chainCase(
    'rule-of-a-collection-definition',
    'another definition needs the strictest rules, whatever rule names the collection',
    [
      start,
      step(
        start,
        [
          base[0],
          collection('routes', 'wallet-route', [['BTC', 'sell', 'bc1qexample']], {
            definition: { table: 'public.other' },
          }),
          base[2],
        ],
        ['dan'],
      ),
    ],
    { ...ok(1, ['anna', 'cora']), refused: ['BASELINE_TOO_FEW_SIGNERS'] },
    { trust: ownTrust },
  ),
  trustCase(
    'root-with-accounts',
    'accounts, collections and notAuthor in their places',
    [
      root(null, {
        people: replace('anna', { accounts: [account('a'), account('b'), account('a', 'database')] }),
        rules: [...strict, { kinds: ['config'], collections: ['a', 'b'], threshold: 1, roles: ['tech'] }],
      }),
    ],
    { version: 1 },
  ),
  unusable('accounts-out-of-order', 'accounts are ordered by system, then name', {
    people: replace('anna', { accounts: [account('a', 'database'), account('a')] }),
  }),
  unusable('accounts-empty', 'no account has one spelling: the member is absent', {
    people: replace('anna', { accounts: [] }),
  }),
  unusable('account-of-another-system', 'a system that means nothing', {
    people: replace('anna', { accounts: [account('a', 'slack')] }),
  }),
  unusable('rule-for-nothing', 'a rule names no kind and no collection', {
    rules: [...rules, { kinds: [], threshold: 1, roles: ['tech'] }],
  }),
  unusable('rule-collections-empty', 'no collection has one spelling: the member is absent', {
    rules: [...rules, { kinds: ['file'], collections: [], threshold: 1, roles: ['tech'] }],
  }),
  unusable('rule-not-author-false', 'notAuthor is true or absent', {
    rules: [...rules, { kinds: ['file'], notAuthor: false, threshold: 1, roles: ['tech'] }],
  }),
];
