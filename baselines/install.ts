import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  pendingDirectory,
  pendingRootDirectory,
  pendingSuppressionDirectory,
  readProposal,
  siteDirectory,
  suppressionDirectory,
} from './directory.js';
import type { SignatureFile, SignedDocument } from './document.js';
import { BaselineError, type PendingSubject } from './errors.js';
import {
  isRecordsFile,
  parseFileName,
  parseSuppressionFile,
  recordsFile,
  rootFile,
  statementFile,
} from './file-name.js';
import { pendingSuppression, proposalOf, ROOT_DRAFT, refusalOfPending } from './pending.js';
import type { Proposal } from './proposal.js';
import { digestOfBytes, errno } from './read-file.js';
import type { RootProposal } from './root-proposal.js';
import * as shape from './shape.js';
import { isWritten, makeDirectory, syncDirectory, unwritable, writeAllOnce } from './write-file.js';

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

/**
 * Throws what installing a document into this directory would throw for something else that lies in the place of one of its
 * files. Writes nothing: for whoever is about to write the signature that makes it enough.
 */
export async function refuseTaken(
  directory: string,
  document: SignedDocument,
  records: RecordsFiles = [],
): Promise<void> {
  await unwritten(directory, document, records, null);
}

/** The same as `installBaseline` for a trust root. */
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

/**
 * Withdraws the draft of a trust root, or clears it away once it is installed. Nothing of it is read, so it does not matter what
 * lies there. The names of what was removed.
 */
export function removeRootDraft(directory: string): Promise<readonly string[]> {
  return clearPending(pendingRootDirectory(directory), 'the draft of the trust root');
}

/**
 * Leaves a proposal with these signatures for the next person to sign. Throws `BASELINE_PROPOSAL_EXISTS` when another one waits: it
 * must be signed or withdrawn first.
 */
export async function writeProposal(
  directory: string,
  site: string,
  proposal: Pick<Proposal, 'statement' | 'bytes' | 'records'>,
  signatures: SignedDocument['signatures'] = [],
): Promise<void> {
  const waiting = await readProposal(directory, site);
  if (waiting !== null && Buffer.compare(waiting.document.bytes, proposal.bytes) !== 0) {
    throw new BaselineError(
      'BASELINE_PROPOSAL_EXISTS',
      `Another proposal (${waiting.document.file}) waits for signatures; sign it, or withdraw it first: tillwarden approve ${site} --withdraw`,
    );
  }
  const document = { file: statementFile(proposal.statement.version), bytes: proposal.bytes, signatures };
  await install(pendingDirectory(directory, site), document, proposal.records, proposalOf(site));
}

/** Installs a suppression on disk, as `installBaseline` does a statement. Whether it counts is for `verifySuppression` to say. */
export async function installSuppression(
  directory: string,
  site: string,
  document: SignedDocument,
): Promise<void> {
  await install(suppressionDirectory(directory, site), document, []);
}

/** Leaves a suppression with its signatures for the next person to sign. */
export async function writePendingSuppression(
  directory: string,
  site: string,
  document: SignedDocument,
): Promise<void> {
  const pending = pendingSuppression(site, document.file);
  await install(pendingSuppressionDirectory(directory, site), document, [], pending);
}

/**
 * Removes a suppression with its signatures, installed or pending, whatever lies in their place. The document goes first: signatures
 * without it are nothing. False when there was nothing.
 */
export async function removeSuppression(directory: string, document: string): Promise<boolean> {
  const names = await listFiles(directory);
  const ours = names.filter((file) => parseSuppressionFile(file)?.document === document);
  await removeAll(directory, ours, 'the excuse');
  return ours.length > 0;
}

/** Puts a signature beside the draft of a trust root, which must still be there as it was read. */
export async function signRootDraft(
  directory: string,
  { file, bytes }: SignedDocument,
  signature: SignatureFile,
): Promise<void> {
  const signed = { file, bytes, signatures: [signature] };
  await install(pendingRootDirectory(directory), signed, [], ROOT_DRAFT);
}

/**
 * Withdraws the pending proposal of a site, or clears it away once it is installed. Nothing of it is read, so it does not matter
 * what lies there. The names of what was removed.
 */
export function removeProposal(directory: string, site: string): Promise<readonly string[]> {
  return clearPending(pendingDirectory(directory, site), 'the pending proposal');
}

async function clearPending(pending: string, what: string): Promise<readonly string[]> {
  if (await isLink(pending)) {
    throw new BaselineError(
      'BASELINE_FILE_SYMLINK',
      'pending/ is a symbolic link; needed is the directory itself. Nothing is removed where it leads: remove the link.',
    );
  }
  const ours = (await listFiles(pending)).filter(
    (file) => parseFileName(file) !== null || isRecordsFile(file) || file.endsWith('.tmp'),
  );
  // The document goes first: what is left without it is no proposal.
  await removeAll(pending, ours, what);
  // A directory that somebody put files of their own into stays.
  await rmdir(pending).catch(() => undefined);
  return ours.filter((file) => !file.endsWith('.tmp'));
}

/** `pending`: what it is that lies there, where it waits for signatures. */
async function install(
  directory: string,
  document: SignedDocument,
  records: RecordsFiles,
  pending: PendingSubject | null = null,
): Promise<void> {
  const files = await unwritten(directory, document, records, pending);
  await makeDirectory(directory);
  const isDocument = ([file]: NamedBytes) => file === document.file;
  // Everything that it needs is durable before the document is there.
  await writeAllOnce(
    directory,
    files.filter((file) => !isDocument(file)),
  );
  await writeAllOnce(directory, files.filter(isDocument));
}

type NamedBytes = readonly [file: string, bytes: Uint8Array];

/**
 * Files of a document that are not there yet, in the order of writing. Throws for anything else that lies in the place of one of its
 * files, so that nothing is written of what cannot be written whole.
 */
async function unwritten(
  directory: string,
  document: SignedDocument,
  records: RecordsFiles,
  pending: PendingSubject | null,
): Promise<readonly NamedBytes[]> {
  const files = await filesOf(document, records);
  const there = new Set(await listFiles(directory));
  return files.filter(([file, bytes]) => {
    if (!there.has(file)) return true;
    try {
      return !isWritten(directory, file, bytes);
    } catch (error) {
      if (pending !== null) throw refusalOfPending(error, document.file, pending);
      const isSignature = document.signatures.some((one) => one.file === file);
      throw isSignature && !there.has(document.file) ? leftBehind(error, directory, file) : error;
    }
  });
}

/**
 * What keeps a document out that nobody else installed: a signature of another one, which itself never came. It may be of an install that goes on
 * at this moment, so it is for a person to remove it.
 */
function leftBehind(error: unknown, directory: string, file: string): unknown {
  if (!(error instanceof BaselineError) || error.code !== 'BASELINE_FILE_EXISTS') return error;
  const path = resolve(directory, file).replaceAll("'", "'\\''");
  return new BaselineError(
    error.code,
    `${file} lies there without the document that it belongs to, and with other content than this one's: what an install left that was broken off. It counts for nothing, and is not replaced. When nobody installs at this moment: rm '${path}'`,
    { cause: error },
  );
}

/** All files of a document, in the order of writing: its records first, then its signatures, itself last. Throws for names and records that are not theirs. */
export async function filesOf(
  document: SignedDocument,
  records: RecordsFiles,
): Promise<readonly NamedBytes[]> {
  refuseOtherName(document.file, 'document');
  const files: NamedBytes[] = [];
  for (const [digest, bytes] of records) {
    if ((await digestOfBytes(bytes)) !== digest) {
      throw new BaselineError(
        'BASELINE_RECORDS_DIGEST',
        'Records to be written do not have the digest they are named by; propose anew.',
      );
    }
    files.push([recordsFile(digest), bytes]);
  }
  for (const { file, text } of document.signatures) {
    files.push([refuseOtherName(file, 'signature'), Buffer.from(text, 'latin1')]);
  }
  files.push([document.file, document.bytes]);
  return files;
}

/** Names come from other machines too; one that we would not write could lead out of the directory. */
function refuseOtherName(file: string, type: 'document' | 'signature'): string {
  const name = parseFileName(file) ?? parseSuppressionFile(file);
  if (name?.type !== type) shape.refuse('A file name', `that of a ${type}`);
  return file;
}

async function removeAll(directory: string, files: readonly string[], what: string): Promise<void> {
  if (files.length === 0) return;
  const documentFirst = [...files].sort((a, b) => Number(b.endsWith('.json')) - Number(a.endsWith('.json')));
  try {
    for (const file of documentFirst) await gone(removeEntry(join(directory, file)));
    await gone(syncDirectory(directory));
  } catch (error) {
    throw unwritable(what, error);
  }
}

/** What somebody else removed meanwhile is removed. */
async function gone(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
  }
}

/** Removes the entry itself, never what a link leads to. Of a directory in a file's place only an empty one goes: what it holds is not ours. */
async function removeEntry(path: string): Promise<void> {
  const entry = await lstat(path);
  await (entry.isDirectory() ? rmdir(path) : unlink(path));
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (errno(error) === 'ENOENT') return false;
    throw unwritable('the directory', error);
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
