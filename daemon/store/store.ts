import type { Alert, DeliveryRole, IncidentState, Severity } from '../../notifiers/index.js';
import type { Channel } from '../channel.js';
import type { Condition, Ending, Finding } from '../finding.js';
import type { Acknowledgement, EndedFinding, Incident, IncidentNews, TakenStep } from '../incident.js';
import type { Quiet } from '../policy/quiet-hours.js';
import type { Standby } from '../policy/route.js';
import type { KnownSuppression } from '../policy/suppression-news.js';

/** An entry of the append-only, hash-chained journal. */
export interface JournalEntry {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  /** Canonical JSON of what was decided and why. Holds no secret. */
  readonly body: string;
  /** Hex SHA-256 of the previous entry; 64 zeros for the first. */
  readonly previous: string;
  /** Hex SHA-256 over previous, seq, atMs, type and body, as `store/journal.ts` lays them out. */
  readonly hash: string;
}

/** The first place where a journal is not what was written. */
export interface JournalBreak {
  readonly seq: number;
  /**
   * `missing`: there is no entry of this number, and later ones are. `changed`: what it says is not what its hash was made of.
   * `detached`: whole in itself, but it names another predecessor than the one before it; one of the two was replaced.
   */
  readonly what: 'missing' | 'changed' | 'detached';
}

/** A message to be sent now. */
export interface OutboxMessage {
  readonly id: number;
  readonly channel: string;
  readonly part: string;
  readonly severity: Severity;
  /** The same on every attempt, unless something new joined: what receivers tell repeats by. */
  readonly alertId: string;
  /** Attempts made so far, this claim included. */
  readonly attempt: number;
  /** Receipt of the page that this continues, on this channel and part; null when it is a page itself, or a notice. */
  readonly thread: string | null;
  /** The channel that does not take this alert, so that it goes here as well; null when it was routed here. */
  readonly insteadOf: string | null;
  readonly createdMs: number;
  readonly content: MessageContent;
}

export type MessageContent =
  /** An announcement: composed when it was recorded. */
  | { readonly role: 'notice'; readonly alert: Alert }
  /** Composed when it is sent, from the state in the store. */
  | {
      readonly role: Exclude<DeliveryRole, 'notice'>;
      readonly page: number;
      readonly news: IncidentNews;
    };

/** Nothing is put off for longer, in milliseconds. A message due later than this from now was put off by a clock that has been set back since, and is due. */
export const LONGEST_DELAY_MS = 15 * 60_000;

/** `failed`: refused for good, or given up. `merged`: what it owed is told by a newer message of its incident. */
export type OutboxState = 'pending' | 'claimed' | 'delivered' | 'failed' | 'merged';

export interface OutboxStatus {
  readonly channel: string;
  readonly part: string;
  readonly alertId: string;
  readonly role: DeliveryRole;
  readonly incident: string | null;
  readonly page: number | null;
  readonly severity: Severity;
  readonly state: OutboxState;
  /** The channel that does not take this alert, so that it goes here as well. */
  readonly insteadOf: string | null;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdMs: number;
  readonly nextAttemptMs: number;
  readonly deliveredMs: number | null;
}

/**
 * How a channel is tried that takes nothing: with the worst that waits, so that it hears that first once it is back. `except`: the message that was
 * just tried so. What is due goes next, and a message that never gets through holds back no other.
 */
export interface Probe {
  readonly except: number | null;
}

/** How a channel does: its receipts. */
export interface ChannelDeliveries {
  readonly channel: string;
  readonly lastDeliveredMs: number | null;
  readonly lastFailedMs: number | null;
  /** Why the last attempt that failed did, in our words. */
  readonly lastFailure: string | null;
  /** Messages that wait or are under way. */
  readonly pending: number;
  /** Messages refused for good, or given up. */
  readonly failed: number;
}

/** A severe message that a channel does not take. */
export interface FailingMessage {
  readonly id: number;
  readonly channel: string;
  readonly alertId: string;
  readonly incident: string | null;
  /** How the same alert stands on the other channels it was routed to. */
  readonly others: readonly Standby[];
}

/** The records of a collection as last observed, written as the difference from the one before. */
export interface ObservedDelta {
  readonly collection: string;
  readonly recordsDigest: string;
  readonly count: number;
  readonly observedAtMs: number;
  /** True when `upserts` is the whole collection and everything else must go. */
  readonly replace: boolean;
  /** `ordinal` tells records with one key apart: 0 unless the key is duplicate. */
  readonly upserts: readonly { readonly key: string; readonly ordinal: number; readonly line: string }[];
  readonly removals: readonly { readonly key: string; readonly ordinal: number }[];
}

/** The highest baseline ever in force at a site: an older head is a rollback. */
export interface RememberedBaseline {
  readonly version: number;
  /** Hex SHA-256 of the statement's bytes. */
  readonly digest: string;
}

/** A change that a person called hostile. */
export interface Rejection {
  readonly fingerprint: string;
  /** Who, by the name of their token. */
  readonly person: string;
  readonly atMs: number;
}

/** Something that came and went, or still does. */
export interface Outage extends Finding {
  readonly endedMs: number | null;
}

/** What can be done inside one transaction. Synchronous: either all of it is durable afterwards or none. */
export interface StoreTransaction {
  openFindings(site: string): Finding[];
  openIncident(site: string, topic: string): Incident | null;
  /** Opens an incident. */
  createIncident(site: string, topic: string, severity: Severity, atMs: number): Incident;
  addFinding(incident: string, site: string, condition: Condition, atMs: number, notified: boolean): void;
  /** Writes down what is known of an open finding now: what it is about stays the same. */
  updateFinding(site: string, condition: Pick<Condition, 'fingerprint' | 'subject'>): void;
  markNotified(incident: string, fingerprints: readonly string[], atMs: number): void;
  endFindings(
    incident: string,
    endings: readonly { fingerprint: string; ending: Ending }[],
    atMs: number,
  ): void;
  /** Derives revision and worst severity anew from the findings and returns the incident. */
  refreshIncident(id: string): Incident;
  /**
   * One step of an incident. A page, and the end of an acknowledgement, begin its ladder anew. False, and nothing changed, when it is not any
   * more as `from` has it.
   */
  advanceIncident(
    from: Pick<Incident, 'id' | 'state' | 'event'>,
    to: { readonly state: Exclude<IncidentState, 'resolved'>; readonly page: number },
    atMs: number,
    observedMs?: number,
  ): boolean;
  /** The step that resolves an incident, and any acknowledgement with it. False, and nothing changed, when it is resolved already. */
  resolveIncident(id: string, resolution: string, atMs: number): boolean;
  /** The step by which a person answers for an incident. False, and nothing changed, when it is not any more as `from` has it. */
  acknowledgeIncident(
    from: Pick<Incident, 'id' | 'state' | 'event' | 'revision'>,
    by: { readonly person: string; readonly reason: string; readonly untilMs: number },
    atMs: number,
  ): boolean;
  /** Ends the acknowledgement in force, as part of the incident's next step. False when there is none. */
  endAcknowledgement(incident: string, ending: NonNullable<Acknowledgement['ending']>, atMs: number): boolean;
  /** Marks a finding of an incident as hostile. False when it was marked before. */
  reject(incident: string, rejection: Rejection): boolean;
  /** Appends to the journal and returns the new head's hash. */
  journal(type: string, body: unknown, atMs: number): string;
  /** Hash of the newest entry; 64 zeros when empty. */
  journalHead(): string;
  /** Enqueues an announcement and writes its id and digest to the journal. Enqueueing the same alert again changes nothing. */
  enqueue(alert: Alert, channels: readonly Channel[], atMs: number, mayWait?: boolean): void;
  /**
   * Enqueues that the last step of an incident is to be told, and journals that: on each part of each channel one message waits at most,
   * and what is newer joins it (`mergeOwed`).
   */
  addPending(
    pending: {
      readonly incident: string;
      readonly role: Exclude<DeliveryRole, 'notice'>;
      readonly severity: Severity;
      /** Quiet hours may hold it back; false when absent. */
      readonly mayWait?: boolean;
      /** It tells all that is still so, because nobody answers for it; false when absent. */
      readonly reminds?: boolean;
    },
    channels: readonly Channel[],
    atMs: number,
  ): void;
  /** Names of the channels that a message of an incident was ever owed to; of one page only when `page` names it. */
  notifiedChannels(incident: string, channels: readonly Channel[], page?: number): string[];
  /** A step of the ladder. False, and nothing changed, when it was taken already or the ladder is not any more as `from` has it. */
  escalateIncident(
    from: Pick<Incident, 'id' | 'page' | 'unansweredMs'>,
    step: Pick<TakenStep, 'step' | 'time'>,
    atMs: number,
  ): boolean;
  /** Severe messages that have failed since before `sinceMs`, or were refused for good, and were not considered yet. */
  failing(sinceMs: number): FailingMessage[];
  /** Notes that a failing message was considered, and passes its alert on to a channel; null: to none. */
  passOn(message: number, to: Channel | null, atMs: number): void;
  saveObserved(site: string, delta: ObservedDelta): void;
  rememberBaseline(site: string, baseline: RememberedBaseline): void;
  rememberedBaseline(site: string): RememberedBaseline | null;
  /** That of every site that ever had one, by name. */
  rememberedBaselines(): { readonly site: string; readonly version: number }[];
  /** Remembers an excuse, or what became of it. */
  saveSuppression(suppression: KnownSuppression): void;
  setMeta(name: string, value: string): void;
  meta(name: string): string | null;
}

/** What can be read of a daemon's state, by the daemon itself or by a command beside it. */
export interface StoreReader {
  incidents(filter: { readonly site?: string; readonly unresolvedOnly?: boolean }): Incident[];
  /** By id or unambiguous prefix of it. Throws `STORE_AMBIGUOUS_ID` when several incidents begin with it. */
  incident(id: string): {
    incident: Incident;
    open: Finding[];
    ended: EndedFinding[];
    /** Oldest first. */
    acknowledgements: Acknowledgement[];
  } | null;
  /** Those in force, the one that ends first first. */
  acknowledgements(): Acknowledgement[];
  /** The steps that an incident took since it became unanswered. */
  escalations(incident: string): TakenStep[];
  /** Everything ever found about a collection, in the order in which it was found. */
  findings(site: string, collection: string): (Finding | EndedFinding)[];
  /** The alerts of an incident as they first arrived somewhere, in that order. */
  alerts(incident: string): { readonly alert: Alert; readonly createdMs: number }[];
  /** What people called hostile of an incident's findings, there or while the same change stood in another one, oldest first. */
  rejections(incident: string): Rejection[];
  /** What people ever called hostile of the findings that are open at a site, oldest first. */
  openRejections(site: string): Rejection[];
  /** What was last observed of each collection. */
  observed(
    site: string,
  ): { collection: string; recordsDigest: string; count: number; observedAtMs: number }[];
  /** Canonical lines of a collection as last observed, ordered by the bytes of their keys; null when it never was. */
  observedLines(site: string, collection: string): string[] | null;
  rememberedBaseline(site: string): RememberedBaseline | null;
  /** That of every site that ever had one, by name. */
  rememberedBaselines(): { readonly site: string; readonly version: number }[];
  /** Every excuse that ever took effect at a site, by digest. */
  suppressions(site: string): KnownSuppression[];
  meta(name: string): string | null;
  journalEntries(afterSeq: number, limit: number): JournalEntry[];
  /** Hash of the newest entry; 64 zeros when empty. */
  journalHead(): string;
  /** When the oldest alert was enqueued that none of these channels has taken, by any part of it; null: there is none. UTC milliseconds. */
  unnotifiedSinceMs(channels: readonly string[]): number | null;
  /** Sources that could not be heard or read at some time after `sinceMs`. */
  outagesSince(sinceMs: number): Outage[];
  /** Messages that channels have taken since. */
  deliveredSince(sinceMs: number): number;
  /** Newest first. */
  outbox(filter: { readonly undeliveredOnly?: boolean; readonly limit: number }): OutboxStatus[];
  /** Every channel that anything was ever sent to or waits for, by name. */
  deliveries(): ChannelDeliveries[];
  /** Writes all of it, as of one instant, to a file that is not there yet. Does not disturb a running daemon. */
  copyTo(file: string): void;
  close(): void;
}

/** The state of one daemon. Every method throws `StoreError` when the store fails; what it was asked is then not done at all. */
export interface Store extends StoreReader {
  /** Runs `work` in one durable transaction (BEGIN IMMEDIATE); rolls back and rethrows when it throws. */
  transaction<T>(work: (tx: StoreTransaction) => T): T;
  /** Whether what is written here still lies where the next start will look for it. False once somebody removed or replaced it. */
  inPlace(): boolean;

  /**
   * Takes the most severe, then most urgent (pages first, then by order of parts), then oldest message of a channel that is due, and marks
   * it claimed; of one alert only when `ofAlert` names it; none that waits in quiet hours. With `probe`, as soon as any is
   * due, the most severe one is taken although it waits itself. Messages that a crashed daemon left claimed are pending again after
   * `retryUndelivered`.
   */
  claim(
    channel: string,
    nowMs: number,
    ofAlert?: string | null,
    quiet?: Quiet | null,
    probe?: Probe | null,
  ): OutboxMessage | null;
  /**
   * Acknowledges a claimed message, keeps the alert it became, and writes both to the journal, in one transaction. Whatever waits for a channel
   * that had failed before is due then. Returns false, and changes nothing, when it is not claimed any more.
   */
  delivered(id: number, receipt: string, nowMs: number, alert?: Alert): boolean;
  /**
   * Puts a claimed message back, joined to the one of its incident that waits meanwhile; `nextAttemptMs` null: given up, written to the
   * journal, shown as failed and degraded.
   */
  notDelivered(id: number, reason: string, nextAttemptMs: number | null, nowMs: number): boolean;
  /**
   * Makes all that was not delivered pending and due, what was claimed or given up as well, and returns how many: the reason may be gone with
   * the configuration that was in force then. Only while no worker runs.
   */
  retryUndelivered(nowMs: number): number;
  /** UTC milliseconds of the next due message of the channel, or null when it has none. */
  nextDueMs(channel: string, quiet?: Quiet | null): number | null;
  /** Since when the longest failing severe message that was not considered for another channel has failed; null: there is none. */
  failingSinceMs(): number | null;
}
