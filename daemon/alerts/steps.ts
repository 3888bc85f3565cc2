import type { Kind } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import type { UnknownCause } from '../drift/compare.js';
import type { Subject } from '../finding.js';
import type { AlertContext } from './compose.js';
import { isExpiry } from './expiry.js';

/** `tillwarden <command> <site>`; without a site for what concerns all of them. */
export function siteCommand(command: string, site: string): string {
  return /^[a-z0-9-]{1,63}$/.test(site) ? `tillwarden ${command} ${site}` : `tillwarden ${command}`;
}

const STOP =
  'If none of you did this: stop the admin and master services, and deactivate the terminals, now.';

/** First steps that cannot wait, by kind: after the steps that the vendor of the CAS gave its operators in August 2022. */
const FIRST: Readonly<Record<Kind, string>> = {
  'wallet-route': STOP,
  admin: STOP,
  permission: STOP,
  terminal: STOP,
  sensor: `${STOP} Whoever alters the database can alter every row of it.`,
  'access-link':
    'If none of you did this: withdraw the link or code before it is used, and look for a user or machine that came of it.',
  config: STOP,
  file: STOP,
  contact:
    'If none of you did this: lock the accounts of that person, and call them on a number you knew before.',
};

const THEN: Readonly<Record<Kind, string>> = {
  'wallet-route':
    'Put the approved values back and test the crypto settings. Review users and terminals too. Reactivate terminals only then.',
  admin:
    'Remove every user you do not recognise, reset passwords, review permissions and groups. Reactivate terminals only then.',
  permission:
    'Take back what nobody approved, and review all users and groups. Reactivate terminals only then.',
  terminal: 'Delete every terminal you do not recognise, not only this one. Reactivate the others only then.',
  sensor:
    'Let the owner of the database undo it, then review users, terminals and crypto settings. Reactivate terminals only then.',
  'access-link': 'Ask on another way who created it. Once it is used as meant, approve what came of it.',
  config:
    'Put the approved value back, and review users and crypto settings. Reactivate terminals only then.',
  file: 'Put the approved file back from your own copy. Reactivate terminals only then.',
  contact: 'Put the approved contact back, and reset the passwords it could have reset.',
};

/** Causes that somebody brought about, on purpose or not: no outage looks like them. */
const TAMPERED: ReadonlySet<UnknownCause> = new Set([
  'denied',
  'row-security',
  'missing',
  'not-a-table',
  'moving',
]);
const UNREADABLE =
  'If none of you did this: treat it as changed. Stop the admin and master services, and deactivate the terminals.';

/** Subject of the steps, and whether acknowledging is one of them. */
type AboutIncident = Pick<AlertContext, 'site' | 'incident' | 'canAcknowledge'>;

/** Steps against a change that a person rejected: the same, but nothing to sign. */
export function stepsAgainst(about: AboutIncident, subject: Subject): Alert['nextSteps'] {
  return stepsFor(about, subject).filter(({ command }) => command !== siteCommand('approve', about.site));
}

/**
 * Next steps, in order; null: about something that is over. Commands hold our words, the site's configured name and
 * the incident's id, and nothing else: people paste them into a shell.
 */
export function stepsFor(
  { site, incident, canAcknowledge }: AboutIncident,
  subject: Subject | null,
): Alert['nextSteps'] {
  const show =
    incident === null ? [] : [{ text: 'See everything about it:', command: `tillwarden show ${incident}` }];
  const look = [
    ...show,
    ...(incident !== null && canAcknowledge
      ? [{ text: 'Say that you are on it:', command: `tillwarden ack ${incident}` }]
      : []),
  ];
  const approve = (text: string) => [{ text, command: siteCommand('approve', site) }];
  const check = [{ text: 'Look for yourself:', command: siteCommand('check', site) }];
  switch (subject?.what) {
    case undefined:
      return show;
    case 'change':
    case 'mass-change':
      return [
        { text: FIRST[subject.kind] },
        ...look,
        { text: THEN[subject.kind] },
        ...approve('If it is right as it is, sign it:'),
      ];
    case 'unknown':
      if (subject.cause === 'unapproved' || subject.cause === 'definition-differs') {
        return [...look, ...approve('Review what is there and sign it:')];
      }
      return [...(TAMPERED.has(subject.cause) ? [{ text: UNREADABLE }] : []), ...look, ...check];
    case 'unreachable':
    case 'blind':
      return [...check, ...look];
    case 'approval':
      if (isExpiry(subject.code)) {
        return [...look, { text: 'Review it and sign it anew:', command: renewal(subject.code, site) }];
      }
      return [
        { text: 'Find out who wrote to the baseline or trust directory.' },
        { text: 'Check the files offline:', command: siteCommand('verify', site) },
        ...look,
      ];
    case 'config':
      return [{ text: 'Repair the configuration file; it is read again by itself.' }, ...look];
  }
}

function renewal(code: string, site: string): string {
  return code.startsWith('TRUST_')
    ? 'tillwarden trust sign --renew'
    : `${siteCommand('approve', site)} --renew`;
}

/** Next steps when everything of an incident went back by itself: somebody must look, and sign that they did. */
export function stepsToClose(context: AboutIncident): Alert['nextSteps'] {
  return [
    { text: 'Find out who did it, and look at the transactions of that time.' },
    ...stepsFor(context, null),
    {
      text: 'Close it when that is done, by signing anew:',
      command: `${siteCommand('approve', context.site)} --renew`,
    },
  ];
}
