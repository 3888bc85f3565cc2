import { isDeepStrictEqual } from 'node:util';
import { sameDefinition } from '../../baselines/index.js';
import type { ConfigWithSecrets, SiteConfig } from './config.js';

/** What differs between two configurations, in our words and configured names. Secrets are only ever "other". */
export function configDifferences(before: ConfigWithSecrets, after: ConfigWithSecrets): string[] {
  const settings = (
    [
      'stateDirectory',
      'baselines',
      'trust',
      'rules',
      'indicators',
      'timing',
      'incidents',
      'messages',
      'retention',
      'runbooksDirectory',
      'containment',
      'heartbeat',
      'dailyDigest',
      'escalation',
      'quietHours',
      'http',
      'api',
      'log',
    ] as const
  ).filter((name) => !isDeepStrictEqual(before[name], after[name]));
  return [
    ...settings.map((name) => `${name === 'dailyDigest' ? 'digest' : name} is another`),
    ...(before.siteFiles?.directory === after.siteFiles?.directory ? [] : ['sitesDirectory is another']),
    ...named('site', before.sites, after.sites, siteDifferences),
    ...named('channel', before.notifiers, after.notifiers, (a, b) => [
      ...(isDeepStrictEqual(a.for, b.for) ? [] : [`channel ${a.name} is for something else`]),
      ...(isDeepStrictEqual(a.config, b.config) && a.kind === b.kind && a.paceMs === b.paceMs
        ? []
        : [`channel ${a.name} is set otherwise`]),
    ]),
    ...(isDeepStrictEqual(before.fingerprintKey, after.fingerprintKey)
      ? []
      : ['the fingerprint key is another']),
  ];
}

function siteDifferences(before: SiteConfig, after: SiteConfig): string[] {
  const at = `site ${before.name}`;
  return [
    ...(before.timeZone === after.timeZone ? [] : [`${at} is in another time zone`]),
    ...(isDeepStrictEqual(before.guidance, after.guidance) ? [] : [`${at} has another product or runbook`]),
    ...named(`${at}: source`, before.sources, after.sources, (a, b) => [
      ...(a.kind === b.kind && isDeepStrictEqual(a.config, b.config)
        ? []
        : [`${at}: source ${a.name} is set otherwise`]),
      ...(isDeepStrictEqual(a.personal, b.personal)
        ? []
        : [`${at}: source ${a.name} has other personal columns`]),
      ...(isDeepStrictEqual(a.touchOff, b.touchOff)
        ? []
        : [`${at}: source ${a.name} tells of other collections that they were written and are as before`]),
      ...named(`${at}: collection`, a.definitions, b.definitions, (old, next) =>
        sameDefinition(old, next) ? [] : [`${at}: collection ${old.name} is read differently`],
      ),
    ]),
  ];
}

function named<T extends { readonly name: string }>(
  what: string,
  before: readonly T[],
  after: readonly T[],
  differences: (before: T, after: T) => string[],
): string[] {
  const old = new Map(before.map((one) => [one.name, one]));
  const next = new Map(after.map((one) => [one.name, one]));
  return [
    ...before.filter(({ name }) => !next.has(name)).map(({ name }) => `${what} ${name} is gone`),
    ...after.filter(({ name }) => !old.has(name)).map(({ name }) => `${what} ${name} is new`),
    ...after.flatMap((one) => {
      const other = old.get(one.name);
      return other === undefined ? [] : differences(other, one);
    }),
  ];
}
