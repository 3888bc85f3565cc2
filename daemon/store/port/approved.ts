import type { KnownSuppression } from '../../policy/suppression-news.js';

/** The highest baseline ever in force at a site: an older head is a rollback. */
export interface RememberedBaseline {
  readonly version: number;
  /** Hex SHA-256 of the statement's bytes. */
  readonly digest: string;
}

/** A proposal that was withdrawn before it took effect. */
export interface WithdrawnProposal {
  readonly site: string;
  /** Hex SHA-256 of the statement's bytes. */
  readonly digest: string;
  /** UTC milliseconds. */
  readonly atMs: number;
}

/** The highest baseline that was ever in force at each site, and the proposals that never will be. */
export interface BaselineReader {
  /** Every proposal that was withdrawn, at all sites. */
  withdrawals(): WithdrawnProposal[];
  isWithdrawn(site: string, digest: string): boolean;
  remembered(site: string): RememberedBaseline | null;
  /** That of every site that ever had one, by name. */
  all(): { readonly site: string; readonly version: number }[];
}

export interface BaselineWriter extends BaselineReader {
  /** What is remembered only rises: a lower version, or another document of the same, changes nothing (invariant 15). */
  remember(site: string, baseline: RememberedBaseline): void;
  /** What was withdrawn stays so (invariant 15). */
  withdraw(proposal: WithdrawnProposal): void;
}

/** What people signed in advance, and what became of it. */
export interface SuppressionReader {
  /** Every suppression that ever took effect at a site, by digest. */
  list(site: string): KnownSuppression[];
}

export interface SuppressionWriter extends SuppressionReader {
  /** Remembers a suppression, or what became of it. One that was withdrawn stays so (invariant 15). */
  save(suppression: KnownSuppression): void;
}
