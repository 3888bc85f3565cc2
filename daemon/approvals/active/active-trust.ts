import { join } from 'node:path';
import {
  installTrustRoot,
  readTrustDirectory,
  type SignedDocument,
  type VerifiedTrust,
  verifyTrust,
} from '../../../baselines/index.js';
import { isVersion, missingFrom } from './documents.js';
import {
  type ApprovalProblem,
  refusalOf,
  rootsReplaced,
  toApprovalProblem,
  trustExpiry,
} from './problems.js';

/** Which trust root is active, and what is wrong with the files that say so. */
export interface ActiveTrustReading {
  readonly trust: VerifiedTrust | null;
  /** All roots there are, mirrored ones and those on disk. */
  readonly documents: readonly SignedDocument[];
  readonly problems: readonly ApprovalProblem[];
}

export interface ActiveTrustOptions {
  /** Where people put trust roots. */
  readonly trustDirectory: string;
  readonly mirrorDirectory: string;
  /** Hex SHA-256 of trust root 1. */
  readonly pin: string;
  readonly clock: () => number;
}

/**
 * The trust roots of the disk and of the daemon's own copy. They are walked as one set, and those of the copy win: a root that was active
 * cannot be taken away by deleting it or by putting another file in its place.
 */
export class ActiveTrust {
  readonly #options: ActiveTrustOptions;
  /** Roots that another root 1 led to are nothing to this one. */
  readonly #mirror: string;

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
    try {
      const newest = verifyTrust(documents, pin, disk.problems);
      const refusal = await this.#keep(newest, fresh);
      if (refusal !== null) problems.push(refusal);
      const trust = refusal === null ? newest : verifyTrust(mirrored.documents, pin);
      problems.push(...rootsReplaced(trust, disk), ...newest.problems.map(toApprovalProblem));
      problems.push(...trustExpiry(trust, clock()));
      return { trust, documents, problems };
    } catch (error) {
      return { trust: null, documents, problems: [...problems, refusalOf(error)] };
    }
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
