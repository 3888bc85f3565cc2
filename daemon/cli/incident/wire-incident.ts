import type { Definition } from '../../../baselines/index.js';
import { moment, quote } from '../../../notifiers/index.js';
import { isUnknownCause } from '../../alerts/words.js';
import type { Condition } from '../../finding.js';
import type { WireIncident } from '../../http/incidents-wire.js';
import { duration, grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { untrue, visible } from '../signing/server-client.js';
import { rejectedWords } from '../text/difference-text.js';
import { describeFinding, severityNow, wellAgainWords } from '../text/finding-text.js';

const REASON_CHARACTERS = 500;
/** Digits of a revision that name it. */
export const REVISION_DIGITS = 12;

/** In the time of this machine, at which somebody reads it, and how long that is. */
export function untilWords(untilMs: number, nowMs: number): string {
  const left = untilMs > nowMs ? `, for ${duration(untilMs - nowMs)}` : '';
  return `${ownMoment(untilMs)}${left}`;
}

function ownMoment(ms: number): string {
  return moment(ms, new Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** What an incident holds; of what was shown before, only what is new and what is over. */
export function wireIncidentLines(
  { terminal, clock }: CommandContext,
  { incident, open, openCount, hostile, acknowledgement, definitions }: WireIncident,
  before: WireIncident | null,
): string[] {
  const seen = new Set(before?.open.map(({ fingerprint }) => fingerprint));
  const isSeen = new Set(open.map(({ fingerprint }) => fingerprint));
  const fresh = open.filter(({ fingerprint }) => !seen.has(fingerprint));
  const over = [...seen].filter((fingerprint) => !isSeen.has(fingerprint)).length;
  const byName = new Map(definitions.map((one) => [one.name, one]));
  const { id, site, state, severity, revision, wellSinceMs = null } = incident;
  return [
    `${terminal.paint('bold', `incident ${id}`)}  ${site}  ${state}  ${severityNow(severity, wellSinceMs)}  revision ${revision.slice(0, REVISION_DIGITS)}`,
    ...(wellSinceMs === null ? [] : [`  now  ${wellAgainWords(wellSinceMs, null, ownMoment)}`]),
    ...(acknowledgement === null
      ? []
      : [
          `  acknowledged by ${acknowledgement.person} until ${untilWords(acknowledgement.untilMs, clock())}: ${quote({ untrusted: acknowledgement.reason }, REASON_CHARACTERS)}`,
        ]),
    before === null
      ? grouped(openCount, 'open finding')
      : `${fresh.length} new since you looked, ${over} over`,
    ...fresh.flatMap((one) => {
      const called = hostile.find(({ fingerprint }) => fingerprint === one.fingerprint);
      const mark = called === undefined ? [] : [`    ${rejectedWords(terminal, called)}`];
      return ['', ...findingText(terminal, site, conditionOf(one), byName), ...mark];
    }),
    ...(openCount > open.length ? ['', `and ${openCount - open.length} more, none worse`] : []),
    '',
  ];
}

function findingText(
  terminal: CommandContext['terminal'],
  site: string,
  condition: Condition,
  definitions: ReadonlyMap<string, Definition>,
): string[] {
  const { subject, severity } = condition;
  // It is as severe as the daemon's rules say.
  const rules = 'collection' in subject ? [{ collection: subject.collection, severity }] : [];
  try {
    return describeFinding(terminal, rules, site, condition, definitions).map((line) => `  ${line}`);
  } catch {
    throw untrue('a record that is none');
  }
}

/** Words of the daemon are printed as visible ASCII only: anybody may answer at that address. */
export function conditionOf({ fingerprint, severity, subject }: WireIncident['open'][number]): Condition {
  const shared = { fingerprint, severity, reason: '', graceMs: 0 };
  switch (subject.what) {
    case 'change':
    case 'indicator':
    case 'mass-change':
      return { ...shared, subject };
    case 'unknown': {
      const { cause } = subject;
      const detail = visible(subject.detail);
      if (isUnknownCause(cause)) return { ...shared, subject: { ...subject, cause, detail } };
      // A newer daemon may know of more causes.
      return { ...shared, subject: { ...subject, cause: 'failed', detail: `${cause}: ${detail}` } };
    }
    case 'approval': {
      const file = subject.file === null ? null : visible(subject.file);
      return { ...shared, subject: { ...subject, file, detail: visible(subject.detail) } };
    }
    case 'config':
    case 'unreachable':
    case 'blind':
      return { ...shared, subject: { ...subject, detail: visible(subject.detail) } };
    case 'log':
      return { ...shared, subject: { ...subject, log: visible(subject.log), event: visible(subject.event) } };
    case 'still': {
      const table = visible(subject.table);
      return { ...shared, subject: { ...subject, table, detail: visible(subject.detail) } };
    }
  }
}
