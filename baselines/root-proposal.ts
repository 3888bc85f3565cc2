import { type MissingSigners, missing } from './count-signers.js';
import type { Problem, SignedDocument } from './document.js';
import { BaselineError } from './errors.js';
import { rootFile } from './file-name.js';
import { ROOT_DRAFT, refusalOfPending } from './pending.js';
import { sha256Hex } from './record.js';
import { rootRequirements } from './requirements.js';
import { type Keyring, keyringOf, refuseNewWeakKeys, signersOf } from './signers.js';
import { NAMESPACES } from './sshsig.js';
import type { VerifiedTrust } from './trust.js';
import { parseTrustRoot, ROOT_FORMAT, recoveryAmong, type TrustRoot, trustRootBytes } from './trust-root.js';

/** A trust root somebody proposes. Nothing of it is signed. */
export interface RootProposal {
  readonly root: TrustRoot;
  readonly bytes: Uint8Array;
  /** Hex SHA-256 of the bytes. */
  readonly digest: string;
}

/**
 * The trust root after `parent`, or the first one. Throws what `parseTrustRoot` throws for people and rules that cannot be, and
 * `BASELINE_KEY_WEAK`.
 */
export function proposeRoot(
  parent: Pick<VerifiedTrust, 'version' | 'digest' | 'keyring'> | null,
  content: Pick<TrustRoot, 'people' | 'rules' | 'heads'> & {
    readonly createdMs: number;
    readonly expiresMs: number;
  },
): RootProposal {
  const { people, rules, heads, createdMs, expiresMs } = content;
  const bytes = trustRootBytes({
    format: ROOT_FORMAT,
    version: (parent?.version ?? 0) + 1,
    parent: parent?.digest ?? null,
    created: new Date(createdMs).toISOString(),
    expires: new Date(expiresMs).toISOString(),
    people,
    rules,
    heads,
  });
  const root = parseTrustRoot(bytes);
  refuseNewWeakKeys(keyringOf(root), parent?.keyring ?? null);
  return { root, bytes, digest: sha256Hex(bytes) };
}

/** A pending trust root, checked as far as it can be before enough people have signed. It puts nothing into force. */
export interface ReviewedRoot extends RootProposal {
  /** Names of the people whose signatures count by the active root or by this one. */
  readonly signers: readonly string[];
  /** Those of them who signed with a recovery key. */
  readonly recovery: readonly string[];
  /** Whose signature would count by either root. */
  readonly keyring: Keyring;
  /** Requirements that the active root, and this one itself, still have. Both empty when it can be installed. */
  readonly missing: {
    readonly byParent: readonly MissingSigners[];
    readonly byItself: readonly MissingSigners[];
  };
  /** Signatures that do not count. */
  readonly notices: readonly Problem[];
}

/**
 * Reads somebody's draft of the next trust root, so that the next person can see what they would sign. Throws
 * `BASELINE_WRONG_VERSION` when it lies under the name of another version, `BASELINE_PROPOSAL_STALE` when it does not follow
 * `parent`, and whatever `parseTrustRoot` throws; each names the file and says how to withdraw it.
 */
export function reviewRoot(parent: VerifiedTrust, document: SignedDocument): ReviewedRoot {
  try {
    return review(parent, document);
  } catch (error) {
    throw refusalOfPending(error, document.file, ROOT_DRAFT);
  }
}

function review(parent: VerifiedTrust, document: SignedDocument): ReviewedRoot {
  const root = parseTrustRoot(document.bytes);
  if (document.file !== rootFile(root.version)) {
    throw new BaselineError(
      'BASELINE_WRONG_VERSION',
      `The draft of trust root ${root.version} belongs under the name ${rootFile(root.version)}; it was renamed. Give it that name again, or withdraw it.`,
    );
  }
  if (root.version !== parent.version + 1 || root.parent !== parent.digest) {
    throw new BaselineError(
      'BASELINE_PROPOSAL_STALE',
      `The draft does not follow trust root ${parent.version}, the one in force; make it anew.`,
    );
  }
  const own = keyringOf(root);
  refuseNewWeakKeys(own, parent.keyring);
  const keyring = new Map([...parent.keyring, ...own]);
  const byParent = signersOf(document, NAMESPACES.root, parent.keyring);
  const byItself = signersOf(document, NAMESPACES.root, own);
  const recovery = [...recoveryAmong(byParent.people, parent.root), ...recoveryAmong(byItself.people, root)];
  return {
    root,
    bytes: document.bytes,
    digest: sha256Hex(document.bytes),
    signers: [...new Set([...byParent.people, ...byItself.people])].sort(),
    recovery: [...new Set(recovery)].sort(),
    keyring,
    missing: {
      byParent: missing(rootRequirements(parent.root), byParent),
      byItself: missing(rootRequirements(root), byItself),
    },
    notices: signersOf(document, NAMESPACES.root, keyring).problems,
  };
}
