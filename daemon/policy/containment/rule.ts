import type { Kind } from '../../../baselines/index.js';
import type { Severity } from '../../../notifiers/index.js';

/** An action that an operator's rule names, apart from how it is done. */
export interface ContainmentRule {
  readonly name: string;
  readonly dryRun: boolean;
  readonly kinds: readonly Kind[];
  /** At least this severe. */
  readonly severity: Severity;
  /** Program and arguments. */
  readonly command?: readonly [string, ...string[]] | undefined;
  readonly http?: { readonly url: string } | undefined;
  readonly sql?: { readonly table: string; readonly column: string; readonly mostRows: number } | undefined;
}

/** How much may be done at one site. */
export interface ContainmentLimits {
  readonly mostPerDay: number;
  readonly coolDownMs: number;
}

/** Why nothing is done although a rule says so. Closed: each has its words in `alerts/announce-containment.ts`. */
export type ContainmentRefusal =
  /** The hand brake is drawn, or nobody can tell whether it is. */
  | 'brake'
  /** Something of the site cannot be read or heard. */
  | 'blind'
  /** There is no verified baseline, or something is wrong with the files of approval. */
  | 'unverified'
  | 'budget'
  | 'cool-down';
