/** What the command line of `tillwarden approve` says. */
export interface ApproveOptions {
  /** The configuration file, when it was named. */
  readonly config?: string;
  /** URL of a daemon to ask instead of this machine's files and databases. */
  readonly server?: string;
  /** A private key, or the `.pub` of one that an agent holds. */
  readonly key?: string;
  readonly reason?: string;
  /** Instead of asking: `all`, ids, or both. */
  readonly only?: string;
  /** Names of the collections that could not be read and that a first baseline is signed without. */
  readonly without?: string;
  /** How long the new baseline is valid, in days. */
  readonly days?: number;
  readonly renew?: boolean;
  /** Verify every step of the chain, whatever this machine has verified before. */
  readonly fromStart?: boolean;
  readonly withdraw?: boolean;
}
