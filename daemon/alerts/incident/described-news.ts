import { type Condition, endingIsNews } from '../../finding.js';
import type { EndedFinding, IncidentNews } from '../../incident.js';
import { endOfLink } from '../../policy/link-ended.js';
import { type Described, describeWorstFirst } from '../describe.js';
import { toldOfLinks } from '../used-links.js';

/** The news of an incident, described, worst first. */
export interface DescribedNews {
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

/** Sorts the news of an incident by what became of each finding. */
export function describeNews(news: IncidentNews): DescribedNews {
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

/** Nothing of it is so any more, and a person must close it all the same (invariant 12). */
export function leftToDo({ open, incident, resolved }: IncidentNews): boolean {
  return open === 0 && !resolved && incident.state !== 'resolved';
}
