import { parseSuppressionFile } from '../../../baselines/index.js';
import {
  type DeliveryRole,
  type IncidentState,
  SEVERITIES,
  type Severity,
} from '../../../notifiers/index.js';
import type { Ending, Finding } from '../../finding.js';
import type { Acknowledgement, EndedFinding, Incident, TakenStep } from '../../incident.js';
import type { KnownSuppression } from '../../policy/suppression-news.js';
import { unreadableState } from '../errors.js';
import type { Attempt } from '../journal/event.js';
import type { Rejection } from '../port/findings.js';
import type { JournalEntry, OutboxState, OutboxStatus } from '../store.js';
import { subjectOf } from '../written-form.js';
import { columnOneOf, number, numberOrNull, textColumn, textOrNull } from './columns.js';
import type { Row } from './database.js';

const SEVERITY: Readonly<Record<Severity, true>> = {
  critical: true,
  high: true,
  medium: true,
  low: true,
  info: true,
};
const STATE: Readonly<Record<IncidentState, true>> = { open: true, acknowledged: true, resolved: true };
const ENDING: Readonly<Record<Ending, true>> = {
  reverted: true,
  approved: true,
  superseded: true,
  cleared: true,
};
const ACKNOWLEDGEMENT_ENDING: Readonly<Record<NonNullable<Acknowledgement['ending']>, true>> = {
  expired: true,
  'something-new': true,
  renewed: true,
  resolved: true,
};
const SUPPRESSION_STATE: Readonly<Record<KnownSuppression['state'], true>> = {
  'in-force': true,
  settled: true,
  over: true,
  withdrawn: true,
};
const OUTBOX_STATE: Readonly<Record<OutboxState, true>> = {
  pending: true,
  claimed: true,
  delivered: true,
  failed: true,
  merged: true,
};
const ROLE: Readonly<Record<DeliveryRole, true>> = { page: true, 'follow-up': true, notice: true };

export function incidentIn(row: Row): Incident {
  return {
    id: textColumn(row, 'id'),
    site: textColumn(row, 'site'),
    topic: textColumn(row, 'topic'),
    state: columnOneOf(row, 'state', STATE),
    severity: columnOneOf(row, 'severity', SEVERITY),
    revision: textColumn(row, 'revision'),
    page: number(row, 'page'),
    event: number(row, 'event'),
    openedMs: number(row, 'opened_ms'),
    observedMs: numberOrNull(row, 'observed_ms'),
    unansweredMs: numberOrNull(row, 'unanswered_ms'),
    resolvedMs: numberOrNull(row, 'resolved_ms'),
    resolution: textOrNull(row, 'resolution'),
  };
}

export function findingIn(row: Row): Finding {
  return {
    site: textColumn(row, 'site'),
    incident: textColumn(row, 'incident'),
    fingerprint: textColumn(row, 'fingerprint'),
    severity: columnOneOf(row, 'severity', SEVERITY),
    reason: textColumn(row, 'reason'),
    graceMs: number(row, 'grace_ms'),
    subject: subjectOf(textColumn(row, 'subject')),
    firstSeenMs: number(row, 'first_seen_ms'),
    notifiedMs: numberOrNull(row, 'told_ms'),
  };
}

export function endedFindingIn(row: Row): EndedFinding {
  return { ...findingIn(row), ending: columnOneOf(row, 'ending', ENDING), endedMs: number(row, 'ended_ms') };
}

export function rejectionIn(row: Row): Rejection {
  return {
    fingerprint: textColumn(row, 'fingerprint'),
    person: textColumn(row, 'person'),
    atMs: number(row, 'at_ms'),
  };
}

export function acknowledgementIn(row: Row): Acknowledgement {
  return {
    incident: textColumn(row, 'incident'),
    person: textColumn(row, 'person'),
    reason: textColumn(row, 'reason'),
    revision: textColumn(row, 'revision'),
    atMs: number(row, 'at_ms'),
    untilMs: number(row, 'until_ms'),
    endedMs: numberOrNull(row, 'ended_ms'),
    ending: row['ending'] === null ? null : columnOneOf(row, 'ending', ACKNOWLEDGEMENT_ENDING),
  };
}

export function takenStepIn(row: Row): TakenStep {
  return { step: textColumn(row, 'step'), time: number(row, 'time'), atMs: number(row, 'at_ms') };
}

/** The severity that a message has by its rank. */
export function rankedSeverityIn(row: Row): Severity {
  const severity = SEVERITIES[number(row, 'severity_rank')];
  if (severity === undefined) throw unreadableState('a severity_rank');
  return severity;
}

export function roleIn(row: Row): DeliveryRole {
  return columnOneOf(row, 'standing', ROLE);
}

export function suppressionIn(row: Row): KnownSuppression {
  const id = textColumn(row, 'id');
  const name = parseSuppressionFile(`${id}.json`);
  if (name === null) throw unreadableState('an id of a suppression');
  return {
    digest: textColumn(row, 'digest'),
    site: textColumn(row, 'site'),
    id,
    type: name.suppression,
    signers: namesIn(textColumn(row, 'signers')),
    untilMs: number(row, 'until_ms'),
    state: columnOneOf(row, 'state', SUPPRESSION_STATE),
    covered: number(row, 'covered'),
  };
}

function namesIn(json: string): string[] {
  let names: unknown = null;
  try {
    names = JSON.parse(json);
  } catch {
    // Said below.
  }
  if (!Array.isArray(names) || !names.every((one) => typeof one === 'string')) {
    throw unreadableState('signers of a suppression');
  }
  return names;
}

export function journalEntryIn(row: Row): JournalEntry {
  return {
    seq: number(row, 'seq'),
    atMs: number(row, 'at_ms'),
    type: textColumn(row, 'type'),
    body: textColumn(row, 'body'),
    previous: textColumn(row, 'previous'),
    hash: textColumn(row, 'hash'),
  };
}

export function attemptIn(row: Row): Attempt {
  return {
    alert: textColumn(row, 'alert'),
    incident: textOrNull(row, 'incident'),
    channel: textColumn(row, 'channel'),
    part: textColumn(row, 'part'),
    attempts: number(row, 'attempts'),
  };
}

export function outboxStatusIn(row: Row): OutboxStatus {
  return {
    channel: textColumn(row, 'channel'),
    part: textColumn(row, 'part'),
    alertId: textColumn(row, 'alert'),
    role: roleIn(row),
    incident: textOrNull(row, 'incident'),
    page: numberOrNull(row, 'page'),
    severity: rankedSeverityIn(row),
    state: columnOneOf(row, 'state', OUTBOX_STATE),
    insteadOf: textOrNull(row, 'instead_of'),
    attempts: number(row, 'attempts'),
    lastError: textOrNull(row, 'last_error'),
    createdMs: number(row, 'created_ms'),
    nextAttemptMs: number(row, 'next_attempt_ms'),
    deliveredMs: numberOrNull(row, 'delivered_ms'),
  };
}
