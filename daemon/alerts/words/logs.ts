import type { AlertFact } from '../../../notifiers/index.js';
import type { Subject } from '../../finding.js';
import { KNOWN_LINE, type LogEvent } from '../../logs/event.js';
import { duration } from '../../wording.js';
import type { TitlePart } from '../title.js';
import { knownFrom } from './indicators.js';

type LogSubject = Extract<Subject, { what: 'log' }>;

/** How long before an incident was opened a line is told beside it, and how long after, in milliseconds. */
const BEFORE_MS = 600_000;
const AFTER_MS = 60_000;
const MOST_BESIDE = 5;

const BROKEN: ReadonlyMap<string, string> = new Map([
  ['log-shrank', 'was shortened'],
  ['log-replaced', 'was replaced, and what it was is gone'],
  ['log-rewritten', 'was written anew'],
  ['log-lost', 'lost a part before it was read'],
]);

/** A label has 60 characters: of a long path its end, which names the file. */
const MOST_OF_PATH = 26;

function shortPath(log: string): string {
  if (log.length <= MOST_OF_PATH) return log;
  const end = log.slice(1 - MOST_OF_PATH);
  const slash = end.indexOf('/');
  return `…${slash > 0 ? end.slice(slash) : end}`;
}

/** A title has no room for a path, which stands among the facts. */
function nameOf(log: string): string {
  return log.slice(log.lastIndexOf('/') + 1);
}

/** A line of a log, or a log that is not what it was, in words. */
export function logWords(subject: LogSubject): TitlePart & { readonly consequence: string } {
  const { log, event, matches } = subject;
  const broken = BROKEN.get(event);
  if (broken !== undefined) {
    return {
      group: `log ${log} ${event}`,
      words: () => `${nameOf(log)} ${broken}`,
      consequence: 'What was written there may have been hidden: whoever breaks in tidies up after it.',
    };
  }
  const incident = knownFrom(matches);
  const known = incident === null ? '' : `, known from ${incident}`;
  const what = event === KNOWN_LINE ? 'line' : event;
  return {
    group: `log ${log} ${event} ${incident}`,
    words: (count) => `${count} × ${what} in ${nameOf(log)}${known}`,
    consequence: `${
      incident === null
        ? 'A line that you asked to be told of was written.'
        : 'A line was written with something in it that is known from an attack.'
    } Whoever can write to that log can write anything there: look on the machine itself.`,
  };
}

/** The line itself, and whom it names. */
export function logFacts(subjects: readonly Subject[]): AlertFact[] {
  return subjects
    .flatMap((subject) => (subject.what === 'log' ? [subject] : []))
    .slice(0, MOST_BESIDE)
    .flatMap(({ log, event, line, count }): AlertFact[] => [
      ...(line === '' ? [] : [{ label: `${shortPath(log)}, ${event}`, quoted: { untrusted: line } }]),
      ...(line === '' && count === 1 ? [{ label: 'Log', text: log }] : []),
      ...(count === 1
        ? []
        : [{ label: `${shortPath(log)}, ${event}`, text: `${count} further lines at once` }]),
    ]);
}

/**
 * Lines of logs that were read shortly before an incident or with it: evidence beside it, the last of them, each with how long it was before or after what is
 * told began (`sinceMs`).
 */
export function linesBeside(
  events: readonly LogEvent[],
  {
    openedMs,
    sinceMs,
    observedAtMs,
    own,
  }: {
    readonly openedMs: number;
    readonly sinceMs: number;
    readonly observedAtMs: number;
    readonly own: ReadonlySet<string>;
  },
): AlertFact[] {
  return events
    .filter(
      ({ atMs, line, id }) =>
        line !== '' && !own.has(id) && atMs >= openedMs - BEFORE_MS && atMs <= observedAtMs + AFTER_MS,
    )
    .slice(-MOST_BESIDE)
    .map(({ log, event, atMs, line }) => {
      const apart = sinceMs - atMs;
      const when =
        apart >= 1_000 ? `, ${duration(apart)} before` : apart <= -1_000 ? `, ${duration(-apart)} after` : '';
      return { label: `Log ${shortPath(log)}, ${event}${when}`, quoted: { untrusted: line } };
    });
}
