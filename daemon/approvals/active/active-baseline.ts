import { join } from 'node:path';
import {
  collectionsAnswered,
  type DocumentDirectory,
  readSiteDirectory,
  type SignaturesLooked,
  sha256Hex,
  siteDirectory,
  type VerifiedBaseline,
  type VerifiedChain,
  type VerifiedTrust,
  verifyChainInSteps,
  verifyTrust,
} from '../../../baselines/index.js';
import type { RememberedRoot } from '../../store/meta.js';
import type { RememberedBaseline } from '../../store/store.js';
import { severalAtATime } from '../../time/several-at-a-time.js';
import { inSlices } from '../../time/slices.js';
import type { Checkpoints } from '../chain-memory.js';
import { ActiveTrust, type ActiveTrustReading } from './active-trust.js';
import { type ActiveDecision, decideActive } from './decide.js';
import { isVersion, versionIn } from './documents.js';
import { BaselineMirror } from './mirror.js';
import {
  type ApprovalProblem,
  baselineExpiry,
  mirrorDamaged,
  ofDecision,
  type SiteFolders,
  toApprovalProblem,
  withdrawnAgain,
} from './problems.js';
import { NO_SUPPRESSIONS, readSiteSuppressions, type SiteSuppressions } from './suppressions.js';
import { WholeFiles } from './whole-files.js';

/** What a site is compared with, and what is wrong with the files that say so. */
export interface SiteApprovals {
  readonly active: VerifiedBaseline | null;
  /** `active` is not remembered yet: it takes effect now. */
  readonly adopted: boolean;
  /** What was active before `active`, where that is known. */
  readonly previous: VerifiedBaseline | null;
  /** Collections for whose own rules enough people signed `active`; empty unless it was adopted. */
  readonly answered: readonly string[];
  readonly problems: readonly ApprovalProblem[];
  /** What people signed in advance about changes. */
  readonly suppressions: SiteSuppressions;
}

/** What the files say, read at one instant. */
export interface Approvals {
  readonly trust: VerifiedTrust | null;
  readonly sites: ReadonlyMap<string, SiteApprovals>;
  /** A site goes on from a checkpoint: everything is to be looked at whole, beside the watching (docs/adr/0071). */
  readonly again: boolean;
}

export interface ActiveBaselineOptions {
  /** Where people put trust roots and baselines. */
  readonly trustDirectory: string;
  readonly baselinesDirectory: string;
  /** Where the daemon keeps its own copy of everything that ever was active. */
  readonly mirrorDirectory: string;
  /** Hex SHA-256 of trust root 1. */
  readonly pin: string;
  readonly sites: readonly string[];
  /** What was verified before this start. */
  readonly checkpoints: Pick<Checkpoints, 'resume' | 'keep'>;
  readonly remembered: (site: string) => RememberedBaseline | null;
  /** The highest trust root that was ever in force by this pin; null before the first. */
  readonly rememberedRoot: () => RememberedRoot | null;
  /** Digests of the suppressions that were withdrawn at a site. */
  readonly withdrawn: (site: string) => ReadonlySet<string>;
  /** Whether a proposal of a site was withdrawn, by the hex SHA-256 of its bytes. */
  readonly isWithdrawnProposal: (site: string, digest: string) => boolean;
  readonly clock: () => number;
}

/** Takes what the files say as it becomes known: a site does not wait for those after it. */
export interface ApprovalsTaker {
  /** Which trust root is active; before any site. */
  trust(trust: VerifiedTrust | null): void;
  site(name: string, approvals: SiteApprovals): Promise<void>;
}

/** Sites whose files are read at a time: while the disk is waited for, another one is verified. */
const SITES_AT_A_TIME = 4;

/** The baseline directory of a site, walked by the active trust root. */
interface SiteDisk {
  readonly directory: DocumentDirectory;
  readonly chain: VerifiedChain;
  /** How far it was verified at this look: every step, those that are new, or those that a checkpoint does not cover. */
  readonly walked: 'whole' | 'new' | 'resumed';
}

type KnownTrust = ActiveTrustReading & { readonly trust: VerifiedTrust };

/**
 * Reads the files of approval and says what is active. The highest version that ever was is the least that is accepted; what vanishes from
 * the disk is taken from the daemon's own copy, through the same verification. One call at a time.
 */
export class ActiveBaselines {
  readonly #options: ActiveBaselineOptions;
  readonly #trust: ActiveTrust;
  readonly #mirror: BaselineMirror;
  readonly #whole = new WholeFiles();
  /** What was found of the signatures of the head, by site. */
  readonly #looked = new Map<string, SignaturesLooked>();
  /** What was active at the last look, by site. */
  readonly #active = new Map<string, VerifiedBaseline>();
  /** Sites whose chain was not yet walked whole by this process. */
  readonly #resumed = new Set<string>();

  constructor(options: ActiveBaselineOptions) {
    this.#options = options;
    this.#trust = new ActiveTrust(options);
    this.#mirror = new BaselineMirror(join(options.mirrorDirectory, 'baselines'), options.clock);
  }

  /** Rejects with what `taker` does; sites that were taken until then stay so. */
  async read(taker: ApprovalsTaker): Promise<Approvals> {
    const reading = await this.#trust.read();
    const { trust } = reading;
    taker.trust(trust);
    const sites = await severalAtATime(SITES_AT_A_TIME, this.#options.sites, async (site) => {
      const own = trust === null ? null : await this.#readSite(site, { ...reading, trust });
      if (own === null) this.#remember(site, await this.#stillKnown(site, reading));
      const approvals = own ?? this.#unchanged(site, reading.problems);
      await taker.site(site, approvals);
      return [site, approvals] as const;
    });
    return { trust, sites: new Map(sites), again: this.#resumed.size > 0 };
  }

  /** What was active stays so: without a trust root, or without a copy, nothing else can take effect. */
  #unchanged(site: string, problems: readonly ApprovalProblem[]): SiteApprovals {
    const previous = this.#active.get(site) ?? null;
    return {
      ...{ active: previous, adopted: false, previous, answered: [] },
      ...{ problems, suppressions: NO_SUPPRESSIONS },
    };
  }

  /** Without the trust root that was in force: the very baseline that is remembered, which needs nobody's approval anew. */
  async #stillKnown(site: string, reading: ActiveTrustReading): Promise<VerifiedBaseline | null> {
    const known = this.#active.get(site);
    if (known !== undefined) return known;
    return this.#headOfThen(site, reading, this.#options.remembered(site), reading.reached);
  }

  async #readSite(site: string, reading: KnownTrust): Promise<SiteApprovals> {
    const { trust } = reading;
    const previous = this.#active.get(site) ?? null;
    const remembered = this.#options.remembered(site);
    const disk = await this.#readDisk(site, trust, remembered);
    // What was resumed counts for nothing beside what was walked.
    const verified = [this.#resumed.has(site) ? null : previous, disk.chain.head];
    if (disk.walked === 'resumed') this.#resumed.add(site);
    else this.#resumed.delete(site);
    const mirrored = remembered && (await this.#mirror.head(site, trust, remembered, verified));
    const decision = decideActive({ remembered, mirrored, disk: disk.chain });
    const problems = [...reading.problems, ...this.#problemsOf(site, disk, decision, remembered)];
    const refusal = await this.#keep(site, decision, disk);
    if (refusal !== null) return this.#unchanged(site, [...problems, refusal]);

    const { active, adopt: adopted } = decision;
    this.#remember(site, active);
    if (active !== null && disk.walked !== 'resumed') this.#options.checkpoints.keep(active);
    const suppressions = await this.#suppressions(site, trust, active);
    const before =
      mirrored ??
      previous ??
      (adopted ? await this.#headOfThen(site, reading, remembered, trust.version - 1) : null);
    return {
      active,
      adopted,
      previous: before,
      answered: adopted && active !== null ? answeredBy(trust, active, before, disk) : [],
      problems: [
        ...problems,
        ...(await this.#stateOf(site, trust, decision, disk)),
        ...suppressions.problems.map(toApprovalProblem),
      ],
      // Where nothing of the site is left on disk its suppressions are not withdrawn; they only suppress nothing.
      suppressions: disk.directory.documents.length > 0 ? suppressions : NO_SUPPRESSIONS,
    };
  }

  /**
   * Nothing takes effect by a checkpoint: it only spares the walk to what is remembered as in force, until the next look walks it. A chain that
   * does not lead there by it is walked at once.
   */
  async #readDisk(
    site: string,
    trust: VerifiedTrust,
    remembered: RememberedBaseline | null,
  ): Promise<SiteDisk> {
    const directory = this.#withoutWithdrawn(
      site,
      await readSiteDirectory(this.#options.baselinesDirectory, site),
    );
    const { documents, records } = directory;
    const input = { trust, site, documents, records, nowMs: this.#options.clock() };
    const previous = this.#active.get(site);
    if (previous !== undefined && !this.#resumed.has(site)) {
      const looked = this.#looked.get(site) ?? new Map();
      this.#looked.set(site, looked);
      const chain = await inSlices(verifyChainInSteps({ ...input, known: previous, looked }));
      return { directory, chain, walked: 'new' };
    }
    const known =
      previous === undefined && remembered !== null
        ? await inSlices(this.#options.checkpoints.resume(input, documents))
        : null;
    if (known !== null) {
      const chain = await inSlices(verifyChainInSteps({ ...input, known }));
      if (chain.head?.digest === remembered?.digest) return { directory, chain, walked: 'resumed' };
    }
    const lends = previous === undefined ? {} : { lends: previous };
    const chain = await inSlices(verifyChainInSteps({ ...input, ...lends }));
    return { directory, chain, walked: 'whole' };
  }

  /** What was withdrawn before it took effect never does, whoever signed it; it lies there because somebody put it there. */
  #withoutWithdrawn(site: string, directory: DocumentDirectory): DocumentDirectory {
    const { remembered, isWithdrawnProposal } = this.#options;
    const inForce = remembered(site)?.version ?? 0;
    const back = directory.documents.filter(
      (one) => versionIn(one) > inForce && isWithdrawnProposal(site, sha256Hex(one.bytes)),
    );
    if (back.length === 0) return directory;
    return {
      ...directory,
      documents: directory.documents.filter((one) => !back.includes(one)),
      problems: [...directory.problems, ...back.map((one) => withdrawnAgain(one.file, versionIn(one)))],
    };
  }

  #folders(site: string): SiteFolders {
    const { baselinesDirectory } = this.#options;
    return { folder: siteDirectory(baselinesDirectory, site), copy: this.#mirror.folder(site) };
  }

  #problemsOf(
    site: string,
    { directory, chain }: SiteDisk,
    { problem }: ActiveDecision<VerifiedBaseline>,
    remembered: RememberedBaseline | null,
  ): ApprovalProblem[] {
    return [
      ...directory.problems.map(toApprovalProblem),
      ...chain.problems.map(toApprovalProblem),
      ...(problem === null || remembered === null
        ? []
        : [ofDecision(problem, remembered, directory, this.#folders(site))]),
    ];
  }

  async #keep(
    site: string,
    { adopt, active }: ActiveDecision<VerifiedBaseline>,
    { directory }: SiteDisk,
  ): Promise<ApprovalProblem | null> {
    return adopt && active !== null ? this.#mirror.keep(site, active, directory) : null;
  }

  #remember(site: string, active: VerifiedBaseline | null): void {
    if (active === null) this.#active.delete(site);
    else this.#active.set(site, active);
  }

  /** What is to be said of the active baseline itself, and of the files it was verified from. */
  async #stateOf(
    site: string,
    trust: VerifiedTrust,
    { adopt, active, problem }: ActiveDecision<VerifiedBaseline>,
    { directory, chain: onDisk, walked }: SiteDisk,
  ): Promise<ApprovalProblem[]> {
    const { baselinesDirectory: folder, clock } = this.#options;
    if (active === null) return [];
    const chain = { site, trust, active, folder, directory, copy: this.#mirror.folder(site) };
    if (walked === 'whole' && active === onDisk.head) await this.#whole.walked(chain);
    if (adopt || walked === 'resumed') return baselineExpiry(active, clock());
    return [
      // What does not count as it lies there was told by the walk over it.
      ...(problem === null ? await this.#whole.problems(chain) : []),
      ...((await this.#mirror.holds(site, active))
        ? []
        : [mirrorDamaged(`baseline ${active.version}`, chain.copy)]),
      ...baselineExpiry(active, clock()),
    ];
  }

  #suppressions(site: string, trust: VerifiedTrust, baseline: VerifiedBaseline | null) {
    const { baselinesDirectory: directory, withdrawn, clock } = this.#options;
    return readSiteSuppressions({
      directory,
      site,
      trust,
      baseline,
      withdrawn: withdrawn(site),
      nowMs: clock(),
    });
  }

  /**
   * The remembered head by an older trust root: the active one pins a later step, so it says nothing of this one. It is good for telling
   * what changed since, and for nothing else.
   */
  async #headOfThen(
    site: string,
    { documents }: Pick<ActiveTrustReading, 'documents'>,
    remembered: RememberedBaseline | null,
    newest: number,
  ): Promise<VerifiedBaseline | null> {
    if (remembered === null) return null;
    for (let version = newest; version >= 1; version--) {
      const older = verifyTrust(
        documents.filter((document) => versionIn(document) <= version),
        this.#options.pin,
      );
      const head = await this.#mirror.head(site, older, remembered, []);
      if (head !== null) return head;
    }
    return null;
  }
}

function answeredBy(
  trust: VerifiedTrust,
  active: VerifiedBaseline,
  before: VerifiedBaseline | null,
  { directory }: SiteDisk,
): readonly string[] {
  const document = directory.documents.find((one) => isVersion(one, active.version));
  if (document === undefined) return [];
  return collectionsAnswered(
    trust,
    document,
    active.statement.collections,
    before?.statement.collections ?? [],
  );
}
