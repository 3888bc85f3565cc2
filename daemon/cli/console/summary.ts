import {
  type CollectionSnapshot,
  type MissingSigners,
  missing,
  type Proposal,
  parseRecordLine,
} from '../../../baselines/index.js';
import { quotation } from '../../../notifiers/index.js';
import { untrustedValue } from '../../alerts/quoting.js';
import type { SiteApproval } from '../../approvals/approval.js';
import { namesDestination } from '../../drift/destination.js';
import { explain } from '../../drift/explain.js';
import { partsOf, VALUE_CHARACTERS } from '../../views/change-view.js';
import type { ShownDestination, ShownDifference, ShownDraft } from '../../views/console-shapes.js';
import type { ShownNamed } from '../../views/shapes.js';
import { stillOf } from '../../wording.js';
import type { Difference } from '../approve/differences.js';
import { neededFor } from '../approve/validity.js';

/** Items of one summary; the rest is counted. */
const MAX_ITEMS = 500;

/** What would be signed, in one line each: money first, and all of it counted. */
export function itemsOf(shown: readonly ShownDifference[]): Pick<ShownDraft, 'items' | 'counts'> {
  const items = shown.map(({ id, shown: one }) =>
    one.what === 'definition'
      ? { id, headline: one.headline, place: 'definition', diverts: false, lookalike: false, notes: [] }
      : {
          id,
          headline: one.headline,
          place: [one.collection, ...[...one.key, ...one.about].map(namedText)].join(', '),
          diverts: one.money !== null,
          lookalike: one.lookalikeOf !== null,
          notes: [
            ...(one.called === null ? [] : [`called hostile by ${one.called.person}`]),
            ...one.fields.flatMap(({ notes }) => notes),
          ],
        },
  );
  const rank = ({ diverts, lookalike }: (typeof items)[number]) => (diverts ? 0 : lookalike ? 1 : 2);
  const counts = {
    items: items.length,
    diverts: items.filter(({ diverts }) => diverts).length,
    lookalikes: items.filter(({ lookalike }) => lookalike).length,
  };
  return { items: items.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_ITEMS), counts };
}

function namedText({ name, value }: ShownNamed): string {
  return `${name} ${value.map(({ text }) => text).join('')}`;
}

/** The destinations of money that accepted records bring, and how many signed records hold the same. */
export function destinationsOf(
  accepted: readonly Difference[],
  signed: ReadonlyMap<string, CollectionSnapshot>,
): ShownDestination[] {
  const brought = new Set<string>();
  for (const one of accepted) {
    if (one.what !== 'record') continue;
    const { kind, before, after } = one.change;
    const named = one.destination ?? [];
    for (const change of explain({ before: before?.line ?? null, after: after.map(({ line }) => line) })) {
      const names = change.path === undefined ? [change.field] : [change.field, change.path];
      const isDestination = names.some((name) => namesDestination(kind, name) || named.includes(name));
      if (isDestination && typeof change.after === 'string') brought.add(change.after);
    }
  }
  if (brought.size === 0) return [];
  const known = new Map<string, number>();
  for (const { records } of signed.values()) {
    for (const { line } of records) {
      for (const value of new Set(parseRecordLine(line).fields.values())) {
        if (value !== null && brought.has(value)) known.set(value, (known.get(value) ?? 0) + 1);
      }
    }
  }
  return [...brought].map((value) => ({
    value: partsOf(quotation(untrustedValue(value), VALUE_CHARACTERS)),
    known: known.get(value) ?? 0,
  }));
}

/** Who must sign after a person has, and whose changes do not let them count: our words. */
export function thenNeeded(
  approval: SiteApproval,
  { statement }: Proposal,
  collections: readonly CollectionSnapshot[],
  person: string,
): string[] {
  const needed = neededFor(approval, statement, collections);
  const authored = needed.filter(({ authors }) => authors.length > 0);
  return [
    ...authored.map(
      ({ because, authors }) =>
        `by the records, ${authors.join(', ')} changed ${because.join(', ')} and does not count for it`,
    ),
    ...lackingAfter(missing(needed, { people: [], pages: new Map() }), [], person),
  ];
}

/** Who must sign after one more person has: our words. */
export function lackingAfter(
  lacking: readonly MissingSigners[],
  signers: readonly string[],
  person: string,
): string[] {
  return lacking.flatMap(({ requirement: { people, because }, lacking: count }) => {
    const left = count - (people.includes(person) ? 1 : 0);
    const others = people.filter((one) => one !== person && !signers.includes(one));
    return left > 0 ? [`then ${stillOf(left, others)} must sign: ${because.join(', ')}`] : [];
  });
}
