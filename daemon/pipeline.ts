import type { Definition } from '../baselines/index.js';
import type { SiteApprovals } from './approvals/active/active-baseline.js';
import type { CollectionOutcome } from './drift/compare.js';
import type { Condition, Finding } from './finding.js';
import { createComparison } from './policy/comparison.js';
import { approvalCondition, blindCondition } from './policy/conditions.js';
import { needsConfirmation } from './policy/confirm.js';
import { judge } from './policy/judge.js';
import { withOutages } from './policy/outages.js';
import type { SeverityRule } from './policy/severity.js';
import { suppressionConditions } from './policy/suppress.js';
import type { CollectionReading, Source, SourceReading } from './sources/source.js';
import type { ObserverTarget } from './watch/observer.js';
import type { Recorder } from './watch/recorder.js';

/** What one site needs for its pipeline. */
export interface PipelineOptions {
  readonly site: string;
  /** Configured collections, sensors included. */
  readonly definitions: readonly Definition[];
  readonly rules: readonly SeverityRule[];
  /** How long an unknown or disconnected state must last before people are notified, in milliseconds. */
  readonly unknownGraceMs: number;
  /** How long a source must be read and heard without a break before what came and went is over, in milliseconds. */
  readonly flapWindowMs: number;
  readonly recorder: Recorder;
  readonly clock: () => number;
}

export interface Pipeline extends ObserverTarget {
  /** The files that carry people's approval were read: what is compared with, and what is wrong with them. */
  approve(approvals: SiteApprovals): void;
  /** Outcome of the last comparison, by collection. */
  outcomes(): ReadonlyMap<string, CollectionOutcome>;
  /** What each collection was last read as. */
  readings(): ReadonlyMap<string, CollectionReading>;
}

/**
 * The product on one page, one for each site:
 *
 * ```
 *  source ─▶ snapshot ─▶ diff ─▶ judge ─▶ incident + journal + outbox (one transaction) ─▶ notifier
 *                         ▲
 *  proposal ─▶ signatures ─▶ verified baseline
 * ```
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { site, recorder, clock } = options;
  const compare = createComparison(site, options.definitions, options);
  const readings = new Map<string, CollectionReading>();
  /** Why a source cannot be heard; null when it can; absent while nobody knows. */
  const hintStatus = new Map<string, string | null>();
  let approvals: SiteApprovals | null = null;
  let outcomes: ReadonlyMap<string, CollectionOutcome> = new Map();
  let observedAtMs = clock();

  async function look(source: Source, wanted?: readonly string[]): Promise<void> {
    const reading = await confirmed(source, await source.read(wanted));
    for (const [name, collection] of reading.collections) readings.set(name, collection);
    observedAtMs = reading.observedAtMs;
    decide();
  }

  /** What one read may not be believed about is read again, in a new transaction, at once. */
  async function confirmed(source: Source, first: SourceReading): Promise<SourceReading> {
    const doubtful = [...first.collections].filter(([name, collection]) => {
      const signed = approvals?.active?.collections.get(name);
      return collection.readable && signed !== undefined && needsConfirmation(signed, collection.snapshot);
    });
    if (doubtful.length === 0) return first;
    const second = await source.read(doubtful.map(([name]) => name));
    return { ...second, collections: new Map([...first.collections, ...second.collections]) };
  }

  function decide(): void {
    // Before the files were read there is nothing to compare with; `approve` decides then.
    if (approvals === null) return;
    const signed = approvals.active?.collections ?? new Map();
    const comparison = compare(signed, readings);
    outcomes = comparison.outcomes;
    const found = [...comparison.conditions, ...hintConditions(), ...conditionsOf(approvals)];
    const open = recorder.openFindings();
    const nowMs = clock();
    const lasting = withOutages(found, open, { examined, nowMs, windowMs: options.flapWindowMs });
    const suppressions = approvals.suppressions.active;
    const over = suppressions.length === 0 ? new Set<string>() : recorder.suppressionsOver();
    const conditions = suppressionConditions({
      conditions: lasting,
      suppressions,
      open,
      signed,
      over,
      nowMs,
    });
    const verdict = judge({ conditions, open, examined, outcomes, signed, nowMs });
    // What could not be recorded is as new at the next decision as it is now.
    if (recorder.record({ verdict, approvals, readings, observedAtMs })) {
      approvals = { ...approvals, adopted: false };
    }
  }

  function hintConditions(): Condition[] {
    return [...hintStatus].flatMap(([source, disconnectedBecause]) =>
      disconnectedBecause === null
        ? []
        : [blindCondition(site, source, disconnectedBecause, options.unknownGraceMs)],
    );
  }

  function conditionsOf({ problems }: SiteApprovals): Condition[] {
    return problems.map((problem) => approvalCondition(site, problem));
  }

  /** Whether what a finding is about was looked at since the start, so that its absence means something. */
  function examined({ subject }: Finding): boolean {
    switch (subject.what) {
      case 'change': {
        const outcome = outcomes.get(subject.collection);
        return outcome === undefined ? !isConfigured(subject.collection) : outcome.outcome !== 'unknown';
      }
      case 'unknown':
        return outcomes.has(subject.collection) || !isConfigured(subject.collection);
      case 'unreachable':
        return options.definitions.every(
          (definition) => definition.source !== subject.source || readings.has(definition.name),
        );
      case 'blind':
        return (
          hintStatus.has(subject.source) || !options.definitions.some((one) => one.source === subject.source)
        );
      case 'approval':
        return approvals !== null;
      case 'config':
        return false;
    }
  }

  function isConfigured(collection: string): boolean {
    return options.definitions.some((definition) => definition.name === collection);
  }

  return {
    look,
    onHintStatus: (source, disconnectedBecause) => {
      hintStatus.set(source, disconnectedBecause);
      decide();
    },
    approve: (next) => {
      approvals = next;
      decide();
    },
    outcomes: () => outcomes,
    readings: () => readings,
  };
}
