/** The little that the decision needs to know of a verified baseline or trust root. */
export interface ActiveStep {
  readonly version: number;
  /** Hex SHA-256 of the document's bytes. */
  readonly digest: string;
}

export type ActiveBaselineProblem =
  /** The remembered head is gone from the disk, or the disk holds only older ones. */
  | 'rolled-back'
  /** The disk holds another document of the remembered version. */
  | 'equivocation'
  /** The disk holds the remembered statement, and not the records it names. */
  | 'records-changed'
  /** The remembered head cannot be verified any more: our own copy is damaged, or the pinned trust root is another one. */
  | 'not-verifiable';

export interface ActiveDecision<Head extends ActiveStep> {
  /** What the site is compared with; null when nothing that people signed can be verified. */
  readonly active: Head | null;
  /** Whether `inForce` is new and has to be remembered and announced. */
  readonly adopt: boolean;
  readonly problem: ActiveBaselineProblem | null;
}

/**
 * Decides which verified head is in force. The version only grows: an older head on disk is a rollback, another one
 * of the same version an equivocation, and in both cases the remembered head stays the yardstick.
 */
export function decideActive<Head extends ActiveStep>(input: {
  /** The highest version that ever was in force, as the store remembers it. */
  readonly remembered: ActiveStep | null;
  /** The remembered head, verified from our own copy; null when that fails or there is none. */
  readonly mirrored: Head | null;
  /** The verified head of the disk and the verified steps that led to it. */
  readonly disk: { readonly head: Head | null; readonly steps: readonly ActiveStep[] };
}): ActiveDecision<Head> {
  const { remembered, mirrored, disk } = input;
  if (remembered === null) return { active: disk.head, adopt: disk.head !== null, problem: null };

  const same = disk.steps.find((step) => step.version === remembered.version);
  if (same && same.digest !== remembered.digest) return stay('equivocation');
  if (disk.head === null || disk.head.version < remembered.version) {
    return stay(same ? 'records-changed' : 'rolled-back');
  }
  return { active: disk.head, adopt: disk.head.version > remembered.version, problem: null };

  function stay(problem: ActiveBaselineProblem): ActiveDecision<Head> {
    return { active: mirrored, adopt: false, problem: mirrored === null ? 'not-verifiable' : problem };
  }
}
