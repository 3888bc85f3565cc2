import fc from 'fast-check';
import {
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  type RecordLine,
  recordLine,
} from '../../../baselines/index.js';
import { codePoint } from '../../support/code-point.js';

export const walletRoutes: Definition = {
  name: 'wallet_routes',
  kind: 'wallet-route',
  source: 'cas',
  table: 'public.crypto_setting',
  key: ['id'],
  columns: ['address', 'note'],
  secret: [],
};

/** Texts that break naive code: inherited property names, marks of ours, lone surrogates, twins that look alike. */
export const hostileText = fc.oneof(
  fc.constantFrom(
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'toJSON', '_t', 'null', '', ' ', '~', '~~'],
    ...[
      '~hmac:',
      '~digest:1:0',
      '~raw-json:{',
      '\ud800',
      '\udfff\ud800',
      'é',
      'e\u0301',
      '\u0000',
      '\n',
      '"',
    ],
    ...['😀', '\uffff', '[1]', '{"a":1}', '{"a":1.0}', '9007199254740993', 'NaN', '\u202e', '<!channel>'],
  ),
  fc.string({ unit: codePoint, maxLength: 8 }),
);
export const hostileValue = fc.option(hostileText, { nil: null, freq: 6 });

export const record = (
  key: string | null,
  fields: readonly (readonly [string, string | null])[] = [],
): RecordLine => recordLine({ key: [key], fields: new Map(fields) });

export const snapshotOf = (
  records: readonly RecordLine[],
  definition: Definition = walletRoutes,
): CollectionSnapshot => collectionSnapshot(definition, records);

/** Records with few distinct keys, so that both sides of a comparison often share some. */
export const hostileRecords = fc.array(
  fc
    .tuple(
      fc.option(fc.oneof(fc.constantFrom('1', '2', '3', '__proto__', 'null'), hostileText), {
        nil: null,
        freq: 12,
      }),
      fc.uniqueArray(fc.tuple(hostileText, hostileValue), { maxLength: 3, selector: ([name]) => name }),
    )
    .map(([key, fields]) => record(key, fields)),
  { maxLength: 10 },
);
