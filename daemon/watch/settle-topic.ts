import type { Severity } from '../../notifiers/index.js';
import type { AlertContext } from '../alerts/compose.js';
import { composeApart } from '../alerts/suppression-alerts.js';
import { type Condition, endingIsNews, type Finding } from '../finding.js';
import type { Incident } from '../incident.js';
import { type Enqueueing, enqueueNotice, enqueueStep } from '../outbox/enqueue.js';
import { topicOf } from '../policy/conditions.js';
import { incidentMayResolve, type Verdict } from '../policy/judge.js';
import { type IncidentStep, isMeasured, stepOfVerdict } from '../policy/lifecycle.js';
import { worseOf } from '../policy/pending-notification.js';
import { routedSubjectOf } from '../policy/route.js';
import { verdictEvent } from '../store/journal/verdict.js';
import type { StoreTransaction } from '../store/store.js';
import type { Decision } from './decision.js';

/** One decision, as the incidents of its site are brought in line with it. */
export interface Settling extends Enqueueing {
  readonly site: string;
  readonly decision: Decision;
  /** For what is announced: with the journal's head at that moment. */
  readonly context: () => AlertContext;
  /** Takes each new finding as it is written down. */
  readonly onFound: (finding: Finding) => void;
}

/** What is new of one topic. */
interface TopicNews {
  readonly appeared: readonly Condition[];
  /** Told now, for the first time. */
  readonly notified: readonly Condition[];
  readonly ended: Verdict['ended'];
}

/**
 * Brings the incident of a topic in line with a decision, in the transaction that records it. Returns whether anything was enqueued. Throws, so
 * that nothing of the decision is recorded, when the incident is not as it was when this was decided.
 */
export function settleTopic(tx: StoreTransaction, settling: Settling, topic: string): boolean {
  const { site, atMs } = settling;
  const news = newsOf(settling.decision.verdict, topic);
  const [first] = news.appeared;
  const before =
    tx.incidents.unresolved(site, topic) ??
    (first ? tx.incidents.create({ site, topic, severity: first.severity }, atMs) : null);
  if (before === null) return false;

  // As it was before what is new is written down. It walks all that people were ever notified of.
  const worstNotified = news.notified.some(isMeasured) ? tx.findings.worstNotifiedOf(before.id) : null;
  const { open, ...incident } = recordFindings(tx, settling, before, news);
  const isQuiet = news.appeared.length + news.notified.length + news.ended.length === 0;
  if (!isQuiet) tx.journal.append(verdictEvent({ ...verdictOf(settling, incident), ...news }), atMs);
  const isResolved = open === 0 && resolve(tx, settling, incident.id);
  if (isQuiet && !isResolved) return false;

  const undone = news.ended
    .filter(({ finding, ending }) => endingIsNews(finding, ending))
    .map(({ finding }) => finding);
  const apart = composeApart(settling.context, topic, { notified: news.notified, undone, open });
  if (apart !== null) {
    for (const alert of apart) enqueueNotice(tx, alert, settling);
    return apart.length > 0;
  }
  const endings = undone.length > 0 || isResolved;
  const step = stepOfVerdict(before, { notified: news.notified, worstNotified, endings });
  if (!isResolved) advance(tx, settling, before, step);
  if (step.role === null) return false;
  const severity = [...news.notified, ...undone]
    .map((condition) => condition.severity)
    .reduce<Severity>(worseOf, 'info');
  const ended = step.role === 'page' ? [] : news.ended.map(({ finding }) => finding);
  const subjects = [...news.notified, ...ended].map(routedSubjectOf);
  enqueueStep(tx, { incident, role: step.role, severity, subjects }, settling);
  return true;
}

function newsOf(verdict: Verdict, topic: string): TopicNews {
  const isOfTopic = ({ subject }: Condition) => topicOf(subject) === topic;
  return {
    appeared: verdict.appeared.filter(isOfTopic),
    notified: verdict.notify.filter(isOfTopic),
    ended: verdict.ended.filter(({ finding }) => isOfTopic(finding)),
  };
}

/** Returns the incident as it is with them, and how many of its findings are open. */
function recordFindings(
  tx: StoreTransaction,
  { site, atMs, onFound }: Settling,
  { id: incident }: Incident,
  { appeared, notified, ended }: TopicNews,
): ReturnType<StoreTransaction['incidents']['refresh']> {
  const prints = new Set(notified.map(({ fingerprint }) => fingerprint));
  for (const condition of appeared) {
    // What is found and told at once needs no second statement.
    const isNotified = prints.delete(condition.fingerprint);
    onFound(tx.findings.add({ incident, site, condition, notified: isNotified }, atMs));
  }
  tx.findings.markNotified(incident, [...prints], atMs);
  tx.findings.end(
    incident,
    ended.map(({ finding, ending }) => ({ fingerprint: finding.fingerprint, ending })),
    atMs,
  );
  return tx.incidents.refresh(incident);
}

function verdictOf({ decision }: Settling, incident: Incident) {
  const { verdict, approvals, readings } = decision;
  return { incident, baseline: approvals.active?.digest ?? null, reason: verdict.reason, readings };
}

/** Closes an incident of which nothing is left, unless it needs a person (invariant 12). */
function resolve(tx: StoreTransaction, { site, decision, atMs }: Settling, id: string): boolean {
  const ended = tx.findings.endedOf(id);
  const answered = new Map(Object.entries(tx.meta.get(`answered:${site}`) ?? {}));
  const { resolves, reason } = incidentMayResolve(ended, (collection) => answered.get(collection) ?? null);
  if (!resolves) return false;
  tx.incidents.resolve(id, reason, atMs, decision.observedAtMs);
  tx.journal.append({ type: 'incident-resolved', body: { site, incident: id, reason } }, atMs);
  return true;
}

function advance(
  tx: StoreTransaction,
  { site, decision, atMs }: Settling,
  from: Incident,
  { state, page, endsAcknowledgement }: IncidentStep,
): void {
  if (endsAcknowledgement !== null) {
    tx.incidents.endAcknowledgement(from.id, endsAcknowledgement, atMs);
    const body = { site, incident: from.id, because: endsAcknowledgement };
    tx.journal.append({ type: 'acknowledgement-ended', body }, atMs);
  }
  if (!tx.incidents.advance(from, { state, page, observedMs: decision.observedAtMs }, atMs)) {
    throw new RangeError('the incident is not as it was when this was decided');
  }
}
