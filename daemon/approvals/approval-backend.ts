import type { CollectionSnapshot, Definition, VerifiedSuppression } from '../../baselines/index.js';
import type { Indicators } from '../indicators/matcher.js';
import type { SeverityRule } from '../policy/severity.js';
import type { CollectionReading } from '../sources/source.js';
import type { SiteApproval, SiteFiles } from './approval.js';
import type { ChainMemory } from './chain-memory.js';

/** A statement somebody signed, on its way to the others. */
export interface Submission {
  /** The statement's bytes. */
  readonly bytes: Uint8Array;
  /** An armored signature over them. */
  readonly signature: string;
  /** Records files by digest that whoever gets it may not have yet. */
  readonly records: ReadonlyMap<string, Uint8Array>;
}

/** Where the files of approval of one site are kept: a directory, or a daemon. */
export interface ApprovalFiles {
  /** Everything there is. Whoever asks verifies it. */
  read(): Promise<SiteFiles>;
  /**
   * Hands in a new proposal, or one more signature to the one that waits, and puts it into force when enough people have signed.
   * Verified there by that place's own trust; throws what is wrong, and then nothing has changed.
   */
  submit(submission: Submission): Promise<void>;
  /** Withdraws the pending proposal. False when there was none. */
  withdraw(): Promise<boolean>;
}

/** A site as it is now. */
export interface Observation {
  /** What is watched, as configured there. */
  readonly definitions: readonly Definition[];
  /** By collection. */
  readonly readings: ReadonlyMap<string, CollectionReading>;
  /** What somebody has called hostile of what is there now. */
  readonly hostile: readonly RejectedChange[];
}

/** A change that a person called hostile, as the daemon tells it: it is shown, and never accepted without being asked about by itself. */
export interface RejectedChange {
  readonly fingerprint: string;
  readonly person: string;
  /** UTC milliseconds. */
  readonly atMs: number;
}

/** What became of the changes that were called hostile. */
export interface RejectionOutcome {
  /** Ids of the incidents in which they are marked. */
  readonly incidents: readonly string[];
  /** How many are no open finding of the daemon: it has not seen them yet, or they are over. */
  readonly unknown: number;
}

/** Word left for the daemon of this machine: it marks and tells when it looks next. */
export interface LeftWord {
  /** Mean time between two looks, in milliseconds. */
  readonly withinMs: number;
}

/**
 * Where somebody approves: the files and the database of this machine, or a daemon elsewhere that serves both. What it says is
 * checked by this machine's own pin and memory, whichever it is.
 */
export interface ApprovalBackend extends ApprovalFiles {
  readonly site: string;
  /** Hex SHA-256 of trust root 1, as this machine pins it. */
  readonly pin: string;
  readonly rules: readonly SeverityRule[];
  /** What this person's own machine has verified of the chain. */
  readonly memory: ChainMemory;
  /** What is known from incidents elsewhere, by feeds of this machine and none of another: it labels what is shown, and decides nothing. Throws `ConfigError`. */
  indicators(): Indicators;
  /** Reads what is there now. `signed` helps to tell what must be confirmed by a second look. */
  observe(signed: ReadonlyMap<string, CollectionSnapshot>): Promise<Observation>;
  /** Brings a pending proposal to its end that need not wait any more. A daemon does so by itself. */
  settle(): Promise<void>;
  /** What people signed in advance about the site and is in force, verified by this machine. */
  suppressions(approval: SiteApproval): Promise<readonly VerifiedSuppression[]>;
  /** The records file of a step that was in force once; null when it is not there any more. Whoever asks checks that they are its own. */
  pastRecords(digest: string): Promise<Uint8Array | null>;
  /** Throws what would keep a submission from being kept, before anybody signs for nothing; says what would keep others from reading it. */
  prepare(): Promise<void>;
  /** Has changes marked as hostile, by fingerprint, and told to everybody: by a daemon at once, or by word left for that of this machine. */
  reject(fingerprints: readonly string[]): Promise<RejectionOutcome | LeftWord>;
}
