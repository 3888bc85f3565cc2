import {
  type DocumentDirectory,
  installBaseline,
  parseStatement,
  readSiteDirectory,
  recordsBytes,
  type SignedDocument,
  type VerifiedBaseline,
  type VerifiedTrust,
  verifyChain,
} from '../../../baselines/index.js';
import type { RememberedBaseline } from '../../store/store.js';
import { isVersion, missingFrom, versionIn } from './documents.js';
import { type ApprovalProblem, refusalOf } from './problems.js';
import { holdsChain } from './whole-files.js';

/** Where, inside a state directory, the daemon keeps its own copy of what was active. */
export const MIRROR_FOLDER = 'approved';

/** The daemon's own copy of every baseline that ever was active. */
export class BaselineMirror {
  readonly #directory: string;
  readonly #clock: () => number;

  constructor(directory: string, clock: () => number) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /**
   * The remembered head: one that is verified already, or the one that the copy yields; null when it yields another or none. A large
   * baseline is neither verified twice nor held twice after a restart.
   */
  async head(
    site: string,
    trust: VerifiedTrust,
    remembered: RememberedBaseline,
    verified: readonly (VerifiedBaseline | null)[],
  ): Promise<VerifiedBaseline | null> {
    const known = verified.find((one) => one?.digest === remembered.digest && one.trust === trust.digest);
    if (known) return known;
    const { documents, records } = await readSiteDirectory(this.#directory, site);
    // A crash may have left a copy of a version that never became active.
    const own = documents.filter((document) => versionIn(document) <= remembered.version);
    const { head } = verifyChain({ trust, site, documents: own, records, nowMs: this.#clock() });
    return head?.digest === remembered.digest ? head : null;
  }

  /** Whether the copy of the chain in force is still what was verified. */
  holds(site: string, active: VerifiedBaseline): Promise<boolean> {
    return holdsChain(this.#directory, site, active);
  }

  /** Copies what takes effect, before it does. Null when that worked: what cannot be mirrored does not take effect. */
  async keep(site: string, head: VerifiedBaseline, disk: DocumentDirectory): Promise<ApprovalProblem | null> {
    const mirrored = await readSiteDirectory(this.#directory, site);
    const steps = missingFrom(mirrored, disk).filter((document) =>
      head.ancestry.some((step) => isVersion(document, step.version)),
    );
    const records = [...head.collections.values()].map(
      (collection) => [collection.recordsDigest, recordsBytes(collection)] as const,
    );
    try {
      for (const document of steps) {
        const own = recordsWithAuthors(document, disk);
        await installBaseline(this.#directory, site, document, [...own, ...records]);
      }
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  }
}

/** Records by which a rule may leave authors out: they are needed to verify the step again, also when it is no head any more. */
function recordsWithAuthors(document: SignedDocument, { records }: DocumentDirectory) {
  return parseStatement(document.bytes).collections.flatMap(({ definition, records: digest }) => {
    const bytes = definition.author === undefined ? undefined : records(digest);
    return bytes === undefined ? [] : [[digest, bytes] as const];
  });
}
