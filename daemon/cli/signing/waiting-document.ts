import { type Namespace, refuseTaken, type SignedDocument, signatureFile } from '../../../baselines/index.js';
import { type Signer, signDocument } from './signer.js';
import { refuseUnwritable } from './writable-folders.js';

/**
 * A document that waits in a folder until enough people have signed it: the draft of a trust root, or an excuse. (A baseline waits too,
 * but is kept by `approvals/file-approvals.ts`, for this machine and for the API alike.)
 */
export interface WaitingDocument<Review> {
  readonly namespace: Namespace;
  /** Where it will lie when it is in force. */
  readonly directory: string;
  /** What the signatures of a document amount to. Throws what would make it refused. */
  review(document: SignedDocument): Review;
  isEnough(review: Review): boolean;
  /** Leaves the document with one more signature for the others. */
  leave(document: SignedDocument, signature: SignedDocument['signatures'][number]): Promise<void>;
  /** The document as it waits now. Throws when it was removed meanwhile. */
  waiting(): Promise<SignedDocument>;
  /** Puts it into force. */
  install(document: SignedDocument, review: Review): Promise<void>;
  /** Reads and verifies again what is in force, as the daemon does. Throws when the document does not count. */
  confirm(review: Review): Promise<void>;
  /** Removes what waited, and what else is over with it. */
  clear(): Promise<void>;
}

/** Signs a document, leaves it for others, and puts it into force when enough have signed. */
export async function signWaitingDocument<Review>(
  kind: WaitingDocument<Review>,
  signer: Signer,
  document: SignedDocument,
): Promise<Review> {
  refuseUnwritable(kind.directory);
  const text = await signDocument(signer, document.bytes, kind.namespace);
  return leaveSignature(kind, document, { person: signer.person, text });
}

/** Leaves a document with a signature that somebody made, and puts it into force when enough have signed. */
export async function leaveSignature<Review>(
  kind: WaitingDocument<Review>,
  document: SignedDocument,
  { person, text }: { readonly person: string; readonly text: string },
): Promise<Review> {
  refuseUnwritable(kind.directory);
  const signature = { file: signatureFile(document.file, person), text };
  const signed = { ...document, signatures: [...document.signatures, signature] };
  // Before the last signature is left: with it, whoever comes next would put the document into force.
  if (kind.isEnough(kind.review(signed))) await refuseTaken(kind.directory, signed);
  await kind.leave(document, signature);
  return installWaitingDocument(kind);
}

/** Puts what waits into force when enough people have signed it; what waited is removed only when that counts. */
export async function installWaitingDocument<Review>(kind: WaitingDocument<Review>): Promise<Review> {
  const document = await kind.waiting();
  const review = kind.review(document);
  if (!kind.isEnough(review)) return review;
  await kind.install(document, review);
  await kind.confirm(review);
  await kind.clear();
  return review;
}
