import type { CollectionSnapshot, Definition } from '../baselines/index.js';
import type { SiteApprovals } from './approvals/active/active-baseline.js';
import type { AddressBook } from './destinations/book.js';
import type { CollectionOutcome } from './drift/compare.js';
import { hasOnlyGrown } from './drift/grown.js';
import type { Condition, Finding } from './finding.js';
import type { Indicators } from './indicators/matcher.js';
import type { LogEvent } from './logs/event.js';
import { Comparison } from './policy/comparison.js';
import { approvalCondition, blindCondition, stillCondition } from './policy/conditions.js';
import { inOrderOfCost } from './policy/cost.js';
import { changedAddresses } from './policy/destination-verdicts.js';
import { LONGEST_UNREAD_MS } from './policy/grace.js';
import { isQuiet, judge } from './policy/judge.js';
import { withOutages } from './policy/outages.js';
import type { SeverityRule } from './policy/severity.js';
import { NONE_ENDED, suppressionConditions } from './policy/suppress.js';
import type {
  Activity,
  CollectionReading,
  ReadOptions,
  Source,
  SourceReading,
  Stillness,
} from './sources/source.js';
import type { BeginStage } from './telemetry/stages.js';
import { inSlices } from './time/slices.js';
import type { Timers } from './time/timers.js';
import { type HeardBefore, LoggedChanges } from './watch/change-log.js';
import { readConfirmed, stillUnread, unreadByDefect, withTimeTaken } from './watch/confirmed-read.js';
import { isExamined } from './watch/examined.js';
import { Followed } from './watch/followed.js';
import { LooksBeside, type WaitingLook } from './watch/looks-beside.js';
import type { ObserverTarget } from './watch/observer.js';
import { ReadTogether } from './watch/read-together.js';
import type { Recorder } from './watch/recorder.js';
import { Touches, TouchesOfLook } from './watch/touches.js';
import { timeTurns } from './watch/turns.js';

/** What one site needs for its pipeline. */
export interface PipelineOptions {
  readonly site: string;
  /** Configured collections, sensors included. */
  readonly definitions: readonly Definition[];
  readonly rules: readonly SeverityRule[];
  /** How long an unknown or disconnected state must last before people are notified of it, in milliseconds. */
  readonly unknownGraceMs: number;
  /** How long a source must be read and heard without a break before what came and went is over, in milliseconds. */
  readonly flapWindowMs: number;
  /** Collections of which nobody is told that their records were written and are as before. */
  readonly touchOff: ReadonlySet<string>;
  /** The signed address book; absent where nobody asks it. */
  readonly book?: () => AddressBook | null;
  /** Every source of the site: one that follows logs may know who changed what another reads. */
  readonly sources?: () => readonly Source[];
  /** What is known to be bad when the watching begins; absent: nothing. */
  readonly indicators?: Indicators;
  readonly recorder: Recorder;
  readonly clock: () => number;
  readonly timers: Timers;
  readonly beginStage: BeginStage;
  /** One collection could not be compared because of a defect: it is unknown, and the others go on. */
  readonly onDefect: (collection: string, error: unknown) => void;
}

type Signed = ReadonlyMap<string, CollectionSnapshot>;

/** A look under way: what it found written, and what waits for its end. */
interface LookUnderWay {
  readonly touches: TouchesOfLook;
  readonly waiting: WaitingLook | undefined;
}

/**
 * The product on one page, one for each site:
 *
 * ```
 *  source ─▶ snapshot ─▶ diff ─▶ judge ─▶ incident + journal + outbox (one transaction) ─▶ notifier
 *                         ▲
 *  proposal ─▶ signatures ─▶ verified baseline
 * ```
 *
 * Throws what is a defect, with what was read before it remembered; whoever calls it keeps going.
 */
export class Pipeline implements ObserverTarget {
  readonly #options: PipelineOptions;
  readonly #comparison: Comparison;
  readonly #readings = new Map<string, CollectionReading>();
  /** Why a source cannot be heard; null when it can; absent while nobody knows. */
  readonly #hintStatus = new Map<string, string | null>();
  /** How long the witness of a source stands still; null when it moves; absent while nobody knows. */
  readonly #stillness = new Map<string, Stillness | null>();
  readonly #touches: Touches;
  readonly #logged: LoggedChanges;
  /** Keys of records that a change log has entries of, by collection, until they are taken. */
  readonly #written = new Map<string, ReadonlySet<string>>();
  readonly #followed: Followed;
  /** Who was active when a snapshot was first read. */
  readonly #activity = new WeakMap<CollectionSnapshot, Activity>();
  /** Which changed addresses of a snapshot are customers'. Nowhere else, and no longer than the snapshot. */
  readonly #customers = new WeakMap<CollectionSnapshot, ReadonlySet<string>>();
  #approvals: SiteApprovals | null = null;
  #outcomes: ReadonlyMap<string, CollectionOutcome> = new Map();
  #observedAtMs: number;
  #isAbandoned = false;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const activityAt = (snapshot: CollectionSnapshot) => this.#activity.get(snapshot);
    const customersAt = (snapshot: CollectionSnapshot) => this.#customers.get(snapshot);
    this.#logged = new LoggedChanges(options);
    this.#comparison = new Comparison(options.site, options.definitions, {
      ...{ ...options, activityAt, customersAt },
      loggedAt: (change) => this.#logged.loggedAt(change),
    });
    this.#touches = new Touches(options);
    this.#followed = new Followed(options);
    this.#observedAtMs = options.clock();
  }

  /**
   * Reads collections of a source (all when none are named), and decides. Of several that are named each is read by itself, what can cost most first, or with
   * those that the same look at their table answers; of all, those together that the source reads together. What takes long does not hold up what was read before it, nor
   * what the source can read beside it. Of what is named, a source may read what moved; when all is read, everything.
   */
  async look(
    source: Source,
    wanted?: readonly string[],
    hinted: ReadonlySet<string> = new Set(),
    waiting?: WaitingLook,
  ): Promise<void> {
    const touches = new TouchesOfLook();
    try {
      await this.#lookAt(source, wanted, { touches, waiting });
    } finally {
      if (this.#touches.settle(touches, hinted, this.#outcomes) || this.#logged.hasNews()) this.#decide();
    }
  }

  async #lookAt(source: Source, wanted: readonly string[] | undefined, under: LookUnderWay): Promise<void> {
    const { timers, definitions, onDefect } = this.#options;
    const extent = wanted === undefined ? 'all' : 'moved';
    const ordered = wanted && inOrderOfCost(wanted, definitions);
    const groups = source.groups?.(ordered, this.#signed()) ?? ordered?.map((name) => [name]);
    const take = (reading: SourceReading) => this.#take(reading, under.touches);
    if (groups === undefined || groups.length < 2) {
      const beside = this.#beside(source, wanted ?? source.collections, under);
      try {
        take(await this.#read(source, wanted, { extent, isOneTurn: wanted !== undefined }));
      } finally {
        await beside?.end();
      }
      return;
    }
    const isFirst = !source.collections.some((name) => this.#readings.has(name));
    const together = new ReadTogether({ timers, isFirst, onDefect, take });
    try {
      for (const names of groups) {
        const isOneTurn = wanted !== undefined || names.length === 1;
        const beside = this.#beside(source, names, { ...under, together });
        try {
          together.add(names, await this.#read(source, names, { extent, isOneTurn }));
        } finally {
          await beside?.end();
        }
      }
    } finally {
      together.take();
    }
  }

  /** While `names` are read: looks at others that are wanted, and whose last reading is decided. */
  #beside(
    source: Source,
    names: readonly string[],
    { waiting, together }: LookUnderWay & { readonly together?: ReadTogether },
  ): LooksBeside | null {
    if (waiting === undefined || source.beside === undefined) return null;
    const { timers, onDefect } = this.#options;
    const able = async (wanted: readonly string[]): Promise<readonly string[]> => {
      const others = wanted.filter((name) => !names.includes(name) && together?.has(name) !== true);
      try {
        return (await source.beside?.(others)) ?? [];
      } catch (error) {
        onDefect(others.join(), error);
        return [];
      }
    };
    return new LooksBeside({ waiting, able, timers });
  }

  /** `isOneTurn`: one look answers all that are wanted. */
  async #read(
    source: Source,
    wanted: readonly string[] | undefined,
    { extent, isOneTurn }: Required<Pick<ReadOptions, 'extent'>> & { readonly isOneTurn: boolean },
  ): Promise<SourceReading> {
    const { beginStage, clock, timers } = this.#options;
    const reading = beginStage('read');
    const beganMs = clock();
    const turns = timeTurns(source.collections, timers, (names) => this.#goesOn(source, names));
    // Waiting for its turn is waiting, too, where nothing else is wanted.
    if (wanted !== undefined && isOneTurn) turns.begin(...wanted);
    let read: SourceReading;
    let heard: HeardBefore = new Map();
    try {
      if (source.changeLog !== undefined) heard = await this.#logged.before(source, wanted);
      const signed = this.#signed();
      const taken = await readConfirmed(source, wanted, signed, { onBegin: turns.begin, extent, signed });
      read = withTimeTaken(taken, clock() - beganMs);
    } catch (defect) {
      this.#take(unreadByDefect(source, wanted, this.#options.clock()));
      throw defect;
    } finally {
      turns.end();
      reading();
    }
    const { collections } = read;
    await this.#askWho(source, read);
    for (const [name, keys] of await this.#logged.after(source, read, heard)) this.#written.set(name, keys);
    await this.#askCustomers(source, read);
    const readings = new Map([...this.#readings, ...collections]);
    const sides = { signed: this.#signed(), readings, names: collections.keys() };
    await this.#comparison.prepare(sides, inSlices);
    return read;
  }

  /** Whoever makes a collection slow to read hides nothing for longer than by making it unreadable: one whose turn goes on and on is unknown meanwhile. */
  #goesOn(source: Source, names: readonly string[]): void {
    try {
      this.#take(stillUnread(source, names, this.#options.clock(), LONGEST_UNREAD_MS));
    } catch (error) {
      this.#options.onDefect(names.join(), error);
    }
  }

  /** Somebody changed something between two reads: who was active is asked before it is told. At the first read nobody knows when it was. */
  async #askWho(source: Source, { collections }: SourceReading): Promise<void> {
    const changed = this.#changed(collections).filter((snapshot) => !this.#hasOnlyGrown(snapshot));
    const activity = await this.#followed.whoAt(source, changed);
    if (activity !== null) for (const snapshot of changed) this.#activity.set(snapshot, activity);
  }

  /** A history that was as signed, and to which rows were added: there is nothing to tell of it. */
  #hasOnlyGrown(snapshot: CollectionSnapshot): boolean {
    const { name, history } = snapshot.definition;
    const before = this.#readings.get(name);
    const wasSame = history === true && this.#outcomes.get(name)?.outcome === 'same';
    return wasSame && before?.readable === true && hasOnlyGrown(before.snapshot, snapshot);
  }

  /** A destination changed: whether it is a customer's is asked before it is told. */
  async #askCustomers(source: Source, { collections }: SourceReading): Promise<void> {
    if (source.customersAmong === undefined) return;
    for (const snapshot of this.#changed(collections)) {
      const signed = this.#signed().get(snapshot.definition.name);
      const addresses = signed === undefined ? [] : changedAddresses(signed, snapshot);
      const found = addresses.length === 0 ? null : await source.customersAmong(addresses);
      if (found !== null) this.#customers.set(snapshot, found);
    }
  }

  /** The snapshots that are others than those read before them. */
  #changed(collections: SourceReading['collections']): readonly CollectionSnapshot[] {
    return [...collections].flatMap(([name, reading]) => {
      const before = this.#readings.get(name);
      const isNew = reading.readable && before?.readable === true && before.snapshot !== reading.snapshot;
      return isNew ? [reading.snapshot] : [];
    });
  }

  /** A source cannot be heard (a reason in our words), or can be heard again (null). */
  onHintStatus(source: string, disconnectedBecause: string | null): void {
    this.#hintStatus.set(source, disconnectedBecause);
    this.#decide();
  }

  /** Collections of the source that are unread while it is reached, and whose grace is not over. */
  unsettled(source: Pick<Source, 'collections'>): readonly string[] {
    const unread = source.collections.filter((name) => {
      const outcome = this.#outcomes.get(name);
      return outcome?.outcome === 'unknown' && outcome.cause === 'timeout';
    });
    if (unread.length === 0) return [];
    const waiting = new Set(
      this.#options.recorder
        .openFindings()
        .flatMap(({ subject, notifiedMs }) =>
          subject.what === 'unknown' && notifiedMs === null ? [subject.collection] : [],
        ),
    );
    return unread.filter((name) => waiting.has(name));
  }

  /** Compares with what is about to be approved, beside everything else: `approve` then has nothing large to do. Never rejects. */
  prepare({ active }: Pick<SiteApprovals, 'active'>): Promise<void> {
    const signed = active?.collections ?? new Map<string, CollectionSnapshot>();
    const names = new Set([...this.#options.definitions.map(({ name }) => name), ...signed.keys()]);
    return this.#comparison.prepare({ signed, readings: this.#readings, names }, inSlices);
  }

  /** Decides nothing more: reads that are still under way when the daemon stops have no store to write to. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** The files that carry people's approval were read: what is compared with, and what is wrong with them. */
  approve(approvals: SiteApprovals): void {
    this.#approvals = approvals;
    this.#decide();
  }

  /** How many records that are read or signed have one of other indicators and none of those in force. Rejects with what is a defect. */
  weigh(next: Indicators): Promise<number> {
    return this.#comparison.weigh(next, { signed: this.#signed(), readings: this.#readings }, inSlices);
  }

  /** Puts other indicators in force, and decides. */
  indicate(next: Indicators): void {
    this.#followed.indicate(next);
    this.#comparison.indicate(next);
    this.#decide();
  }

  /** Outcome of the last comparison, by collection. */
  outcomes(): ReadonlyMap<string, CollectionOutcome> {
    return this.#outcomes;
  }

  /** What logs said lately, each source by itself, oldest first. */
  logEvents(): readonly LogEvent[] {
    return this.#followed.events();
  }

  /** What each collection was last read as. */
  readings(): ReadonlyMap<string, CollectionReading> {
    return this.#readings;
  }

  #take(
    { source, collections, observedAtMs, stillness, followed }: SourceReading,
    touches = new TouchesOfLook(),
  ): void {
    this.#followed.take(source, followed);
    if (stillness !== undefined) this.#stillness.set(source, stillness);
    for (const [name, collection] of collections) {
      this.#touches.take(touches, name, this.#readings.get(name), collection, this.#written.get(name));
      this.#written.delete(name);
      this.#readings.set(name, collection);
    }
    this.#observedAtMs = observedAtMs;
    this.#decide();
  }

  #decide(): void {
    const approvals = this.#approvals;
    // Before the files were read there is nothing to compare with; `approve` decides then.
    if (approvals === null || this.#isAbandoned) return;
    const { recorder, clock, beginStage, flapWindowMs: windowMs } = this.#options;
    const compared = beginStage('compare');
    const signed = this.#signed();
    const found = [
      ...this.#drift(signed),
      ...this.#blind(),
      ...this.#still(),
      ...this.#followed.conditions(clock()),
      ...this.#ofFiles(approvals),
    ];
    const open = recorder.openFindings();
    const nowMs = clock();
    const examined = (finding: Finding) => this.#examined(finding);
    const lasting = withOutages(found, open, { examined, nowMs, windowMs });
    const suppressions = approvals.suppressions.active;
    const ended = suppressions.length === 0 ? NONE_ENDED : recorder.suppressionsEnded();
    const conditions = suppressionConditions({
      conditions: lasting,
      suppressions,
      open,
      signed,
      ended,
      nowMs,
    });
    const verdict = judge({ conditions, open, examined, outcomes: this.#outcomes, signed, nowMs });
    const [touches, logNews] = [this.#touches.news(), this.#logged.news()];
    const decision = {
      ...{ verdict, approvals, touches, logNews },
      ...{ readings: this.#readings, observedAtMs: this.#observedAtMs, followed: this.#followed.readings() },
    };
    compared();
    const recorded = beginStage('record');
    // What could not be recorded is as new at the next decision as it is now.
    if (recorder.record(decision)) {
      this.#approvals = { ...approvals, adopted: false };
      this.#touches.told(touches);
      this.#logged.told(logNews);
      this.#followed.recorded();
    }
    // A decision that finds nothing new writes nothing.
    if (!isQuiet(verdict)) recorded();
  }

  #signed(): Signed {
    return this.#approvals?.active?.collections ?? new Map();
  }

  #drift(signed: Signed): readonly Condition[] {
    const { outcomes, conditions, defects } = this.#comparison.compare(signed, this.#readings);
    this.#outcomes = outcomes;
    for (const { collection, error } of defects) this.#options.onDefect(collection, error);
    return conditions;
  }

  #blind(): Condition[] {
    const { site, unknownGraceMs } = this.#options;
    return [...this.#hintStatus].flatMap(([source, because]) =>
      because === null ? [] : [blindCondition(site, source, because, unknownGraceMs)],
    );
  }

  #still(): Condition[] {
    return [...this.#stillness].flatMap(([source, stillness]) =>
      stillness === null ? [] : [stillCondition(this.#options.site, source, stillness)],
    );
  }

  #ofFiles({ problems }: SiteApprovals): Condition[] {
    return problems.map((problem) => approvalCondition(this.#options.site, problem));
  }

  #examined(finding: Finding): boolean {
    return isExamined(finding, {
      definitions: this.#options.definitions,
      outcomes: this.#outcomes,
      readings: this.#readings,
      hintStatus: this.#hintStatus,
      stillness: this.#stillness,
      followed: this.#followed.readings(),
    });
  }
}
