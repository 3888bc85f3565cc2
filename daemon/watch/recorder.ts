import type { CollectionSnapshot, Definition } from '../../baselines/index.js';
import type { Alert, Severity } from '../../notifiers/index.js';
import { composeInstalled, recoverySince } from '../alerts/announce.js';
import type { AlertContext } from '../alerts/compose.js';
import type { PersonalColumns } from '../alerts/masking.js';
import { composeApart } from '../alerts/suppression-alerts.js';
import type { SiteApprovals } from '../approvals/active/active-baseline.js';
import { allDefinitions } from '../approvals/active/definitions.js';
import type { Channel } from '../channel.js';
import { type Condition, endingIsNews, type Finding } from '../finding.js';
import type { Incident } from '../incident.js';
import { enqueueNotice, enqueueStep } from '../outbox/enqueue.js';
import { topicOf } from '../policy/conditions.js';
import { incidentMayResolve, isQuiet, type Verdict } from '../policy/judge.js';
import { type IncidentStep, stepOfVerdict } from '../policy/lifecycle.js';
import { worseOf } from '../policy/pending-notification.js';
import { routedSubjectOf } from '../policy/route.js';
import type { CollectionReading } from '../sources/source.js';
import { headOf } from '../store/head.js';
import type { ObservedDelta, Store, StoreTransaction } from '../store/store.js';
import { observedDelta } from './delta.js';
import { createSuppressionRegister } from './suppression-register.js';

/** Records as the store holds them: a snapshot, or the digest of one of an earlier run. */
type Stored = CollectionSnapshot | string;

/** What the store holds of a site. */
interface Known {
  open: readonly Finding[];
  readonly stored: Map<string, Stored>;
}

/** What one decision of the pipeline came to. */
export interface Decision {
  readonly verdict: Verdict;
  readonly approvals: SiteApprovals;
  readonly readings: ReadonlyMap<string, CollectionReading>;
  readonly observedAtMs: number;
}

export interface Recorder {
  /** Findings of the site that have not ended, as of the last decision recorded. */
  openFindings(): readonly Finding[];
  /** Digests of the excuses whose time was over once. */
  suppressionsOver(): ReadonlySet<string>;
  /** Makes a decision durable and enqueues what people must be told. False when the store could not: nothing happened then. */
  record(decision: Decision): boolean;
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

/**
 * Writes what the pipeline decided for one site: findings, incidents, journal, observed records and alerts, in one
 * transaction (invariant 5). A read that found nothing new writes nothing.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const { site, store } = options;
  const installedMeta = `installed:${site}`;
  const suppressions = createSuppressionRegister({ site, store, clock: options.clock });
  let known: Known | null = null;
  /** Read at the first use: while a changed configuration is announced, the recorder before this one still writes. */
  const state = (): Known => {
    known ??= {
      open: store.transaction((tx) => tx.openFindings(site)),
      stored: new Map(
        store.observed(site).map(({ collection, recordsDigest }) => [collection, recordsDigest]),
      ),
    };
    return known;
  };

  function record(decision: Decision): boolean {
    const deltas = deltasOf(decision);
    try {
      const news = suppressions.news({
        suppressions: decision.approvals.suppressions,
        readings: decision.readings,
      });
      const quiet =
        isQuiet(decision.verdict) && !decision.approvals.adopted && deltas.length === 0 && news.length === 0;
      if (quiet) return true;
      const recorded = store.transaction((tx) => {
        for (const condition of decision.verdict.altered) tx.updateFinding(site, condition);
        for (const delta of deltas) {
          tx.saveObserved(site, delta);
          tx.journal('observed', observedEntry(site, delta), options.clock());
        }
        const announced = announce(tx, decision);
        const { appeared } = decision.verdict;
        const suppressed = notify(
          tx,
          suppressions.record(tx, news, appeared, () => contextOf(tx, decision)),
        );
        const notified = settle(tx, decision);
        return { enqueued: announced || suppressed || notified, open: tx.openFindings(site) };
      });
      state().open = recorded.open;
      for (const [name, reading] of decision.readings) {
        if (reading.readable) state().stored.set(name, reading.snapshot);
      }
      if (recorded.enqueued) options.onEnqueued();
      return true;
    } catch (error) {
      options.onStoreError(error);
      return false;
    }
  }

  function deltasOf({ readings, observedAtMs }: Decision) {
    return [...readings].flatMap(([name, reading]) => {
      if (!reading.readable) return [];
      const delta = observedDelta(state().stored.get(name) ?? null, reading.snapshot, observedAtMs);
      return delta === null ? [] : [delta];
    });
  }

  /** A baseline that takes effect is remembered, written to the journal and announced with its diff and signers. */
  function announce(tx: StoreTransaction, decision: Decision): boolean {
    const { approvals } = decision;
    const { active, previous } = approvals;
    if (!approvals.adopted || active === null) return false;
    tx.setMeta(installedMeta, String(options.clock()));
    tx.rememberBaseline(site, { version: active.version, digest: active.digest });
    tx.journal(
      'baseline-in-force',
      {
        site,
        version: active.version,
        digest: active.digest,
        signers: [...active.signers],
        recovery: [...recoverySince(active, previous)],
        previous: previous?.digest ?? null,
      },
      options.clock(),
    );
    const alert = composeInstalled(contextOf(tx, decision), { baseline: active, previous });
    enqueueNotice(tx, alert, options.channels(), options.clock());
    return true;
  }

  /** Brings the incidents of the site in line with the verdict, topic by topic. Returns whether anything is to be told. */
  function settle(tx: StoreTransaction, decision: Decision): boolean {
    const { verdict } = decision;
    const topics = new Set(
      [
        ...verdict.appeared,
        ...verdict.notify,
        ...verdict.ended.map(({ finding }) => finding),
        ...state().open,
      ].map(({ subject }) => topicOf(subject)),
    );
    for (const { topic } of store.incidents({ site, unresolvedOnly: true })) topics.add(topic);
    return [...topics].map((topic) => settleTopic(tx, decision, topic)).includes(true);
  }

  function settleTopic(tx: StoreTransaction, decision: Decision, topic: string): boolean {
    const { verdict } = decision;
    const now = options.clock();
    const ofTopic = <T extends Condition>(items: readonly T[]) =>
      items.filter((item) => topicOf(item.subject) === topic);
    const appeared = ofTopic(verdict.appeared);
    const tell = ofTopic(verdict.notify);
    const ended = verdict.ended.filter(({ finding }) => topicOf(finding.subject) === topic);
    const [first] = appeared;
    const before =
      tx.openIncident(site, topic) ?? (first ? tx.createIncident(site, topic, first.severity, now) : null);
    if (before === null) return false;

    const notified = new Set(tell.map((condition) => condition.fingerprint));
    for (const condition of appeared) {
      tx.addFinding(before.id, site, condition, now, notified.has(condition.fingerprint));
    }
    tx.markNotified(before.id, [...notified], now);
    tx.endFindings(
      before.id,
      ended.map(({ finding, ending }) => ({ fingerprint: finding.fingerprint, ending })),
      now,
    );
    const incident = tx.refreshIncident(before.id);
    const left = tx.openFindings(site).filter((finding) => finding.incident === incident.id);
    const quiet = appeared.length + tell.length + ended.length === 0;
    if (!quiet) {
      tx.journal('verdict', journalBody(decision, incident, { appeared, tell, ended }), now);
    }
    const goodNews = ended.filter(({ finding, ending }) => endingIsNews(finding, ending));
    const resolved = left.length === 0 && resolve(tx, incident, now);
    if (quiet && !resolved) return false;

    const undone = goodNews.map(({ finding }) => finding);
    const apart = composeApart(contextOf(tx, decision), topic, { notified: tell, undone, open: left.length });
    if (apart !== null) return notify(tx, apart);
    const step = stepOfVerdict(before, { notified: tell, endings: goodNews.length > 0 || resolved });
    if (!resolved) advance(tx, before, step, { observedMs: decision.observedAtMs, now });
    if (step.role === null) return false;
    const severity = [...tell, ...goodNews.map(({ finding }) => finding)]
      .map((condition) => condition.severity)
      .reduce<Severity>(worseOf, 'info');
    const { role } = step;
    const about = role === 'page' ? tell : [...tell, ...ended.map(({ finding }) => finding)];
    enqueueStep(
      tx,
      incident,
      { role, severity, subjects: about.map(routedSubjectOf) },
      options.channels(),
      now,
    );
    return true;
  }

  /** Enqueues announcements. Returns whether there are any. */
  function notify(tx: StoreTransaction, alerts: readonly Alert[]): boolean {
    for (const alert of alerts) enqueueNotice(tx, alert, options.channels(), options.clock());
    return alerts.length > 0;
  }

  /** Takes the step, or throws: then nothing of the decision is recorded, and it is decided anew. */
  function advance(
    tx: StoreTransaction,
    from: Incident,
    { state, page, endsAcknowledgement }: IncidentStep,
    { observedMs, now }: { readonly observedMs: number; readonly now: number },
  ): void {
    if (endsAcknowledgement !== null) {
      tx.endAcknowledgement(from.id, endsAcknowledgement, now);
      tx.journal('acknowledgement-ended', { site, incident: from.id, because: endsAcknowledgement }, now);
    }
    if (!tx.advanceIncident(from, { state, page }, now, observedMs)) {
      throw new RangeError('the incident is not as it was when this was decided');
    }
  }

  /** Closes an incident of which nothing is left, unless it needs a person (invariant 12). */
  function resolve(tx: StoreTransaction, incident: Incident, now: number): boolean {
    const installed = tx.meta(installedMeta);
    const ended = store.incident(incident.id)?.ended ?? [];
    const { resolves, reason } = incidentMayResolve(ended, installed === null ? null : Number(installed));
    if (!resolves) return false;
    tx.resolveIncident(incident.id, reason, now);
    tx.journal('incident-resolved', { site, incident: incident.id, reason }, now);
    return true;
  }

  function contextOf(tx: StoreTransaction, decision: Decision): AlertContext {
    return {
      site,
      timeZone: options.timeZone,
      incident: null,
      canAcknowledge: false,
      observedAtMs: decision.observedAtMs,
      head: headOf(tx, site),
      definitions: allDefinitions(options.definitions, decision.approvals.active),
      personal: options.personal,
    };
  }

  return { openFindings: () => state().open, suppressionsOver: () => suppressions.over(), record };
}

/** What was decided about an incident and why, by fingerprint: values stay out of the journal. */
function journalBody(
  { verdict, approvals, readings }: Decision,
  incident: Incident,
  part: {
    readonly appeared: readonly Condition[];
    readonly tell: readonly Condition[];
    readonly ended: Verdict['ended'];
  },
) {
  const appeared = part.appeared.map(({ fingerprint, severity, reason, subject }) => ({
    fingerprint,
    severity,
    reason,
    ...subjectEntry(subject),
  }));
  const snapshots = [...new Set(appeared.flatMap(({ collection }) => collection ?? []))].flatMap((name) => {
    const reading = readings.get(name);
    return reading?.readable ? [{ collection: name, records: reading.snapshot.recordsDigest }] : [];
  });
  return {
    site: incident.site,
    incident: incident.id,
    revision: incident.revision,
    baseline: approvals.active?.digest ?? null,
    reason: verdict.reason,
    appeared,
    told: part.tell.map(({ fingerprint }) => fingerprint),
    ended: part.ended.map(({ finding, ending }) => ({ fingerprint: finding.fingerprint, ending })),
    snapshots,
  };
}

/** What a condition is about, for the journal: names and codes of ours, digests, never a value. */
function subjectEntry(subject: Condition['subject']) {
  const { what } = subject;
  switch (what) {
    case 'change':
      return { what, collection: subject.collection, change: subject.type };
    case 'unknown':
      return { what, collection: subject.collection, cause: subject.cause };
    case 'unreachable':
    case 'blind':
      return { what, source: subject.source };
    case 'approval':
      return { what, code: subject.code, file: subject.file };
    case 'config':
      return { what };
  }
}

function observedEntry(site: string, delta: ObservedDelta) {
  const { collection, recordsDigest: records, count, observedAtMs } = delta;
  return { site, collection, records, count, observedAtMs };
}
