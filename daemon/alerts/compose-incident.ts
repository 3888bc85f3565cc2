import {
  type Alert,
  type AlertFact,
  type AlertType,
  type DeliveryRole,
  moment,
  SEVERITIES,
  type Severity,
} from '../../notifiers/index.js';
import { type Condition, endingIsNews, sinceWhen } from '../finding.js';
import { type Acknowledgement, type EndedFinding, type IncidentNews, isResolvedBy } from '../incident.js';
import { endOfLink } from '../policy/link-ended.js';
import { hasOutages, outagesOf } from '../policy/outages.js';
import { worseOf } from '../policy/pending-notification.js';
import { counted, duration } from '../wording.js';
import {
  type AlertContext,
  type ChangeInForm,
  details,
  type Form,
  quotedChanges,
  touched,
} from './compose.js';
import { type Described, describeWorstFirst } from './describe.js';
import { backAgain, backAgainMeans, wellAgain, wellAgainMeans } from './ended-words.js';
import { outageFacts } from './outage-facts.js';
import { runbookFacts } from './runbook.js';
import { stepsFor, stepsToClose } from './steps.js';
import { title } from './title.js';
import { toldOfLinks } from './used-links.js';
import { whoMade } from './who.js';
import { indicatorFacts } from './words/indicators.js';
import { linesBeside, logFacts } from './words/logs.js';

/** Id and role of the message that the news become. */
export interface Message {
  readonly id: string;
  readonly role: Exclude<DeliveryRole, 'notice'>;
  readonly page: number;
  /** Other sites of which this message tells the very same. */
  readonly alike?: NonNullable<Alert['alike']>;
}

/** The news of an incident, described, worst first. */
interface DescribedNews {
  readonly now: readonly Described[];
  /** Never notified there, and over already: changed again, or signed. */
  readonly changedAgain: readonly Described[];
  readonly signed: readonly Described[];
  /** Changes that were changed back. */
  readonly back: readonly Described[];
  /** Access links that nobody signed and that are gone: used, withdrawn or run out, which is no way back to anything. */
  readonly links: readonly Described[];
  /** What was told before of what came of a link among these: by then nobody knew that it was one. */
  readonly ofLinks: readonly Described[];
  /** Findings that were unknown, blind or refused and are so no more. */
  readonly over: readonly Described[];
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
    facts: factsOf(context, news, described),
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

function describeNews(news: IncidentNews): DescribedNews {
  const ended = (wanted: (one: IncidentNews['ended'][number]) => boolean) =>
    describeWorstFirst(news.ended.filter(wanted));
  const isChange = ({ subject }: Condition) => subject.what === 'change';
  const links = new Map(
    news.ended.flatMap((one) => {
      const gone = goneLink(one);
      return gone === null ? [] : [[one, gone] as const];
    }),
  );
  const gone = new Set<Condition>(links.values());
  // Together, for what came of a link is told along with it.
  const told = new Set(toldOfLinks(news.toldBefore.flatMap(asTold), [...news.fresh, ...gone]));
  const described = describeWorstFirst([...news.fresh, ...gone, ...told]);
  return {
    now: described.filter(({ condition }) => !gone.has(condition) && !told.has(condition)),
    ofLinks: described.filter(({ condition }) => told.has(condition) && !isLink(condition)),
    links: described.filter(({ condition }) => gone.has(condition)),
    changedAgain: ended(({ unnotified, ending }) => unnotified && ending === 'superseded'),
    signed: ended((one) => one.unnotified && one.ending === 'approved'),
    back: ended((one) => isChange(one) && endingIsNews(one, one.ending) && !links.has(one)),
    over: ended((one) => !isChange(one) && endingIsNews(one, one.ending)),
  };
}

/** What was told before, as it is now: of what ended only links that are gone. */
function asTold(one: IncidentNews['toldBefore'][number]): readonly Condition[] {
  const now = 'endedMs' in one ? goneLink(one) : one;
  return now === null ? [] : [now];
}

function isLink({ subject }: Condition): boolean {
  return subject.what === 'change' && subject.kind === 'access-link';
}

/** A finding that was a link nobody signed, as the link that is gone; null for any other. */
function goneLink(finding: EndedFinding): Condition | null {
  const { subject, ending, endedMs } = finding;
  if (subject.what !== 'change' || subject.kind !== 'access-link' || subject.type !== 'added') return null;
  const [line] = subject.after;
  if (line === undefined || !endingIsNews(finding, ending)) return null;
  const linkEnded = endOfLink(line, endedMs);
  const gone = { ...subject, type: 'removed' as const, before: line, after: [] };
  return { ...finding, subject: linkEnded === undefined ? gone : { ...gone, linkEnded } };
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

function factsOf(context: AlertContext, news: IncidentNews, described: DescribedNews): AlertFact[] {
  const { timeZone } = context;
  const { now, back, links } = described;
  const { open } = news;
  const reverts = Math.max(0, news.reverts - links.length);
  const others = open - now.length;
  const flips = reverts > 1 || (reverts === 1 && back.length < 1);
  return [
    ...runbookFacts(context, now),
    ...pageFacts(context),
    ...touched(now),
    ...indicatorFacts(now.map(({ condition }) => condition)),
    ...logFacts(now.map(({ condition }) => condition.subject)),
    ...details(now),
    ...linesOf(context, news),
    ...outages(context, news),
    ...news.acknowledged.flatMap((one) => acknowledgement(one, timeZone)),
    ...news.expired.map(({ person, untilMs }) => ({
      label: 'Acknowledgement ran out',
      text: `by ${person}, at ${moment(untilMs, timeZone)}`,
    })),
    ...(news.unanswered === null
      ? []
      : [
          {
            label: 'Unanswered',
            text: `since ${moment(news.unanswered.sinceMs, timeZone)}: nobody has acknowledged it`,
          },
        ]),
    ...(flips ? [{ label: 'Changed and changed back', text: counted(reverts, 'time') }] : []),
    ...(now.length === 0
      ? [{ label: 'Still open in this incident', text: String(open) }]
      : others > 0
        ? [{ label: 'Also open in this incident', text: String(others) }]
        : []),
    ...(leftToDo(news)
      ? [{ label: 'Incident', text: 'stays open until people sign a baseline of this site' }]
      : []),
    ...since(context, news),
  ];
}

/** What logs said near in time, beside what is not one of their lines itself. */
function linesOf(
  { logEvents = [], observedAtMs }: AlertContext,
  { incident, fresh }: IncidentNews,
): AlertFact[] {
  const own = new Set(fresh.flatMap(({ subject }) => (subject.what === 'log' ? [subject.id] : [])));
  return linesBeside(logEvents, { openedMs: incident.openedMs, observedAtMs, own });
}

/** A link to read: nothing is decided by following it. */
function pageFacts({ pageUrl = null, incident }: AlertContext): AlertFact[] {
  if (pageUrl === null || incident === null) return [];
  return [{ label: 'Read it at', text: `${pageUrl}/#/incident/${incident}` }];
}

/**
 * Since when the longest of what differs or is unknown has been so: the read that is reported does not say. Whoever is told again, because nobody answers,
 * is told how long it is by then.
 */
function since(
  { timeZone, observedAtMs }: AlertContext,
  { fresh, unanswered, expired }: IncidentNews,
): AlertFact[] {
  const sinceMs = fresh
    .filter(({ subject }) => subject.what === 'change' || subject.what === 'unknown')
    .reduce((least, one) => Math.min(least, sinceWhen(one)), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(sinceMs)) return [];
  const againMs = [unanswered?.noticedMs, ...expired.map(({ endedMs }) => endedMs)].reduce<number>(
    (latest, one) => Math.max(latest, one ?? latest),
    observedAtMs,
  );
  const forMs = againMs - sinceMs;
  const text =
    forMs < 1_000
      ? 'just now: no read before this one saw it'
      : `${moment(sinceMs, timeZone)}, for ${duration(forMs)}`;
  return [{ label: 'Since', text }];
}

/** Nothing of it is so any more, and a person must close it all the same (invariant 12). */
function leftToDo({ open, incident, resolved }: IncidentNews): boolean {
  return open === 0 && !resolved && incident.state !== 'resolved';
}

/** How long and how often what came and went was so, and what was missed: of what is so, and of what is over now. */
function outages({ definitions, timeZone, observedAtMs }: AlertContext, news: IncidentNews): AlertFact[] {
  const over = news.ended.filter((one) => endingIsNews(one, one.ending));
  const accounts = [
    ...news.fresh.map((finding) => ({ finding, untilMs: observedAtMs, isOver: false })),
    ...over.map((finding) => ({ finding, untilMs: finding.endedMs, isOver: true })),
  ];
  return accounts.flatMap(({ finding, untilMs, isOver }) => {
    const { subject } = finding;
    if (!hasOutages(subject)) return [];
    const own = [...definitions.values()].filter(({ source }) => source === subject.source);
    const collections = own.map(({ name }) => name).sort();
    return outageFacts(finding, { untilMs, isOver, timeZone, collections });
  });
}

/** Who answers for it, why, and until when. The reason is what a person typed, so it is quoted. */
function acknowledgement(one: Acknowledgement, timeZone: string): AlertFact[] {
  return [
    {
      label: 'Acknowledged by',
      text: `${one.person}, until ${moment(one.untilMs, timeZone)}, for ${duration(one.untilMs - one.atMs)}`,
    },
    { label: 'Reason', quoted: { untrusted: one.reason } },
    { label: 'Revision', text: one.revision.slice(0, 12) },
  ];
}

function atMostHigh(severity: Severity): Severity {
  return SEVERITIES.indexOf(severity) < SEVERITIES.indexOf('high') ? 'high' : severity;
}
