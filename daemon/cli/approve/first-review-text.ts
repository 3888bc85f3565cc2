import type { CollectionSnapshot } from '../../../baselines/index.js';
import { quote } from '../../../notifiers/index.js';
import type { AddressBook } from '../../destinations/book.js';
import { type FirstReview, firstReview, type ReviewFinding } from '../../first-review/review.js';
import type { Suspicion } from '../../first-review/suspicion.js';
import type { Indicators } from '../../indicators/matcher.js';
import { shippedIndicators } from '../../indicators/shipped.js';
import { sourceKinds } from '../../sources/index.js';
import { sensorsOf } from '../../sources/source-kind.js';
import type { CommandContext } from '../command.js';
import type { Terminal } from '../terminal/terminal.js';
import { collectionLine, readingLine } from '../text/difference-text.js';

/** Records shown for each question; the rest is counted, and shown with everything else by `e`. */
const SHOWN = 12;
const VALUE_CHARACTERS = 160;

/**
 * What a person reads of a first baseline, whoever proposed it: what looks wrong first, then what was looked at, then what will be
 * signed. From then on it counts as right, so this is the last time that somebody asks.
 */
export function firstBaselineLines(
  { terminal, sourceKinds: kinds = sourceKinds }: Pick<CommandContext, 'terminal' | 'sourceKinds'>,
  collections: ReadonlyMap<string, CollectionSnapshot>,
  /** The address book among them, whole; null where there is none. */
  book: AddressBook | null = null,
  /** What this machine knows from incidents elsewhere. */
  indicators: Indicators = shippedIndicators,
): string[] {
  return [
    ...firstReviewLines(terminal, firstReview(collections.values(), sensorsOf(kinds), book, indicators)),
    '',
    ...[...collections.values()].flatMap((snapshot) => [
      `  ${collectionLine(snapshot)}`,
      `    ${readingLine(snapshot)}`,
    ]),
  ];
}

/** What looks wrong, and what was looked at. */
export function firstReviewLines(terminal: Pick<Terminal, 'paint'>, review: FirstReview): string[] {
  const { findings, clear, notAsked } = review;
  return [
    `Looked at ${review.counts.join(', ')}.`,
    ...(findings.length === 0
      ? ['Nothing of it looks wrong by the rules below. That is no proof: you know your people and machines.']
      : findings.flatMap((finding) => findingLines(terminal, finding))),
    ...(clear.length === 0
      ? []
      : [
          '',
          'Asked about, and found none of:',
          ...clear.map(
            ({ words, looked }) =>
              `  ${words} (${looked === 0 ? 'none there to look at' : `looked at ${looked}`})`,
          ),
        ]),
    ...notAsked.map(({ words, because }) => `Not asked about ${words}: ${because}`),
  ];
}

function findingLines(terminal: Pick<Terminal, 'paint'>, finding: ReviewFinding): string[] {
  const shown = finding.suspicions.slice(0, SHOWN);
  const rest = finding.suspicions.length - shown.length;
  return [
    '',
    `${terminal.paint('yellow', 'LOOK')}  ${terminal.paint('bold', finding.words)}`,
    `      ${finding.advice}`,
    ...shown.map((one) => `      ${recordLine(one)}`),
    ...(rest > 0 ? [`      and ${rest} more`] : []),
  ];
}

function recordLine({ collection, record }: Suspicion): string {
  return [collection, ...record.map(({ name, value }) => `${name} ${quote(value, VALUE_CHARACTERS)}`)].join(
    ', ',
  );
}
