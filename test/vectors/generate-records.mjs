/** The records file. In most cases it is the signed one and its content is what the format forbids. */
import { admins, chainCase, collection, flip, routes, step, v1, v2 } from './scene.mjs';
import { canonical, recordText } from './writer.mjs';

const fields = (name, value) => [
  ['name', name],
  ['value', value],
];
const record = (key, name = 'n', value = 'v') => recordText([key], fields(name, value));
const stays = { head: 1, signers: ['anna', 'ben'] };

/** Properly signed records with this text. */
const text = (name, why, code, content, count = content.split('\n').length - 1) =>
  chainCase(
    name,
    why,
    [step(null, [collection('admins', 'admin', [], { text: content, count })], ['anna', 'ben'])],
    {
      head: null,
      refused: [code],
    },
  );
const malformed = (name, why, content, count) =>
  text(name, why, 'BASELINE_RECORDS_MALFORMED', content, count);
const other = (name, why, content) => text(name, why, 'BASELINE_RECORDS_FIELDS', content);
/** The records file of the administrators of version 1 is `bytes`. */
const file = (name, why, code, bytes) => {
  const records = new Map(v1.records);
  if (bytes === undefined) records.delete(admins.entry.records);
  else records.set(admins.entry.records, bytes);
  return chainCase(name, why, [v1], { head: null, refused: [code] }, { records });
};
const accepted = (name, why, content, over = {}) =>
  chainCase(
    name,
    why,
    [
      step(
        null,
        [
          collection('admins', 'admin', [], {
            text: content,
            count: content.split('\n').length - 1,
            ...over,
          }),
        ],
        ['anna', 'ben'],
      ),
    ],
    stays,
  );

const hostile = [
  '',
  '__proto__',
  'constructor',
  'toJSON',
  'hasOwnProperty',
  'length',
  '0',
  'x'.repeat(10_240),
  '\u{1f980}',
  '\uff5e',
  '"\\\n\u2028\u0000\u007f',
  '\u202e',
  '<!channel>',
];
const byBytes = (a, b) => Buffer.compare(Buffer.from(JSON.stringify([a])), Buffer.from(JSON.stringify([b])));

export const recordsCases = [
  accepted(
    'hostile-keys',
    'keys that are names of JavaScript, empty, or 10 kB long are keys like any other',
    [...hostile]
      .sort(byBytes)
      .map((key) => record(key))
      .join(''),
  ),
  accepted(
    'hostile-values',
    'values likewise; null is a value',
    hostile.map((value, i) => record(String(i).padStart(2, '0'), value, null)).join(''),
  ),
  accepted(
    'keys-by-bytes',
    'keys are ordered by the bytes of their UTF-8 text, not by UTF-16 code units',
    ['\uff5e', '\u{1f980}'].map((key) => record(key)).join(''),
  ),
  accepted(
    'hostile-columns',
    'columns named like the inner parts of JavaScript objects',
    recordText(
      ['1'],
      [
        ['__proto__', 'a'],
        ['constructor', 'b'],
        ['toJSON', 'c'],
      ],
    ),
    { definition: { columns: ['__proto__', 'constructor', 'toJSON'] } },
  ),
  accepted(
    'key-of-two-columns',
    'a key of two columns keeps the order of the definition',
    recordText(['a', 'b'], fields('n', 'v')),
    { definition: { key: ['zone', 'id'] } },
  ),
  accepted('records-empty', 'no records is an empty file', ''),

  file('records-missing', 'the file is not there', 'BASELINE_RECORDS_MISSING'),
  file(
    'records-cut',
    'the file lost its last line',
    'BASELINE_RECORDS_DIGEST',
    admins.bytes.subarray(0, admins.bytes.indexOf('\n') + 1),
  ),
  file(
    'records-truncated',
    'the file lost its last byte',
    'BASELINE_RECORDS_DIGEST',
    admins.bytes.subarray(0, -1),
  ),
  file('records-emptied', 'the file is empty', 'BASELINE_RECORDS_DIGEST', Buffer.alloc(0)),
  file(
    'records-swapped',
    'the file of another collection lies under the name',
    'BASELINE_RECORDS_DIGEST',
    routes.bytes,
  ),
  file('records-flip', 'one bit of the file', 'BASELINE_RECORDS_DIGEST', flip(admins.bytes, 20)),
  file(
    'records-longer',
    'a record was appended',
    'BASELINE_RECORDS_DIGEST',
    Buffer.concat([admins.bytes, Buffer.from(record('3'))]),
  ),
  chainCase(
    'records-of-the-head-missing',
    'the head cannot be read: the last step whose records are whole is the head',
    [v1, v2],
    { ...stays, refused: ['BASELINE_RECORDS_MISSING'] },
    { records: v1.records },
  ),
  chainCase(
    'records-of-an-older-step-missing',
    'records that the head does not name are not needed',
    [v1, v2],
    { head: 2, signers: ['dan'] },
    { records: v2.records },
  ),
  chainCase(
    'records-shared',
    'two collections with the same records share a file',
    [
      step(
        null,
        [
          admins,
          collection('owners', 'admin', [
            ['1', 'alice', 'owner'],
            ['2', 'bob', null],
          ]),
        ],
        ['anna', 'ben'],
      ),
    ],
    stays,
  ),

  text('count-too-high', 'the statement says one record more', 'BASELINE_RECORDS_COUNT', record('1'), 2),
  text(
    'count-too-low',
    'the statement says one record less',
    'BASELINE_RECORDS_COUNT',
    record('1') + record('2'),
    1,
  ),
  text(
    'records-out-of-order',
    'records not ordered by key',
    'BASELINE_RECORDS_ORDER',
    record('2') + record('1'),
  ),
  text(
    'records-ordered-as-numbers',
    '10 comes before 2: keys are text',
    'BASELINE_RECORDS_ORDER',
    record('2') + record('10'),
  ),
  text(
    'records-ordered-by-utf-16',
    'ordered as JavaScript compares text',
    'BASELINE_RECORDS_ORDER',
    record('\u{1f980}') + record('\uff5e'),
  ),
  text(
    'key-twice',
    'two records of one key',
    'BASELINE_RECORDS_DUPLICATE',
    record('1', 'a') + record('1', 'b'),
  ),
  text('record-twice', 'one record twice', 'BASELINE_RECORDS_DUPLICATE', record('1') + record('1')),
  text(
    'null-in-key',
    'a key that is null',
    'BASELINE_RECORDS_NULL_KEY',
    recordText([null], fields('n', 'v')),
  ),
  chainCase(
    'records-not-utf-8',
    'half a letter',
    [
      step(
        null,
        [collection('admins', 'admin', [], { text: Buffer.from(record('1', '\xe1'), 'latin1'), count: 1 })],
        ['anna', 'ben'],
      ),
    ],
    { head: null, refused: ['BASELINE_NOT_UTF8'] },
  ),
  other(
    'field-too-many',
    'a field the definition does not have',
    recordText(['1'], [...fields('n', 'v'), ['z', 'x']]),
  ),
  other('field-missing', 'a field the definition has is missing', recordText(['1'], [['name', 'n']])),
  other(
    'field-other',
    'another field in place of one of the definition',
    recordText(
      ['1'],
      [
        ['name', 'n'],
        ['wert', 'v'],
      ],
    ),
  ),
  other(
    'key-too-long',
    'a key of two columns where the definition has one',
    recordText(['1', '2'], fields('n', 'v')),
  ),
  other('key-none', 'a key of no columns', recordText([], fields('n', 'v'))),
  malformed('line-blank', 'a blank line', `${record('1')}\n`, 1),
  malformed('line-without-line-feed', 'the last line feed is missing', record('1').trimEnd(), 1),
  malformed('line-with-carriage-return', 'line endings of another system', record('1').replace('\n', '\r\n')),
  malformed('line-white-space', 'a blank inside', record('1').replace(':', ': ')),
  malformed('line-escape', 'an escape that is not needed', record('1').replace('"n"', '"\\u006e"')),
  malformed(
    'line-half-a-surrogate-pair',
    'an escape that stands for no character',
    record('1').replace('"n"', '"\\ud800"'),
  ),
  malformed(
    'line-duplicate-name',
    'one field twice',
    record('1').replace('"name":"n"', '"name":"x","name":"n"'),
  ),
  malformed(
    'line-names-out-of-order',
    'fields in another order',
    '{"fields":{"value":"v","name":"n"},"key":["1"]}\n',
  ),
  malformed(
    'line-members-out-of-order',
    'key before fields',
    '{"key":["1"],"fields":{"name":"n","value":"v"}}\n',
  ),
  malformed(
    'line-more-members',
    'a third member',
    '{"fields":{"name":"n","value":"v"},"key":["1"],"note":"x"}\n',
  ),
  malformed('line-number', 'a number where text is needed', record('1').replace('"v"', '7')),
  malformed('line-object', 'an object where text is needed', record('1').replace('"v"', '{}')),
  malformed('line-fields-as-list', 'a list of fields', '{"fields":["n","v"],"key":["1"]}\n'),
  malformed('line-key-as-text', 'a key that is no list', '{"fields":{"name":"n","value":"v"},"key":"1"}\n'),
  malformed('line-null', 'null for a record', 'null\n'),
  malformed('line-not-json', 'not JSON', '{\n'),
  chainCase(
    'fields-as-empty-list',
    'an empty list where a definition without columns needs an empty object',
    [
      step(
        null,
        [
          collection('admins', 'admin', [], {
            text: '{"fields":[],"key":["1"]}\n',
            count: 1,
            definition: { columns: [] },
          }),
        ],
        ['anna', 'ben'],
      ),
    ],
    { head: null, refused: ['BASELINE_RECORDS_MALFORMED'] },
  ),
  accepted(
    'fields-none',
    'a definition without columns has records without fields',
    `${canonical({ fields: {}, key: ['1'] })}\n`,
    { definition: { columns: [] } },
  ),
];
