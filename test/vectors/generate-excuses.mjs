/**
 * Writes excuse-cases/*.json and excuse-index.json: expectations and mutes with the verdict a verifier has to reach, written by hand from
 * the specification. Run by hand after a change of the format: `node test/vectors/generate-excuses.mjs`.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { flip, NOW, root1, SITE, v1 } from './scene.mjs';
import { documentText, keys, sha256, signature } from './writer.mjs';

const praha = { name: 'Praha', value: 'active' };
const brno = { name: 'Brno', value: 'active' };
const appears = { collection: 'terminals', key: ['BT300002'], before: null, after: brno };
const locked = { collection: 'terminals', key: ['BT300001'], before: praha, after: { ...praha, value: 'locked' } };
const diverted = {
  collection: 'routes',
  key: ['BTC'],
  before: { name: 'sell', value: 'bc1qexample' },
  after: { name: 'sell', value: 'bc1qother' },
};

const expectation = {
  format: 'tillwarden-expectation/1',
  site: SITE,
  created: '2026-11-24T08:00:00.000Z',
  notBefore: '2026-11-24T08:00:00.000Z',
  notAfter: '2026-11-25T08:00:00.000Z',
  adoptBy: '2026-12-02T08:00:00.000Z',
  reason: 'ticket 4711',
  changes: [appears],
};
const mute = {
  format: 'tillwarden-mute/1',
  site: SITE,
  created: '2026-11-24T08:00:00.000Z',
  until: '2026-11-24T12:00:00.000Z',
  reason: 'moving the depot',
  kind: null,
  collection: 'terminals',
  key: null,
};

/** An excuse as it lies on disk. `signers` are names of keys. */
function excuse(type, value, signers, { namespace = `${type}@tillwarden`, text = (one) => one, file } = {}) {
  const bytes = Buffer.from(text(documentText(value)));
  const stem = `${type}.${sha256(bytes).slice(0, 16)}`;
  const signatures = signers.map((name) => ({
    file: `${stem}.${name}.sig`,
    text: signature(keys[name], bytes, { namespace }),
  }));
  return { file: file ?? `${stem}.json`, bytes, signatures };
}
const expects = (over, signers = ['dan'], options) => excuse('expectation', { ...expectation, ...over }, signers, options);
const mutes = (over, signers = ['dan'], options) => excuse('mute', { ...mute, ...over }, signers, options);

const counts = (name, why, document, signers, notices = []) => ({
  name,
  why,
  document,
  expect: { counts: true, signers, notices },
});
const refused = (name, why, code, document, over = {}) => ({
  name,
  why,
  document,
  expect: { counts: false, refused: code },
  ...over,
});
const malformed = (name, why, document) => refused(name, why, 'BASELINE_FORMAT', document);
const renamed = (document, bytes) => ({ ...document, bytes, file: `${document.file.split('.')[0]}.${sha256(bytes).slice(0, 16)}.json` });

const cases = [
  counts('expected-terminal', 'one of the rule for terminals signed', expects({}), ['dan']),
  counts('expected-route', 'two owners signed, as a change of the route needs', expects({ changes: [diverted] }, ['anna', 'cora']), ['anna', 'cora']),
  counts('expected-two-kinds', 'the people of both kinds signed', expects({ changes: [locked, diverted].sort(byText) }, ['anna', 'cora']), ['anna', 'cora']),
  counts('expected-any-key', 'a new record under a key that the database chooses', expects({ changes: [{ ...appears, key: null }] }), ['dan']),
  counts('expected-removal', 'a record is to vanish', expects({ changes: [{ ...locked, after: null }] }), ['dan']),
  counts('expected-name-proto', 'a value named like a property of objects', expects({ changes: [{ ...appears, after: { ...brno, value: '__proto__' } }] }), ['dan']),
  counts('signature-of-a-stranger-beside', 'what does not count harms nothing', expects({}, ['dan', 'mallory']), ['dan'], ['BASELINE_SIGNATURE_UNKNOWN_KEY']),
  refused('route-by-one', 'one owner of two', 'BASELINE_TOO_FEW_SIGNERS', expects({ changes: [diverted] }, ['anna'])),
  refused('route-by-one-with-two-keys', 'people count, not keys', 'BASELINE_TOO_FEW_SIGNERS', expects({ changes: [diverted] }, ['anna', 'anna-second'])),
  refused('two-kinds-by-one-of-them', 'the technician may not sign for the route', 'BASELINE_TOO_FEW_SIGNERS', expects({ changes: [locked, diverted].sort(byText) }, ['dan'])),
  refused('by-another-role', 'an auditor signs for no kind', 'BASELINE_TOO_FEW_SIGNERS', expects({}, ['eve'])),
  refused('unsigned', 'nobody signed', 'BASELINE_UNSIGNED', expects({}, [])),
  refused('by-a-stranger', 'the key is in no trust root', 'BASELINE_UNSIGNED', expects({}, ['mallory'])),
  refused('signed-as-a-baseline', 'the signature was made for another type of document', 'BASELINE_UNSIGNED', expects({}, ['dan'], { namespace: 'baseline@tillwarden' })),
  refused('expectation-signed-as-a-mute', 'the name says which namespace counts', 'BASELINE_UNSIGNED', expects({}, ['dan'], { namespace: 'mute@tillwarden' })),
  malformed('expectation-in-the-place-of-a-mute', 'it was signed as a mute and is none', excuse('mute', expectation, ['dan'])),
  malformed('mute-in-the-place-of-an-expectation', 'it was signed as an expectation and is none', excuse('expectation', mute, ['dan'])),
  refused('byte-changed', 'the name no longer follows from the bytes', 'BASELINE_EXCUSE_NAME', { ...expects({}), bytes: flip(expects({}).bytes, 40) }),
  refused('byte-changed-and-renamed', 'nobody signed these bytes', 'BASELINE_UNSIGNED', renamed(expects({}), flip(expects({}).bytes, 40))),
  refused('name-of-another', 'it lies under the name of another excuse', 'BASELINE_EXCUSE_NAME', { ...expects({}), file: 'expectation.0000000000000000.json' }),
  refused('other-site', 'it was signed for another site', 'BASELINE_WRONG_SITE', expects({ site: 'vienna' })),
  refused('white-space', 'another spelling', 'BASELINE_NOT_CANONICAL', expects({}, ['dan'], { text: (text) => text.replace(',', ', ') })),
  refused('not-json', 'cut off before it was signed', 'BASELINE_NOT_JSON', expects({}, ['dan'], { text: (text) => text.slice(0, 50) })),
  refused('not-utf8', 'a byte that is no text', 'BASELINE_NOT_UTF8', renamedAndSigned(Buffer.concat([Buffer.from('"'), Buffer.from([0xff]), Buffer.from('"\n')]))),
  refused('too-deep', 'nested like no document of ours', 'BASELINE_TOO_DEEP', expects({}, ['dan'], { text: () => `${'['.repeat(17)}${']'.repeat(17)}\n` })),
  refused('collection-not-signed', 'the baseline holds no such collection', 'BASELINE_EXCUSE_SCOPE', expects({ changes: [{ ...appears, collection: 'coupons' }] })),
  refused('no-baseline', 'nothing is in force that it could speak of', 'BASELINE_EXCUSE_SCOPE', expects({}), { baseline: false }),
  refused('column-missing', 'not all of the record is said', 'BASELINE_RECORDS_FIELDS', expects({ changes: [{ ...appears, after: { name: 'Brno' } }] })),
  refused('column-too-many', 'a column that is not watched', 'BASELINE_RECORDS_FIELDS', expects({ changes: [{ ...appears, after: { ...brno, rates: '1' } }] })),
  refused('key-too-long', 'another key than the definition has', 'BASELINE_RECORDS_FIELDS', expects({ changes: [{ ...appears, key: ['BT300002', 'x'] }] })),
  malformed('window-of-eight-days', 'a window lasts seven days at most', expects({ notAfter: '2026-12-02T08:00:00.001Z' })),
  malformed('window-backwards', 'it ends before it begins', expects({ notAfter: '2026-11-24T07:59:59.999Z' })),
  malformed('window-far-ahead', 'it begins more than thirty days after the signing', expects({ created: '2026-10-25T07:59:59.999Z' })),
  malformed('window-before-the-signing', 'it begins before it was made', expects({ created: '2026-11-24T08:00:00.001Z' })),
  malformed('adopted-too-late', 'more than thirty days after the window', expects({ adoptBy: '2026-12-25T08:00:00.001Z' })),
  malformed('adopted-before-the-end', 'before the window is over', expects({ adoptBy: '2026-11-25T07:59:59.999Z' })),
  malformed('nothing-expected', 'no change', expects({ changes: [] })),
  malformed('changes-out-of-order', 'a set has one order', expects({ changes: [locked, appears].sort(byText).reverse() })),
  malformed('change-twice', 'the same change twice', expects({ changes: [appears, appears] })),
  malformed('record-twice', 'two changes of one record', expects({ changes: [appears, { ...appears, after: praha }].sort(byText) })),
  malformed('change-of-nothing', 'before and after are the same', expects({ changes: [{ ...locked, after: praha }] })),
  malformed('neither-before-nor-after', 'no record on either side', expects({ changes: [{ ...appears, after: null }] })),
  malformed('any-key-of-a-change', 'only a new record may have any key', expects({ changes: [{ ...locked, key: null }] })),
  malformed('any-key-of-a-removal', 'only a new record may have any key', expects({ changes: [{ ...locked, key: null, after: null }] })),
  malformed('empty-key', 'a key has a value', expects({ changes: [{ ...appears, key: [] }] })),
  malformed('null-in-a-key', 'a key holds no null', expects({ changes: [{ ...appears, key: [null] }] })),
  malformed('number-as-value', 'values are text or null', expects({ changes: [{ ...appears, after: { ...brno, value: 1 } }] })),
  malformed('member-too-many', 'nothing unread is signed', expects({ note: 'x' })),
  malformed('no-reason', 'a reason is required', expects({ reason: '' })),
  malformed('other-format', 'a format of another version', expects({ format: 'tillwarden-expectation/2' })),

  counts('mute-collection', 'all of a collection', mutes({}), ['dan']),
  counts('mute-record', 'one record', mutes({ key: ['BT300001'] }), ['dan']),
  counts('mute-kind', 'all of a kind', mutes({ collection: null, kind: 'terminal' }), ['dan']),
  counts('mute-kind-without-a-rule', 'the strictest rules stand in for a kind that none names', mutes({ collection: null, kind: 'file' }, ['anna', 'cora']), ['anna', 'cora']),
  counts('mute-sensor', 'two owners signed', mutes({ collection: null, kind: 'sensor' }, ['anna', 'cora']), ['anna', 'cora']),
  refused('mute-sensor-by-one', 'the sensor needs two owners', 'BASELINE_TOO_FEW_SIGNERS', mutes({ collection: null, kind: 'sensor' }, ['anna'])),
  refused('mute-admins-by-one', 'administrators need two owners', 'BASELINE_TOO_FEW_SIGNERS', mutes({ collection: 'admins' }, ['anna'])),
  refused('mute-kind-without-a-rule-by-one', 'one of two', 'BASELINE_TOO_FEW_SIGNERS', mutes({ collection: null, kind: 'file' }, ['dan'])),
  refused('mute-signed-as-an-expectation', 'the name says which namespace counts', 'BASELINE_UNSIGNED', mutes({}, ['dan'], { namespace: 'expectation@tillwarden' })),
  refused('mute-of-what-nobody-signed', 'the baseline holds no such collection', 'BASELINE_EXCUSE_SCOPE', mutes({ collection: 'coupons' })),
  refused('mute-key-too-long', 'another key than the definition has', 'BASELINE_RECORDS_FIELDS', mutes({ key: ['a', 'b'] })),
  malformed('mute-of-eight-days', 'seven days at most', mutes({ until: '2026-12-01T08:00:00.001Z' })),
  malformed('mute-without-length', 'it ends when it begins', mutes({ until: '2026-11-24T08:00:00.000Z' })),
  malformed('mute-of-everything', 'neither a kind nor a collection', mutes({ collection: null })),
  malformed('mute-of-both', 'a kind and a collection', mutes({ kind: 'terminal' })),
  malformed('mute-kind-with-a-key', 'a kind has no key', mutes({ collection: null, kind: 'terminal', key: ['x'] })),
  malformed('mute-of-an-unknown-kind', 'there is no such kind', mutes({ collection: null, kind: 'terminals' })),
];

function byText(a, b) {
  return documentText(a) < documentText(b) ? -1 : 1;
}

function renamedAndSigned(bytes) {
  const stem = `expectation.${sha256(bytes).slice(0, 16)}`;
  const text = signature(keys.dan, bytes, { namespace: 'expectation@tillwarden' });
  return { file: `${stem}.json`, bytes, signatures: [{ file: `${stem}.dan.sig`, text }] };
}

function content(bytes) {
  const buffer = Buffer.from(bytes);
  const text = buffer.toString('utf8');
  return Buffer.from(text, 'utf8').equals(buffer) ? { text } : { base64: buffer.toString('base64') };
}
const document = ({ file, bytes, signatures }) => ({ file, ...content(bytes), signatures });

const folder = new URL('excuse-cases/', import.meta.url);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
if (new Set(cases.map(({ name }) => name)).size !== cases.length) throw new Error('two cases of one name');
for (const { name, document: excused, baseline = true } of cases) {
  const input = {
    pin: root1.digest,
    site: SITE,
    now: NOW,
    trust: [document(root1)],
    documents: baseline ? [document(v1)] : [],
    records: baseline ? [...v1.records].map(([digest, bytes]) => ({ digest, ...content(bytes) })) : [],
    excuse: document(excused),
  };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(input, null, 1)}\n`);
}
const index = cases.map(({ name, why, expect }) => ({ case: name, why, expect }));
writeFileSync(
  new URL('excuse-index.json', import.meta.url),
  `[\n${index.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`,
);
console.log(`${cases.length} cases`);
