import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Authority,
  checkpointBytes,
  installBaseline,
  installTrustRoot,
  NAMESPACES,
  type PinnedHead,
  type Proposal,
  proposeRoot,
  resumeChain,
  rootFile,
  type SignedDocument,
  type Steps,
  sha256Hex,
  type TrustRoot,
  type VerifiedAncestry,
  type VerifiedBaseline,
  type VerifiedTrust,
  verifyChain,
  verifyTrust,
} from '../../../../baselines/index.js';
import { ActiveBaselines, type ApprovalsTaker } from '../../../../daemon/approvals/active/active-baseline.js';
import { Checkpoints } from '../../../../daemon/approvals/chain-memory.js';
import type { RememberedBaseline } from '../../../../daemon/store/store.js';
import {
  type Approver,
  admins,
  collection,
  NOW_MS,
  propose,
  rootDocument,
  SITE,
  signatures,
  signed,
  terminals,
  trustRoot,
} from '../../baselines/scene.js';

const DAY_MS = 86_400_000;
const PIN = sha256Hex(rootDocument.bytes);

/** Approvals are looked at when all were read. */
export const TAKES_NOTHING: ApprovalsTaker = { trust: () => undefined, site: async () => undefined };

/** The files of approval of one site on a real disk, the people who write them, and the daemons that read them. */
export class SiteFiles {
  readonly folder = mkdtempSync(join(tmpdir(), 'yardstick '));
  readonly mirroredTrust = join(this.folder, 'kept', 'trust', PIN.slice(0, 16));
  nowMs = NOW_MS;
  /** What the store of the daemon remembers. */
  remembered: RememberedBaseline | null = null;
  rememberedRoot: RememberedBaseline | null = null;
  /** Digests of proposals. */
  readonly withdrawnProposals = new Set<string>();
  readonly #roots: SignedDocument[] = [rootDocument];
  readonly #documents: SignedDocument[] = [];
  readonly #records = new Map<string, Uint8Array>();

  /** With trust root 1 and a first baseline. */
  static async founded(): Promise<SiteFiles> {
    const files = new SiteFiles();
    await installTrustRoot(join(files.folder, 'trust'), rootDocument);
    await files.approve();
    return files;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** A daemon that starts now, with nothing in memory. What it returns reads the files and says what is in force. */
  started(checkpoints: Pick<Checkpoints, 'resume' | 'keep'> = this.#checkpoints()) {
    const baselines = this.baselines([SITE], checkpoints);
    return async () => {
      const { trust, sites, again } = await baselines.read(TAKES_NOTHING);
      const own = sites.get(SITE);
      if (trust !== null) this.rememberedRoot = { version: trust.version, digest: trust.digest };
      if (own === undefined) throw new Error('the site was not read');
      if (own.adopted && own.active) {
        this.remembered = { version: own.active.version, digest: own.active.digest };
      }
      const told = own.problems.map(({ code, severity }) => `${severity} ${code}`);
      return { trust, ...own, told, again };
    };
  }

  /** The same, of these sites, some of which have no files. */
  baselines(
    sites: readonly string[],
    checkpoints: Pick<Checkpoints, 'resume' | 'keep'> = this.#checkpoints(),
  ): ActiveBaselines {
    return new ActiveBaselines({
      trustDirectory: join(this.folder, 'trust'),
      baselinesDirectory: join(this.folder, 'baselines'),
      mirrorDirectory: join(this.folder, 'kept'),
      pin: PIN,
      sites,
      checkpoints,
      remembered: () => this.remembered,
      rememberedRoot: () => this.rememberedRoot,
      withdrawn: () => new Set(),
      isWithdrawnProposal: (_site, digest) => this.withdrawnProposals.has(digest),
      clock: () => this.nowMs,
    });
  }

  #checkpoints(): Checkpoints {
    return new Checkpoints({ folder: join(this.folder, 'checkpoints'), pin: PIN, verifier: 'test' });
  }

  trust(): VerifiedTrust {
    return verifyTrust(this.#roots, PIN);
  }

  head(): VerifiedBaseline | null {
    return verifyChain({
      trust: this.trust(),
      site: SITE,
      documents: this.#documents,
      records: (digest) => this.#records.get(digest),
      nowMs: this.nowMs,
    }).head;
  }

  async approve(collections = [admins, terminals], signers: readonly Approver[] = ['anna', 'ben']) {
    const proposal: Proposal = propose(this.head(), collections);
    const document = signed(proposal, signers);
    this.#documents.push(document);
    for (const [digest, bytes] of proposal.records) this.#records.set(digest, bytes);
    await installBaseline(join(this.folder, 'baselines'), SITE, document, proposal.records);
    return proposal;
  }

  /** The next root, with the head of the moment pinned. */
  async rotate(over: Partial<TrustRoot>, signers: readonly Approver[] = ['anna', 'ben']) {
    const trust = this.trust();
    const head = this.head();
    const heads: PinnedHead[] =
      head === null ? [] : [{ site: SITE, version: head.version, statement: head.digest }];
    const { bytes, root } = proposeRoot(trust, {
      ...trust.root,
      heads,
      createdMs: this.nowMs,
      expiresMs: this.nowMs + 365 * DAY_MS,
      ...over,
    });
    const file = rootFile(root.version);
    const document = { file, bytes, signatures: signatures(file, bytes, signers, NAMESPACES.root) };
    this.#roots.push(document);
    await installTrustRoot(join(this.folder, 'trust'), document);
  }

  /** Names, types, sizes, times and contents of everything there is. */
  everything(): string[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const { mode, size, mtimeMs } = lstatSync(path);
        const content = entry.isFile() && size < 1e6 ? sha256Hex(readFileSync(path)) : '';
        return [path, mode, size, mtimeMs, content].join(' ');
      })
      .sort();
  }
}

export function person(name: string): TrustRoot['people'][number] {
  const found = trustRoot.people.find((one) => one.name === name);
  if (found === undefined) throw new Error('nobody of that name');
  return found;
}

/** A checkpoint of whatever was verified last, however little that is; a test may put other bytes in its place. */
export class KeptCheckpoint {
  bytes: Uint8Array | null = null;

  *resume(authority: Authority, documents: readonly SignedDocument[]): Steps<VerifiedAncestry | null> {
    return this.bytes && (yield* resumeChain(authority, documents, this.bytes, 'test'));
  }

  keep(head: Pick<VerifiedAncestry, 'site' | 'trust' | 'ancestry'>): void {
    this.bytes = checkpointBytes(head, 'test');
  }
}

/** The terminals of the scene and more of them. */
export const moreTerminals = (...names: string[]) =>
  collection(
    'terminals',
    'terminal',
    ['Praha', ...names].map((name, i) => [`BT30000${i + 1}`, name] as const),
  );
