/** What the command line of `tillwarden approve` says. */
export interface ApproveOptions {
  /** A private key, or the `.pub` of one that an agent holds. */
  readonly key?: string;
  readonly reason?: string;
  /** Instead of asking: `all`, ids, or both. */
  readonly accept?: string;
  /** How long the new baseline is valid, in days. */
  readonly days: number;
  readonly renew: boolean;
  readonly withdraw: boolean;
}
