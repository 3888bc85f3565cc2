import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  acceptChanges,
  type CollectionSnapshot,
  NAMESPACES,
  parseRecordLine,
  type RecordLine,
  readSiteDirectory,
  readTrustDirectory,
  recordLine,
  recordsBytes,
  type SignedDocument,
  sha256Hex,
  signatureFile,
  signWithKey,
  statementBytes,
  statementFile,
  type VerifiedBaseline,
  verifyChain,
  verifyTrust,
} from '../baselines/index.js';
import { approveSite, DEMO_SITE } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';

const COLLECTION = 'terminals';

/**
 * Signs so many steps for the demo site. Each renames one terminal, both people signed it, and the last says what the database holds. The
 * files are written as they would lie there after a year, without the waiting for the disk that each step had in its time.
 */
export async function signLongChain({ site }: Stage, steps: number): Promise<void> {
  await approveSite(site, site.approvers, 'first');
  const folder = join(site.baselinesDirectory, DEMO_SITE);
  await mkdir(folder, { recursive: true });
  const first = await headOf(site.baselinesDirectory, join(site.baselinesDirectory, '..', 'trust'), site.pin);
  const signed = first.collections.get(COLLECTION);
  if (signed === undefined) throw new Error(`the site has no ${COLLECTION}`);
  let parent = { version: first.version, digest: first.digest };
  for (const name of names(steps - first.version)) {
    const snapshot = name === null ? signed : renamed(signed, name);
    const collections = first.statement.collections.map((one) =>
      one.definition.name === COLLECTION ? { ...one, records: snapshot.recordsDigest } : one,
    );
    const version = parent.version + 1;
    const bytes = statementBytes({
      ...first.statement,
      version,
      parent: parent.digest,
      reason: `step ${version}`,
      collections,
    });
    await write(folder, documentOf(site.approvers, version, bytes));
    await writeFile(join(folder, `${snapshot.recordsDigest}.jsonl`), recordsBytes(snapshot));
    parent = { version, digest: sha256Hex(bytes) };
  }
}

/** New names of one terminal, and at last null: as it was at first. */
function names(steps: number): (string | null)[] {
  return [...Array.from({ length: steps - 1 }, (_, i) => `renamed ${i + 1} times`), null];
}

async function headOf(baselines: string, trustDirectory: string, pin: string): Promise<VerifiedBaseline> {
  const trust = verifyTrust((await readTrustDirectory(trustDirectory)).documents, pin);
  const { documents, records } = await readSiteDirectory(baselines, DEMO_SITE);
  const { head } = verifyChain({ trust, site: DEMO_SITE, documents, records, nowMs: Date.now() });
  if (head === null) throw new Error('the first baseline does not verify');
  return head;
}

function renamed(signed: CollectionSnapshot, name: string): CollectionSnapshot {
  const [before] = signed.records as readonly [RecordLine];
  const { key, fields } = parseRecordLine(before.line);
  const after = recordLine({ key, fields: new Map(fields).set('name', name) });
  return acceptChanges(signed, [{ key: before.key, before, after }]);
}

function documentOf(
  approvers: Stage['site']['approvers'],
  version: number,
  bytes: Uint8Array,
): SignedDocument {
  const file = statementFile(version);
  const signatures = approvers.map(({ name, privateKey }) => ({
    file: signatureFile(file, name),
    text: signWithKey({ privateKey, namespace: NAMESPACES.baseline, message: bytes }),
  }));
  return { file, bytes, signatures };
}

async function write(folder: string, { file, bytes, signatures }: SignedDocument): Promise<void> {
  for (const one of signatures) await writeFile(join(folder, one.file), one.text);
  await writeFile(join(folder, file), bytes);
}
