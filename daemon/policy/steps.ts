import type { Alert } from '../../notifiers/index.js';
import type { Subject } from './finding.js';

/** `tillwarden <command> <site>`; without a site for what concerns all of them. */
export function siteCommand(command: string, site: string): string {
  return /^[a-z0-9-]{1,63}$/.test(site) ? `tillwarden ${command} ${site}` : `tillwarden ${command}`;
}

/**
 * What to do about it, in order; null: about something that is over. Commands hold our words, the site's configured name and
 * the incident's id, and nothing else: people paste them into a shell.
 */
export function stepsFor(
  { site, incident }: { readonly site: string; readonly incident: string | null },
  subject: Subject | null,
): Alert['nextSteps'] {
  const show =
    incident === null ? [] : [{ text: 'See everything about it:', command: `tillwarden show ${incident}` }];
  const look =
    incident === null
      ? []
      : [...show, { text: 'Say that you are on it:', command: `tillwarden ack ${incident}` }];
  const approve = (text: string) => [{ text, command: siteCommand('approve', site) }];
  const check = [{ text: 'Look for yourself:', command: siteCommand('check', site) }];
  switch (subject?.what) {
    case undefined:
      return show;
    case 'change':
      return [
        { text: 'If you did not expect this: stop the admin services and deactivate the terminals first.' },
        ...look,
        ...approve('If it is right, sign it:'),
      ];
    case 'unknown':
      return subject.cause === 'unapproved' || subject.cause === 'definition-differs'
        ? [...look, ...approve('Review what is there and sign it:')]
        : [...look, ...check];
    case 'unreachable':
    case 'blind':
      return [...check, ...look];
    case 'approval':
      return [
        { text: 'Find out who wrote to the baseline or trust directory.' },
        { text: 'Check the files offline:', command: siteCommand('verify', site) },
        ...look,
      ];
    case 'config':
      return [{ text: 'Repair the configuration file; it is read again by itself.' }, ...look];
  }
}
