import {
  type Definition,
  type ExpectedChange,
  type ExpectedObjects,
  expectedLine,
  type MissingSigners,
  type ReviewedSuppression,
  type Suppression,
  type VerifiedBaseline,
  type VerifiedSuppression,
} from '../../../baselines/index.js';
import { moment, quote } from '../../../notifiers/index.js';
import { createQuoter, NO_QUOTING_LIMITS } from '../../alerts/quoting.js';
import { noun } from '../../alerts/words.js';
import type { Change } from '../../drift/change.js';
import { fingerprint } from '../../drift/fingerprint.js';
import type { SeverityRule } from '../../policy/severity.js';
import { grouped, stillOf } from '../../wording.js';
import type { Terminal } from '../terminal/terminal.js';
import { describeChange, shownName } from './change-text.js';

export type Listed = (VerifiedSuppression | ReviewedSuppression) & Suppression;

/** All that an excuse says, as the person who is to sign it must see it. */
export function describeSuppression(
  terminal: Pick<Terminal, 'paint'>,
  suppression: Listed,
  site: string,
  rules: readonly SeverityRule[],
  definitions: ReadonlyMap<string, Definition>,
): string[] {
  const reason = `  reason ${quote({ untrusted: suppression.reason }, 400)}`;
  if (suppression.type === 'mute') {
    const { created, until } = suppression.mute;
    return [
      `${terminal.paint('bold', suppression.id)}  wakes nobody: ${muteText(suppression, definitions)}`,
      `  from ${created} until ${until}`,
      reason,
    ];
  }
  const { changes, objects, notBefore, notAfter, adoptBy } = suppression.expectation;
  const what = [
    ...(changes.length > 0 || objects.length === 0 ? [`exactly ${grouped(changes.length, 'change')}`] : []),
    ...(objects.length > 0 ? ['any change of objects by their sort'] : []),
  ];
  return [
    `${terminal.paint('bold', suppression.id)}  expects ${what.join(', and ')}`,
    `  between ${notBefore} and ${notAfter}, in a baseline by ${adoptBy}`,
    reason,
    ...(objects.length > 0 ? announcedLines(objects) : []),
    ...changes.flatMap((change, index) => [
      '',
      `${index + 1}/${changes.length}${change.key === null ? '  (one record, under a key that the database chooses)' : ''}`,
      ...describeChange(terminal, asChange(site, change, definitions), { rules, definitions }),
    ]),
  ];
}

/** What whoever signs it lets through, and what not. */
function announcedLines(objects: readonly ExpectedObjects[]): string[] {
  return [
    '',
    ...objects.map((one) => `  any ${objectText(one)}`),
    '  In that time whoever may write code there wakes nobody; it is told quietly, with its text. Woken for as ever are people for what hangs on a',
    "  watched table, changes an owner or a right, runs with another's rights, is not shown whole, speaks of money, or is known from a robbery.",
  ];
}

function objectText({ collection, object, schema }: ExpectedObjects): string {
  return `${object} of schema ${quote({ untrusted: schema }, 200)} in ${collection}`;
}

/** One line for a list: what, until when, who. */
export function suppressionLine(
  terminal: Pick<Terminal, 'paint'>,
  suppression: Listed,
  definitions: ReadonlyMap<string, Definition>,
  nowMs: number,
): string {
  const what = suppressedWords(suppression, definitions);
  const lacking = 'missing' in suppression ? suppression.missing : [];
  const state =
    nowMs >= suppression.untilMs
      ? 'over since'
      : lacking.length > 0
        ? `${terminal.paint('yellow', 'WAITS for signatures')}, until`
        : 'until';
  const reason = quote({ untrusted: suppression.reason }, 100);
  const time =
    suppression.type === 'mute'
      ? `${state} ${moment(suppression.untilMs, 'UTC')}`
      : expectationTime(suppression.expectation, state, suppression.untilMs);
  return `${suppression.id}  ${what}  ${time}  by ${suppression.signers.join(', ') || 'nobody yet'}  ${reason}`;
}

/** What is expected or muted, in one line. */
export function suppressedWords(suppression: Listed, definitions: ReadonlyMap<string, Definition>): string {
  return suppression.type === 'mute'
    ? `muted: ${muteText(suppression, definitions)}`
    : `expected: ${expectedText(suppression.expectation)}`;
}

/** The window in which it must happen, and the day by which it must be in a baseline, are two things. */
function expectationTime(
  { notBefore, notAfter }: Extract<Suppression, { type: 'expectation' }>['expectation'],
  state: string,
  untilMs: number,
): string {
  const day = (text: string) => moment(Date.parse(text), 'UTC');
  if (state === 'over since') return `${state} ${moment(untilMs, 'UTC')}`;
  const waits = state === 'until' ? '' : `${state.replace(/, until$/, '')}, `;
  return `${waits}to happen between ${day(notBefore)} and ${day(notAfter)}, in a baseline by ${moment(untilMs, 'UTC')}`;
}

/** Who else must sign. */
export function lackingLines(
  lacking: readonly MissingSigners[],
  signers: readonly string[],
  command: string,
): string[] {
  return lacking.map(({ requirement, samePage, lacking: count }) => {
    const others = requirement.people.filter((person) => !signers.includes(person));
    return `  ${stillOf(count, others)} must run: ${command}${samePageWords(samePage)}`;
  });
}

/** The reason why somebody has signed and does not count; nothing when there is nobody. */
export function samePageWords(samePage: readonly string[]): string {
  return samePage.length === 0
    ? ''
    : ` (a page counts for one person, so ${samePage.join(', ')} does not count; withdraw it and sign anew with another key if nobody else is left)`;
}

function expectedText({
  changes,
  objects,
}: {
  readonly changes: readonly ExpectedChange[];
  readonly objects: readonly ExpectedObjects[];
}): string {
  const counts = new Map<string, number>();
  for (const { collection } of changes) counts.set(collection, (counts.get(collection) ?? 0) + 1);
  return [
    ...[...counts].map(([name, count]) => `${grouped(count, 'change')} of ${name}`),
    ...objects.map((one) => `any ${objectText(one)}`),
  ].join(', ');
}

function muteText(
  { mute }: Extract<Suppression, { type: 'mute' }>,
  definitions: ReadonlyMap<string, Definition>,
): string {
  const { scope } = mute;
  if ('kind' in scope) return `all changes of ${noun(scope.kind, 2)}`;
  const { collection, key } = scope;
  if (key === null) return `all changes of ${collection}`;
  const names = definitions.get(collection)?.key ?? [];
  const quoter = createQuoter(NO_QUOTING_LIMITS);
  const record = key.map(
    (part, index) => `${shownName(names[index] ?? 'key')} ${quote(quoter.value(part), 200)}`,
  );
  return `changes of ${collection}, ${record.join(', ')}`;
}

/** A change that is expected, as the change that it will be. */
export function asChange(
  site: string,
  change: ExpectedChange,
  definitions: ReadonlyMap<string, Definition>,
): Change {
  const shown = { ...change, key: change.key ?? [] };
  const before = expectedLine(shown, change.before);
  const after = expectedLine(shown, change.after);
  const key = JSON.stringify(shown.key);
  const { collection } = change;
  return {
    fingerprint: fingerprint(
      'expected',
      site,
      collection,
      key,
      before?.digest ?? null,
      after?.digest ?? null,
    ),
    site,
    collection,
    kind: definitions.get(collection)?.kind ?? 'config',
    type: before === null ? 'added' : after === null ? 'removed' : 'modified',
    key,
    before,
    after: after === null ? [] : [after],
  };
}

/** An excuse for programs: what it says, who signed and what is missing. */
export function suppressionJson(suppression: Listed, nowMs: number): object {
  const { id, type, site, signers, reason, digest, fromMs, untilMs } = suppression;
  const lacking = 'missing' in suppression ? suppression.missing : [];
  const state = nowMs >= untilMs ? 'over' : 'missing' in suppression ? 'pending' : 'in-force';
  return {
    ...{ id, type, site, state, digest, signers, reason },
    ...{ from: new Date(fromMs).toISOString(), until: new Date(untilMs).toISOString() },
    missing: lacking.map(({ requirement, lacking: count }) => ({ count, of: requirement.people })),
    ...(suppression.type === 'mute'
      ? { scope: suppression.mute.scope }
      : {
          notAfter: suppression.expectation.notAfter,
          objects: suppression.expectation.objects,
          changes: suppression.expectation.changes.map(({ collection, key, before, after }) => ({
            ...{ collection, key },
            before: before && Object.fromEntries(before),
            after: after && Object.fromEntries(after),
          })),
        }),
  };
}

/** As signed: an excuse speaks of nothing else. */
export function definitionsOfHead({
  head,
}: {
  readonly head: VerifiedBaseline | null;
}): ReadonlyMap<string, Definition> {
  return new Map([...(head?.collections ?? [])].map(([name, { definition }]) => [name, definition]));
}
