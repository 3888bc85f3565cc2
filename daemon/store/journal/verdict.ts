import { sha256Hex } from '../../../baselines/index.js';
import type { Condition, Ending, Finding, Subject } from '../../finding.js';
import type { Incident } from '../../incident.js';
import type { LogEvent } from '../../logs/event.js';
import { type CollectionReading, type LogFault, wholeReading } from '../../sources/source.js';
import type { ObservedDelta } from '../port/observed.js';
import type { JournalEvent, VerdictSubject } from './event.js';

/** One decision about an incident. */
export interface IncidentVerdict {
  readonly incident: Pick<Incident, 'id' | 'site' | 'revision'>;
  /** Digest of the active baseline; null while there is none. */
  readonly baseline: string | null;
  /** Of the whole verdict, in one line. */
  readonly reason: string;
  readonly appeared: readonly Condition[];
  readonly notified: readonly Condition[];
  readonly ended: readonly { readonly finding: Finding; readonly ending: Ending }[];
  readonly readings: ReadonlyMap<string, CollectionReading>;
}

/** The entry of what was decided about an incident and why, by fingerprint: values stay out of the journal. */
export function verdictEvent(verdict: IncidentVerdict): JournalEvent {
  const { incident, baseline, reason, readings } = verdict;
  const appeared = verdict.appeared.map((one) => ({
    fingerprint: one.fingerprint,
    severity: one.severity,
    reason: one.reason,
    ...subjectOf(one.subject),
  }));
  const collections = new Set(appeared.flatMap((one) => ('collection' in one ? [one.collection] : [])));
  const snapshots = [...collections].flatMap((collection) => {
    const read = readings.get(collection);
    const reading = read && wholeReading(read);
    return reading?.readable ? [{ collection, records: reading.snapshot.recordsDigest }] : [];
  });
  return {
    type: 'verdict',
    body: {
      site: incident.site,
      incident: incident.id,
      revision: incident.revision,
      baseline,
      reason,
      appeared,
      told: verdict.notified.map(({ fingerprint }) => fingerprint),
      ended: verdict.ended.map(({ finding, ending }) => ({ fingerprint: finding.fingerprint, ending })),
      snapshots,
    },
  };
}

function subjectOf(subject: Subject): VerdictSubject {
  const { what } = subject;
  switch (what) {
    case 'change':
      return { what, collection: subject.collection, change: subject.type };
    case 'mass-change':
      return { what, collection: subject.collection, ...subject.counts };
    case 'indicator': {
      const incidents = [...new Set(subject.matches.map(({ incident }) => incident))];
      return { what, collection: subject.collection, records: subject.records, incidents };
    }
    case 'unknown':
      return { what, collection: subject.collection, cause: subject.cause };
    case 'log':
      return { what, source: subject.source, log: subject.log, event: subject.event };
    case 'unreachable':
    case 'blind':
    case 'still':
      return { what, source: subject.source };
    case 'approval':
      return { what, code: subject.code, file: subject.file };
    case 'config':
      return { what };
  }
}

/** The entry of records that were written and are as before. */
export function touchedEvent(
  site: string,
  {
    collection,
    count,
    hinted,
  }: { readonly collection: string; readonly count: number; readonly hinted: boolean },
): JournalEvent {
  return { type: 'touched', body: { site, collection, count, hinted } };
}

/** The entry of values that stood between two reads. They stay out of the journal. */
export function transientEvent(site: string, collection: string, count: number): JournalEvent {
  return { type: 'transient', body: { site, collection, count } };
}

/** The entry of a change log that is not whole. */
export function logGapEvent(
  site: string,
  { source, fault, count }: { readonly source: string; readonly fault: LogFault; readonly count: number },
): JournalEvent {
  return { type: 'log-gap', body: { site, source, fault, count } };
}

/** The entry of lines that logs were found to hold: values stay out of the journal. */
export function logEvent(site: string, source: string, found: readonly LogEvent[]): JournalEvent {
  const events = found.map(({ log, event, count, line }) => ({
    ...{ log, event, count },
    line: line === '' ? null : sha256Hex(line),
  }));
  return { type: 'log-events', body: { site, source, events } };
}

/** The entry of a collection that holds other records than before. */
export function observedEvent(site: string, delta: ObservedDelta): JournalEvent {
  const { collection, recordsDigest: records, count, observedAtMs } = delta;
  return { type: 'observed', body: { site, collection, records, count, observedAtMs } };
}
