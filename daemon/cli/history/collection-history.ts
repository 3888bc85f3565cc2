import {
  BaselineError,
  type CollectionSnapshot,
  type Definition,
  type PastStep,
  pastCollection,
  pastRecord,
} from '../../../baselines/index.js';
import { type Config, definitionsOf } from '../../config/config.js';
import type { Finding } from '../../finding.js';
import type { EndedFinding } from '../../incident.js';
import type { StoreReader } from '../../store/store.js';
import { effectiveMs, type SitePast, timesActive } from './signed-history.js';

/** A version of a collection: a step that changed it, with what it then was. */
export interface CollectionVersion {
  readonly step: PastStep;
  /** When it took effect, in UTC milliseconds. */
  readonly fromMs: number;
  /** When the next step that changed the collection took effect; null while it is in force. */
  readonly toMs: number | null;
  /** Null when the step ended the watch of the collection. */
  readonly signed: {
    readonly definition: Definition;
    readonly records: string;
    readonly count: number;
  } | null;
  /** Reads the records, or that of one key alone; null when they are not there any more or are not the signed ones, or when there are none. */
  snapshot(key: string | null): CollectionSnapshot | null;
}

/** What a collection was signed as over time. */
export interface CollectionVersions {
  readonly site: string;
  readonly collection: string;
  /** Steps that changed the collection, oldest first. */
  readonly versions: readonly CollectionVersion[];
  /** By name: as signed last, else as configured; for the names of columns. */
  readonly definitions: ReadonlyMap<string, Definition>;
}

/** What a collection was over time. */
export interface CollectionPast extends CollectionVersions {
  /** Everything ever found about it, or about the record that is asked for, oldest first. */
  readonly findings: readonly (Finding | EndedFinding)[];
  /** Whether older ones than these left the state for files. */
  readonly folded: boolean;
}

/** Puts together what files and state know of a collection; null when neither, nor the configuration, has ever had it. */
export function collectionVersions(
  config: Config,
  past: SitePast,
  store: StoreReader | null,
  site: string,
  collection: string,
): CollectionVersions | null {
  const versions = versionsOf(past, timesActive(store, site), collection);
  const configured = config.sites
    .filter(({ name }) => name === site)
    .flatMap(definitionsOf)
    .find(({ name }) => name === collection);
  const definition = versions.findLast(({ signed }) => signed !== null)?.signed?.definition ?? configured;
  const isKnown = versions.length > 0 || definition !== undefined;
  if (!isKnown && (store?.findings.ofCollection(site, collection) ?? []).length === 0) return null;
  const definitions = new Map(definition === undefined ? [] : [[collection, definition]]);
  return { site, collection, versions, definitions };
}

/** The same with what was found about it, or about one record of it. */
export function collectionPast(
  versions: CollectionVersions,
  store: StoreReader | null,
  key: string | null,
): CollectionPast {
  const { site, collection } = versions;
  return {
    ...versions,
    findings: store?.findings.ofCollection(site, collection, key) ?? [],
    folded: (store?.folds.last() ?? null) !== null,
  };
}

/** The version in force at an instant; null before the first. */
export function versionAt(past: Pick<CollectionPast, 'versions'>, atMs: number): CollectionVersion | null {
  return past.versions.findLast(({ fromMs }) => fromMs <= atMs) ?? null;
}

/** Findings that were so at an instant. */
export function findingsAt(past: CollectionPast, atMs: number): readonly (Finding | EndedFinding)[] {
  return past.findings.filter((finding) => finding.firstSeenMs <= atMs && atMs < endOf(finding));
}

/** When a finding ended, in UTC milliseconds; infinity while it is open. */
export function endOf(finding: Finding | EndedFinding): number {
  return 'endedMs' in finding ? finding.endedMs : Number.POSITIVE_INFINITY;
}

/** Every version that a collection had, oldest first. `times`: when steps took effect, by digest; else when they were made. */
export function versionsOf(
  past: Pick<SitePast, 'steps' | 'records'>,
  times: ReadonlyMap<string, number>,
  collection: string,
): CollectionVersion[] {
  const versions: CollectionVersion[] = [];
  for (const step of past.steps) {
    const signed =
      step.statement.collections.find(({ definition }) => definition.name === collection) ?? null;
    const before = versions.at(-1)?.signed ?? null;
    if (JSON.stringify(signed) === JSON.stringify(before)) continue;
    const fromMs = effectiveMs(step, times);
    const last = versions.pop();
    if (last !== undefined) versions.push({ ...last, toMs: fromMs });
    versions.push({ step, fromMs, toMs: null, signed, snapshot: (key) => read(past, step, collection, key) });
  }
  return versions;
}

function read(
  past: Pick<SitePast, 'records'>,
  step: PastStep,
  collection: string,
  key: string | null,
): CollectionSnapshot | null {
  try {
    return key === null
      ? pastCollection(step, collection, past.records)
      : pastRecord(step, collection, key, past.records);
  } catch (error) {
    if (error instanceof BaselineError) return null;
    throw error;
  }
}
