import type { CollectionSnapshot, Definition } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import { composeInstalled, recoverySince } from '../alerts/announce.js';
import {
  composeLogFault,
  composeRowTransient,
  composeTransient,
} from '../alerts/between-reads/log-alerts.js';
import { composeTouched } from '../alerts/between-reads/touched-alert.js';
import type { AlertContext } from '../alerts/compose.js';
import { formerAddressNotices } from '../alerts/former-address.js';
import type { PersonalColumns } from '../alerts/masking.js';
import { allDefinitions } from '../approvals/active/definitions.js';
import type { Channel } from '../channel.js';
import type { Finding } from '../finding.js';
import { enqueueFormer, enqueueNotice } from '../outbox/enqueue.js';
import { topicOf } from '../policy/conditions.js';
import { isQuiet } from '../policy/judge.js';
import type { EndedSuppressions } from '../policy/suppress.js';
import type { SuppressionNews } from '../policy/suppression-news.js';
import { wholeReading } from '../sources/source.js';
import { StoreError } from '../store/errors.js';
import { headOf } from '../store/head.js';
import { baselineEvent } from '../store/journal/approval.js';
import {
  logEvent,
  logGapEvent,
  observedEvent,
  touchedEvent,
  transientEvent,
} from '../store/journal/verdict.js';
import type { ObservedDelta, Store, StoreTransaction } from '../store/store.js';
import type { Decision } from './decision.js';
import { differsFromStored, observedDelta, type Stored } from './delta.js';
import { isLarge, LargeDeltas, type LateDelta } from './large-deltas.js';
import { openAfter } from './open-findings.js';
import { type Settling, settleTopic } from './settle-topic.js';
import { createSuppressionRegister, type SuppressionRegister } from './suppression-register.js';

/** What the store holds of a site. */
interface Known {
  open: readonly Finding[];
  readonly stored: Map<string, Stored>;
}

/** What a decision gives to record. */
interface Work {
  readonly decision: Decision;
  readonly deltas: readonly ObservedDelta[];
  /** Written after it, in slices. */
  readonly large: readonly LateDelta[];
  readonly suppressionNews: readonly SuppressionNews[];
}

/** What came of it. */
interface Recorded {
  /** Whether people are to be told of anything. */
  readonly enqueued: boolean;
  readonly open: readonly Finding[];
}

export interface Recorder {
  /** Findings of the site that have not ended, as of the last decision recorded. Throws `StoreError` while they were never read. */
  openFindings(): readonly Finding[];
  /** Throws `StoreError`. */
  suppressionsEnded(): EndedSuppressions;
  /**
   * Makes a decision durable and enqueues what people must be told. False when the store could not, which `onStoreError` is told. Whatever
   * else fails while it is recorded (a message that cannot be composed, a step that cannot be taken) is thrown. Either way nothing happened
   * then, and the next decision is as new as this one.
   */
  record(decision: Decision): boolean;
  /** Ends what is still written of large collections. */
  stop(): Promise<void>;
}

export interface RecorderOptions {
  readonly site: string;
  readonly timeZone: string;
  readonly definitions: readonly Definition[];
  /** What messages show masked. */
  readonly personal: PersonalColumns;
  readonly store: Store;
  readonly channels: () => readonly Channel[];
  /** Something was enqueued. */
  readonly onEnqueued: () => void;
  readonly onStoreError: (error: unknown) => void;
  readonly clock: () => number;
}

export function createRecorder(options: RecorderOptions): Recorder {
  return new SiteRecorder(options);
}

/**
 * Writes what the pipeline decided for one site: findings, incidents, journal, observed records and alerts, in one
 * transaction (invariant 5). A read that found nothing new writes nothing.
 */
class SiteRecorder implements Recorder {
  readonly #suppressions: SuppressionRegister;
  readonly #large: LargeDeltas;
  #known: Known | null = null;

  constructor(private readonly options: RecorderOptions) {
    this.#suppressions = createSuppressionRegister(options);
    this.#large = new LargeDeltas({
      ...options,
      onDone: (collection, stored) => this.#nowStored(collection, stored),
      onError: options.onStoreError,
    });
  }

  stop(): Promise<void> {
    return this.#large.stop();
  }

  openFindings(): readonly Finding[] {
    return this.#state().open;
  }

  suppressionsEnded(): EndedSuppressions {
    return this.#suppressions.ended();
  }

  record(decision: Decision): boolean {
    const recorded = this.#recorded(decision);
    if (recorded === 'store failed') return false;
    if (recorded === 'nothing new') return true;
    const { work, enqueued, open } = recorded;
    this.#remember(work, open);
    if (enqueued) this.options.onEnqueued();
    return true;
  }

  #recorded(decision: Decision): (Recorded & { readonly work: Work }) | 'nothing new' | 'store failed' {
    try {
      const work = this.#workOf(decision);
      if (work === null) return 'nothing new';
      return { work, ...this.options.store.transaction((tx) => this.#write(tx, work)) };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.options.onStoreError(error);
      return 'store failed';
    }
  }

  /** Read at the first use: while a changed configuration is announced, the recorder before this one still writes. */
  #state(): Known {
    const { site, store } = this.options;
    this.#known ??= {
      open: store.findings.open(site),
      stored: new Map(
        store.observed.collections(site).map(({ collection, recordsDigest }) => [collection, recordsDigest]),
      ),
    };
    return this.#known;
  }

  #remember({ decision, large }: Work, open: readonly Finding[]): void {
    const known = this.#state();
    known.open = open;
    const later = new Set(large.map(({ snapshot }) => snapshot.definition.name));
    for (const [name, read] of decision.readings) {
      const reading = wholeReading(read);
      if (!reading.readable || later.has(name) || this.#large.isWriting(name)) continue;
      known.stored.set(name, reading.snapshot);
    }
    for (const late of large) this.#large.write(late);
  }

  #nowStored(collection: string, stored: CollectionSnapshot | null): void {
    const known = this.#state();
    if (stored === null) known.stored.delete(collection);
    else known.stored.set(collection, stored);
  }

  /** Null when there is nothing to record. */
  #workOf(decision: Decision): Work | null {
    const { verdict, approvals, readings } = decision;
    const { stored } = this.#state();
    const all = [...readings].flatMap(([name, read]): LateDelta[] => {
      const reading = wholeReading(read);
      if (!reading.readable || this.#large.isWriting(name)) return [];
      const { snapshot } = reading;
      const before = stored.get(name) ?? null;
      if (!differsFromStored(before, snapshot)) return [];
      return [{ stored: before, snapshot, observedAtMs: decision.observedAtMs }];
    });
    const suppressionNews = this.#suppressions.news({ suppressions: approvals.suppressions, readings });
    const { transients = [], rows = [], faults = [] } = decision.logNews ?? {};
    const told = decision.touches.length + transients.length + rows.length + faults.length;
    const followed = [...(decision.followed ?? new Map()).values()].some(({ isNew }) => isNew);
    const quiet = !followed && all.length === 0 && suppressionNews.length === 0 && told === 0;
    if (quiet && isQuiet(verdict) && !approvals.adopted) return null;
    const large = all.filter(isLarge);
    const deltas = all.flatMap((one) =>
      isLarge(one) ? [] : (observedDelta(one.stored, one.snapshot, one.observedAtMs) ?? []),
    );
    return { decision, deltas, large, suppressionNews };
  }

  #write(tx: StoreTransaction, { decision, deltas, suppressionNews }: Work): Recorded {
    const { site, channels, clock } = this.options;
    const atMs = clock();
    const context = () => this.#contextOf(tx, decision);
    const found: Finding[] = [];
    const onFound = (finding: Finding) => void found.push(finding);
    const settling: Settling = { site, decision, context, onFound, channels: channels(), atMs };
    for (const condition of decision.verdict.altered) tx.findings.update(site, condition);
    for (const delta of deltas) {
      tx.observed.save(site, delta);
      tx.journal.append(observedEvent(site, delta), atMs);
    }
    for (const [source, log] of decision.followed ?? []) {
      if (!log.isNew) continue;
      tx.meta.set(`log:${site}/${source}`, log.memory);
      if (log.found.length > 0) tx.journal.append(logEvent(site, source, log.found), atMs);
    }
    const alerts = [
      ...this.#adopt(tx, settling),
      ...this.#tellTouches(tx, settling),
      ...this.#tellFormerAddresses(tx, settling),
      ...this.#tellLog(tx, settling),
      ...this.#suppressions.record(tx, {
        news: suppressionNews,
        appeared: decision.verdict.appeared,
        context,
      }),
    ];
    const settled = this.#topicsOf(tx, decision).map((topic) => settleTopic(tx, settling, topic));
    const open = openAfter(this.#state().open, decision.verdict, { found, atMs });
    return { enqueued: alerts.length > 0 || settled.includes(true), open };
  }

  /** Remembers a baseline that takes effect, writes it to the journal, and announces it with its diff and signers. */
  #adopt(tx: StoreTransaction, settling: Settling): readonly Alert[] {
    const { site, decision, atMs } = settling;
    const { active, previous, adopted } = decision.approvals;
    if (!adopted || active === null) return [];
    const { version, digest } = active;
    tx.meta.set(`installed:${site}`, atMs);
    const answered = decision.approvals.answered.map((collection) => [collection, atMs] as const);
    const before = tx.meta.get(`answered:${site}`) ?? {};
    tx.meta.set(`answered:${site}`, { ...before, ...Object.fromEntries(answered) });
    tx.baselines.remember(site, { version, digest });
    const step = { version, digest, signers: [...active.signers], recovery: recoverySince(active, previous) };
    tx.journal.append(baselineEvent(site, step, previous?.digest ?? null), atMs);
    const alert = composeInstalled(settling.context(), { baseline: active, previous });
    enqueueNotice(tx, alert, settling);
    return [alert];
  }

  /** Leaves in the journal that records were written and are as before, and announces it. */
  #tellTouches(tx: StoreTransaction, settling: Settling): readonly Alert[] {
    const { site, decision, atMs } = settling;
    return decision.touches.map((news) => {
      tx.journal.append(touchedEvent(site, news), atMs);
      const alert = composeTouched(settling.context(), news);
      enqueueNotice(tx, alert, settling);
      return alert;
    });
  }

  /** Tells people whose address is not as signed any more, where a channel writes to them. */
  #tellFormerAddresses(tx: StoreTransaction, settling: Settling): readonly Alert[] {
    const { approvals, verdict } = settling.decision;
    const tells = settling.channels.some(({ formerPart }) => formerPart !== undefined);
    if (!tells || approvals.active === null) return [];
    return formerAddressNotices(settling.context(), verdict.appeared, approvals.active)
      .filter((notice) => enqueueFormer(tx, notice, settling))
      .map(({ alert }) => alert);
  }

  /** Leaves in the journal what a change log says beside the records, and announces it. */
  #tellLog(tx: StoreTransaction, settling: Settling): readonly Alert[] {
    const { site, decision, atMs } = settling;
    const { transients = [], rows = [], faults = [] } = decision.logNews ?? {};
    const alerts = [
      ...faults.map((news) => {
        tx.journal.append(logGapEvent(site, news), atMs);
        return composeLogFault(settling.context(), news);
      }),
      ...transients.map((news) => {
        tx.journal.append(transientEvent(site, news.definition.name, news.count), atMs);
        return composeTransient(settling.context(), news);
      }),
      ...rows.map((news) => {
        const names = news.collections.map(({ name }) => name).join(', ');
        tx.journal.append(transientEvent(site, names, news.count), atMs);
        return composeRowTransient(settling.context(), news);
      }),
    ];
    for (const alert of alerts) enqueueNotice(tx, alert, settling);
    return alerts;
  }

  #topicsOf(tx: StoreTransaction, { verdict }: Decision): readonly string[] {
    const ended = verdict.ended.map(({ finding }) => finding);
    const concerned = [...verdict.appeared, ...verdict.notify, ...ended, ...this.#state().open];
    const topics = new Set(concerned.map(({ subject }) => topicOf(subject)));
    const { site } = this.options;
    for (const { topic } of tx.incidents.list({ site, unresolvedOnly: true })) topics.add(topic);
    return [...topics];
  }

  #contextOf(tx: StoreTransaction, { approvals, observedAtMs }: Decision): AlertContext {
    const { site, timeZone, definitions, personal } = this.options;
    return {
      site,
      timeZone,
      incident: null,
      canAcknowledge: false,
      observedAtMs,
      head: headOf(tx, site),
      definitions: allDefinitions(definitions, approvals.active),
      personal,
    };
  }
}
