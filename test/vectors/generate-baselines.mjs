/** Who must have signed, and a step's place in its chain. */
import {
  admins,
  base,
  chainCase,
  collection,
  moreTerminals,
  NOW,
  otherRoutes,
  people,
  root,
  root1,
  routes,
  SITE,
  sig,
  step,
  terminals,
  v1,
  v2,
  withOne,
} from './scene.mjs';
import { keys, signature } from './writer.mjs';

const ok = (head, signers) => ({ head, signers });
const v3 = step(v2, withOne(collection('terminals', 'terminal', [])), ['cora']);
const renewal = (signers) =>
  step(v1, base, signers, { reason: 'renewed', expires: '2028-11-01T00:00:00.000Z' });
const both = (signers) => step(v1, [admins, otherRoutes, moreTerminals], signers);
const logins = (over) => collection('terminals', 'terminal', [['BT300001', 'Praha', 'active']], over);
const extensions = (rows) => [admins, collection('extensions', 'file', rows), routes, terminals];
const withFiles = step(v1, extensions([['a.jar', 'x', 'y']]), ['anna', 'ben']);
const settings = (value) => [
  admins,
  routes,
  collection('settings', 'config', [['1', 'limit', value]]),
  terminals,
];
const stays = ok(1, ['anna', 'ben']);

/** Ben's key is gone from this root; a head that he signed is pinned. */
const withoutBen = (heads) => {
  const parent = root1;
  return root(parent, { people: people.filter(({ name }) => name !== 'ben'), heads }, [
    'anna',
    'ben',
    'cora',
  ]);
};
const pin = ({ version, digest }) => ({ site: SITE, version, statement: digest });
const afterPinned = step(v2, [admins, otherRoutes, moreTerminals], ['anna', 'cora']);
const backdated = step(v1, [admins, otherRoutes, terminals], ['anna', 'ben'], {
  reason: 'signed with a stolen key',
});

export const baselineCases = [
  chainCase('first-baseline', 'two owners signed the first baseline', [v1], ok(1, ['anna', 'ben'])),
  chainCase('nothing-yet', 'a site without a baseline is not an error', [], { head: null }),
  chainCase(
    'second-step-by-one-technician',
    'a terminal was added: its kind needs one technician',
    [v1, v2],
    ok(2, ['dan']),
  ),
  chainCase('third-step', 'the walk goes on to the head', [v1, v2, v3], ok(3, ['cora'])),
  chainCase(
    'all-key-types',
    'ed25519, nistp256 (the same person), nistp384 and rsa sign one statement',
    [step(null, base, ['anna', 'anna-second', 'ben', 'cora'])],
    ok(1, ['anna', 'ben', 'cora']),
  ),
  chainCase(
    'no-collections',
    'an empty statement needs the strictest rule',
    [step(null, [], ['anna', 'ben'])],
    ok(1, ['anna', 'ben']),
  ),
  chainCase('no-collections-too-few', 'an empty statement signed by one owner', [step(null, [], ['anna'])], {
    head: null,
    refused: ['BASELINE_TOO_FEW_SIGNERS'],
  }),
  chainCase(
    'renewal',
    'nothing differs: what it holds is approved anew, so all its rules are needed',
    [v1, renewal(['anna', 'ben'])],
    ok(2, ['anna', 'ben']),
  ),
  chainCase(
    'renewal-too-few',
    'a technician alone cannot renew administrators and wallet routes',
    [v1, renewal(['dan'])],
    { ...stays, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'expired',
    'an expired head is told and stays the head',
    [step(null, base, ['anna', 'ben'], { expires: '2026-11-24T11:59:59.999Z' })],
    { ...ok(1, ['anna', 'ben']), notices: ['BASELINE_EXPIRED'] },
  ),
  chainCase(
    'expires-this-instant',
    'the instant of expiry itself still counts',
    [step(null, base, ['anna', 'ben'], { expires: NOW })],
    ok(1, ['anna', 'ben']),
  ),

  chainCase('unsigned', 'nobody signed', [step(null, base, [])], {
    head: null,
    refused: ['BASELINE_UNSIGNED'],
  }),
  chainCase('unknown-key', 'signed by a key the trust root does not have', [step(null, base, ['mallory'])], {
    head: null,
    refused: ['BASELINE_UNSIGNED'],
    notices: ['BASELINE_SIGNATURE_UNKNOWN_KEY'],
  }),
  chainCase(
    'unknown-key-beside-enough',
    'a foreign signature beside enough good ones is only told',
    [step(null, base, ['anna', 'ben', 'mallory'])],
    { ...ok(1, ['anna', 'ben']), notices: ['BASELINE_SIGNATURE_UNKNOWN_KEY'] },
  ),
  chainCase(
    'unknown-key-under-a-known-name',
    'the label in a file name proves nothing',
    [{ ...v1, signatures: [v1.signatures[0], sig(v1, 'ben', signature(keys.mallory, v1.bytes))] }],
    { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'], notices: ['BASELINE_SIGNATURE_UNKNOWN_KEY'] },
  ),
  chainCase('one-signer-of-two', 'one owner where two are needed', [step(null, base, ['anna'])], {
    head: null,
    refused: ['BASELINE_TOO_FEW_SIGNERS'],
  }),
  chainCase(
    'same-person-two-keys',
    'two keys of one person are one person',
    [step(null, base, ['anna', 'anna-second'])],
    { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'same-signature-two-labels',
    'one signature under two names is one person',
    [{ ...v1, signatures: [v1.signatures[0], sig(v1, 'ben', v1.signatures[0].text)] }],
    { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'wrong-role',
    'a technician does not count where an owner is needed',
    [step(null, base, ['anna', 'dan'])],
    { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'role-without-rule',
    'a person of the trust root whose role no rule names counts for nothing',
    [v1, step(v1, withOne(moreTerminals), ['eve'])],
    { ...stays, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'one-kind-met-another-missed',
    'a technician signed a new terminal and a changed wallet route together',
    [v1, both(['dan'])],
    { ...stays, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'one-owner-and-a-technician',
    'enough for the terminal, one owner short for the wallet route',
    [v1, both(['anna', 'dan'])],
    { ...stays, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'both-kinds-met',
    'two owners are enough for both kinds',
    [v1, both(['anna', 'cora'])],
    ok(2, ['anna', 'cora']),
  ),
  chainCase(
    'definition-changed-by-its-kind',
    'reading a terminal differently needs the strictest rule, not the one for terminals',
    [v1, step(v1, withOne(logins({ definition: { table: 'public.terminal_copy' } })), ['dan'])],
    { ...stays, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'definition-changed-by-the-strictest',
    'two owners may change a definition',
    [v1, step(v1, withOne(logins({ definition: { table: 'public.terminal_copy' } })), ['anna', 'ben'])],
    ok(2, ['anna', 'ben']),
  ),
  chainCase(
    'secret-column-dropped-from-definition',
    'a definition changed where no record did',
    [v1, step(v1, withOne(logins({ definition: { secret: ['value'] } })), ['dan'])],
    { ...stays, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'kind-lowered',
    'wallet routes declared to be terminals, by a technician',
    [v1, step(v1, withOne(collection('routes', 'terminal', [['BTC', 'sell', 'bc1qthief']])), ['dan'])],
    { ...stays, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'collection-dropped',
    'a technician drops a collection',
    [v1, step(v1, [admins, routes], ['dan'])],
    { ...stays, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'collection-added',
    'a technician adds a collection of terminals',
    [v1, step(v1, [...base, collection('vending', 'terminal', [])], ['dan'])],
    { ...stays, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'kind-without-a-rule',
    'no rule names the kind file: a change needs the strictest rule',
    [v1, withFiles, step(withFiles, extensions([]), ['dan'])],
    { head: 2, signers: ['anna', 'ben'], refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'kind-without-a-rule-by-two-owners',
    'two owners may change files',
    [v1, withFiles, step(withFiles, extensions([]), ['ben', 'cora'])],
    ok(3, ['ben', 'cora']),
  ),
  chainCase(
    'owner-where-a-technician-is-needed',
    'a rule asks for its own roles, however high the signer',
    [
      step(null, settings('0'), ['anna', 'cora']),
      step(step(null, settings('0'), ['anna', 'cora']), settings('9'), ['anna']),
    ],
    { head: 1, signers: ['anna', 'cora'], refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),
  chainCase(
    'new-definition-needs-its-kind-too',
    'a new collection needs the strictest rule and that of its kind: two owners, none of them a technician',
    [step(null, settings('0'), ['anna', 'ben'])],
    { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'] },
  ),

  chainCase(
    'wrong-site',
    "another site's baseline was copied here",
    [step(null, base, ['anna', 'ben'], { site: 'brno-1' })],
    { head: null, refused: ['BASELINE_WRONG_SITE'] },
  ),
  chainCase(
    'older-version-renamed',
    'version 1 lies under the name of version 2',
    [
      v1,
      {
        ...v1,
        file: '000002.json',
        signatures: v1.signatures.map(({ file, text }) => ({ file: file.replace('000001', '000002'), text })),
      },
    ],
    { ...stays, refused: ['BASELINE_WRONG_VERSION'] },
  ),
  chainCase(
    'version-ahead-of-its-file',
    'the file says 2, the statement says 3',
    [v1, step(v1, withOne(moreTerminals), ['dan'], { version: 3 })],
    { ...stays, refused: ['BASELINE_WRONG_VERSION'] },
  ),
  chainCase('skipped-version', 'version 2 is missing, version 3 is there', [v1, v3], {
    ...stays,
    refused: ['BASELINE_GAP'],
  }),
  chainCase('first-version-missing', 'the chain has no beginning', [v2, v3], {
    head: null,
    refused: ['BASELINE_GAP'],
  }),
  chainCase(
    'broken-parent',
    'the parent is a digest of nothing',
    [v1, step(v1, withOne(moreTerminals), ['dan'], { parent: '0'.repeat(64) })],
    { ...stays, refused: ['BASELINE_WRONG_PARENT'] },
  ),
  chainCase(
    'sibling-parent',
    'the child of another version 1, which was never installed',
    [v1, step(step(null, base, ['anna', 'ben'], { reason: 'another' }), withOne(moreTerminals), ['dan'])],
    { ...stays, refused: ['BASELINE_WRONG_PARENT'] },
  ),
  chainCase(
    'two-statements-of-one-version',
    'two mirrors hold different, properly signed statements of version 2',
    [v1, v2, step(v1, withOne(moreTerminals), ['dan'], { reason: 'another' })],
    { ...stays, refused: ['BASELINE_EQUIVOCATION'] },
  ),
  chainCase(
    'two-first-statements',
    'equivocation at the very beginning',
    [v1, step(null, base, ['anna', 'ben'], { reason: 'another' })],
    { head: null, refused: ['BASELINE_EQUIVOCATION'] },
  ),
  chainCase(
    'one-statement-twice',
    'two mirrors hold the same bytes, one signature each',
    [
      { ...v1, signatures: v1.signatures.slice(0, 1) },
      { ...v1, signatures: v1.signatures.slice(1) },
    ],
    stays,
  ),
  chainCase(
    'file-name-without-zeros',
    'a name that tillwarden does not write is not read',
    [{ ...v1, file: '1.json' }],
    { head: null },
  ),

  chainCase(
    'signer-removed',
    'the key of one signer left the trust root and nothing is pinned',
    [v1, v2],
    { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'], notices: ['BASELINE_SIGNATURE_UNKNOWN_KEY'] },
    { trust: [root1, withoutBen([])] },
  ),
  chainCase(
    'head-pinned',
    'the trust root pins version 2, so that the removed key behind version 1 is no longer asked',
    [v1, v2, afterPinned],
    ok(3, ['anna', 'cora']),
    { trust: [root1, withoutBen([pin(v2)])] },
  ),
  chainCase('head-pinned-alone', 'what lies before a pinned head need not be there', [v2], ok(2, ['dan']), {
    trust: [root1, withoutBen([pin(v2)])],
  }),
  chainCase(
    'head-pinned-needs-no-signature',
    'the pin is enough for the pinned statement itself',
    [{ ...v2, signatures: [] }],
    ok(2, []),
    { trust: [root1, withoutBen([pin(v2)])] },
  ),
  chainCase(
    'head-pinned-missing',
    'the pinned statement was deleted',
    [v1],
    { head: null, refused: ['BASELINE_ANCHOR_MISSING'] },
    { trust: [root1, withoutBen([pin(v2)])] },
  ),
  chainCase(
    'head-pinned-replaced',
    'a properly signed other version 2 lies where the pinned one is needed',
    [v1, backdated],
    { head: null, refused: ['BASELINE_ANCHOR_MISSING'], notices: ['BASELINE_SIGNATURE_UNKNOWN_KEY'] },
    { trust: [root1, withoutBen([pin(v2)])] },
  ),
  chainCase(
    'head-pinned-for-another-site',
    'a pin of another site means nothing here',
    [v1],
    { head: null, refused: ['BASELINE_TOO_FEW_SIGNERS'], notices: ['BASELINE_SIGNATURE_UNKNOWN_KEY'] },
    { trust: [root1, withoutBen([{ ...pin(v1), site: 'brno-1' }])] },
  ),
];
