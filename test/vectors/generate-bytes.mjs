/** A statement's bytes: changed after signing, and signed although the format forbids them. */
import { admins, base, chainCase, collection, flip, routes, step, terminals, v1 } from './scene.mjs';
import { canonical } from './writer.mjs';

/** One bit of the statement turned after it was signed, at a text in it. */
const turned = (name, text, why) => {
  const at = v1.bytes.indexOf(text) + text.length - 1;
  return chainCase(`bit-flip-${name}`, why, [{ ...v1, bytes: flip(v1.bytes, at) }], {
    head: null,
    refused: ['BASELINE_UNSIGNED'],
    notices: ['BASELINE_SIGNATURE_WRONG', 'BASELINE_SIGNATURE_WRONG'],
  });
};

/** A text the format forbids, properly signed by two owners: only the strict reader stands against it. */
const forbidden = (name, why, code, text) =>
  chainCase(name, why, [step(null, base, ['anna', 'ben'], {}, { text })], { head: null, refused: [code] });
const noncanonical = (name, why, text) => forbidden(name, why, 'BASELINE_NOT_CANONICAL', text);
/** A statement with another value in it, properly signed. */
const value = (name, why, over, collections = base) =>
  chainCase(name, why, [step(null, collections, ['anna', 'ben'], over)], {
    head: null,
    refused: ['BASELINE_FORMAT'],
  });
const defined = (name, why, over) =>
  value(name, why, {}, [admins, routes, collection('terminals', 'terminal', [], { definition: over })]);
const entry = (name, why, over) => value(name, why, {}, [collection('admins', 'admin', [], { entry: over })]);

export const byteCases = [
  turned('format', 'tillwarden-baseline/', 'the format'),
  turned('site', 'prague-', 'the name of the site'),
  turned('reason', 'as reviewed', 'the reason'),
  turned('kind', '"kind":"a', 'the kind of a collection'),
  turned('count', '"count":', 'the punctuation before a count'),
  turned('records', '"records":"', 'the punctuation before a digest'),
  turned('expires', '"expires":"202', 'the year of expiry'),
  turned('first-byte', '{', 'the first byte'),
  turned('line-feed', '\n', 'the last byte'),
  chainCase(
    'statement-cut',
    'half of a signed statement',
    [{ ...v1, bytes: v1.bytes.subarray(0, v1.bytes.length / 2) }],
    {
      head: null,
      refused: ['BASELINE_UNSIGNED'],
      notices: ['BASELINE_SIGNATURE_WRONG', 'BASELINE_SIGNATURE_WRONG'],
    },
  ),
  chainCase('statement-empty', 'an empty file beside good signatures', [{ ...v1, bytes: Buffer.alloc(0) }], {
    head: null,
    refused: ['BASELINE_UNSIGNED'],
    notices: ['BASELINE_SIGNATURE_WRONG', 'BASELINE_SIGNATURE_WRONG'],
  }),

  noncanonical('duplicate-names', 'one name twice in an object', (text) =>
    text.replace('"reason":', '"reason":"x","reason":'),
  ),
  noncanonical('white-space', 'a blank after a colon', (text) => text.replace('"site":', '"site": ')),
  noncanonical('trailing-bytes', 'a blank behind the line feed', (text) => `${text} `),
  noncanonical('two-line-feeds', 'one line feed too many', (text) => `${text}\n`),
  noncanonical('no-line-feed', 'the line feed at the end is missing', (text) => text.trimEnd()),
  noncanonical('carriage-return', 'a line ending of another system', (text) => text.replace('\n', '\r\n')),
  noncanonical('escaped-letter', 'an escape where the letter itself is canonical', (text) =>
    text.replace('as reviewed', '\\u0061s reviewed'),
  ),
  noncanonical('escaped-slash', 'an escaped solidus', (text) => text.replace('baseline/1', 'baseline\\/1')),
  noncanonical('upper-case-escape', 'an escape in upper case', (text) =>
    text.replace('as reviewed', 'a\\u001F'),
  ),
  noncanonical('half-a-surrogate-pair', 'an escape that stands for no character', (text) =>
    text.replace('as reviewed', 'a\\ud800'),
  ),
  noncanonical('number-with-fraction', '1.0 for 1', (text) => text.replace('"version":1', '"version":1.0')),
  noncanonical('number-with-exponent', '1e0 for 1', (text) => text.replace('"version":1', '"version":1e0')),
  noncanonical('number-minus-zero', '-0 for 0', (text) => text.replace('"count":2', '"count":-0')),
  noncanonical('number-beyond-2-53', 'a number that loses digits', (text) =>
    text.replace('"count":2', '"count":9007199254740993'),
  ),
  noncanonical('number-infinite', 'a number no computer can hold', (text) =>
    text.replace('"count":2', '"count":1e999'),
  ),
  noncanonical('names-out-of-order', 'members in another order', (text) =>
    text.replace(/"site":"prague-1",("version":1)/, '$1,"site":"prague-1"'),
  ),
  forbidden('byte-order-mark', 'a byte order mark', 'BASELINE_NOT_JSON', (text) => `\ufeff${text}`),
  forbidden('not-json', 'a trailing comma', 'BASELINE_NOT_JSON', (text) => text.replace('}\n', ',}\n')),
  forbidden('single-quotes', 'JSON5', 'BASELINE_NOT_JSON', (text) => text.replaceAll('"', "'")),
  forbidden('not-utf-8', 'a byte that UTF-8 never has', 'BASELINE_NOT_UTF8', (text) =>
    Buffer.from(text.replace('as reviewed', '\xff'), 'latin1'),
  ),
  forbidden('overlong-utf-8', 'a letter in an overlong spelling', 'BASELINE_NOT_UTF8', (text) =>
    Buffer.from(text.replace('as reviewed', '\xc1\xa1'), 'latin1'),
  ),
  forbidden('nested-deeply', '10,000 lists in each other', 'BASELINE_TOO_DEEP', (text) =>
    text.replace('"as reviewed"', '['.repeat(10_000) + ']'.repeat(10_000)),
  ),
  forbidden('nested-17-levels', 'one level more than is read', 'BASELINE_TOO_DEEP', (text) =>
    text.replace('"as reviewed"', '['.repeat(16) + ']'.repeat(16)),
  ),
  forbidden('not-an-object', 'a list where an object is needed', 'BASELINE_FORMAT', () => '[]\n'),

  value('other-format', 'a format that does not exist yet', { format: 'tillwarden-baseline/2' }),
  value('unknown-member', 'a member the format does not have', { note: 'x' }),
  value('missing-member', 'a member is missing', { reason: undefined }),
  forbidden('member-proto', 'a member named __proto__', 'BASELINE_FORMAT', (text) =>
    text.replace('{"collections"', '{"__proto__":{"site":"x"},"collections"'),
  ),
  value('site-in-capitals', 'a name the format does not allow', { site: 'Prague' }),
  value('site-as-path', 'a name that leads elsewhere', { site: '../prague-1' }),
  value('version-zero', 'versions begin at 1', { version: 0 }),
  value('version-as-text', 'a number written as text', { version: '1' }),
  value('parent-in-version-1', 'version 1 has no parent', { parent: '0'.repeat(64) }),
  chainCase(
    'no-parent-in-version-2',
    'version 2 has one',
    [v1, step(v1, base, ['anna', 'ben'], { parent: null })],
    { head: 1, signers: ['anna', 'ben'], refused: ['BASELINE_FORMAT'] },
  ),
  value('digest-in-capitals', 'a digest in upper case', {}, [
    collection('admins', 'admin', [], {
      digest: 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',
    }),
  ]),
  value('time-without-milliseconds', 'an instant in another spelling', { created: '2026-11-01T00:00:00Z' }),
  value('time-with-offset', 'an instant in another zone', { created: '2026-11-01T01:00:00.000+01:00' }),
  value('time-that-never-was', 'the 30th of February', { created: '2026-02-30T00:00:00.000Z' }),
  value('expires-before-created', 'expired before it was made', { expires: '2026-10-01T00:00:00.000Z' }),
  value('reason-empty', 'no reason', { reason: '' }),
  value('reason-too-long', '2,001 characters', { reason: 'x'.repeat(2001) }),
  value('collections-out-of-order', 'collections not ordered by name', {}, [routes, admins, terminals]),
  value('collection-twice', 'two collections of one name', {}, [admins, admins]),
  defined('kind-unknown', 'a kind that does not exist', { kind: 'root' }),
  defined('collection-name-with-blank', 'a name the format does not allow', { name: 'a b' }),
  defined('key-empty', 'a definition without a key', { key: [] }),
  defined('key-column-twice', 'one column twice in the key', { key: ['id', 'id'] }),
  defined('column-in-key-too', 'a column both in key and columns', { columns: ['id', 'name'] }),
  defined('columns-out-of-order', 'columns are a set and written in order', { columns: ['value', 'name'] }),
  defined('columns-twice', 'one column twice', { columns: ['name', 'name'] }),
  defined('secret-elsewhere', 'a secret column that is not read', { secret: ['password'] }),
  defined('definition-with-more', 'a definition with a filter, which the format does not have', {
    where: 'true',
  }),
  defined('table-empty', 'no table', { table: '' }),
  entry('count-negative', 'a negative count', { count: -1 }),
  entry('count-as-text', 'a count as text', { count: '0' }),
  entry('records-as-path', 'a digest that leads elsewhere', { records: '../../etc/passwd' }),
  chainCase(
    'columns-like-numbers',
    'columns whose names look like array indexes keep their order',
    [step(null, [collection('odd', 'admin', [], oddNames())], ['anna', 'ben'])],
    { head: 1, signers: ['anna', 'ben'] },
  ),
];

function oddNames() {
  const columns = ['1', '10', '2', '__proto__', 'constructor', 'toJSON', '\u{1f980}', '\uff5e'].sort();
  const fields = new Map(columns.map((name) => [name, name]));
  return { definition: { columns }, text: `${canonical({ fields, key: ['1'] })}\n`, count: 1 };
}
