import { type Definition, parseRecordLine, type RecordLine, sha256Hex } from '../../../baselines/index.js';
import { attribution, moment, quotationText, quote, type Severity } from '../../../notifiers/index.js';
import type { ChangeSubject } from '../../alerts/quoting.js';
import { whoMade } from '../../alerts/who.js';
import { indicatorWords } from '../../alerts/words/indicators.js';
import { logWords } from '../../alerts/words/logs.js';
import { massCounts, massWords, stillWords, unknownBecause } from '../../alerts/words.js';
import type { Condition, SuppressedBy } from '../../finding.js';
import type { EndedFinding } from '../../incident.js';
import type { Annotations } from '../../policy/annotations.js';
import type { SeverityRule } from '../../policy/severity.js';
import type { Terminal } from '../terminal/terminal.js';
import { describeChange, knownLines } from './change-text.js';

/** A finding as a person reads it: what is so, and of a change each field with what it was and what it is. Every value is quoted. */
export function describeFinding(
  terminal: Pick<Terminal, 'paint'>,
  rules: readonly SeverityRule[],
  site: string,
  { subject, severity, fingerprint }: Condition,
  definitions: ReadonlyMap<string, Definition>,
): string[] {
  const title = (words: string) => `${severity.toUpperCase()}  ${words}`;
  switch (subject.what) {
    case 'change': {
      const { collection, kind, type, key, before, after } = subject;
      const change = {
        ...{ fingerprint, site, collection, kind, type, key },
        before: before === null ? null : recordFromLine(before),
        after: after.map(recordFromLine),
      };
      return [
        ...describeChange(terminal, change, { rules, definitions, annotations: annotationsOf(subject) }),
        ...(subject.activity === undefined && subject.logged === undefined
          ? []
          : [`  who: ${whoText(subject)}`]),
        ...suppressedLines(subject.suppression),
      ];
    }
    case 'mass-change':
      return [
        title(massWords(subject)),
        `  ${massCounts(subject.counts)}; the worst are listed one by one`,
        ...suppressedLines(subject.suppression),
      ];
    case 'indicator':
      return [title(indicatorWords(subject).words(1)), ...knownLines(subject)];
    case 'log':
      return [
        title(logWords(subject).words(1)),
        ...(subject.line === '' ? [] : [`  ${quote({ untrusted: subject.line }, 400)}`]),
        ...knownLines(subject),
      ];
    case 'unknown':
      return [
        title(
          `${subject.collection}: ${unknownBecause(subject.cause)}${subject.cause === 'unapproved' ? '' : ` (${subject.detail})`}`,
        ),
      ];
    case 'unreachable':
      return [title(`source ${subject.source} cannot be read: ${subject.detail}`)];
    case 'blind':
      return [title(`source ${subject.source} cannot be heard: ${subject.detail}`)];
    case 'still':
      return [title(`source ${subject.source}: ${stillWords(subject)} (${subject.detail})`)];
    case 'approval':
      return [
        title(`${subject.code}${subject.file === null ? '' : ` in ${subject.file}`}: ${subject.detail}`),
      ];
    case 'config':
      return [
        title(
          subject.about === 'indicators'
            ? `a feed of indicators: ${subject.detail}`
            : subject.about === 'certificate'
              ? `the certificate of the API ${subject.detail}`
              : `the configuration on disk cannot be used: ${subject.detail}`,
        ),
      ];
  }
}

function annotationsOf(subject: ChangeSubject): Annotations {
  const { lookalikeOf, labelFrom, destinations, linkEnded, indicators } = subject;
  return {
    ...(lookalikeOf === undefined ? {} : { lookalikeOf }),
    ...(labelFrom === undefined ? {} : { labelFrom }),
    ...(destinations === undefined ? {} : { destinations }),
    ...(linkEnded === undefined ? {} : { linkEnded }),
    ...(indicators === undefined ? {} : { indicators }),
  };
}

function whoText(subject: ChangeSubject): string {
  return quotationText(attribution(whoMade([{ subject }]), 100));
}

/** Who excused a change in advance, until when and why. */
export function suppressedLines(suppression: SuppressedBy | undefined): string[] {
  if (suppression === undefined) return [];
  const { what, id, signers, untilMs, reason } = suppression;
  const until = `${what === 'overdue' ? 'had to be in a baseline by' : 'until'} ${moment(untilMs, 'UTC')}`;
  return [`  ${what}: by ${signers.join(', ')} (${id}) ${until}: ${quote({ untrusted: reason }, 400)}`];
}

/** A record by its canonical line. */
export function recordFromLine(line: string): RecordLine {
  return { key: JSON.stringify(parseRecordLine(line).key), line, digest: sha256Hex(line) };
}

/** How severe an incident is, or was where what it is about is well. */
export function severityNow(severity: Severity, wellSinceMs: number | null): string {
  return `${wellSinceMs === null ? '' : 'WAS '}${severity.toUpperCase()}`;
}

/** Since when what comes and goes is well, and when it is over; `flapWindowMs` is null where only the daemon knows how long it waits. */
export function wellAgainWords(
  sinceMs: number,
  flapWindowMs: number | null,
  when: (ms: number) => string,
): string {
  const until = flapWindowMs === null ? '' : ` until ${when(sinceMs + flapWindowMs)}`;
  return `well again since ${when(sinceMs)}; closes when it stays well${until}`;
}

/** How a finding ended, in our words. */
export function endingWords({ ending }: EndedFinding): string {
  switch (ending) {
    case 'reverted':
      return 'changed back';
    case 'approved':
      return 'signed';
    case 'superseded':
      return 'followed by another finding about the same record: it changed again, or an excuse for it began or ended';
    case 'cleared':
      return 'over';
  }
}
