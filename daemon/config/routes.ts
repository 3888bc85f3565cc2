import type { Kind } from '../../baselines/index.js';
import type { ChannelScope } from '../channel.js';
import { uncovered } from '../policy/route.js';
import { namesMeant, shown } from './issues.js';
import type { ConfigReading } from './reading.js';

/** Refuses channels for a site that does not exist, and channels that leave something to be told to nobody (invariant 10). */
export function checkRoutes(
  reading: ConfigReading,
  sites: readonly { readonly name: string; readonly kinds: readonly Kind[] }[],
  notifiers: readonly { readonly for: ChannelScope }[],
): void {
  const names = sites.map(({ name }) => name);
  for (const [index, { for: scope }] of notifiers.entries()) {
    for (const [at, site] of (scope.sites ?? []).entries()) {
      if (names.includes(site)) continue;
      reading.problem(['notifiers', index, 'for', 'sites', at], shown(site), namesMeant(names, site));
    }
  }
  const scopes = notifiers.map((one) => one.for);
  for (const { site, kind, severities } of uncovered(sites, scopes)) {
    const what =
      kind === null ? `what is ${severities.join(', ')}` : `${severities.join(', ')} of kind ${kind}`;
    reading.problem(
      ['notifiers'],
      `no channel for ${what} at ${site}`,
      'one whose `for` takes it, or has no limits',
    );
  }
}

/** Refuses a step that goes to a channel that does not exist. */
export function checkLadder(
  reading: ConfigReading,
  steps: readonly { readonly to: readonly string[] }[],
  notifiers: readonly { readonly name: string }[],
): void {
  const names = notifiers.map(({ name }) => name);
  for (const [index, { to }] of steps.entries()) {
    for (const [at, name] of to.entries()) {
      if (names.includes(name)) continue;
      reading.problem(['escalation', index, 'to', at], shown(name), namesMeant(names, name));
    }
  }
}

/** Refuses a rule of containment for a site that does not exist: it would never act, and nobody would hear. */
export function checkContainment(
  reading: ConfigReading,
  sites: readonly { readonly name: string }[],
  actions: readonly { readonly sites?: readonly string[] | undefined }[],
): void {
  const names = sites.map(({ name }) => name);
  for (const [index, { sites: own = [] }] of actions.entries()) {
    for (const [at, name] of own.entries()) {
      if (names.includes(name)) continue;
      reading.problem(['containment', 'actions', index, 'sites', at], shown(name), namesMeant(names, name));
    }
  }
}
