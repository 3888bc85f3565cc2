import type { Condition, Ending, Finding } from './finding.js';

/** What is to be recorded and told. */
export interface Verdict {
  /** Conditions that were not there before, told now or after their grace. */
  readonly appeared: readonly Condition[];
  /** Those to tell people now: of `appeared`, and of the open findings whose grace is over. */
  readonly tell: readonly Condition[];
  /** Findings that are so no more. */
  readonly ended: readonly { readonly finding: Finding; readonly ending: Ending }[];
}

/**
 * Compares what is so now with what the store knows, by fingerprint and nothing else. A finding whose subject was not examined (its
 * collection could not be read) stays open: what was wrong is not right because nobody could look.
 */
export function judge(input: {
  readonly conditions: readonly Condition[];
  readonly open: readonly Finding[];
  /** Whether the finding's subject was examined, so that its absence means something. */
  readonly examined: (finding: Finding) => boolean;
  /** Digest-proof that people signed what the finding showed: the baseline in force holds the observed record. */
  readonly approved: (finding: Finding) => boolean;
  readonly nowMs: number;
}): Verdict {
  const current = new Map(input.conditions.map((condition) => [condition.fingerprint, condition]));
  const known = new Map(input.open.map((finding) => [finding.fingerprint, finding]));
  const appeared = [...current.values()].filter((condition) => !known.has(condition.fingerprint));
  const due = input.open.filter(
    (finding) =>
      current.has(finding.fingerprint) &&
      finding.toldMs === null &&
      input.nowMs - finding.firstSeenMs >= finding.graceMs,
  );
  const gone = input.open.filter((finding) => !current.has(finding.fingerprint) && input.examined(finding));
  const replaced = new Set(appeared.map(recordOf));
  return {
    appeared,
    tell: [...appeared.filter((condition) => condition.graceMs <= 0), ...due],
    ended: gone.map((finding) => ({ finding, ending: endingOf(finding) })),
  };

  function endingOf(finding: Finding): Ending {
    if (finding.subject.what !== 'change') return 'cleared';
    if (input.approved(finding)) return 'approved';
    return replaced.has(recordOf(finding)) ? 'superseded' : 'reverted';
  }
}

/** Identity of the record a condition is about; of the condition itself when it is about no record. */
function recordOf(condition: Condition): string {
  const { subject } = condition;
  return subject.what === 'change'
    ? JSON.stringify([subject.collection, subject.key])
    : condition.fingerprint;
}

/** Whether nothing is left to do or say. */
export function isQuiet(verdict: Verdict): boolean {
  return verdict.appeared.length + verdict.tell.length + verdict.ended.length === 0;
}
