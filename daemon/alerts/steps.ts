import type { Kind } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import type { UnknownCause } from '../drift/compare.js';
import type { Subject } from '../finding.js';
import { placeChange } from '../policy/sensor-reach.js';
import type { AlertContext } from './compose.js';
import { isExpiry } from './expiry.js';
import type { Product } from './runbook.js';

/** `tillwarden <command> <site>`; without a site for what concerns all of them. */
export function siteCommand(command: string, site: string): string {
  return /^[a-z0-9-]{1,63}$/.test(site) ? `tillwarden ${command} ${site}` : `tillwarden ${command}`;
}

/** The parts of a server that steps name. */
interface Parts {
  readonly stop: string;
  readonly routes: string;
  /** What else says who may do what. */
  readonly rights: string;
  /** How terminals are taken away, and what they are called. */
  readonly unknownTerminals: string;
  readonly again: string;
}

/** After the steps that the vendor of the CAS gave its operators in August 2022. */
const PARTS: Readonly<Record<Product | 'any', Parts>> = {
  cas: {
    stop: 'stop the admin and master services, and deactivate the terminals',
    routes: 'crypto settings',
    rights: 'permissions and groups',
    unknownTerminals: 'Delete every terminal you do not recognise',
    again: 'Reactivate terminals only then.',
  },
  lamassu: {
    stop: 'stop lamassu-server and lamassu-admin-server, and take the machines out of service',
    routes: 'wallet settings and accounts of plugins',
    rights: 'roles, invitations and hardware keys',
    unknownTerminals: 'Unpair every machine you do not recognise',
    again: 'Put machines back into service only then.',
  },
  any: {
    stop: 'stop the server and its administration, and take the terminals out of service',
    routes: 'settings of the coins',
    rights: 'permissions and groups',
    unknownTerminals: 'Delete every terminal you do not recognise',
    again: 'Put terminals back into service only then.',
  },
};

/** First step that cannot wait. */
function firstStep(kind: Kind, { stop }: Parts): string {
  if (kind === 'contact') {
    return 'If none of you did this: lock the accounts of that person, and call them on a number you knew before.';
  }
  if (kind === 'access-link') {
    return 'If none of you did this: withdraw the link or code before it is used, and look for a user or machine that came of it.';
  }
  if (kind === 'address-book') {
    return 'If none of you did this: find out who writes files on the machine of tillwarden, and sign nothing until you know.';
  }
  const now = `If none of you did this: ${stop}, now.`;
  if (kind === 'door') {
    return 'If none of you did this: close the door at the firewall, now, for all but your own addresses, and leave the server as it is.';
  }
  if (kind === 'file') return `${now} Never open or start the file on that machine or on yours.`;
  return kind === 'sensor' ? `${now} Whoever alters the database can alter every row of it.` : now;
}

function thenStep(kind: Kind, { routes, rights, unknownTerminals, again }: Parts): string {
  switch (kind) {
    case 'wallet-route':
      return `Put the approved values back and test the ${routes}. Review users and terminals too. ${again}`;
    case 'admin':
      return `Remove every user you do not recognise, reset passwords, review ${rights}. ${again}`;
    case 'permission':
      return `Take back what nobody approved, and review all users and groups. ${again}`;
    case 'terminal':
      return `${unknownTerminals}, not only this one. ${again}`;
    case 'sensor':
      return `Let the owner of the database undo it, then review users, terminals and ${routes}. ${again}`;
    case 'access-link':
      return 'Ask by phone or in person who created it. Once it is used as meant, approve what came of it.';
    case 'address-book':
      return 'Compare the address with the wallet itself, not with the message it came in, before you sign it.';
    case 'config':
      return `Put the approved value back, and review users and ${routes}. ${again}`;
    case 'file':
      return `Copy it away, compare it with the vendor package, put the approved one back. Review users and ${routes}. ${again}`;
    case 'door':
      return `Find out who opened it, install what the vendor fixed, and review users and ${routes}. ${again}`;
    case 'contact':
      return 'Put the approved contact back, and reset the passwords it could have reset.';
  }
}

/** Kinds behind which a robbery may stand: for these a runbook leads through all of it, not only through this change. */
const OF_RESPONSE: ReadonlySet<Kind> = new Set([
  ...(['wallet-route', 'admin', 'permission', 'terminal', 'contact'] as const),
  ...(['access-link', 'sensor', 'file', 'door'] as const),
]);

/** Causes that somebody brought about, on purpose or not: no outage looks like them. */
const TAMPERED: ReadonlySet<UnknownCause> = new Set([
  'denied',
  'row-security',
  'missing',
  'not-a-table',
  'moving',
]);
const treatAsChanged = ({ stop }: Parts) =>
  `If none of you did this: treat it as changed. ${stop.charAt(0).toUpperCase()}${stop.slice(1)}.`;

/** What somebody must find out who cannot know it from here. */
const FIND_OUT = {
  indicator: 'Find out how it came here, who signed it where it is signed, and what else it can be.',
  log: 'Read the log around that line, on the machine itself, and ask whoever it names, by phone or in person.',
  still:
    'Find out which database or log the application writes to now: the address in its own configuration, the names of the databases on the server.',
} as const;
const EXCEPT = {
  text: 'If you know that it is harmless here, name it under indicators.except, with the reason.',
};

/** Subject of the steps, and whether acknowledging is one of them. */
type AboutIncident = Pick<AlertContext, 'site' | 'incident' | 'canAcknowledge' | 'guidance'>;

/** Steps against a change that a person rejected: the same, but nothing to sign. */
export function stepsAgainst(about: AboutIncident, subject: Subject): Alert['nextSteps'] {
  return stepsFor(about, subject).filter(({ command }) => command !== siteCommand('approve', about.site));
}

/**
 * Next steps, in order; null: about something that is over. Commands hold our words, the site's configured name and
 * the incident's id, and nothing else: people paste them into a shell.
 */
export function stepsFor(
  { site, incident, canAcknowledge, guidance }: AboutIncident,
  subject: Subject | null,
): Alert['nextSteps'] {
  const parts = PARTS[guidance?.product ?? 'any'];
  const show =
    incident === null ? [] : [{ text: 'See everything about it:', command: `tillwarden show ${incident}` }];
  const look = [
    ...show,
    ...(incident !== null && canAcknowledge
      ? [{ text: 'Say that you are on it:', command: `tillwarden ack ${incident}` }]
      : []),
  ];
  /** It asks the daemon, as acknowledging does. */
  const respond = (kind: Kind) =>
    incident !== null && canAcknowledge && OF_RESPONSE.has(kind)
      ? [{ text: 'Walk through all of the response:', command: `tillwarden respond ${incident}` }]
      : [];
  const approve = (text: string) => [{ text, command: siteCommand('approve', site) }];
  const check = [{ text: 'Look for yourself:', command: siteCommand('check', site) }];
  switch (subject?.what) {
    case undefined:
      return show;
    case 'change':
      if (subject.kind === 'sensor' && placeChange(subject.type, subject) === 'another') {
        return [
          {
            text: 'Ask whoever runs the database whether it was restored, upgraded or moved, and compare the address in the configuration of the application with the one of tillwarden.',
          },
          ...look,
          { text: firstStep(subject.kind, parts) },
          ...approve('If the move was yours, sign it, all of it with one answer:'),
        ];
      }
      return [
        { text: firstStep(subject.kind, parts) },
        ...look,
        { text: thenStep(subject.kind, parts) },
        ...respond(subject.kind),
        ...approve('If it is right as it is, sign it:'),
      ];
    case 'mass-change':
      return [
        { text: firstStep(subject.kind, parts) },
        ...look,
        { text: thenStep(subject.kind, parts) },
        ...respond(subject.kind),
        ...approve('If it is right as it is, sign it:'),
      ];
    case 'unknown':
      if (subject.cause === 'unapproved' || subject.cause === 'definition-differs') {
        return [...look, ...approve('Review what is there and sign it:')];
      }
      return [...(TAMPERED.has(subject.cause) ? [{ text: treatAsChanged(parts) }] : []), ...look, ...check];
    case 'indicator':
    case 'log':
    case 'still':
      return [
        { text: FIND_OUT[subject.what] },
        ...look,
        ...check,
        ...(subject.what === 'indicator' ? [EXCEPT] : []),
      ];
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
      if (subject.about === 'certificate') {
        return [
          {
            text: 'Put a certificate in its place that clients accept (api.tls); it is read again by itself.',
          },
          ...look,
        ];
      }
      if (subject.about === 'indicators') {
        return [
          {
            text: 'See what is wrong with it, and what it would match:',
            command: 'tillwarden indicators check',
          },
          ...look,
        ];
      }
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
