import {
  type DeliveryRole,
  type IncidentState,
  SEVERITIES,
  type Severity,
} from '../../../notifiers/index.js';
import type { Ending, Finding } from '../../finding.js';
import type { Acknowledgement, EndedFinding, Incident } from '../../incident.js';
import type { KnownSuppression } from '../../policy/suppression-news.js';
import type { JournalEntry, OutboxState, OutboxStatus } from '../store.js';
import { subjectOf } from '../written-form.js';
import type { Row } from './database.js';

const text = (row: Row, column: string): string => String(row[column]);
const textOrNull = (row: Row, column: string): string | null => {
  const value = row[column];
  return value === null || value === undefined ? null : String(value);
};
const number = (row: Row, column: string): number => Number(row[column]);
const numberOrNull = (row: Row, column: string): number | null => {
  const value = row[column];
  return value === null || value === undefined ? null : Number(value);
};

export function incidentOf(row: Row): Incident {
  return {
    id: text(row, 'id'),
    site: text(row, 'site'),
    topic: text(row, 'topic'),
    state: text(row, 'state') as IncidentState,
    severity: text(row, 'severity') as Severity,
    revision: text(row, 'revision'),
    page: number(row, 'page'),
    event: number(row, 'event'),
    openedMs: number(row, 'opened_ms'),
    observedMs: numberOrNull(row, 'observed_ms'),
    unansweredMs: numberOrNull(row, 'unanswered_ms'),
    resolvedMs: numberOrNull(row, 'resolved_ms'),
    resolution: textOrNull(row, 'resolution'),
  };
}

export function findingOf(row: Row): Finding {
  return {
    site: text(row, 'site'),
    incident: text(row, 'incident'),
    fingerprint: text(row, 'fingerprint'),
    severity: text(row, 'severity') as Severity,
    reason: text(row, 'reason'),
    graceMs: number(row, 'grace_ms'),
    subject: subjectOf(text(row, 'subject')),
    firstSeenMs: number(row, 'first_seen_ms'),
    notifiedMs: numberOrNull(row, 'told_ms'),
  };
}

export function endedFindingOf(row: Row): EndedFinding {
  return { ...findingOf(row), ending: text(row, 'ending') as Ending, endedMs: number(row, 'ended_ms') };
}

export function acknowledgementOf(row: Row): Acknowledgement {
  return {
    incident: text(row, 'incident'),
    person: text(row, 'person'),
    reason: text(row, 'reason'),
    revision: text(row, 'revision'),
    atMs: number(row, 'at_ms'),
    untilMs: number(row, 'until_ms'),
    endedMs: numberOrNull(row, 'ended_ms'),
    ending: textOrNull(row, 'ending') as Acknowledgement['ending'],
  };
}

export function severityOf(row: Row): Severity {
  return SEVERITIES[number(row, 'severity_rank')] ?? 'critical';
}

export function suppressionOf(row: Row): KnownSuppression {
  return {
    digest: text(row, 'digest'),
    site: text(row, 'site'),
    id: text(row, 'id'),
    signers: JSON.parse(text(row, 'signers')) as string[],
    untilMs: number(row, 'until_ms'),
    state: text(row, 'state') as KnownSuppression['state'],
    covered: number(row, 'covered'),
  };
}

export function journalEntryOf(row: Row): JournalEntry {
  return {
    seq: number(row, 'seq'),
    atMs: number(row, 'at_ms'),
    type: text(row, 'type'),
    body: text(row, 'body'),
    previous: text(row, 'previous'),
    hash: text(row, 'hash'),
  };
}

export function outboxStatusOf(row: Row): OutboxStatus {
  return {
    channel: text(row, 'channel'),
    part: text(row, 'part'),
    alertId: text(row, 'alert'),
    role: text(row, 'standing') as DeliveryRole,
    incident: textOrNull(row, 'incident'),
    page: numberOrNull(row, 'page'),
    severity: severityOf(row),
    state: text(row, 'state') as OutboxState,
    insteadOf: textOrNull(row, 'instead_of'),
    attempts: number(row, 'attempts'),
    lastError: textOrNull(row, 'last_error'),
    createdMs: number(row, 'created_ms'),
    nextAttemptMs: number(row, 'next_attempt_ms'),
    deliveredMs: numberOrNull(row, 'delivered_ms'),
  };
}

/** The number that was asked for as `found`; null where there is none. */
export function foundNumber(row: Row | null): number | null {
  return row === null ? null : numberOrNull(row, 'found');
}
