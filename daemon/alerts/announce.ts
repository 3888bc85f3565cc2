import { atOnce, type ChainStep, type CollectionSnapshot, sameDefinition } from '../../baselines/index.js';
import { type Alert, type AlertFact, moment, SEVERITIES, type Severity } from '../../notifiers/index.js';
import { definitionDifferences } from '../drift/definition-difference.js';
import { worstChangesInSteps } from '../drift/worst.js';
import type { Condition, Subject } from '../finding.js';
import { annotator } from '../policy/annotations.js';
import { MOST_CHANGES } from '../policy/comparison.js';
import { conditionsOfCollection } from '../policy/conditions.js';
import { labelFinder } from '../policy/labels.js';
import { counted, grouped, listed } from '../wording.js';
import { type AlertContext, atMost, completeAlert, quotedChanges } from './compose.js';
import { type Described, describeWorstFirst } from './describe.js';
import { siteCommand } from './steps.js';
import { title } from './title.js';
import type { TrustNews } from './trust-news.js';
import { rootDifferenceWords } from './trust-words.js';
import { massCounts } from './words.js';

/** Facts of one sort that an announcement lists; the rest is counted. */
const MAX_LISTED = 12;

/** The little of a verified baseline that its announcement needs. */
export interface InstalledBaseline {
  readonly version: number;
  /** Hex SHA-256 of the statement's bytes. */
  readonly digest: string;
  /** Names of people, as the trust root has them: ours. */
  readonly signers: readonly string[];
  /** The steps of its chain up to itself, with those who signed with a recovery key. */
  readonly ancestry: readonly Pick<ChainStep, 'version' | 'recovery'>[];
  readonly collections: ReadonlyMap<string, CollectionSnapshot>;
  /** UTC milliseconds. */
  readonly expiresMs: number;
}

/** The notice that a baseline people signed has taken effect, with its difference from the one before and who signed. */
export function composeInstalled(
  context: AlertContext,
  installed: { readonly baseline: InstalledBaseline; readonly previous: InstalledBaseline | null },
): Alert {
  const { baseline, previous } = installed;
  const recovery = recoverySince(baseline, previous);
  const described = describeWorstFirst(
    previous === null ? [] : signedChanges(context.site, previous.collections, baseline.collections),
  ).map(asSigned);
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
    role: 'notice',
    severity:
      recovery.length > 0 ? 'critical' : severityOfSigned(described.map(({ condition }) => condition)),
    title: `baseline ${baseline.version} is in force, signed by ${listed(baseline.signers)}: ${what}`,
    consequence: `${recoveryWords(recovery)}From now on the site is compared with what these people signed. If you know of no such approval, act at once.`,
    facts: [
      { label: 'Signed by', text: listed(baseline.signers, 10) },
      { label: 'Digest', text: `sha256:${baseline.digest}` },
      ...(previous === null ? [] : [{ label: 'Follows', text: `baseline ${previous.version}` }]),
      ...validity(context, baseline, previous),
      ...described.flatMap(({ condition: { subject } }) =>
        subject.what === 'mass-change'
          ? [{ label: subject.collection, text: massCounts(subject.counts) }]
          : [],
      ),
      ...atMost(
        MAX_LISTED,
        scope.map((text) => ({ label: 'What is watched', text })),
      ),
    ],
    ...quotedChanges(
      context,
      described.map((one) => ({ described: one, form: 'now' as const })),
    ),
    nextSteps: [
      { text: 'See what is still open:', command: siteCommand('check', context.site) },
      { text: 'Check the signatures offline:', command: siteCommand('verify', context.site) },
    ],
  });
}

/** When it expires, where that is another time than before: what people signed counts for longer, or less long. */
function validity(
  { timeZone }: AlertContext,
  { expiresMs }: InstalledBaseline,
  previous: InstalledBaseline | null,
): readonly AlertFact[] {
  if (previous === null || previous.expiresMs === expiresMs) return [];
  const text = `${moment(expiresMs, timeZone)}; until now ${moment(previous.expiresMs, timeZone)}`;
  return [{ label: 'Valid until', text }];
}

/** Who signed with a recovery key since `previous`, also steps that took effect while nobody looked. */
export function recoverySince(
  { ancestry }: Pick<InstalledBaseline, 'ancestry'>,
  previous: Pick<InstalledBaseline, 'version'> | null,
): readonly string[] {
  const since = ancestry.filter(({ version }) => version > (previous?.version ?? 0));
  return [...new Set(since.flatMap(({ recovery }) => recovery))].sort();
}

/** The sentence that an announcement begins with when a recovery key was used; empty when none was. */
function recoveryWords(recovery: readonly string[]): string {
  if (recovery.length === 0) return '';
  return `Signed with ${listed(recovery)}: recovery keys are for the day when too few others are left. Find out whether this is that day. `;
}

/** The notice that another trust root has taken effect: whose keys count from now on. */
export function composeTrustChanged(context: AlertContext, trust: TrustNews): Alert {
  const { version, digest, signers, recovery, difference, warnings } = trust;
  const differs = difference === null ? [] : rootDifferenceWords(difference);
  const renewed = difference !== null && differs.length === 0;
  return completeAlert(context, {
    type: 'trust-changed',
    role: 'notice',
    severity: recovery.length > 0 ? 'critical' : 'high',
    title: `trust root ${version} is in force, signed by ${listed(signers)}${renewed ? ': renewed without a change' : ''}`,
    consequence: `${recoveryWords(recovery)}${
      renewed
        ? 'The same people, keys and rules count for longer.'
        : 'From now on other keys, people or rules decide who may approve a baseline.'
    } If you know of no such change, act at once.`,
    facts: [
      { label: 'Signed by', text: listed(signers, 10) },
      { label: 'Digest', text: `sha256:${digest}` },
      ...atMost(
        MAX_LISTED,
        differs.map((text) => ({ label: 'Changed', text })),
      ),
      ...atMost(
        MAX_LISTED,
        warnings.map((text) => ({ label: 'Warning', text })),
      ),
    ],
    nextSteps: [
      { text: 'See every trust root and who signed it:', command: 'tillwarden trust verify' },
      { text: 'Check the signatures offline:', command: siteCommand('verify', context.site) },
    ],
  });
}

/** The notice, over the channels active until now, that another configuration takes effect. `differences` are in our words. */
export function composeConfigChanged(context: AlertContext, differences: readonly string[]): Alert {
  return completeAlert(context, {
    type: 'config-changed',
    role: 'notice',
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

/** What is more than is told one by one, in words for what people signed: it is not "not as signed". */
function asSigned(one: Described): Described {
  const { subject } = one.condition;
  if (subject.what !== 'mass-change') return one;
  return { ...one, words: () => massSignedWords(subject) };
}

function massSignedWords({ collection, counts }: Extract<Subject, { what: 'mass-change' }>): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return `${grouped(total, 'change')} of ${collection} in all`;
}

/**
 * Records that the new baseline holds otherwise than the old one: of a collection at most as many as are told of a drift, the worst of them, and all
 * of them counted. Nobody has to do anything about them.
 */
function signedChanges(
  site: string,
  before: ReadonlyMap<string, CollectionSnapshot>,
  after: ReadonlyMap<string, CollectionSnapshot>,
): Condition[] {
  const readings = new Map(
    [...after].map(([name, snapshot]) => [name, { readable: true as const, snapshot }]),
  );
  const labels = labelFinder(before, readings);
  return [...after].flatMap(([name, next]) => {
    const old = before.get(name);
    if (old === undefined || old.recordsDigest === next.recordsDigest) return [];
    if (!sameDefinition(old.definition, next.definition)) return [];
    const { changes, mass } = atOnce(worstChangesInSteps(site, old, next, WORST));
    const outcome = { outcome: 'drifted' as const, changes, ...(mass === null ? {} : { mass }) };
    const { definition } = next;
    const annotate = annotator({ definition, signed: null, observed: null, labels, book: null });
    return conditionsOfCollection(site, definition, outcome, NO_RULES, old, annotate);
  });
}

const WORST = { most: MOST_CHANGES, listed: new Set<string>() };
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
