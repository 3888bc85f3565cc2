export { collectionsAnswered } from './answers.js';
export { type Assertion, armorAssertion, passkeyChallenge, passkeyOfBrowser } from './assertion.js';
export { authorsBetween } from './authors.js';
export { canonicalJson, documentBytes, type JsonValue } from './canonical.js';
export {
  type SignaturesLooked,
  type VerifiedChain,
  verifyChain,
  verifyChainInSteps,
  verifySteps,
  verifyStepsInSteps,
} from './chain.js';
export { checkpointBytes, resumeChain } from './checkpoint.js';
export { type MissingSigners, missing } from './count-signers.js';
export {
  canonicalDefinition,
  choosingColumns,
  type Definition,
  KINDS,
  type Kind,
  sameDefinition,
  tableColumns,
} from './definition.js';
export {
  type Derivation,
  type DroppedMember,
  type JsonRecords,
  type MemberRule,
  parseDerivation,
} from './derivation.js';
export {
  type DocumentDirectory,
  type PendingProposal,
  pendingDirectory,
  pendingRootDirectory,
  pendingSuppressionDirectory,
  readPendingSuppressions,
  readProposal,
  readRootDraft,
  readSiteDirectory,
  readSuppressions,
  readTrustDirectory,
  siteDirectory,
  suppressionDirectory,
} from './directory.js';
export { type Problem, problemOf, type SignedDocument } from './document.js';
export { BaselineError, type BaselineErrorCode, type PendingSubject } from './errors.js';
export {
  parseSuppressionFile,
  recordsFile,
  rootFile,
  signatureFile,
  statementFile,
  suppressionFile,
} from './file-name.js';
export { type PastStep, pastCollection, pastRecord, verifyHistory } from './history.js';
export {
  installBaseline,
  installSuppression,
  installTrustRoot,
  refuseTaken,
  removeProposal,
  removeRootDraft,
  removeSuppression,
  signRootDraft,
  writePendingSuppression,
  writeProposal,
  writeRootDraft,
} from './install.js';
export { installChain } from './install-chain.js';
export { normalizeJsonText } from './json-text.js';
export { compareValues } from './latest.js';
export { LIMITS } from './limits.js';
export { parseDefinition } from './parse-definition.js';
export { isPasskeyLine, passkeyOf } from './passkey.js';
export { pendingSuppression, proposalOf, refusalOfPending } from './pending.js';
export type { DoorHttp, DoorTarget, ProbedDoors } from './probed-doors.js';
export {
  type AcceptedChange,
  acceptChanges,
  type Proposal,
  proposeBaseline,
  type ReviewedProposal,
  reviewPending,
  reviewProposal,
} from './proposal.js';
export { digestOfBytes, digestOfFile } from './read-file.js';
export {
  compareRecords,
  compareUtf8,
  parseRecordLine,
  type RecordLine,
  recordLine,
  sha256Hex,
  type TillRecord,
} from './record.js';
export { type RecordsReader, recordsBytes } from './records.js';
export { type LeftRejection, leaveRejection, readRejections } from './rejection.js';
export {
  kindRequirements,
  type Requirement,
  requirements,
  rootRequirements,
} from './requirements.js';
export { type PersonDifference, type RootDifference, rootDifference } from './root-difference.js';
export { proposeRoot, type ReviewedRoot, type RootProposal, reviewRoot } from './root-proposal.js';
export { signWithKey, signWithSshKeygen } from './sign.js';
export { type CollectionSnapshot, collectionSnapshot } from './snapshot.js';
export {
  keyFingerprint,
  parsePublicKey,
  parsePublicKeyFile,
  publicKeyOf,
  type SshPublicKey,
  verifyRequired,
} from './ssh-key.js';
export { NAMESPACES, type Namespace } from './sshsig.js';
export {
  parseStatement,
  type Statement,
  statementBytes,
} from './statement.js';
export { atOnce, type Steps } from './steps.js';
export {
  ANNOUNCEMENT_FORMAT,
  EXPECTATION_FORMAT,
  type Expectation,
  type ExpectedChange,
  type ExpectedObjects,
  expectationBytes,
  expectedLine,
  type Fields,
  isExpectedRecord,
  MUTE_FORMAT,
  type Mute,
  type MuteScope,
  muteBytes,
  SUPPRESSION_LIMITS,
} from './suppression.js';
export { type ChainStep, type RootStep, type VerifiedTrust, verifyTrust } from './trust.js';
export {
  ACCOUNT_SYSTEMS,
  type Account,
  type Person,
  type PinnedHead,
  pagesNeeded,
  parseTrustRoot,
  RECOVERY_ROLE,
  ROOT_FORMAT,
  RULE_KINDS,
  type Rule,
  type RuleKind,
  type TrustRoot,
  trustRootBytes,
} from './trust-root.js';
export { decodeValue, encodeValue, type Value } from './value.js';
export type { Authority, VerifiedAncestry, VerifiedBaseline } from './verify.js';
export { verifySignature } from './verify-signature.js';
export {
  type ReviewedSuppression,
  reviewSuppression,
  type Suppression,
  type SuppressionAuthority,
  type VerifiedSuppression,
  verifySuppression,
} from './verify-suppression.js';
export { parseTrees, type TreeServer, type WatchedTrees } from './watched-trees.js';
