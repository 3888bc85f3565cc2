import type { Definition } from '../../../baselines/index.js';
import type { SiteApproval } from '../../approvals/approval.js';
import type { AddressBook } from '../../destinations/book.js';
import type { Change, ChangeType } from '../../drift/change.js';
import type { CollectionOutcome } from '../../drift/compare.js';
import type { SuppressedBy } from '../../finding.js';
import type { Indicators } from '../../indicators/matcher.js';
import { type Annotations, annotator } from '../../policy/annotations.js';
import { labelFinder } from '../../policy/labels.js';
import type { CommandContext } from '../command.js';
import { typedAgain } from '../typed-again.js';
import type { SiteReading } from './read-site.js';

/** What one site was found to be. */
export interface SiteCheck {
  readonly name: string;
  /** As configured. */
  readonly configured: readonly Definition[];
  readonly approval: SiteApproval;
  readonly reading: SiteReading;
  readonly outcomes: ReadonlyMap<string, CollectionOutcome>;
  readonly book: AddressBook | null;
  readonly indicators: Indicators;
  /** By fingerprint: what people signed in advance that covers a change. */
  readonly suppressed: ReadonlyMap<string, SuppressedBy>;
}

/** What to type next, and why; nothing where all is as signed. */
export function nextSteps(
  context: CommandContext,
  { name: site, approval: { head }, outcomes, reading }: SiteCheck,
): { readonly why: string; readonly command: string }[] {
  const step = (why: string, command: string) => ({ why, command: typedAgain(context, command) });
  const approve = `tillwarden approve ${site}`;
  const found = [...outcomes.values()];
  const readings = [...reading.readings.values()];
  const isUnread = readings.some((one) => !one.readable || one.unread !== undefined);
  const drifted = found.some(({ outcome }) => outcome === 'drifted');
  // People sign it as it is configured now, or it is a slip in the configuration.
  const otherwise = found.some(
    (one) =>
      one.outcome === 'unknown' && (one.cause === 'definition-differs' || one.cause === 'not-configured'),
  );
  const lacks = 'What lacks for reading, and what to type, where the daemon runs';
  return [
    ...(isUnread ? [step(lacks, `tillwarden doctor ${site}`)] : []),
    ...(otherwise
      ? [step('Correct the configuration, or sign what is right', approve)]
      : drifted || (head === null && readings.some((one) => one.readable))
        ? [step('To sign what is right', approve)]
        : head !== null && context.clock() > head.expiresMs
          ? [step('The baseline has expired', `${approve} --renew`)]
          : []),
  ];
}

/** What else is known of the record of a change. */
export function annotators(
  { approval: { head }, reading, book, indicators }: SiteCheck,
  definitions: ReadonlyMap<string, Definition>,
  nowMs: number,
): (change: Change) => Annotations {
  const labels = labelFinder(head?.collections ?? new Map(), reading.readings);
  const known = new Map<string, ReturnType<typeof annotator>>();
  return (change) => {
    const name = change.collection;
    const read = reading.readings.get(name);
    const annotate =
      known.get(name) ??
      annotator({
        ...{
          definition: definitions.get(name),
          signed: head?.collections.get(name) ?? null,
          labels,
          book,
          indicators,
          nowMs,
        },
        observed: read?.readable === true ? read.snapshot : null,
      });
    known.set(name, annotate);
    return annotate(change);
  };
}

/** How many records are new, changed, gone or in doubt. */
export function changeCounts(changes: readonly Change[]): Readonly<Record<ChangeType, number>> {
  const counts = { added: 0, modified: 0, removed: 0, ambiguous: 0 };
  for (const { type } of changes) counts[type] += 1;
  return counts;
}

/** As signed, and for what is not signed as configured: for the names of key columns. */
export function definitionsIn({ configured, approval }: SiteCheck): ReadonlyMap<string, Definition> {
  const signed = [...(approval.head?.collections ?? [])].map(
    ([name, snapshot]) => [name, snapshot.definition] as const,
  );
  return new Map([...configured.map((definition) => [definition.name, definition] as const), ...signed]);
}
