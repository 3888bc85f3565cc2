import type { Definition } from '../../baselines/index.js';
import type { CollectionOutcome } from '../drift/compare.js';
import type { Finding } from '../finding.js';

/** What has been looked at since the start. */
export interface Examination {
  /** Configured collections, sensors included. */
  readonly definitions: readonly Definition[];
  readonly outcomes: ReadonlyMap<string, CollectionOutcome>;
  /** By collection. */
  readonly readings: ReadonlyMap<string, unknown>;
  /** By source: whether it is known if it can be heard. */
  readonly hintStatus: ReadonlyMap<string, unknown>;
  /** By source: whether it is known if its witness stands still. */
  readonly stillness: ReadonlyMap<string, unknown>;
  /** By source: what its logs said lately. */
  readonly followed: ReadonlyMap<string, unknown>;
}

/** Whether what a finding is about was looked at since the start, so that its absence means something. */
export function isExamined({ subject }: Finding, examination: Examination): boolean {
  const { definitions, outcomes, readings, hintStatus, stillness, followed } = examination;
  const isConfigured = (collection: string) => definitions.some(({ name }) => name === collection);
  switch (subject.what) {
    case 'change':
    case 'indicator':
    case 'mass-change': {
      const outcome = outcomes.get(subject.collection);
      if (outcome === undefined) return !isConfigured(subject.collection);
      // A record that cannot be read any more did not go back to what was signed.
      const isUnread =
        outcome.outcome === 'drifted' && subject.what === 'change' && outcome.unread?.covers(subject.key);
      return outcome.outcome !== 'unknown' && isUnread !== true;
    }
    case 'unknown':
      return outcomes.has(subject.collection) || !isConfigured(subject.collection);
    case 'unreachable':
      return definitions.every(({ name, source }) => source !== subject.source || readings.has(name));
    case 'blind':
      return hintStatus.has(subject.source) || !definitions.some(({ source }) => source === subject.source);
    case 'log':
      return followed.has(subject.source) || !definitions.some(({ source }) => source === subject.source);
    case 'still':
      return stillness.has(subject.source) || !definitions.some(({ source }) => source === subject.source);
    case 'approval':
      return true;
    case 'config':
      return false;
  }
}
