import {
  type Alert,
  type AlertType,
  type DeliveryRole,
  SEVERITIES,
  type Severity,
} from '../../notifiers/index.js';
import { type Condition, sinceWhen } from '../finding.js';
import { type IncidentNews, isResolvedBy } from '../incident.js';
import { outagesOf } from '../policy/outages.js';
import { worseOf } from '../policy/pending-notification.js';
import { counted, duration } from '../wording.js';
import { type AlertContext, type ChangeInForm, type Form, quotedChanges } from './compose.js';
import type { Described } from './describe.js';
import { backAgain, backAgainMeans, wellAgain, wellAgainMeans } from './ended-words.js';
import { type DescribedNews, describeNews, leftToDo } from './incident/described-news.js';
import { incidentFacts } from './incident/facts.js';
import { stepsFor, stepsToClose } from './steps.js';
import { title } from './title.js';
import { whoMade } from './who.js';

/** Id and role of the message that the news become. */
export interface Message {
  readonly id: string;
  readonly role: Exclude<DeliveryRole, 'notice'>;
  readonly page: number;
  /** Other sites of which this message tells the very same. */
  readonly alike?: NonNullable<Alert['alike']>;
}

/**
 * The alert of an incident for one part of a channel, from its state at the moment of sending: what is so, the worst first, and what
 * came and went before it could be sent. Everything but the values inside of `Untrusted` is our own words, configured names and
 * counts (invariant 8).
 */
export function composeIncident(context: AlertContext, news: IncidentNews, message: Message): Alert {
  const described = describeNews(news);
  const { incident } = news;
  const forms = (['now', 'changed-again', 'back', 'signed'] as const).flatMap((form) =>
    changesOf(described, form).map((one): ChangeInForm => ({ described: one, form })),
  );
  const [first] = described.now;
  const change = described.now.find(({ condition }) => condition.subject.what === 'change');
  const { site, timeZone, observedAtMs, head } = context;
  return {
    id: message.id,
    type: typeOf(news, described),
    role: message.role,
    severity: severityOf(news, described),
    site,
    incident: incident.id,
    state: incident.state,
    ...stateSince(news),
    dedupKey: `${incident.id}-${message.page}`,
    title: `${titleOf(news, described)}${elsewhereWords(message)}`,
    ...(message.alike === undefined || message.alike.length === 0 ? {} : { alike: message.alike }),
    consequence: consequenceOf(news, described),
    ...(changesShown(described).length > 0
      ? { who: whoMade(changesShown(described).map(({ condition }) => condition)) }
      : {}),
    facts: incidentFacts(context, news, described),
    ...quotedChanges(context, forms),
    nextSteps:
      first !== undefined
        ? stepsFor(context, (change ?? first).condition.subject)
        : leftToDo(news)
          ? stepsToClose(context)
          : stepsFor(context, null),
    observedAtMs,
    timeZone,
    head,
  };
}

/** The read that is reported does not say when people answered. */
function stateSince({
  incident: { state, resolvedMs },
  acknowledged,
  expired,
}: IncidentNews): Pick<Alert, 'stateSinceMs'> {
  const since = {
    open: expired.at(-1)?.endedMs,
    acknowledged: acknowledged.at(-1)?.atMs,
    resolved: resolvedMs,
  }[state];
  return since === null || since === undefined ? {} : { stateSinceMs: since };
}

function elsewhereWords({ alike = [] }: Message): string {
  return alike.length === 0 ? '' : `, and the same at ${counted(alike.length, 'other site')}`;
}

function changesOf(
  { now, changedAgain, signed, back, links }: DescribedNews,
  form: Form,
): readonly Described[] {
  return { now: [...now, ...links], 'changed-again': changedAgain, signed, back }[form];
}

/** Changes that somebody made and nobody signed. */
function changesShown({ now, changedAgain, back, links }: DescribedNews): readonly Described[] {
  return [...now, ...changedAgain, ...back, ...links].filter(
    ({ condition }) => condition.subject.what === 'change',
  );
}

function titleOf(news: IncidentNews, described: DescribedNews): string {
  const { now, changedAgain, signed, back, links, ofLinks, over } = described;
  const unanswered = news.unanswered === null ? '' : `unanswered for ${unansweredFor(news.unanswered)}: `;
  const parts = [
    ...(now.some(inTitle) ? [title(now)] : []),
    ...(changedAgain.length > 0 ? [`changed again since: ${title(changedAgain)}`] : []),
    ...(links.some(inTitle) ? [title(links)] : []),
    ...(ofLinks.length > 0 ? [`told before: ${title(ofLinks)}`] : []),
    ...(back.length > 0 ? [backAgain(back, (some) => lasted(news, some))] : []),
    ...(over.length > 0 ? [`${wellAgain(over)}, after ${lasted(news, over)}`] : []),
    ...(signed.length > 0 ? [`signed since: ${title(signed)}`] : []),
    ...news.acknowledged.slice(-1).map(({ person }) => `acknowledged by ${person}`),
    ...news.expired.slice(-1).map(({ person }) => `the acknowledgement by ${person} ran out`),
    ...(news.resolved ? [resolvedWords(news, back.length + links.length + over.length > 0)] : []),
  ];
  return `${unanswered}${parts.length > 0 ? parts.join(', ') : stillOpen(news.open)}`;
}

function inTitle({ inTitle: isIn = true }: Described): boolean {
  return isIn;
}

/** The sentence about what is well again says already why the incident is resolved. */
function resolvedWords({ incident }: IncidentNews, isNotified: boolean): string {
  return isNotified && isResolvedBy(incident, 'wellAgain')
    ? 'resolved'
    : `resolved: ${incident.resolution ?? ''}`;
}

function stillOpen(open: number): string {
  return open === 0
    ? 'all of it went back, and nobody has dealt with it'
    : `${counted(open, 'finding')} still open`;
}

function unansweredFor({ sinceMs, noticedMs }: NonNullable<IncidentNews['unanswered']>): string {
  return duration(Math.max(0, noticedMs - sinceMs));
}

/** From when the first was seen until the last ended. */
function lasted(news: IncidentNews, some: readonly Described[]): string {
  const prints = new Set(some.map(({ condition }) => condition.fingerprint));
  const own = news.ended.filter(({ fingerprint }) => prints.has(fingerprint));
  const from = own.reduce((least, one) => Math.min(least, sinceWhen(one)), Number.POSITIVE_INFINITY);
  return duration(own.reduce((most, one) => Math.max(most, lastSoMs(one)), from) - from);
}

/** The last instant at which it was so: what comes and goes is over only after it was well for a while. */
function lastSoMs(finding: IncidentNews['ended'][number]): number {
  return outagesOf(finding)?.lastEndedMs ?? finding.endedMs;
}

function consequenceOf(news: IncidentNews, described: DescribedNews): string {
  const { now, changedAgain, back, links, signed, over } = described;
  const [first] = [...now, ...changedAgain, ...(back.length > 0 ? [] : links)];
  if (first !== undefined) return first.consequence;
  if (back.length > 0) {
    const paid = back.filter(({ diverts }) => diverts);
    return backAgainMeans(back, lasted(news, paid.length > 0 ? paid : back));
  }
  if (news.expired.length > 0) return 'Nobody answers for this any more.';
  if (over.length > 0) return wellAgainMeans(over);
  if (news.resolved && isResolvedBy(news.incident, 'moved', 'partlyMoved')) {
    return 'It may still be so: it is excused by what people signed in advance, or told anew because it is excused no more.';
  }
  if (news.resolved || signed.length > 0) return 'Nothing of it is open any more.';
  if (news.unanswered !== null && news.open > 0) return 'Nobody answers for this.';
  if (news.acknowledged.length > 0) {
    return 'Somebody answers for what was there when they looked. Whatever is new is told anew.';
  }
  if (leftToDo(news)) {
    return 'Somebody changed it and changed it back. A person must look at what happened meanwhile.';
  }
  return 'Nothing changed since the last message.';
}

function severityOf(news: IncidentNews, described: DescribedNews): Severity {
  const { now, changedAgain, signed, back, links, over } = described;
  const unnotified = new Set(
    news.ended.filter((one) => one.unnotified).map(({ fingerprint }) => fingerprint),
  );
  return [
    ...[...now, ...changedAgain, ...signed].map(({ condition }) => condition.severity),
    // What nobody was notified of weighs as much as when it was so.
    ...[...back, ...links].map(({ condition: { severity, fingerprint } }) =>
      unnotified.has(fingerprint) ? severity : atMostHigh(severity),
    ),
    ...over.map((): Severity => 'low'),
    ...news.expired.map(() => atMostHigh(news.incident.severity)),
    // Of what stays open beside what is told here only the worst of the whole incident is known.
    ...(news.unanswered === null || (now.length > 0 && now.length === news.open)
      ? []
      : [news.incident.severity]),
  ].reduce(worseOf, 'info');
}

function typeOf(news: IncidentNews, described: DescribedNews): AlertType {
  const { now, changedAgain, signed, back, links, over } = described;
  const [first] = now;
  const drifts = [...now, ...changedAgain, ...signed].some(
    ({ condition }) => condition.subject.what === 'change',
  );
  if (drifts) return 'drift';
  if (first !== undefined) return typeOfState(first.condition);
  if (back.length + links.length > 0 || news.unanswered !== null) return 'back-to-baseline';
  if (news.expired.length > 0) return 'acknowledgement-expired';
  if (over.length > 0) {
    const what = over[0]?.condition.subject.what;
    return what === 'blind' || what === 'still' ? 'sight-restored' : 'readable-again';
  }
  return news.acknowledged.length > 0 && !news.resolved ? 'acknowledged' : 'resolved';
}

function typeOfState({ subject }: Condition): AlertType {
  switch (subject.what) {
    case 'change':
    case 'mass-change':
      return 'drift';
    case 'indicator':
      return 'known-indicator';
    case 'log':
      return 'log-event';
    case 'unknown':
    case 'unreachable':
      return 'unknown';
    case 'blind':
    case 'still':
      return 'blind';
    case 'config':
      return 'config-changed';
    case 'approval':
      return subject.code === 'BASELINE_ROLLED_BACK' ? 'baseline-missing' : 'baseline-refused';
  }
}

function atMostHigh(severity: Severity): Severity {
  return SEVERITIES.indexOf(severity) < SEVERITIES.indexOf('high') ? 'high' : severity;
}
