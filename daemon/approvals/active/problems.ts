import { join } from 'node:path';
import {
  BaselineError,
  type DocumentDirectory,
  type Problem,
  rootFile,
  sha256Hex,
  statementFile,
  type VerifiedBaseline,
  type VerifiedTrust,
} from '../../../baselines/index.js';
import type { Severity } from '../../../notifiers/index.js';
import { expiryStage, stageWords } from '../../alerts/expiry.js';
import type { RememberedBaseline } from '../../store/store.js';
import type { ActiveBaselineProblem } from './decide.js';
import { isVersion } from './documents.js';

/** Something about the files of approval that people must know of. */
export interface ApprovalProblem {
  /** Code of docs/errors.md. */
  readonly code: string;
  readonly file: string | null;
  readonly detail: string;
  readonly severity: Severity;
}

/** A refusal after which something that people signed is not in force. Rethrows what is no `BaselineError`. */
export function refusalOf(error: unknown): ApprovalProblem {
  if (!(error instanceof BaselineError)) throw error;
  return { code: error.code, file: null, detail: error.message, severity: 'critical' };
}

/** The daemon's own copy is not what was verified: it is what a start would fall back to. */
export function mirrorDamaged(what: string, folder: string): ApprovalProblem {
  return {
    code: 'BASELINE_COPY_DAMAGED',
    file: null,
    detail: `The daemon's own copy of ${what} in its state directory was changed or is gone. What was in force stays so. Find out who wrote there; put the file from the directory that people sign in back into ${folder}.`,
    severity: 'critical',
  };
}

/** What the verification of one file found. */
export function toApprovalProblem({ code, file, detail, weight }: Problem): ApprovalProblem {
  return { code, file, detail, severity: SEVERITY_OF[code] ?? (weight === 'refused' ? 'high' : 'medium') };
}

/** A withdrawn proposal that lies among the baselines. */
export function withdrawnAgain(file: string, version: number): Problem {
  return {
    ...{ code: 'BASELINE_PROPOSAL_WITHDRAWN', file, version, weight: 'refused' },
    detail: `Version ${version} as it lies here was withdrawn as a proposal, and somebody put it in all the same. It counts for nothing, whoever signed it: remove it, find out who did that, and propose anew.`,
  };
}

/** Refusals that look like an attack rather than a slip. */
const SEVERITY_OF: Readonly<Record<string, Severity>> = {
  BASELINE_EQUIVOCATION: 'critical',
  BASELINE_TRUST_ROLLED_BACK: 'critical',
  BASELINE_PROPOSAL_WITHDRAWN: 'critical',
  BASELINE_EXPIRED: 'high',
  BASELINE_FILE_UNEXPECTED: 'low',
};

/** Where the files of a site lie: where people sign them, and where the daemon keeps its own copy. */
export interface SiteFolders {
  readonly folder: string;
  readonly copy: string;
}

/** Why the remembered head is not what lies on disk. */
export function ofDecision(
  problem: ActiveBaselineProblem,
  { version }: RememberedBaseline,
  { documents }: DocumentDirectory,
  { folder, copy }: SiteFolders,
): ApprovalProblem {
  const restore = `Restore its files in ${folder}; the daemon's own copy lies in ${copy}.`;
  switch (problem) {
    case 'rolled-back':
      return {
        code: 'BASELINE_ROLLED_BACK',
        file: null,
        detail: `Version ${version} was in force and ${documents.some((document) => isVersion(document, version)) ? 'does not count any more as it lies in' : 'is gone from'} the baseline directory; it stays the yardstick. ${restore}`,
        severity: 'critical',
      };
    case 'records-changed':
      return {
        code: 'BASELINE_FILES_CHANGED',
        file: null,
        detail: `Version ${version} is in force, and its records in the baseline directory are not those that were signed; the daemon's copy stays the yardstick. Find out who wrote there. ${restore}`,
        severity: 'critical',
      };
    case 'equivocation':
      return {
        code: 'BASELINE_EQUIVOCATION',
        file: null,
        detail: `The baseline directory holds another document of version ${version} than the one in force, which stays the yardstick. Find out who put it there and remove it. ${restore}`,
        severity: 'critical',
      };
    case 'not-verifiable':
      return {
        code: 'BASELINE_NOT_VERIFIABLE',
        file: null,
        detail: `Version ${version} was in force and cannot be verified any more, so nothing is compared. Restore its files in ${folder} or ${copy}, or the pinned trust root.`,
        severity: 'critical',
      };
  }
}

/** Of the roots in force, those that the trust directory does not hold any more. */
export function rootsReplaced(
  { steps }: VerifiedTrust,
  disk: DocumentDirectory,
  copy: string,
): ApprovalProblem[] {
  return steps.flatMap(({ version, digest }): ApprovalProblem[] => {
    const there = disk.documents.filter((document) => isVersion(document, version));
    if (there.some(({ bytes }) => sha256Hex(bytes) === digest)) return [];
    const file = rootFile(version);
    const stays = `the copy the daemon kept stays in force. Restore it from there: ${join(copy, file)}.`;
    return there.length === 0
      ? [
          {
            code: 'TRUST_ROOT_MISSING',
            file,
            detail: `Trust root ${version} was in force and ${isUnread(disk, file) ? 'cannot be read in' : 'is gone from'} the trust directory; ${stays}`,
            severity: 'high',
          },
        ]
      : [
          {
            code: 'BASELINE_EQUIVOCATION',
            file,
            detail: `The trust directory holds another trust root ${version} than the one in force; ${stays}`,
            severity: 'critical',
          },
        ];
  });
}

/** Why it cannot be read is told beside it. */
function isUnread({ problems }: DocumentDirectory, file: string): boolean {
  return problems.some((one) => one.weight === 'refused' && (one.file === file || one.file === null));
}

/** Signatures on a root in force, that its copy still has. */
export function rootSignatureGone(version: number, people: readonly string[], copy: string): ApprovalProblem {
  return {
    code: 'BASELINE_SIGNATURE_GONE',
    file: rootFile(version),
    detail: `The signature of ${people.join(', ')} on trust root ${version} was changed or is gone from the trust directory; the copy the daemon kept stays in force. Restore the file from there: ${copy}.`,
    severity: 'high',
  };
}

/** The trust root in force is over, or soon will be; it counts all the same. */
export function trustExpiry(trust: VerifiedTrust, nowMs: number): ApprovalProblem[] {
  const { version, root } = trust;
  const stage = expiryStage(trust.expiresMs, nowMs);
  if (stage === null) return [];
  const renew = 'Renew it with "tillwarden trust sign --renew".';
  return [
    stage === 'over'
      ? {
          code: 'TRUST_EXPIRED',
          file: rootFile(version),
          detail: `Trust root ${version} expired at ${root.expires}; it still counts. ${renew}`,
          severity: 'high',
        }
      : {
          code: 'TRUST_EXPIRES_SOON',
          file: rootFile(version),
          detail: `Trust root ${version} expires at ${root.expires}, ${stageWords(stage)}. ${renew}`,
          severity: 'low',
        },
  ];
}

/** Before it is over; after that `verifyChain` says so of the head. */
export function baselineExpiry(head: VerifiedBaseline | null, nowMs: number): ApprovalProblem[] {
  const stage = head === null ? null : expiryStage(head.expiresMs, nowMs);
  if (head === null || stage === null || stage === 'over') return [];
  const { version, statement } = head;
  return [
    {
      code: 'BASELINE_EXPIRES_SOON',
      file: statementFile(version),
      detail: `Version ${version} expires at ${statement.expires}, ${stageWords(stage)}. Renew it with "tillwarden approve --renew".`,
      severity: 'low',
    },
  ];
}
