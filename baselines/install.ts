import { readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  excuseDirectory,
  pendingDirectory,
  pendingExcuseDirectory,
  pendingRootDirectory,
  readProposal,
  siteDirectory,
} from './directory.js';
import type { SignedDocument } from './document.js';
import { BaselineError } from './errors.js';
import {
  isRecordsFile,
  parseExcuseFile,
  parseFileName,
  recordsFile,
  rootFile,
  signatureFile,
  statementFile,
} from './file-name.js';
import type { Proposal } from './proposal.js';
import { errno } from './read-file.js';
import { sha256Hex } from './record.js';
import type { RootProposal } from './root-proposal.js';
import * as shape from './shape.js';
import { parseSshsig } from './sshsig.js';
import { makeDirectory, syncDirectory, unwritable, writeOnce } from './write-file.js';

/** Records files by digest. A `Map` will do. */
export type RecordsFiles = Iterable<readonly [digest: string, bytes: Uint8Array]>;

/**
 * Puts a statement into force on disk: its records first, then its signatures, itself last, each written durably. What
 * is there already with the same bytes stays; nothing is ever replaced. Whether it counts is for `verifyChain` to say.
 */
export async function installBaseline(
  directory: string,
  site: string,
  document: SignedDocument,
  records: RecordsFiles,
): Promise<void> {
  await install(siteDirectory(directory, site), document, records);
}

/** The same for a trust root. */
export async function installTrustRoot(directory: string, document: SignedDocument): Promise<void> {
  await install(directory, document, []);
}

/**
 * Leaves the draft of a trust root for people to sign. One that is there already is replaced, its signatures with it: they were
 * for other bytes.
 */
export async function writeRootDraft(directory: string, draft: RootProposal): Promise<void> {
  await removeRootDraft(directory);
  const document = { file: rootFile(draft.root.version), bytes: draft.bytes, signatures: [] };
  await install(pendingRootDirectory(directory), document, []);
}

/** Withdraws the draft of a trust root, or clears it away once it is installed. */
export async function removeRootDraft(directory: string): Promise<void> {
  await clearPending(pendingRootDirectory(directory), 'the draft of the trust root');
}

/**
 * Leaves a proposal for the next person to sign. Throws `BASELINE_PROPOSAL_EXISTS` when another one waits: it must be
 * signed or withdrawn first.
 */
export async function writeProposal(
  directory: string,
  site: string,
  proposal: Pick<Proposal, 'statement' | 'bytes' | 'records'>,
): Promise<void> {
  const waiting = await readProposal(directory, site);
  if (waiting !== null && Buffer.compare(waiting.document.bytes, proposal.bytes) !== 0) {
    throw new BaselineError(
      'BASELINE_PROPOSAL_EXISTS',
      `Another proposal (${waiting.document.file}) waits for signatures; sign or withdraw that one first.`,
    );
  }
  const document = { file: statementFile(proposal.statement.version), bytes: proposal.bytes, signatures: [] };
  await install(pendingDirectory(directory, site), document, proposal.records);
}

/** Puts an excuse into force on disk, as `installBaseline` does a statement. Whether it counts is for `verifyExcuse` to say. */
export async function installExcuse(
  directory: string,
  site: string,
  document: SignedDocument,
): Promise<void> {
  await install(excuseDirectory(directory, site), document, []);
}

/** Leaves an excuse for the next person to sign. */
export async function writePendingExcuse(
  directory: string,
  site: string,
  document: SignedDocument,
): Promise<void> {
  await install(pendingExcuseDirectory(directory, site), document, []);
}

/**
 * Removes an excuse with its signatures, in force or pending. The document goes first: signatures without it are
 * nothing. False when there was none.
 */
export async function removeExcuse(directory: string, document: string): Promise<boolean> {
  const names = await listFiles(directory);
  const ours = names.filter((file) => parseExcuseFile(file)?.document === document);
  await removeAll(directory, ours, 'the excuse');
  return ours.includes(document);
}

/**
 * Puts a signature beside a document: in a trust directory, a site's directory or a pending one. `label` is usually the
 * name of who signed, `[a-z0-9-]{1,63}`; it proves nothing.
 */
export async function addSignature(
  directory: string,
  document: string,
  label: string,
  armored: string,
): Promise<void> {
  parseSshsig(armored);
  const file = signatureFile(document, shape.matching(label, shape.NAME, 'label'));
  await writeOnce(directory, refuseOtherName(file, 'signature'), Buffer.from(armored, 'latin1'));
}

/** Withdraws the pending proposal of a site, or clears it away once it is installed. */
export async function removeProposal(directory: string, site: string): Promise<void> {
  await clearPending(pendingDirectory(directory, site), 'the pending proposal');
}

async function clearPending(pending: string, what: string): Promise<void> {
  const ours = (await listFiles(pending)).filter(
    (file) => parseFileName(file) !== null || isRecordsFile(file) || file.endsWith('.tmp'),
  );
  // The document goes first: what is left without it is no proposal.
  await removeAll(pending, ours, what);
  // A directory that somebody put files of their own into stays.
  await rmdir(pending).catch(() => undefined);
}

async function install(directory: string, document: SignedDocument, records: RecordsFiles): Promise<void> {
  refuseOtherName(document.file, 'document');
  for (const { file } of document.signatures) refuseOtherName(file, 'signature');
  await makeDirectory(directory);
  for (const [digest, bytes] of records) {
    if (sha256Hex(bytes) !== digest) {
      throw new BaselineError(
        'BASELINE_RECORDS_DIGEST',
        'Records to be written do not have the digest they are named by.',
      );
    }
    await writeOnce(directory, recordsFile(digest), bytes);
  }
  for (const { file, text } of document.signatures)
    await writeOnce(directory, file, Buffer.from(text, 'latin1'));
  await writeOnce(directory, document.file, document.bytes);
}

/** Names come from other machines too; one that we would not write could lead out of the directory. */
function refuseOtherName(file: string, type: 'document' | 'signature'): string {
  const name = parseFileName(file) ?? parseExcuseFile(file);
  if (name?.type !== type) shape.refuse('A file name', `that of a ${type}`);
  return file;
}

async function removeAll(directory: string, files: readonly string[], what: string): Promise<void> {
  if (files.length === 0) return;
  const documentFirst = [...files].sort((a, b) => Number(b.endsWith('.json')) - Number(a.endsWith('.json')));
  try {
    for (const file of documentFirst) await unlink(join(directory, file));
    await syncDirectory(directory);
  } catch (error) {
    throw unwritable(what, error);
  }
}

/** Names in a directory; none when it is not there. */
async function listFiles(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw unwritable('the directory', error);
  }
}
