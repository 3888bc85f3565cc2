import { SEVERITIES } from '../../notifiers/index.js';
import { explain } from '../drift/explain.js';
import { isExpiry } from './expiry.js';
import type { Condition, Subject } from './finding.js';
import type { TitlePart } from './title.js';
import { consequence, costRank, divertsMoney, happened, unknownBriefly } from './words.js';

/** A condition in our own words. */
export interface Described extends TitlePart {
  readonly condition: Condition;
  /** One sentence: what it means. */
  readonly consequence: string;
  /** Whether a wallet route now pays elsewhere. */
  readonly diverts: boolean;
}

/** Describes conditions, worst first: by severity, then by what they can cost. */
export function describeWorstFirst(conditions: readonly Condition[]): Described[] {
  return conditions
    .map(describe)
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(a.condition.severity) - SEVERITIES.indexOf(b.condition.severity) ||
        Number(isUrgent(b)) - Number(isUrgent(a)) ||
        rankOf(a.condition.subject) - rankOf(b.condition.subject),
    );
}

/** What must never be left out of an alert for others: a new destination of money, and a new administrator. */
export function isUrgent({ diverts, condition: { subject } }: Described): boolean {
  if (subject.what !== 'change') return diverts;
  const isNew = subject.type === 'added' || subject.type === 'ambiguous';
  return diverts || (isNew && (subject.kind === 'wallet-route' || subject.kind === 'admin'));
}

function describe(condition: Condition): Described {
  const { subject } = condition;
  const diverts = isDiversion(subject);
  return { condition, diverts, ...wordsFor(condition, diverts) };
}

function wordsFor(
  { fingerprint, subject }: Condition,
  diverts: boolean,
): Omit<Described, 'condition' | 'diverts'> {
  switch (subject.what) {
    case 'change':
      return {
        group: `${subject.kind} ${subject.type} ${diverts}`,
        words: (count) => happened(subject.kind, subject.type, diverts, count),
        consequence: consequence(subject.kind, subject.type, diverts),
      };
    case 'unknown':
      return subject.cause === 'unapproved'
        ? {
            group: 'unapproved',
            words: (count) =>
              `${count} ${count === 1 ? 'collection has' : 'collections have'} no approved baseline`,
            consequence:
              'Nobody has signed what is there, so a change of it cannot be told from what should be.',
          }
        : {
            group: 'unknown',
            words: (count) =>
              count === 1
                ? `${subject.collection} is unknown: ${unknownBriefly(subject.cause)}`
                : `${count} collections are unknown`,
            consequence: `What ${subject.collection} holds could not be compared with what people signed. Treat it as changed until it can.`,
          };
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
    case 'approval':
      return isExpiry(subject.code)
        ? {
            group: `expiry ${fingerprint}`,
            words: () => firstSentence(subject.detail),
            consequence:
              'The comparison goes on as before. Sign it anew in time, so that somebody has looked at it.',
          }
        : {
            group: 'approval',
            words: (count) => approvalWords(subject, count),
            consequence: 'The baseline remembered from before stays the yardstick; nothing was accepted.',
          };
    case 'config':
      return {
        group: 'config',
        words: () => 'the configuration on disk cannot be used',
        consequence: 'The configuration in force before stays in force.',
      };
  }
}

/** Without its full stop. What to do about it stands among the facts and steps. */
function firstSentence(text: string): string {
  return text.replace(/\.(?: .*)?$/, '');
}

/** One problem is told whole; several are told one by one below the title. */
function approvalWords({ file, detail }: Extract<Subject, { what: 'approval' }>, count: number): string {
  if (count > 1) return `${count} problems with the files that people sign`;
  return `${file === null ? '' : `${file}: `}${detail.replace(/\.$/, '')}`;
}

/** Whether a signed wallet route pays elsewhere. Fields are explained only where they decide it. A place inside a json column counts by its own name. */
function isDiversion(subject: Subject): boolean {
  if (subject.what !== 'change' || subject.kind !== 'wallet-route' || subject.type !== 'modified')
    return false;
  const names = explain(subject).flatMap(({ field, path = field }) => [field, path]);
  return divertsMoney(subject.kind, names);
}

function rankOf(subject: Subject): number {
  switch (subject.what) {
    case 'change':
      return costRank(subject.kind);
    case 'unknown':
      return costRank(subject.kind) + 0.5;
    default:
      return -1;
  }
}
