import {
  type ExpectedChange,
  type ExpectedObjects,
  expectedLine,
  type Kind,
  type VerifiedSuppression,
} from '../../baselines/index.js';
import { type Alert, type AlertFact, moment, type Severity } from '../../notifiers/index.js';
import type { ChangeType } from '../drift/change.js';
import { fingerprint } from '../drift/fingerprint.js';
import type { Condition, Finding } from '../finding.js';
import { severityOf } from '../policy/severity.js';
import { wakesNobody } from '../policy/suppress.js';
import type { KnownSuppression } from '../policy/suppression-news.js';
import { counted, listed } from '../wording.js';
import { type AlertContext, type ChangeInForm, completeAlert, type Form, quotedChanges } from './compose.js';
import { type Described, describeWorstFirst } from './describe.js';
import { createQuoter } from './quoting.js';
import { siteCommand } from './steps.js';
import { title } from './title.js';
import { noun } from './words.js';

/** The notice that people signed something in advance: its diff or scope, who, why and until when, at the severity of what it touches. */
export function composeSuppressionInstalled(context: AlertContext, suppression: VerifiedSuppression): Alert {
  const { severity, words, facts, changes } =
    suppression.type === 'mute' ? aboutMute(context, suppression) : aboutExpectation(context, suppression);
  return completeAlert(context, {
    type: 'excuse-installed',
    role: 'notice',
    severity,
    title: `${words}, signed by ${listed(suppression.signers)}`,
    consequence:
      suppression.type === 'mute'
        ? 'Until then such a change wakes nobody. It is recorded, and told when the mute ends. If you know of no such mute, act at once.'
        : `${hasObjects(suppression) ? 'Whatever of this sort happens in that time is told quietly, and wakes nobody; anything else does.' : 'When exactly this happens it wakes nobody; anything else does.'} If you know of no such plan, act at once.`,
    facts: [
      { label: 'Signed by', text: listed(suppression.signers, 10) },
      { label: 'Reason', quoted: { untrusted: suppression.reason } },
      ...facts,
      { label: 'Id', text: suppression.id },
    ],
    ...changes,
    nextSteps: [
      { text: 'See what is excused now:', command: 'tillwarden status' },
      {
        text: 'If it is wrong, take it back:',
        command: `${siteCommand(suppression.type === 'mute' ? 'mute' : 'expect', context.site)} --withdraw ${suppression.id}`,
      },
    ],
  });
}

/**
 * Notices about a topic whose changes wake nobody; null for a topic that pages. Of what is muted nobody is notified at
 * all while it lasts.
 */
export function composeApart(
  context: () => AlertContext,
  topic: string,
  { notified, undone, open }: Apart,
): readonly Alert[] | null {
  if (topic === 'muted') return [];
  if (topic !== 'expected') return null;
  return [
    ...(notified.length > 0 ? [composeExpected(context(), notified, open)] : []),
    ...(undone.length > 0 ? [composeExpectedUndone(context(), undone)] : []),
  ];
}

interface Apart {
  readonly notified: readonly Condition[];
  readonly undone: readonly Finding[];
  /** Findings of the incident still open. */
  readonly open: number;
}

/** The notice, not a page, that what people expected has happened: one alert for all of it. */
export function composeExpected(context: AlertContext, happened: readonly Condition[], open: number): Alert {
  const described = describeWorstFirst(happened);
  const suppressions = happened.flatMap(({ subject }) => (wakesNobody(subject) ? [subject.suppression] : []));
  const signers = [...new Set(suppressions.flatMap((suppression) => suppression.signers))].sort();
  const reasons = [...new Set(suppressions.map(({ reason }) => reason))];
  const adoptByMs = Math.min(...suppressions.map(({ untilMs }) => untilMs));
  const others = open - happened.length;
  return completeAlert(context, {
    type: 'expected-change',
    role: 'notice',
    severity: 'info',
    title: `as expected: ${title(described)}`,
    consequence:
      'It is what people signed in advance. Until it is in a baseline it stays a difference, and is told as one when its time is over.',
    facts: [
      { label: 'Expected by', text: listed(signers, 10) },
      ...reasons.slice(0, 3).map((reason) => ({ label: 'Reason', quoted: { untrusted: reason } })),
      { label: 'Must be in a baseline by', text: moment(adoptByMs, context.timeZone) },
      ...(others > 0 ? [{ label: 'Expected before and still open', text: String(others) }] : []),
    ],
    ...quotedChanges(context, inForm(described, 'now')),
    nextSteps: [{ text: 'Sign it:', command: siteCommand('approve', context.site) }],
  });
}

/** The notice that changes people had expected, and that had happened, are undone. */
export function composeExpectedUndone(context: AlertContext, undone: readonly Finding[]): Alert {
  const described = describeWorstFirst(undone);
  return completeAlert(context, {
    type: 'expected-change',
    role: 'notice',
    severity: 'low',
    title: `expected, but undone again: ${title(described)}`,
    consequence: 'What people signed in advance had happened, and is back to the baseline.',
    ...quotedChanges(context, inForm(described, 'back')),
    nextSteps: [{ text: 'Look for yourself:', command: siteCommand('check', context.site) }],
  });
}

/** The notice that the window of an expectation is over and not all of it is there. */
export function composeMissed(
  context: AlertContext,
  suppression: VerifiedSuppression,
  missing: readonly ExpectedChange[],
): Alert {
  const described = describeWorstFirst(missing.map((change) => conditionOf(context, change)));
  return completeAlert(context, {
    type: 'excuse-ended',
    role: 'notice',
    severity: 'low',
    title: `expected and not there: ${title(described)}`,
    consequence: 'Its time is over: if it happens from now on it is told like any other change.',
    facts: [
      { label: 'Expected by', text: listed(suppression.signers, 10) },
      { label: 'Reason', quoted: { untrusted: suppression.reason } },
      { label: 'Id', text: suppression.id },
    ],
    ...quotedChanges(context, inForm(described, 'now')),
    nextSteps: [{ text: 'Look for yourself:', command: siteCommand('check', context.site) }],
  });
}

/** The notice that the time for objects of a sort is over, with how many changes of them woke nobody; none for what says exactly what will happen. */
export function composeAnnouncedOver(
  context: () => AlertContext,
  suppression: VerifiedSuppression,
  covered: number,
): readonly Alert[] {
  if (suppression.type !== 'expectation' || !hasObjects(suppression)) return [];
  const { expectation, signers, reason, id } = suppression;
  const about = context();
  const happened = covered === 0 ? 'nothing of it happened' : `${counted(covered, 'change')} woke nobody`;
  return [
    completeAlert(about, {
      type: 'excuse-ended',
      role: 'notice',
      severity: 'low',
      title: `the time for ${sortsOf(expectation.objects)} is over: ${happened}`,
      consequence:
        'From now on each such change is told like any other. What happened meanwhile stays a difference until it is in a baseline.',
      facts: [
        ...objectFacts(expectation.objects),
        { label: 'Expected by', text: listed(signers, 10) },
        { label: 'Reason', quoted: { untrusted: reason } },
        {
          label: 'Must be in a baseline by',
          text: moment(Date.parse(expectation.adoptBy), about.timeZone),
        },
        { label: 'Id', text: id },
      ],
      nextSteps: [
        { text: 'Read what happened, and sign what is right:', command: siteCommand('approve', about.site) },
      ],
    }),
  ];
}

/** The notice that a suppression ended: taken away before its time, or, when something happened under it, by its time. */
export function composeSuppressionEnded(
  context: AlertContext,
  known: KnownSuppression,
  how: 'withdrawn' | 'over',
): Alert {
  const isWithdrawn = how === 'withdrawn';
  const name = known.type === 'mute' ? 'a mute' : 'an expectation';
  return completeAlert(context, {
    type: 'excuse-ended',
    role: 'notice',
    severity: isWithdrawn ? 'medium' : 'low',
    title: `${name} of ${listed(known.signers)} ${isWithdrawn ? 'was withdrawn' : 'is over'}`,
    consequence: `${isWithdrawn ? 'Its files were removed.' : 'Its time is over.'} What it excused is told now like any other change, if it is still there and not in a baseline.`,
    facts: [
      { label: 'Changes that woke nobody', text: String(known.covered) },
      { label: 'Id', text: known.id },
    ],
    nextSteps: [{ text: 'Look for yourself:', command: siteCommand('check', context.site) }],
  });
}

function inForm(described: readonly Described[], form: Form): ChangeInForm[] {
  return described.map((one) => ({ described: one, form }));
}

function aboutExpectation(
  context: AlertContext,
  { expectation }: Extract<VerifiedSuppression, { type: 'expectation' }>,
) {
  const described = describeWorstFirst(expectation.changes.map((change) => conditionOf(context, change)));
  const at = (written: string) => moment(Date.parse(written), context.timeZone);
  return {
    severity:
      expectation.objects.length > 0 ? ('critical' as const) : (described[0]?.condition.severity ?? 'high'),
    words: `expected until ${briefly(Date.parse(expectation.notAfter))}: ${[
      ...(expectation.objects.length > 0 ? [`changes of ${sortsOf(expectation.objects)}`] : []),
      ...(described.length > 0 ? [title(described)] : []),
    ].join(', ')}`,
    facts: [
      ...objectFacts(expectation.objects),
      { label: 'From', text: at(expectation.notBefore) },
      { label: 'Until', text: at(expectation.notAfter) },
      { label: 'Must be in a baseline by', text: at(expectation.adoptBy) },
    ],
    changes: quotedChanges(context, inForm(described, 'now')),
  };
}

function hasObjects(suppression: VerifiedSuppression): boolean {
  return suppression.type === 'expectation' && suppression.expectation.objects.length > 0;
}

/** For a title, which holds no name of a schema: "functions and triggers of one schema". */
function sortsOf(objects: readonly ExpectedObjects[]): string {
  const sorts = [...new Set(objects.map(({ object }) => `${object}s`))].sort();
  const schemas = new Set(objects.map(({ collection, schema }) => JSON.stringify([collection, schema]))).size;
  return `${listed(sorts, 3)} of ${schemas === 1 ? 'one schema' : `${schemas} schemas`}`;
}

function objectFacts(objects: readonly ExpectedObjects[]): AlertFact[] {
  return objects.map(({ collection, object, schema }) => ({
    label: `Any ${object} of a schema in ${collection}`,
    quoted: { untrusted: schema },
  }));
}

function aboutMute(context: AlertContext, { mute, untilMs }: Extract<VerifiedSuppression, { type: 'mute' }>) {
  const { scope } = mute;
  const until = `until ${briefly(untilMs)}`;
  const end = { label: 'Until', text: moment(untilMs, context.timeZone) };
  const ranked = (kind: Kind, collection: string): Severity =>
    severityOf([], { kind, collection, fields: [null] }).severity;
  if ('kind' in scope) {
    const what = `all changes of ${noun(scope.kind, 2)}`;
    const facts = [{ label: 'Muted', text: what }, end];
    return { severity: ranked(scope.kind, ''), words: `muted ${until}: ${what}`, facts, changes: {} };
  }
  const { collection, key } = scope;
  const definition = context.definitions.get(collection);
  const what = key === null ? `all changes of ${collection}` : `changes of one record of ${collection}`;
  const quoter = createQuoter();
  const record = (key ?? []).map((part, index) => ({
    label: `Record: ${definition?.key[index] ?? 'key'}`,
    quoted: quoter.value(part),
  }));
  return {
    severity: definition === undefined ? ('critical' as const) : ranked(definition.kind, collection),
    words: `muted ${until}: ${what}`,
    facts: [{ label: 'Muted', text: what }, ...record, end],
    changes: {},
  };
}

/** An expected change as it would be shown if it happened unexpectedly. A key that the database chooses is shown as none. */
function conditionOf({ site, definitions }: AlertContext, change: ExpectedChange): Condition {
  const { collection, key, before, after } = change;
  const kind = definitions.get(collection)?.kind ?? 'config';
  const type: ChangeType = before === null ? 'added' : after === null ? 'removed' : 'modified';
  const shown = { ...change, key: key ?? [] };
  const line = expectedLine(shown, after)?.line;
  return {
    fingerprint: fingerprint('expected', site, collection, key, line ?? null),
    ...severityOf([], { kind, collection, fields: [null] }),
    graceMs: 0,
    subject: {
      what: 'change',
      collection,
      kind,
      type,
      key: JSON.stringify(shown.key),
      before: expectedLine(shown, before)?.line ?? null,
      after: line === undefined ? [] : [line],
    },
  };
}

/** For a title, where the whole does not fit: "2026-11-25 08:00 UTC". */
function briefly(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
