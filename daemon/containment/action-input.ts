import type { ContainmentAction } from '../config/containment.js';
import type { Finding } from '../finding.js';

/** Findings that an action is given; the rest is counted. */
const MOST_FINDINGS = 100;
/** Of one record's text. */
const MOST_CHARACTERS = 20_000;

/**
 * What an action is given: `{format, action, dryRun, site, incident, findings: [{collection, kind, change, severity, key, before, after}], left}` as JSON
 * with a line feed at its end. Keys and records are canonical texts of the watched system: an attacker's, hence data on standard input and never part of a command.
 */
export function actionInput(
  action: Pick<ContainmentAction, 'name' | 'dryRun'>,
  about: { readonly site: string; readonly incident: string; readonly findings: readonly Finding[] },
): string {
  const { site, incident, findings } = about;
  const shown = findings.slice(0, MOST_FINDINGS).map(givenOf);
  const input = {
    ...{ format: 'tillwarden containment 1', action: action.name, dryRun: action.dryRun, site, incident },
    ...{ findings: shown, left: Math.max(0, findings.length - MOST_FINDINGS) },
  };
  return `${JSON.stringify(input)}\n`;
}

function givenOf({ subject, severity }: Finding): object {
  switch (subject.what) {
    case 'change': {
      const { collection, kind, type, key, before, after } = subject;
      const [first = null] = after;
      const sides = { before: bounded(before), after: bounded(first) };
      return { collection, kind, change: type, severity, key, ...sides };
    }
    case 'mass-change': {
      const { collection, kind, counts } = subject;
      return { collection, kind, change: 'many', severity, counts };
    }
    default:
      return { severity };
  }
}

function bounded(line: string | null): string | null {
  return line === null || line.length <= MOST_CHARACTERS ? line : null;
}
