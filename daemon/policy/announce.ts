import { type CollectionSnapshot, type Person, sameDefinition } from '../../baselines/index.js';
import { type Alert, SEVERITIES, type Severity } from '../../notifiers/index.js';
import { definitionDifferences } from '../drift/definition-difference.js';
import { changesBetween } from '../drift/diff.js';
import { type AlertContext, atMost, completeAlert, quotedChanges } from './compose.js';
import { conditionsOfCollection } from './conditions.js';
import { describeWorstFirst } from './describe.js';
import type { Condition } from './finding.js';
import { siteCommand } from './steps.js';
import { counted, listed, title } from './title.js';

/** Facts of one sort that an announcement lists; the rest is counted. */
const MAX_LISTED = 12;

/** The little of a verified baseline that its announcement needs. */
export interface InstalledBaseline {
  readonly version: number;
  /** Hex SHA-256 of the statement's bytes. */
  readonly digest: string;
  /** Names of people, as the trust root has them: ours. */
  readonly signers: readonly string[];
  readonly collections: ReadonlyMap<string, CollectionSnapshot>;
}

/** Tells that a baseline people signed has taken effect, with its difference from the one before and who signed. */
export function composeInstalled(
  context: AlertContext,
  installed: { readonly baseline: InstalledBaseline; readonly previous: InstalledBaseline | null },
): Alert {
  const { baseline, previous } = installed;
  const described = describeWorstFirst(
    previous === null ? [] : signedChanges(context.site, previous.collections, baseline.collections),
  );
  const scope = scopeChanges(previous?.collections ?? new Map(), baseline.collections);
  const what =
    previous === null
      ? `the first one here, ${records(baseline)}`
      : described.length > 0
        ? title(described)
        : scope.length > 0
          ? 'what is watched changed'
          : 'renewed without a change';
  return completeAlert(context, {
    type: 'baseline-installed',
    standing: 'notice',
    severity: severityOfSigned(described.map(({ condition }) => condition)),
    title: `baseline ${baseline.version} is in force, signed by ${listed(baseline.signers)}: ${what}`,
    consequence:
      'From now on the site is compared with what these people signed. If you know of no such approval, act at once.',
    facts: [
      { label: 'Signed by', text: listed(baseline.signers, 10) },
      { label: 'Digest', text: `sha256:${baseline.digest}` },
      ...(previous === null ? [] : [{ label: 'Follows', text: `baseline ${previous.version}` }]),
      ...atMost(
        MAX_LISTED,
        scope.map((text) => ({ label: 'What is watched', text })),
      ),
    ],
    ...quotedChanges(context, described, false),
    nextSteps: [
      { text: 'See what is still open:', command: siteCommand('check', context.site) },
      { text: 'Check the signatures offline:', command: siteCommand('verify', context.site) },
    ],
  });
}

/** Names of people whose keys begin to count, cease to count, or are other keys or roles than before. */
export interface PeopleChanged {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly altered: readonly string[];
}

/** What one trust root says of people that another did not. */
export function peopleChanged(before: readonly Person[], after: readonly Person[]): PeopleChanged {
  const known = new Map(before.map((person) => [person.name, person]));
  const named = new Set(after.map(({ name }) => name));
  const says = ({ keys, roles }: Person) => JSON.stringify([[...keys].sort(), [...roles].sort()]);
  return {
    added: after.filter(({ name }) => !known.has(name)).map(({ name }) => name),
    removed: before.filter(({ name }) => !named.has(name)).map(({ name }) => name),
    altered: after
      .filter((person) => {
        const old = known.get(person.name);
        return old !== undefined && says(old) !== says(person);
      })
      .map(({ name }) => name),
  };
}

/** Tells that another trust root has taken effect: whose keys count from now on. */
export function composeTrustChanged(
  context: AlertContext,
  trust: PeopleChanged & {
    readonly version: number;
    readonly digest: string;
    readonly signers: readonly string[];
  },
): Alert {
  const people = [
    { label: 'Added', names: trust.added },
    { label: 'Removed', names: trust.removed },
    { label: 'Other keys or roles', names: trust.altered },
  ].filter(({ names }) => names.length > 0);
  return completeAlert(context, {
    type: 'trust-changed',
    standing: 'notice',
    severity: 'high',
    title: `trust root ${trust.version} is in force, signed by ${listed(trust.signers)}`,
    consequence:
      'From now on other keys, people or rules decide who may approve a baseline. If you know of no such change, act at once.',
    facts: [
      { label: 'Signed by', text: listed(trust.signers, 10) },
      { label: 'Digest', text: `sha256:${trust.digest}` },
      ...people.map(({ label, names }) => ({ label, text: listed(names, 10) })),
    ],
    nextSteps: [{ text: 'Check the signatures offline:', command: siteCommand('verify', context.site) }],
  });
}

/** Tells, over the channels in force until now, that another configuration takes effect. `differences` are in our words. */
export function composeConfigChanged(context: AlertContext, differences: readonly string[]): Alert {
  return completeAlert(context, {
    type: 'config-changed',
    standing: 'notice',
    severity: 'high',
    title: 'the configuration of tillwarden changed and takes effect',
    consequence:
      'What is watched, how it is ranked or who is told may be different from now on. If you did not expect this, somebody else wrote the file.',
    facts: atMost(
      MAX_LISTED,
      differences.map((text) => ({ label: 'Changed', text })),
    ),
    nextSteps: [{ text: 'See what is in force:', command: 'tillwarden status' }],
  });
}

/** Records that the new baseline holds otherwise than the old one. Nobody has to do anything about them. */
function signedChanges(
  site: string,
  before: ReadonlyMap<string, CollectionSnapshot>,
  after: ReadonlyMap<string, CollectionSnapshot>,
): Condition[] {
  return [...after].flatMap(([name, next]) => {
    const old = before.get(name);
    if (old === undefined || old.recordsDigest === next.recordsDigest) return [];
    if (!sameDefinition(old.definition, next.definition)) return [];
    const changes = changesBetween(site, old, next);
    return conditionsOfCollection(site, next.definition, { outcome: 'drifted', changes }, NO_RULES);
  });
}

const NO_RULES = { rules: [], unknownGraceMs: 0 };

/** Collections that come, go, or are read differently: their records have nothing to be compared with. */
function scopeChanges(
  before: ReadonlyMap<string, CollectionSnapshot>,
  after: ReadonlyMap<string, CollectionSnapshot>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const old = before.get(name);
    const next = after.get(name);
    if (next === undefined) return [`${name} is no longer part of the baseline`];
    if (old === undefined) return [`${name} with ${counted(next.records.length, 'record')}`];
    if (sameDefinition(old.definition, next.definition)) return [];
    const aspects = definitionDifferences(old.definition, next.definition).join(', ');
    return [`${name} is read differently (${aspects})`];
  });
}

function records({ collections }: InstalledBaseline): string {
  const count = [...collections.values()].reduce((sum, { records }) => sum + records.length, 0);
  return `${counted(count, 'record')} in ${counted(collections.size, 'collection')}`;
}

/** People signed it, so nothing is on fire; but a signed change of where the money goes must not look like a renewal. */
function severityOfSigned(conditions: readonly Condition[]): Severity {
  const isSevere = conditions.some(
    ({ severity }) => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf('high'),
  );
  return isSevere ? 'high' : conditions.length > 0 ? 'medium' : 'info';
}
