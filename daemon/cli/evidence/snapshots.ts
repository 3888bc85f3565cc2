import {
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  recordsBytes,
} from '../../../baselines/index.js';
import type { Finding } from '../../finding.js';
import type { EndedFinding } from '../../incident.js';
import type { JournalEntry, StoreReader } from '../../store/store.js';
import { type CollectionVersions, endOf, versionAt } from '../history/collection-history.js';
import { recordFromLine } from '../text/finding-text.js';
import { entryBody } from '../text/journal-text.js';

/** A whole collection as it was signed or seen, or what is left to say of it. */
export interface EvidenceSnapshot {
  readonly collection: string;
  /** `baseline 3`, or `journal entry 17`. */
  readonly of: string;
  readonly atMs: number;
  /** Hex SHA-256 of the records, as the statement or the journal has it. */
  readonly records: string;
  /** Path in the archive; null when the records cannot be had any more. */
  readonly file: string | null;
  readonly bytes: Uint8Array | null;
}

/**
 * The collections an incident is about: as they were signed when it was opened, and as the journal says they were seen. The state keeps
 * what was seen last only, so an earlier snapshot is put together from what was signed and what was found. It counts when it has the very
 * digest that the journal holds, and is left out when it has not.
 */
export function evidenceSnapshots(
  past: CollectionVersions,
  incident: { readonly openedMs: number; readonly findings: readonly (Finding | EndedFinding)[] },
  entries: readonly JournalEntry[],
  store: StoreReader,
): EvidenceSnapshot[] {
  const { collection } = past;
  const signed = versionAt(past, incident.openedMs);
  const before = signed?.snapshot(null) ?? null;
  const snapshots: EvidenceSnapshot[] = [];
  if (signed?.signed) {
    snapshots.push({
      ...{
        collection,
        of: `baseline ${signed.step.version}`,
        atMs: signed.fromMs,
        records: signed.signed.records,
      },
      ...filed(`snapshots/${collection}.before.jsonl`, before),
    });
  }
  const seen = new Set<string>();
  for (const entry of entries) {
    const records = seenIn(entry, collection);
    if (records === null || seen.has(records)) continue;
    seen.add(records);
    const snapshot = snapshotAt(past, incident.findings, entry.atMs, records, store);
    snapshots.push({
      ...{ collection, of: `journal entry ${entry.seq}`, atMs: entry.atMs, records },
      ...filed(`snapshots/${collection}.after-${seen.size}.jsonl`, snapshot),
    });
  }
  return snapshots;
}

function filed(file: string, snapshot: CollectionSnapshot | null): Pick<EvidenceSnapshot, 'file' | 'bytes'> {
  return snapshot === null ? { file: null, bytes: null } : { file, bytes: recordsBytes(snapshot) };
}

/** Digest of the collection's records in a verdict; null when it says none. */
function seenIn(entry: JournalEntry, collection: string): string | null {
  const snapshots = entry.type === 'verdict' ? entryBody(entry.body)?.['snapshots'] : null;
  if (!Array.isArray(snapshots)) return null;
  const found = snapshots.find((one) => one?.collection === collection)?.records;
  return typeof found === 'string' ? found : null;
}

function snapshotAt(
  past: CollectionVersions,
  findings: readonly (Finding | EndedFinding)[],
  atMs: number,
  records: string,
  store: StoreReader,
): CollectionSnapshot | null {
  const signed = versionAt(past, atMs)?.snapshot(null) ?? null;
  const definition = signed?.definition ?? past.definitions.get(past.collection);
  if (definition === undefined) return null;
  const candidates = [
    () => (signed === null ? null : changed(signed, past.collection, findings, atMs)),
    () => observed(store, past, definition),
  ];
  for (const candidate of candidates) {
    const snapshot = candidate();
    if (snapshot?.recordsDigest === records) return snapshot;
  }
  return null;
}

/** What was signed, with everything put in that was found to be otherwise at an instant. */
function changed(
  signed: CollectionSnapshot,
  collection: string,
  findings: readonly (Finding | EndedFinding)[],
  atMs: number,
): CollectionSnapshot {
  const records = new Map(signed.records.map((record) => [record.key, [record]]));
  for (const finding of findings) {
    const { subject } = finding;
    if (subject.what !== 'change' || subject.collection !== collection) continue;
    if (finding.firstSeenMs > atMs || endOf(finding) <= atMs) continue;
    records.set(subject.key, subject.after.map(recordFromLine));
  }
  return collectionSnapshot(signed.definition, [...records.values()].flat());
}

function observed(
  store: StoreReader,
  past: CollectionVersions,
  definition: Definition,
): CollectionSnapshot | null {
  const lines = store.observed.lines(past.site, past.collection);
  return lines === null ? null : collectionSnapshot(definition, lines.map(recordFromLine));
}
