import {
  type BaselineErrorCode,
  type DocumentDirectory,
  type PendingProposal,
  type Problem,
  type VerifiedBaseline,
  type VerifiedChain,
  type VerifiedTrust,
  verifyChainInSteps,
  verifyTrust,
} from '../../baselines/index.js';
import { inSlices } from '../time/slices.js';
import type { ChainMemory } from './chain-memory.js';

/** The files of approval of one site, from wherever they come. Nothing of them is proven. */
export interface SiteFiles {
  readonly roots: DocumentDirectory;
  readonly chain: DocumentDirectory;
  readonly pending: PendingProposal | null;
}

export interface TrustReading {
  readonly trust: VerifiedTrust;
  readonly problems: readonly Problem[];
}

/** What the files of approval say of a site, verified from a pin on. */
export interface SiteApproval extends TrustReading {
  readonly chain: VerifiedChain;
  /** The newest baseline that counts; null when there is none. */
  readonly head: VerifiedBaseline | null;
  /** Everything wrong with the files of the trust root and of the site. */
  readonly problems: readonly Problem[];
}

/** Verifies the trust roots. Throws the `BaselineError` of a pinned root that is not there or cannot be used. */
export function verifyRoots(roots: DocumentDirectory, pin: string): TrustReading {
  const trust = verifyTrust(roots.documents, pin, roots.problems);
  return { trust, problems: [...roots.problems, ...trust.problems] };
}

/** Verifies the chain of a site, from its first step on or from where `memory` knows it. */
export async function verifySite(
  { trust, problems }: TrustReading,
  site: string,
  directory: DocumentDirectory,
  nowMs: number,
  memory?: ChainMemory,
): Promise<SiteApproval> {
  const { documents, records } = directory;
  const input = { trust, site, documents, records, nowMs };
  const known = memory && (await inSlices(memory.known(input, documents)));
  let chain = await inSlices(verifyChainInSteps(known ? { ...input, known } : input));
  // What is wrong is told as a walk over everything finds it, and what lies before a damaged head is looked for there.
  if (known && (chain.head === null || chain.problems.some(({ weight }) => weight === 'refused')))
    chain = await inSlices(verifyChainInSteps(input));
  if (chain.head !== null) memory?.keep(chain.head);
  const all = [...problems, ...directory.problems, ...chain.problems];
  return { trust, chain, head: chain.head, problems: all };
}

/** Nothing is signed, and nothing installed, on top of files that hold something newer that does not count: throws what `refusal` makes of it. */
export function refuseBroken(
  problems: readonly Problem[],
  refusal: (code: BaselineErrorCode, text: string) => Error,
): void {
  const refused = problems.filter(({ weight }) => weight === 'refused');
  const [first] = refused;
  if (first !== undefined) throw refusal(first.code, refused.map(problemText).join('\n'));
}

/** `BASELINE_GAP in 000007.json: …`: names of files are those we would write ourselves. */
export function problemText({ code, file, detail }: Pick<Problem, 'code' | 'file' | 'detail'>): string {
  return `${code}${file === null ? '' : ` in ${file}`}: ${detail}`;
}
