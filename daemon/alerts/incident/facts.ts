import { type AlertFact, moment } from '../../../notifiers/index.js';
import { endingIsNews, sinceWhen } from '../../finding.js';
import type { Acknowledgement, IncidentNews } from '../../incident.js';
import { hasOutages } from '../../policy/outages.js';
import { counted, duration } from '../../wording.js';
import { type AlertContext, details, touched } from '../compose.js';
import { outageFacts } from '../outage-facts.js';
import { runbookFacts } from '../runbook.js';
import { indicatorFacts } from '../words/indicators.js';
import { linesBeside, logFacts } from '../words/logs.js';
import { type DescribedNews, leftToDo } from './described-news.js';

/** The facts of an incident's alert, in reading order: what it is about, who answers for it, how long it has been so. */
export function incidentFacts(
  context: AlertContext,
  news: IncidentNews,
  described: DescribedNews,
): AlertFact[] {
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
    // Beside what is left to do a zero reads as if it were over.
    ...(now.length === 0
      ? leftToDo(news)
        ? []
        : [{ label: 'Still open in this incident', text: String(open) }]
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
function linesOf({ logEvents = [], observedAtMs }: AlertContext, news: IncidentNews): AlertFact[] {
  const { openedMs } = news.incident;
  const own = new Set(news.fresh.flatMap(({ subject }) => (subject.what === 'log' ? [subject.id] : [])));
  const sinceMs = beginningOf(news) ?? openedMs;
  return linesBeside(logEvents, { openedMs, sinceMs, observedAtMs, own });
}

/** Since when the longest of what differs or is unknown has been so, in UTC milliseconds; null where nothing of the kind is told. */
function beginningOf({ fresh }: IncidentNews): number | null {
  const beginnings = fresh
    .filter(({ subject }) => subject.what === 'change' || subject.what === 'unknown')
    .map(sinceWhen);
  return beginnings.length === 0 ? null : beginnings.reduce((least, one) => Math.min(least, one));
}

/** A link to read: nothing is decided by following it. */
function pageFacts({ pageUrl = null, incident }: AlertContext): AlertFact[] {
  if (pageUrl === null || incident === null) return [];
  return [{ label: 'Read it at', text: `${pageUrl}/#/incident/${incident}` }];
}

/** Since when it has been so: the read that is reported does not say. Whoever is told again, because nobody answers, is told how long it is by then. */
function since({ timeZone, observedAtMs }: AlertContext, news: IncidentNews): AlertFact[] {
  const sinceMs = beginningOf(news);
  if (sinceMs === null) return [];
  const { unanswered, expired } = news;
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
