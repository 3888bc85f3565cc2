import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  BaselineError,
  type DocumentDirectory,
  type Problem,
  recordsFile,
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

/** The records of a head that is in memory are not read again, so that they are gone must be looked for. */
export function recordsMissing(directory: string, head: VerifiedBaseline): ApprovalProblem[] {
  const gone = [...head.collections].filter(
    ([, collection]) => !existsSync(join(directory, recordsFile(collection.recordsDigest))),
  );
  if (gone.length === 0) return [];
  const names = gone.map(([name]) => name).join(', ');
  return [
    {
      code: 'BASELINE_RECORDS_MISSING',
      file: null,
      detail: `The records of ${names} in version ${head.version} are gone from the baseline directory; the daemon's copy stays the yardstick. Restore them.`,
      severity: 'critical',
    },
  ];
}

/** What the verification of one file found. */
export function toApprovalProblem({ code, file, detail, weight }: Problem): ApprovalProblem {
  return { code, file, detail, severity: SEVERITY_OF[code] ?? (weight === 'refused' ? 'high' : 'medium') };
}

/** Refusals that look like an attack rather than a slip. */
const SEVERITY_OF: Readonly<Record<string, Severity>> = {
  BASELINE_EQUIVOCATION: 'critical',
  BASELINE_EXPIRED: 'high',
  BASELINE_FILE_UNEXPECTED: 'low',
};

/** Why the remembered head is not what lies on disk. */
export function ofDecision(problem: ActiveBaselineProblem, { version }: RememberedBaseline): ApprovalProblem {
  switch (problem) {
    case 'rolled-back':
      return {
        code: 'BASELINE_ROLLED_BACK',
        file: null,
        detail: `Version ${version} was in force and is gone from the baseline directory; it stays the yardstick. Restore its files.`,
        severity: 'critical',
      };
    case 'equivocation':
      return {
        code: 'BASELINE_EQUIVOCATION',
        file: null,
        detail: `The baseline directory holds another document of version ${version} than the one in force, which stays the yardstick.`,
        severity: 'critical',
      };
    case 'not-verifiable':
      return {
        code: 'BASELINE_NOT_VERIFIABLE',
        file: null,
        detail: `Version ${version} was in force and cannot be verified any more, so nothing is compared. Restore its files or the pinned trust root.`,
        severity: 'critical',
      };
  }
}

/** Of the roots in force, those that the trust directory does not hold any more. */
export function rootsReplaced({ steps }: VerifiedTrust, disk: DocumentDirectory): ApprovalProblem[] {
  return steps.flatMap(({ version, digest }): ApprovalProblem[] => {
    const there = disk.documents.filter((document) => isVersion(document, version));
    if (there.some(({ bytes }) => sha256Hex(bytes) === digest)) return [];
    const file = rootFile(version);
    const stays = 'the copy the daemon kept stays in force. Restore it.';
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
