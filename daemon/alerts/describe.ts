import { SEVERITIES, type Urgency, urgencyRank } from '../../notifiers/index.js';
import { namesDestination } from '../drift/destination.js';
import { explain } from '../drift/explain.js';
import type { Condition, Subject } from '../finding.js';
import { costRank, paysElsewhere } from '../policy/cost.js';
import { withAnotherPlace } from './another-place.js';
import { isExpiry } from './expiry.js';
import type { ChangeSubject } from './quoting.js';
import { specialWords } from './special-words.js';
import type { TitlePart } from './title.js';
import { withUsedLinks } from './used-links.js';
import { doorHeadline, doorWords } from './words/doors.js';
import { fileHeadline, fileWords } from './words/files.js';
import { indicatorWords, knownFrom } from './words/indicators.js';
import { logWords } from './words/logs.js';
import {
  consequence,
  type Destination,
  DIVERTED_TO_KNOWN,
  destinationWords,
  happened,
  headline,
  massWords,
  stillWords,
  unknownBriefly,
} from './words.js';

/** A condition in our own words. */
export interface Described<T extends Condition = Condition> extends TitlePart {
  readonly condition: T;
  /** One sentence: what it means. */
  readonly consequence: string;
  /** True when a wallet route now pays elsewhere. */
  readonly diverts: boolean;
  /** Set where a database turns out to be another one: on what says so, and on what differs only for that reason. */
  readonly place?: 'another' | 'follows';
}

/**
 * Describes conditions, worst first: by what they mean, which nobody who made the change can choose; then by severity, then by what they
 * can cost.
 */
export function describeWorstFirst<T extends Condition>(conditions: readonly T[]): Described<T>[] {
  return withAnotherPlace(withUsedLinks(conditions.map(describe)))
    .map((one) => ({ one, rank: rankOf(one), first: urgencyRank(urgencyOf(one)) }))
    .sort(
      (a, b) =>
        a.first - b.first ||
        SEVERITIES.indexOf(a.one.condition.severity) - SEVERITIES.indexOf(b.one.condition.severity) ||
        a.rank - b.rank,
    )
    .map(({ one }) => one);
}

/**
 * The meaning by which a change comes before all others and is never left out: a signed route that pays elsewhere, an administrator who is
 * new or not as signed, a destination that nobody signed. Undefined for the rest.
 */
export function urgencyOf({ diverts, condition: { subject } }: Described): Urgency | undefined {
  if (subject.what !== 'change' || subject.type === 'removed') return undefined;
  if (subject.kind === 'admin') return 'administrator';
  if (diverts) return 'diverted';
  if (subject.kind === 'wallet-route') {
    if (subject.type === 'modified') return undefined;
    // Which of several records with the key of a signed route is used is in doubt; such keys cannot be multiplied.
    return subject.before === null ? 'destination' : 'diverted';
  }
  return subject.namedDestination === true || changesDestination(subject) ? 'destination' : undefined;
}

/** True when a field of the record, or a place inside one, that says where money goes holds something nobody signed. */
function changesDestination(subject: ChangeSubject): boolean {
  const { kind } = subject;
  if (kind !== 'config' && kind !== 'terminal') return false;
  // Taking 100,000 records apart costs seconds: the text of most holds no such name at all.
  if (!subject.after.some((line) => namesDestination(kind, line))) return false;
  return explain(subject).some(({ field, path, after }) => {
    if (after === null || after === undefined) return false;
    // A json text that is new as a whole has its names inside.
    const names = [field, path ?? (/^(?:~raw-json:)?\s*[[{]/.test(after) ? after : '')];
    return names.some((name) => namesDestination(kind, name));
  });
}

/** The words of a condition, without what every one of them has. */
type Words = Omit<Described, 'condition' | 'diverts' | 'place'>;

function describe<T extends Condition>(condition: T): Described<T> {
  const { subject } = condition;
  if (subject.what === 'change') {
    const diverts = paysElsewhere(subject);
    return {
      condition,
      diverts,
      ...withIncident(wordsOfChange(subject, diverts), knownFrom(subject.indicators)),
    };
  }
  return { condition, diverts: false, ...wordsOf(subject, condition.fingerprint) };
}

/** Words for what happened to one record, for the line above its diff. `isSo`: whether it is so now, or was. */
export function headlineOf(subject: ChangeSubject, diverts: boolean, isSo = true): string {
  if (subject.kind === 'file') return fileHeadline(subject);
  if (subject.kind === 'door') return doorHeadline(subject);
  return specialWords(subject, diverts)?.headline ?? headline(subject.kind, subject.type, diverts, isSo);
}

function wordsOfChange(subject: ChangeSubject, diverts: boolean): Words {
  const { kind, type, destinations } = subject;
  if (kind === 'file') return fileWords(subject);
  if (kind === 'door') return doorWords(subject);
  const special = specialWords(subject, diverts);
  if (special !== null) {
    return { group: special.headline, words: special.happened, consequence: special.consequence };
  }
  const isKnown = knownFrom(subject.indicators) !== null;
  const to = kind === 'wallet-route' && !isKnown ? whereTo(destinations) : null;
  return {
    group: `${kind} ${type} ${diverts} ${to}`,
    words: (count) =>
      `${happened(kind, type, diverts, count)}${to === null ? '' : destinationWords(to, count)}`,
    consequence: to === 'known' && diverts ? DIVERTED_TO_KNOWN : consequence(kind, type, diverts),
  };
}

/** An incident elsewhere says more than what the address book knows of an address, and a title has room for one of both. */
function withIncident(words: Words, incident: string | null): Words {
  if (incident === null) return words;
  return {
    ...words,
    group: `${words.group} known ${incident}`,
    words: (count) => `${words.words(count)}, known from ${incident}`,
  };
}

/** Where a change sends money, by the worst of its addresses; null where the book says nothing of one of them. */
function whereTo(destinations: ChangeSubject['destinations'] = []): Destination | null {
  const found = destinations.map(({ book }) => book);
  if (found.includes('lookalike')) return 'lookalike';
  if (found.includes('unknown')) return 'unknown';
  return found.length > 0 && found.every((one) => one === 'known') ? 'known' : null;
}

function wordsOf(subject: Exclude<Subject, ChangeSubject>, fingerprint: string): Words {
  switch (subject.what) {
    case 'unknown':
      return subject.cause === 'unapproved' ? UNAPPROVED : wordsOfUnknown(subject);
    case 'mass-change':
      return {
        group: `mass ${subject.collection}`,
        words: () => massWords(subject),
        consequence: `Too many to list: the worst of ${subject.collection} stand in the alert one by one, all of them are counted.`,
      };
    case 'indicator':
      return indicatorWords(subject);
    case 'log':
      return logWords(subject);
    case 'unreachable':
      return {
        group: `unreachable ${subject.source}`,
        words: () => `source ${subject.source} cannot be read`,
        consequence: 'Nothing of this source can be compared with what people signed while this lasts.',
      };
    case 'blind':
      return {
        group: `blind ${subject.source}`,
        words: () => `source ${subject.source} cannot be heard`,
        consequence: 'Changes are found by the timed read alone, later than usual, while this lasts.',
      };
    case 'still':
      return {
        group: `still ${subject.source}`,
        words: () => stillWords(subject),
        consequence: subject.table.startsWith('/')
          ? 'The application may be down, or somebody keeps it from writing down what is done.'
          : `The application may be down, or use another database than source ${subject.source} reads, whose settings nobody watches.`,
      };
    case 'approval':
      return isExpiry(subject.code) ? wordsOfExpiry(subject, fingerprint) : wordsOfRefusal(subject);
    case 'config':
      if (subject.about === 'certificate') {
        return {
          group: 'certificate',
          words: () => `the certificate of the API ${subject.detail}`,
          consequence:
            'Whoever approves or acknowledges over the API is refused by it, or asked to trust what nobody can verify.',
        };
      }
      if (subject.about === 'indicators') {
        return {
          group: 'indicators',
          words: () => 'a feed of indicators is not in force as it lies there',
          consequence: 'What was read of it before stays in force.',
        };
      }
      return {
        group: 'config',
        words: () => 'the configuration on disk cannot be used',
        consequence: 'The configuration in force before stays in force.',
      };
  }
}

const UNAPPROVED: Words = {
  group: 'unapproved',
  words: (count) => `${count} ${count === 1 ? 'collection has' : 'collections have'} no approved baseline`,
  consequence: 'Nobody has signed what is there, so a change of it cannot be told from what should be.',
};

function wordsOfUnknown({ collection, cause }: Extract<Subject, { what: 'unknown' }>): Words {
  return {
    group: 'unknown',
    words: (count) =>
      count === 1 ? `${collection} is unknown: ${unknownBriefly(cause)}` : `${count} collections are unknown`,
    consequence: `What ${collection} holds could not be compared with what people signed. Treat it as changed until it can.`,
  };
}

type ApprovalSubject = Extract<Subject, { what: 'approval' }>;

function wordsOfExpiry({ detail }: ApprovalSubject, fingerprint: string): Words {
  return {
    group: `expiry ${fingerprint}`,
    words: () => firstSentence(detail),
    consequence: 'The comparison goes on as before. Sign it anew in time, so that somebody has looked at it.',
  };
}

function wordsOfRefusal(subject: ApprovalSubject): Words {
  return {
    group: 'approval',
    words: (count) => approvalWords(subject, count),
    consequence:
      subject.code === 'BASELINE_NOT_VERIFIABLE'
        ? 'Nothing is compared, so no change would be told: treat the site as unwatched until this is put right.'
        : 'Nothing of it was accepted: everything is compared with the baseline in force before. Somebody may be trying to make a change look approved.',
  };
}

/** Without its full stop. What to do about it stands among the facts and steps. */
function firstSentence(text: string): string {
  return text.replace(/\.(?: .*)?$/, '');
}

/** One problem is shown whole; several are listed one by one below the title. */
function approvalWords({ file, detail }: ApprovalSubject, count: number): string {
  if (count > 1) return `${count} problems with the files that people sign`;
  return `${file === null ? '' : `${file}: `}${firstSentence(detail)}`;
}

/** Ranks are whole numbers; later than all of them. */
const LAST = 1_000;

function rankOf({ condition: { subject }, place }: Described): number {
  if (place === 'follows') return LAST;
  if (place === 'another' && subject.what === 'change') return costRank(subject.kind) - 0.1;
  switch (subject.what) {
    case 'change':
      return costRank(subject.kind);
    case 'unknown':
      return costRank(subject.kind) + 0.5;
    case 'indicator':
    case 'mass-change':
      return costRank(subject.kind) - 0.1;
    default:
      return -1;
  }
}
