import {
  BaselineError,
  type DocumentDirectory,
  digestOfBytes,
  installBaseline,
  installChain,
  parseStatement,
  type RecordsReader,
  readSiteDirectory,
  recordsBytes,
  type SignedDocument,
  siteDirectory,
  type VerifiedBaseline,
  type VerifiedTrust,
  verifyChainInSteps,
} from '../../../baselines/index.js';
import type { RememberedBaseline } from '../../store/store.js';
import { inSlices } from '../../time/slices.js';
import { missingFrom, versionIn } from './documents.js';
import { type ApprovalProblem, refusalOf } from './problems.js';
import { holdsChain } from './whole-files.js';

/** Where, inside a state directory, the daemon keeps its own copy of what was active. */
export const MIRROR_FOLDER = 'approved';

/** More steps than these are copied in one go where nothing of the site is kept yet. */
const STEPS_AT_ONCE = 32;

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
    const input = { trust, site, documents: own, records, nowMs: this.#clock() };
    const { head } = await inSlices(verifyChainInSteps(input));
    return head?.digest === remembered.digest ? head : null;
  }

  /** Where the copy of a site's files lies. */
  folder(site: string): string {
    return siteDirectory(this.#directory, site);
  }

  /** Whether the copy of the chain in force is still what was verified. */
  holds(site: string, active: VerifiedBaseline): Promise<boolean> {
    return holdsChain(this.#directory, site, active);
  }

  /** Copies what takes effect, before it does. Null when that worked: what cannot be mirrored does not take effect. */
  async keep(site: string, head: VerifiedBaseline, disk: DocumentDirectory): Promise<ApprovalProblem | null> {
    const mirrored = await readSiteDirectory(this.#directory, site);
    const versions = new Set(head.ancestry.map(({ version }) => version));
    const steps = missingFrom(mirrored, disk).filter((document) => versions.has(versionIn(document)));
    const recordsBeside = async (document: SignedDocument) => [
      ...recordsWithAuthors(document, disk),
      ...(document === steps.at(-1) ? await recordsOf(head, disk) : []),
    ];
    try {
      const isMuch = steps.length > STEPS_AT_ONCE;
      if (isMuch && (await installChain(this.#directory, site, steps, recordsBeside))) return null;
      for (const document of steps) {
        await installBaseline(this.#directory, site, document, await recordsBeside(document));
      }
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  }
}

/** As they were verified: from their file, which need not be put together again, or else from memory. */
async function recordsOf({ collections }: VerifiedBaseline, { records }: DocumentDirectory) {
  const files: (readonly [digest: string, bytes: Uint8Array])[] = [];
  for (const collection of collections.values()) {
    const { recordsDigest: digest } = collection;
    files.push([digest, (await wholeFile(records, digest)) ?? recordsBytes(collection)]);
  }
  return files;
}

async function wholeFile(records: RecordsReader, digest: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = records(digest);
    return bytes !== undefined && (await digestOfBytes(bytes)) === digest ? bytes : undefined;
  } catch (error) {
    if (error instanceof BaselineError) return undefined;
    throw error;
  }
}

/** Records by which a rule may leave authors out: they are needed to verify the step again, also when it is no head any more. */
function recordsWithAuthors(document: SignedDocument, { records }: DocumentDirectory) {
  return parseStatement(document.bytes).collections.flatMap(({ definition, records: digest }) => {
    const bytes = definition.author === undefined ? undefined : records(digest);
    return bytes === undefined ? [] : [[digest, bytes] as const];
  });
}
