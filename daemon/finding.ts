import type { Kind } from '../baselines/index.js';
import type { Severity } from '../notifiers/index.js';
import type { ChangeType } from './drift/change.js';
import type { UnknownCause } from './drift/compare.js';
import type { IndicatorMatch } from './indicators/indicator.js';
import type { LogEvent } from './logs/event.js';
import type { Activity, Writer } from './sources/source.js';

/** The suppression that a change falls under: what people signed in advance about it. */
export interface SuppressedBy {
  /**
   * `expected`: they said that exactly this would happen. `muted`: they said that nobody is to be woken for it. `overdue`: it was
   * expected, and is not in a baseline by the day they named.
   */
  readonly what: 'expected' | 'muted' | 'overdue';
  /** Id of the suppression: ours. */
  readonly id: string;
  /** Names of people, as the trust root has them: ours. */
  readonly signers: readonly string[];
  /** UTC milliseconds from which on it is not suppressed any more. */
  readonly untilMs: number;
  /** Their reason. Quoted wherever it is shown. */
  readonly reason: string;
}

/**
 * How often and how long something was so that comes and goes: a source that is disconnected or unreachable. Stored with the finding, so that
 * a restart forgets nothing; what lay between a stop and the next start counts as well, for nothing was seen then either.
 */
export interface Outages {
  /** When the first began, in UTC milliseconds. */
  readonly sinceMs: number;
  /** How often it began. */
  readonly times: number;
  /** How long those took that have ended, in milliseconds together. */
  readonly endedForMs: number;
  /** When the one under way began; null while all is well. */
  readonly runningSinceMs: number | null;
  /** When the last one ended; null before that. */
  readonly lastEndedMs: number | null;
}

/** What is known of an address that a change sends money to. */
export interface DestinationVerdict {
  readonly field: string;
  /** Place inside of a field of JSON, as the watched system names it. */
  readonly path?: string;
  /** By the signed address book. `pending`: the book was not whole yet. `no-book`: nobody has signed one. */
  readonly book: 'known' | 'lookalike' | 'unknown' | 'pending' | 'no-book';
  /** The book's name for it, or for the one it imitates: signed by people. */
  readonly label?: string;
  /** What is wrong with it: no valid address; one of a test network; one of another coin than is expected there. */
  readonly wrong?: 'invalid' | 'test-network' | 'other-coin';
  /** Name of the coin that it is an address of: ours. */
  readonly coin?: string;
  /** Name of the coin that is expected there: ours. */
  readonly expected?: string;
  /** How many coins of the collection are now paid to it, when more than one. */
  readonly servesCoins?: number;
  /** Present where the watched system has the same address as a customer's. */
  readonly customer?: true;
}

/** Names by which people know a record, out of a record of another collection; signed ones where there are any. */
export interface BorrowedLabel {
  readonly collection: string;
  /** Columns and their encoded values. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

/** What the change log of the watched system says of a change. `log` is the table that it is, ours. */
export type Logged =
  /** `atMs`: when it was written, in UTC milliseconds by the watched system's clock. */
  | { readonly entry: 'there'; readonly log: string; readonly atMs: number; readonly by: Writer }
  /** Each change of its table has an entry; this one has none. */
  | { readonly entry: 'missing'; readonly log: string };

/** The subject of a condition, apart from its identity and severity. */
export type Subject =
  | {
      readonly what: 'change';
      readonly collection: string;
      readonly kind: Kind;
      readonly type: ChangeType;
      /** Canonical text of the key. */
      readonly key: string;
      /** Canonical record line the baseline holds; null when it holds none. */
      readonly before: string | null;
      /** Canonical record lines observed; empty when removed, several when ambiguous. */
      readonly after: readonly string[];
      /** Absent unless people signed something about it in advance. */
      readonly suppression?: SuppressedBy;
      /** Canonical text of the key of a signed record whose name can be taken for the one of this new record. */
      readonly lookalikeOf?: string;
      /** What the places are that the change sends money to; absent where it names none. */
      readonly destinations?: readonly DestinationVerdict[];
      /** A column that the definition says money goes to is among what changed, whatever it is called. */
      readonly namedDestination?: true;
      /** Of an access link that is gone: whether its time had run out; absent where it has none that can be read. */
      readonly linkEnded?: 'used' | 'expired';
      /** Who was active when the change was first seen; absent where nobody can say. */
      readonly activity?: Activity;
      /** What is known from incidents elsewhere: of the record as it is now, or of who was active. Absent where nothing is. */
      readonly indicators?: readonly IndicatorMatch[];
      /** Absent where there is no change log, or it cannot say. */
      readonly logged?: Logged;
      /** The label that the record has from a record of another collection. */
      readonly labelFrom?: BorrowedLabel;
      /**
       * Since when the record has not been as signed, in UTC milliseconds, when another finding was about it before this one; absent when
       * this is the first.
       */
      readonly sinceMs?: number;
    }
  /** More records of one collection than are told one by one are not as signed: the worst stand as changes, this counts all of them. */
  | {
      readonly what: 'mass-change';
      readonly collection: string;
      readonly kind: Kind;
      readonly counts: Readonly<Record<ChangeType, number>>;
      /** Records that people signed. */
      readonly signed: number;
      /** Hex SHA-256 of the records that people signed: by it an ending is told from a signature. */
      readonly signedDigest: string;
      readonly suppression?: SuppressedBy;
    }
  /** A record that is told by no change of its own has an indicator. */
  | {
      readonly what: 'indicator';
      readonly collection: string;
      readonly kind: Kind;
      /** Canonical text of the key; null: more records than are told one by one. */
      readonly key: string | null;
      /** True when people signed it as it is. */
      readonly signed: boolean;
      readonly matches: readonly IndicatorMatch[];
      /** How many records this is about: 1, unless there are too many. */
      readonly records: number;
    }
  | {
      readonly what: 'unknown';
      readonly collection: string;
      readonly kind: Kind;
      readonly cause: UnknownCause;
      readonly detail: string;
      /** Of a cause that may pass: how often and how long. */
      readonly outages?: Outages;
    }
  /** The source cannot be reached, so none of its collections can be read. */
  | {
      readonly what: 'unreachable';
      readonly source: string;
      readonly detail: string;
      /** How often and how long; absent before the first decision, and in what an earlier version recorded. */
      readonly outages?: Outages;
    }
  /** The source is disconnected: hints do not arrive and polling alone is left. */
  | {
      readonly what: 'blind';
      readonly source: string;
      readonly detail: string;
      readonly outages?: Outages;
    }
  /** What the application writes there all the time stands still: it may write somewhere else now. */
  | {
      readonly what: 'still';
      readonly source: string;
      /** As configured. */
      readonly table: string;
      /** The longest that it may stand still, in milliseconds. */
      readonly maxStillMs: number;
      readonly detail: string;
    }
  /** A line of a log that is an incident of its own, or a log whose past is not what it was. */
  | ({ readonly what: 'log'; readonly matches: readonly IndicatorMatch[] } & Omit<LogEvent, 'alert'>)
  /** Something is wrong with the files that carry people's approval. */
  | {
      readonly what: 'approval';
      /** Code of the refusal (docs/errors.md). */
      readonly code: string;
      /** File name within the baseline or trust directory, when it is one we would write ourselves; else null. */
      readonly file: string | null;
      readonly detail: string;
    }
  /** The configuration on disk cannot be used; the active one stays. `about`: or the certificate of the API is one that clients refuse, or will soon; or a feed of indicators cannot be read, or is held back. */
  | { readonly what: 'config'; readonly detail: string; readonly about?: 'certificate' | 'indicators' };

/** Something that is so now and that people must know of. */
export interface Condition {
  /** Identity. People are notified of the same fingerprint once for as long as it lasts. */
  readonly fingerprint: string;
  readonly severity: Severity;
  /** Why this severity, for the journal: a rule's name or `default for wallet-route`. */
  readonly reason: string;
  /** How long it must last before people are notified, in milliseconds; 0: at once. */
  readonly graceMs: number;
  readonly subject: Subject;
}

/** A condition the store knows of. */
export interface Finding extends Condition {
  readonly site: string;
  readonly incident: string;
  readonly firstSeenMs: number;
  /** When it was enqueued for people; null while its grace lasts. */
  readonly notifiedMs: number | null;
}

/** How a finding ended. */
export type Ending =
  /** The watched system is back to what people signed. */
  | 'reverted'
  /** People signed it. */
  | 'approved'
  | 'superseded'
  /** Unknown, blind or refused states that are so no more. */
  | 'cleared';

/** Identity of the record a condition is about; null when it is about none. */
export function recordOf({ subject }: Pick<Condition, 'subject'>): string | null {
  return subject.what === 'change' ? JSON.stringify([subject.collection, subject.key]) : null;
}

/** Since when it has been so, in UTC milliseconds: of a record since it was last as signed, whatever it was changed to meanwhile. */
export function sinceWhen({ subject, firstSeenMs }: Pick<Finding, 'subject' | 'firstSeenMs'>): number {
  return subject.what === 'change' ? (subject.sinceMs ?? firstSeenMs) : firstSeenMs;
}

/** True when people must be notified of an ending by itself. Of what people signed, the announcement of their baseline notifies. */
export function endingIsNews({ subject, notifiedMs }: Finding, ending: Ending): boolean {
  const signedNow =
    subject.what === 'unknown' && (subject.cause === 'unapproved' || subject.cause === 'definition-differs');
  return notifiedMs !== null && !signedNow && (ending === 'reverted' || ending === 'cleared');
}
