import { join } from 'node:path';
import {
  type DocumentDirectory,
  installTrustRoot,
  readTrustDirectory,
  type SignedDocument,
  sha256Hex,
  type VerifiedTrust,
  verifyTrust,
} from '../../../baselines/index.js';
import type { RememberedRoot } from '../../store/meta.js';
import { leadsTo, trustRolledBack } from '../trust-rollback.js';
import { isVersion, missingFrom } from './documents.js';
import {
  type ApprovalProblem,
  mirrorDamaged,
  refusalOf,
  rootSignatureGone,
  rootsReplaced,
  toApprovalProblem,
  trustExpiry,
} from './problems.js';

/** Which trust root is active, and what is wrong with the files that say so. */
export interface ActiveTrustReading {
  readonly trust: VerifiedTrust | null;
  /** All roots there are, mirrored ones and those on disk. */
  readonly documents: readonly SignedDocument[];
  /** Version of the newest root that they lead to; 0 for none. Above that of `trust` it never is. */
  readonly reached: number;
  readonly problems: readonly ApprovalProblem[];
}

export interface ActiveTrustOptions {
  /** Where people put trust roots. */
  readonly trustDirectory: string;
  readonly mirrorDirectory: string;
  /** Hex SHA-256 of trust root 1. */
  readonly pin: string;
  /** The highest root that was ever in force; null before the first. */
  readonly rememberedRoot: () => RememberedRoot | null;
  readonly clock: () => number;
}

/**
 * The trust roots of the disk and of the daemon's own copy. They are walked as one set, and those of the copy win: a root that was active
 * cannot be taken away by deleting it or by putting another file in its place. The highest root that was ever in force is the least that
 * is accepted (invariant 15): where no file leads to it any more nothing older takes its place, and what was in force stays.
 */
export class ActiveTrust {
  readonly #options: ActiveTrustOptions;
  /** Roots that another root 1 led to are nothing to this one. */
  readonly #mirror: string;
  /** The newest one verified since the start. */
  #last: VerifiedTrust | null = null;

  constructor(options: ActiveTrustOptions) {
    this.#options = options;
    this.#mirror = join(options.mirrorDirectory, 'trust', options.pin.slice(0, 16));
  }

  async read(): Promise<ActiveTrustReading> {
    const { trustDirectory, pin, clock } = this.#options;
    const disk = await readTrustDirectory(trustDirectory);
    const mirrored = await readTrustDirectory(this.#mirror);
    const problems = disk.problems.map(toApprovalProblem);
    const fresh = missingFrom(mirrored, disk);
    const documents = [...mirrored.documents, ...fresh];
    const remembered = this.#remembered();
    try {
      const newest = this.#newest(disk, mirrored, remembered);
      if (remembered !== null && !leadsTo(newest, remembered)) {
        problems.push(toApprovalProblem(trustRolledBack(remembered, newest)));
        return { trust: this.#last, documents, reached: newest.version, problems };
      }
      if (newest.steps.some((step) => isReplaced(mirrored, step)))
        problems.push(mirrorDamaged('a trust root', this.#mirror));
      const refusal = await this.#keep(newest, fresh);
      if (refusal !== null) problems.push(refusal);
      const trust = refusal === null ? newest : this.#kept(newest, mirrored, remembered);
      problems.push(...rootsReplaced(trust, disk, this.#mirror), ...newest.problems.map(toApprovalProblem));
      problems.push(...rootSignersGone(trust, disk, pin, this.#mirror), ...trustExpiry(trust, clock()));
      this.#last = trust;
      return { trust, documents, reached: trust.version, problems };
    } catch (error) {
      return { trust: this.#last, documents, reached: 0, problems: [...problems, refusalOf(error)] };
    }
  }

  /** The highest root that was ever in force, as far as the store or this process knows. */
  #remembered(): RememberedRoot | null {
    const stored = this.#options.rememberedRoot();
    const isHigher = this.#last === null || (stored !== null && stored.version > this.#last.version);
    return isHigher ? stored : this.#last;
  }

  /** The copies come first. Where they do not lead to what is remembered, one of them was damaged: then the files of the disk do. */
  #newest(
    disk: DocumentDirectory,
    mirrored: DocumentDirectory,
    remembered: RememberedRoot | null,
  ): VerifiedTrust {
    const { pin } = this.#options;
    const fromCopies = () =>
      verifyTrust([...mirrored.documents, ...missingFrom(mirrored, disk)], pin, disk.problems);
    if (remembered === null) return fromCopies();
    const first = usable(fromCopies);
    if (first !== null && leadsTo(first, remembered)) return first;
    const second = usable(() =>
      verifyTrust([...disk.documents, ...missingFrom(disk, mirrored)], pin, disk.problems),
    );
    return second !== null && leadsTo(second, remembered) ? second : fromCopies();
  }

  /** A root that cannot be mirrored does not take effect; the one before stays, unless what is mirrored leads to less than that. */
  #kept(
    newest: VerifiedTrust,
    mirrored: DocumentDirectory,
    remembered: RememberedRoot | null,
  ): VerifiedTrust {
    const kept = verifyTrust(mirrored.documents, this.#options.pin);
    return remembered === null || leadsTo(kept, remembered) ? kept : newest;
  }

  /** Copies roots before they take effect. Null when that worked: what cannot be mirrored does not take effect. */
  async #keep({ steps }: VerifiedTrust, fresh: readonly SignedDocument[]): Promise<ApprovalProblem | null> {
    try {
      for (const document of fresh) {
        if (steps.some((step) => isVersion(document, step.version))) {
          await installTrustRoot(this.#mirror, document);
        }
      }
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  }
}

function usable(read: () => VerifiedTrust): VerifiedTrust | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Whether another document lies in the place of a verified root. */
function isReplaced({ documents }: DocumentDirectory, { version, digest }: RememberedRoot): boolean {
  const there = documents.find((document) => isVersion(document, version));
  return there !== undefined && sha256Hex(there.bytes) !== digest;
}

/** People whose signature on a root in force does not count as it lies in the trust directory now. What was replaced is told apart. */
function rootSignersGone(
  trust: VerifiedTrust,
  disk: DocumentDirectory,
  pin: string,
  copy: string,
): ApprovalProblem[] {
  const there = usable(() => verifyTrust(disk.documents, pin));
  if (there === null) return [];
  return trust.steps.flatMap(({ version, digest, signers }) => {
    const step = there.steps.find((one) => one.version === version);
    const gone = signers.filter((person) => step?.signers.includes(person) !== true);
    const isSame = disk.documents.some(
      (document) => isVersion(document, version) && sha256Hex(document.bytes) === digest,
    );
    return gone.length === 0 || !isSame || version > there.version + 1
      ? []
      : [rootSignatureGone(version, gone, copy)];
  });
}
