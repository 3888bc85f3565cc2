import { refuseTooLarge } from './canonical.js';
import { refuseTooFew } from './count-signers.js';
import {
  byVersion,
  type DocumentsByVersion,
  gapBefore,
  onlyDocument,
  type Problem,
  problemOf,
  type SignedDocument,
} from './document.js';
import { BaselineError } from './errors.js';
import { rootFile } from './file-name.js';
import { isOtherLineEnds, sha256Hex } from './record.js';
import { rootRequirements } from './requirements.js';
import { type Keyring, keyringOf, signersOf, weakKeys } from './signers.js';
import { NAMESPACES } from './sshsig.js';
import { parseTrustRoot, recoveryAmong, type TrustRoot } from './trust-root.js';

declare const verified: unique symbol;

/** One step of a chain that was verified. */
export interface ChainStep {
  readonly version: number;
  /** Hex SHA-256 of the document's bytes. */
  readonly digest: string;
  /** Names of the people whose signatures on it count; ordered. */
  readonly signers: readonly string[];
  /** Those of them who signed with a recovery key, by the trust root that was active or, for a trust root, by itself. */
  readonly recovery: readonly string[];
}

/** A trust root that counts. */
export interface RootStep extends ChainStep {
  readonly root: TrustRoot;
}

/** The newest trust root that the pinned one leads to. Only `verifyTrust` makes one. */
export interface VerifiedTrust {
  readonly [verified]: true;
  readonly root: TrustRoot;
  readonly version: number;
  /** Hex SHA-256 of its bytes. */
  readonly digest: string;
  readonly keyring: Keyring;
  readonly createdMs: number;
  /** UTC milliseconds. Expiry is reported, not enforced. */
  readonly expiresMs: number;
  /** From root 1 to this one. */
  readonly steps: readonly RootStep[];
  /** Why a newer root does not count, and keys and signatures that do not. */
  readonly problems: readonly Problem[];
}

interface TrustStep extends RootStep {
  readonly keyring: Keyring;
}

/**
 * Walks the trust roots from the pinned one to the newest. Root 1 counts because the configuration pins it by `pin`, the
 * hex SHA-256 of its bytes. Root N+1 counts because enough people signed it, by the rules for `root` of N and by its own,
 * and because it names N as its parent; so every root in between is walked. The walk stops before the first
 * root that does not count and says why in `problems`. Throws `BASELINE_TRUST_PIN` when the pinned root is not there, `BASELINE_LINE_ENDS` when only its line ends differ, and
 * whatever `parseTrustRoot` throws for it; for one that lies there and could not be read, the code that `unread`, the problems of
 * reading the documents, has of it.
 */
export function verifyTrust(
  documents: readonly SignedDocument[],
  pin: string,
  unread: readonly Problem[] = [],
): VerifiedTrust {
  const versions = byVersion(documents);
  const problems: Problem[] = [];
  const steps: TrustStep[] = [pinnedRoot(versions, pin, unread)];
  for (let version = 2; ; version++) {
    const next = nextRoot(versions, version, steps.at(-1) as TrustStep, problems);
    if (next === null) break;
    steps.push(next);
  }
  const { root, digest, keyring } = steps.at(-1) as TrustStep;
  for (const weak of weakKeys(keyring))
    problems.push(problemOf(weak, 'notice', rootFile(root.version), root.version));
  return {
    root,
    version: root.version,
    digest,
    keyring,
    createdMs: Date.parse(root.created),
    expiresMs: Date.parse(root.expires),
    steps: steps.map(({ keyring: _, ...step }) => step),
    problems,
  } as unknown as VerifiedTrust;
}

function pinnedRoot(versions: DocumentsByVersion, pin: string, unread: readonly Problem[]): TrustStep {
  const candidates = versions.get(1) ?? [];
  const document = candidates.find((candidate) => sha256Hex(candidate.bytes) === pin);
  if (document === undefined) {
    // What cannot be read is not what somebody took away. Without a file it is the directory.
    const why = unread.find(
      ({ weight, file }) => weight === 'refused' && (file === null || file === rootFile(1)),
    );
    if (candidates.length === 0 && why !== undefined) {
      const what = why.file === null ? '' : `${why.file}: `;
      throw new BaselineError(
        why.code,
        `${what}${why.detail} The configuration pins ${rootFile(1)} with sha256:${pin}.`,
      );
    }
    const twin = candidates.find((candidate) => isOtherLineEnds(candidate.bytes, pin));
    if (twin !== undefined) {
      throw new BaselineError(
        'BASELINE_LINE_ENDS',
        `${twin.file} is the pinned root with other line ends (CRLF): git (core.autocrlf) or an editor changed them, and signed files count byte for byte. Leave trust.root as it is: put the line "* -text" into .gitattributes of that folder and check the files out anew.`,
      );
    }
    const found = candidates[0]
      ? `the one found has sha256:${sha256Hex(candidates[0].bytes)}`
      : 'there is none';
    throw new BaselineError(
      'BASELINE_TRUST_PIN',
      `The configuration pins ${rootFile(1)} with sha256:${pin}; ${found}. Restore the file, or correct trust.root if you changed it on purpose.`,
    );
  }
  const root = parseTrustRoot(document.bytes);
  if (root.version !== 1) throw wrongVersion(1);
  const keyring = keyringOf(root);
  const signers = signersOf(document, NAMESPACES.root, keyring).people;
  return { root, version: 1, digest: pin, keyring, signers, recovery: recoveryAmong(signers, root) };
}

/** The root of this version if it counts; null with a problem when it does not, and without one when there is none. */
function nextRoot(
  versions: DocumentsByVersion,
  version: number,
  parent: TrustStep,
  problems: Problem[],
): TrustStep | null {
  try {
    const gap = gapBefore(versions, version);
    if (gap !== null) throw gap;
    const document = onlyDocument(versions, version);
    if (document === undefined) return null;
    const root = verifyRoot(document, version, parent);
    // A key that only one of both roots has is no problem.
    problems.push(...noticesOf(document, new Map([...parent.keyring, ...root.keyring])));
    return root;
  } catch (error) {
    problems.push(problemOf(error, 'refused', rootFile(version), version));
    for (const document of versions.get(version) ?? []) problems.push(...noticesOf(document, parent.keyring));
    return null;
  }
}

function verifyRoot(document: SignedDocument, version: number, parent: TrustStep): TrustStep {
  refuseTooLarge(document.bytes);
  const byParent = signersOf(document, NAMESPACES.root, parent.keyring);
  refuseTooFew(rootRequirements(parent.root), byParent);

  const root = parseTrustRoot(document.bytes);
  if (root.version !== version) throw wrongVersion(version);
  if (root.parent !== parent.digest) {
    throw new BaselineError(
      'BASELINE_WRONG_PARENT',
      `Trust root ${version} is not the child of the verified trust root ${parent.version}. Restore the right one, or make it anew.`,
    );
  }
  const keyring = keyringOf(root);
  const byItself = signersOf(document, NAMESPACES.root, keyring);
  refuseTooFew(rootRequirements(root), byItself);
  const signers = [...new Set([...byParent.people, ...byItself.people])].sort();
  const recovery = [
    ...new Set([...recoveryAmong(byParent.people, parent.root), ...recoveryAmong(byItself.people, root)]),
  ].sort();
  return { root, version, digest: sha256Hex(document.bytes), keyring, signers, recovery };
}

function noticesOf(document: SignedDocument, keyring: Keyring): readonly Problem[] {
  return signersOf(document, NAMESPACES.root, keyring).problems;
}

function wrongVersion(version: number): BaselineError {
  return new BaselineError(
    'BASELINE_WRONG_VERSION',
    `${rootFile(version)} holds a trust root of another version; one of them was renamed. Give each its own name again.`,
  );
}
