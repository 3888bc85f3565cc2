import {
  type CollectionSnapshot,
  compareUtf8,
  type Definition,
  parseRecordLine,
  type RecordLine,
  sha256Hex,
} from '../../baselines/index.js';
import type { UnknownCause } from '../policy/finding.js';
import type { CollectionReading } from '../sources/source.js';
import type { Change, ChangeType } from './change.js';

/** Three outcomes, never two (invariant 4). */
export type CollectionOutcome =
  | { readonly outcome: 'same' }
  | { readonly outcome: 'drifted'; readonly changes: readonly Change[] }
  | { readonly outcome: 'unknown'; readonly cause: UnknownCause; readonly detail: string };

/** What a collection is compared from. At least one of `configured` and `signed` is present. */
export interface Comparison {
  readonly site: string;
  readonly configured: Definition | null;
  readonly signed: CollectionSnapshot | null;
  readonly reading: CollectionReading;
}

/** Compares what was read of a collection with what people signed. */
export function compareCollection({ site, configured, signed, reading }: Comparison): CollectionOutcome {
  if (configured === null) {
    return unknown('not-configured', 'it is signed, but the configuration does not name it');
  }
  if (signed === null) return unknown('unapproved', 'nobody has signed it yet');
  if (!sameDefinition(configured, signed.definition)) {
    return unknown('definition-differs', 'the configured definition is not the signed one');
  }
  if (!reading.readable) return unknown(reading.cause, reading.detail);
  return diffCollection(site, signed, reading.snapshot);
}

function unknown(cause: UnknownCause, detail: string): CollectionOutcome {
  return { outcome: 'unknown', cause, detail };
}

/** Whether two definitions read the same values in the same way. Order of columns and secrets does not matter; that of the key does. */
export function sameDefinition(a: Definition, b: Definition): boolean {
  const text = (definition: Definition) =>
    JSON.stringify([
      definition.name,
      definition.kind,
      definition.source,
      definition.table,
      definition.key,
      [...definition.columns].sort(),
      [...definition.secret].sort(),
    ]);
  return text(a) === text(b);
}

/**
 * Every record that differs, in key order. Decided by our own digests alone (invariant 3). A key that several observed records
 * share, or that holds a null, is a change even if the baseline has one of them. One walk over both ordered lists.
 */
export function diffCollection(
  site: string,
  signed: CollectionSnapshot,
  observed: CollectionSnapshot,
): CollectionOutcome {
  if (signed.recordsDigest === observed.recordsDigest) return { outcome: 'same' };
  const changes: Change[] = [];
  const { name: collection, kind } = signed.definition;
  const add = (type: ChangeType, key: string, before: RecordLine | null, after: readonly RecordLine[]) =>
    changes.push({
      fingerprint: changeFingerprint(site, collection, key, before, after),
      site,
      collection,
      kind,
      type,
      key,
      before,
      after,
    });

  let s = 0;
  let o = 0;
  for (;;) {
    const before = signed.records[s];
    const first = observed.records[o];
    if (!before && !first) break;
    const order = !before
      ? 1
      : !first
        ? -1
        : before.key === first.key
          ? 0
          : compareUtf8(before.key, first.key);
    if (before && order < 0) {
      add('removed', before.key, before, []);
      s++;
      continue;
    }
    if (!first) break;
    let end = o + 1;
    while (observed.records[end]?.key === first.key) end++;
    const old = before && order === 0 ? before : null;
    if (end > o + 1 || hasNull(first.key)) add('ambiguous', first.key, old, observed.records.slice(o, end));
    else if (old === null) add('added', first.key, null, [first]);
    else if (old.digest !== first.digest) add('modified', first.key, old, [first]);
    o = end;
    if (old) s++;
  }
  return changes.length === 0 ? { outcome: 'same' } : { outcome: 'drifted', changes };
}

function hasNull(key: string): boolean {
  return key.includes('null') && (JSON.parse(key) as (string | null)[]).includes(null);
}

/** Hex SHA-256 over site, collection, key, baseline digest and observed digests, each framed by JSON. */
export function changeFingerprint(
  site: string,
  collection: string,
  key: string,
  before: RecordLine | null,
  after: readonly RecordLine[],
): string {
  const parts = [site, collection, key, before?.digest ?? null, after.map((record) => record.digest)];
  return sha256Hex(JSON.stringify(['change', ...parts]));
}

/** The values of a canonical key, for showing. */
export function keyValues(key: string): readonly (string | null)[] {
  return parseRecordLine(`{"fields":{},"key":${key}}`).key;
}
