import type { Kind } from '../../../baselines/index.js';
import type { Severity } from '../../../notifiers/index.js';
import type { Ending } from '../../finding.js';
import type { Acknowledgement } from '../../incident.js';
import type { LogFault } from '../../sources/source.js';

/**
 * The body of every type of entry that is written. Types and members are hashed into the chain and documented in docs/journal.md: they stay as
 * they are, whatever the code calls the same thing (docs/adr/0020). Digests and fingerprints are hex SHA-256, times UTC milliseconds.
 */
export interface JournalBodies {
  'daemon-started': { readonly version: string; readonly config: string };
  'daemon-stopped': Readonly<Record<never, never>>;
  'config-changed': { readonly digest: string; readonly differences: readonly string[] };
  'trust-root': SignedStep & { readonly pin: string };
  'baseline-in-force': SignedStep & { readonly site: string; readonly previous: string | null };
  observed: {
    readonly site: string;
    readonly collection: string;
    readonly records: string;
    readonly count: number;
    readonly observedAtMs: number;
  };
  'indicators-in-force': {
    readonly feed: string;
    readonly digest: string;
    readonly indicators: number;
    readonly unusable: number;
    /** By site, how many records it newly matches. */
    readonly matches: Readonly<Record<string, number>>;
  };
  'log-events': {
    readonly site: string;
    readonly source: string;
    /** `line`: hex SHA-256 of the line; null for what is said of a log itself. */
    readonly events: readonly {
      readonly log: string;
      readonly event: string;
      readonly count: number;
      readonly line: string | null;
    }[];
  };
  touched: {
    readonly site: string;
    readonly collection: string;
    readonly count: number;
    readonly hinted: boolean;
  };
  transient: { readonly site: string; readonly collection: string; readonly count: number };
  'log-gap': {
    readonly site: string;
    readonly source: string;
    readonly fault: LogFault;
    readonly count: number;
  };
  verdict: VerdictBody;
  acknowledged: {
    readonly site: string;
    readonly incident: string;
    readonly revision: string;
    readonly person: string;
    readonly reason: string;
    readonly untilMs: number;
  };
  'acknowledgement-ended': {
    readonly site: string;
    readonly incident: string;
    /** Absent when something new ended it. */
    readonly person?: string;
    readonly because: NonNullable<Acknowledgement['ending']>;
  };
  'incident-escalated': {
    readonly site: string;
    readonly incident: string;
    readonly page: number;
    readonly afterMs: number;
    readonly time: number;
    readonly channels: readonly string[];
  };
  /** `outcome`: `begun`, `dry-run` or `refused`, because of what; `input`: hex SHA-256 of what the action is given. */
  'containment-decided': {
    readonly site: string;
    readonly incident: string;
    readonly action: string;
    readonly kind: 'command' | 'http' | 'sql';
    readonly outcome: 'begun' | 'dry-run' | 'refused';
    readonly because: string | null;
    readonly input: string;
    readonly findings: number;
  };
  /** `not-done`: nothing was changed. `rows`: of an action in SQL, which ends in a dry run too. */
  'containment-ended': {
    readonly site: string;
    readonly incident: string;
    readonly action: string;
    readonly dryRun: boolean;
    readonly result: 'done' | 'failed' | 'not-done';
    readonly code: string;
    readonly rows: number | null;
    readonly detail: string | null;
  };
  'incident-resolved': { readonly site: string; readonly incident: string; readonly reason: string };
  /** `secrets`: short marks of the secrets as they were, for the day when they must have moved; null when they could not be read. */
  'response-begun': {
    readonly site: string;
    readonly incident: string;
    readonly person: string;
    readonly runbook: string;
    readonly digest: string;
    readonly secrets: readonly string[] | null;
  };
  'response-step': {
    readonly site: string;
    readonly incident: string;
    readonly person: string;
    readonly step: string;
    readonly done: boolean;
    readonly note: string;
  };
  /** `seen`: steps that the daemon saw done by itself; `said`: those that people said. */
  'response-finished': {
    readonly site: string;
    readonly incident: string;
    readonly person: string;
    readonly runbook: string;
    readonly seen: readonly string[];
    readonly said: readonly string[];
  };
  /** `sha256`: of the archive that somebody wrote, by their word. */
  'response-evidence': {
    readonly site: string;
    readonly incident: string;
    readonly person: string;
    readonly sha256: string;
  };
  'changes-rejected': {
    readonly site: string;
    readonly incident: string;
    readonly person: string;
    readonly fingerprints: readonly string[];
  };
  'proposal-signed': {
    readonly site: string;
    /** Null when nobody handed it in just now. */
    readonly person: string | null;
    readonly version: number;
    readonly digest: string;
    readonly signers: readonly string[];
    readonly installed: boolean;
  };
  'proposal-refused': { readonly site: string; readonly person: string; readonly code: string };
  'proposal-ended': {
    readonly site: string;
    readonly person: string | null;
    readonly version: number;
    readonly how: string;
  };
  'excuse-in-force': SuppressionName & {
    readonly signers: readonly string[];
    readonly fromMs: number;
    readonly untilMs: number;
  } & SuppressionScope;
  'excuse-withdrawn': SuppressionName;
  'excuse-over': SuppressionName & { readonly covered: number };
  'expectation-settled': SuppressionName & { readonly missing: number };
  'alert-enqueued': {
    readonly alert: string;
    readonly site: string;
    readonly incident: string | null;
    readonly alertType: string;
    readonly severity: Severity;
    /** Of the alert's text. */
    readonly digest: string;
    readonly channels: readonly string[];
  };
  'alert-owed': {
    readonly alert: string;
    readonly incident: string;
    readonly standing: 'page' | 'follow-up';
    readonly severity: Severity;
    readonly channels: readonly string[];
  };
  'alert-delivered': Attempt & { readonly digest?: string };
  'alert-given-up': Attempt & { readonly reason: string };
  'alert-passed-on': {
    readonly alert: string;
    readonly incident: string | null;
    readonly from: string;
    readonly to: string;
  };
  digest: { readonly date: string };
  'clock-jumped': { readonly byMs: number };
  'recording-again': { readonly afterMs: number };
  /** A defect of ours: in which part, of which class the error was. */
  'internal-error': { readonly part: string; readonly code: string; readonly kind: string };
  'state-empty': {
    readonly sites: readonly { readonly site: string; readonly version: number }[];
    readonly lost: boolean;
  };
  /** Older entries left the store for files. */
  'journal-folded': {
    readonly number: number;
    readonly from: number;
    readonly through: number;
    /** Hash of the last of them. */
    readonly head: string;
    /** All of them are from before. */
    readonly untilMs: number;
    /** Over the hashes of those that stay. */
    readonly kept: string;
    /** Of the bytes of the file that holds them. */
    readonly journalFile: string;
    /** Of the file with the details of incidents that were over. */
    readonly detailsFile: string;
    /** How many incidents these are. */
    readonly incidents: number;
  };
  'state-restored': RestoreNote;
  'restore-told': RestoreNote;
}

export type JournalType = keyof JournalBodies;

/** One thing that was decided, for the journal. */
export type JournalEvent = {
  [T in JournalType]: { readonly type: T; readonly body: JournalBodies[T] };
}[JournalType];

/** A step of a signed chain that took effect. */
export interface SignedStep {
  readonly version: number;
  readonly digest: string;
  readonly signers: readonly string[];
  /** Those of them who signed with a recovery key. */
  readonly recovery: readonly string[];
}

/** What `tillwarden state restore` leaves for the next start. */
export interface RestoreNote {
  /** Head of the journal in the backup, hex SHA-256. */
  readonly backupHead: string;
  /** Head of the journal that was replaced; null when there was none, or it could not be read. */
  readonly replacedHead: string | null;
  /** ISO UTC instant. */
  readonly backupCreated: string;
}

/** One attempt at a message. */
export interface Attempt {
  readonly alert: string;
  readonly incident: string | null;
  readonly channel: string;
  readonly part: string;
  readonly attempts: number;
}

/** What was decided about an incident and why, by fingerprint. */
export interface VerdictBody {
  readonly site: string;
  readonly incident: string;
  readonly revision: string;
  readonly baseline: string | null;
  readonly reason: string;
  readonly appeared: readonly ({
    readonly fingerprint: string;
    readonly severity: Severity;
    readonly reason: string;
  } & VerdictSubject)[];
  readonly told: readonly string[];
  readonly ended: readonly { readonly fingerprint: string; readonly ending: Ending }[];
  readonly snapshots: readonly { readonly collection: string; readonly records: string }[];
}

/** What a condition is about: names and codes of ours, never a value. */
export type VerdictSubject =
  | { readonly what: 'change'; readonly collection: string; readonly change: string }
  | {
      readonly what: 'mass-change';
      readonly collection: string;
      readonly added: number;
      readonly removed: number;
      readonly modified: number;
      readonly ambiguous: number;
    }
  | {
      readonly what: 'indicator';
      readonly collection: string;
      readonly records: number;
      readonly incidents: readonly string[];
    }
  | { readonly what: 'unknown'; readonly collection: string; readonly cause: string }
  | { readonly what: 'unreachable' | 'blind' | 'still'; readonly source: string }
  | { readonly what: 'log'; readonly source: string; readonly log: string; readonly event: string }
  | { readonly what: 'approval'; readonly code: string; readonly file: string | null }
  | { readonly what: 'config' };

interface SuppressionName {
  readonly site: string;
  readonly id: string;
  readonly digest: string;
}

/** What people signed in advance about: that many changes, everything of a kind, or a collection or one of its records. */
export type SuppressionScope =
  /** `objects`: sorts of objects of a schema, of whose changes nobody says what exactly they will be; absent where there are none. */
  | { readonly changes: number; readonly objects?: number }
  | { readonly kind: Kind }
  | { readonly collection: string; readonly wholeCollection: boolean };
