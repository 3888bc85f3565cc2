import type { Definition, ExpectedChange, SshPublicKey } from '../../../baselines/index.js';
import { keyFingerprint } from '../../../baselines/index.js';
import { unknownBecause } from '../../alerts/words.js';
import type { RejectedChange } from '../../approvals/approval-backend.js';
import type { Change } from '../../drift/change.js';
import type { Annotations } from '../../policy/annotations.js';
import type { SeverityRule } from '../../policy/severity.js';
import { changeView } from '../../views/change-view.js';
import type { ShownDefinition, ShownDifference } from '../../views/console-shapes.js';
import type { ShownChange } from '../../views/shapes.js';
import { type Difference, isAcceptable } from '../approve/differences.js';
import type { ObservedState } from '../approve/observed-state.js';
import { recordsToSign } from '../approve/records-to-sign.js';
import { changeSeverity } from '../text/change-text.js';
import { definitionHeadline, definitionRows } from '../text/difference-text.js';
import { asChange } from '../text/suppression-text.js';

/** Differences of one answer. */
export const DIFFERENCES_PER_PAGE = 100;
/** Of a proposal, which is signed whole: what is not shown is not signed here. */
export const PROPOSED_SHOWN = 200;
/** Records below a definition, before and after somebody asks for all of them. */
const RECORDS_SHOWN = 20;
const RECORDS_UNFOLDED = 2_000;

/** What differences are shown with. */
export interface DifferenceViewContext {
  readonly rules: readonly SeverityRule[];
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly hostile: ReadonlyMap<string, RejectedChange>;
  /** What goes along with a difference, by its fingerprint. */
  readonly followers: ReadonlyMap<string, readonly string[]>;
}

/** A difference as the page shows it and lets decide about it. */
export function differenceView(
  difference: Difference,
  context: DifferenceViewContext,
  unfolded = false,
): ShownDifference {
  const { fingerprint } = difference;
  const isHostile = context.hostile.has(fingerprint);
  const shared = { id: fingerprint, acceptable: isAcceptable(difference) };
  if (difference.what === 'record') {
    const { change, annotations } = difference;
    return {
      ...shared,
      byItself: isHostile,
      leads: context.followers.get(fingerprint) ?? [],
      shown: recordView(change, context, annotations, unfolded),
    };
  }
  const { changes, count } = recordsToSign(difference, unfolded ? RECORDS_UNFOLDED : RECORDS_SHOWN);
  const shown: ShownDefinition = {
    what: 'definition',
    id: fingerprint,
    headline: definitionHeadline(difference),
    rows: definitionRows(difference),
    changes: changes.map((change) => recordView(change, context, {}, unfolded)),
    changesLeftOut: count - changes.length,
  };
  return { ...shared, byItself: true, leads: [], shown };
}

/** A difference, or a record below a definition, with whole values; null for what is none. */
export function unfoldedView(
  differences: readonly Difference[],
  id: string,
  context: DifferenceViewContext,
): ShownDifference | null {
  const one = differences.find(({ fingerprint }) => fingerprint === id);
  if (one !== undefined) return differenceView(one, context, true);
  for (const difference of differences) {
    if (difference.what === 'record') continue;
    const { changes } = recordsToSign(difference, RECORDS_UNFOLDED);
    const change = changes.find(({ fingerprint }) => fingerprint === id);
    if (change === undefined) continue;
    return { id, acceptable: false, byItself: true, leads: [], shown: recordView(change, context, {}, true) };
  }
  return null;
}

/** A change that is expected, as severe as it will be. `unfolded`: whoever signs sees all of it. */
export function expectedView(
  site: string,
  expected: ExpectedChange,
  { rules, definitions }: Pick<DifferenceViewContext, 'rules' | 'definitions'>,
  unfolded: boolean,
): ShownChange {
  const change = asChange(site, expected, definitions);
  const hostile = new Map<string, never>();
  const shown = recordView(change, { rules, definitions, hostile }, {}, unfolded);
  if (expected.key !== null) return shown;
  return { ...shown, headline: `${shown.headline} (one record, under a key that the database chooses)` };
}

/** What differs only because something else does, by the fingerprint of that: never what somebody called hostile. */
export function followersOf(
  differences: readonly Difference[],
  hostile: ReadonlyMap<string, unknown>,
): Map<string, string[]> {
  const followers = new Map<string, string[]>();
  for (const one of differences) {
    if (one.what !== 'record' || one.follows === undefined || hostile.has(one.fingerprint)) continue;
    followers.set(one.follows, [...(followers.get(one.follows) ?? []), one.fingerprint]);
  }
  return followers;
}

/** How many records of each collection differ. */
export function countsOf(differences: readonly Difference[]): { collection: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const one of differences) {
    if (one.what === 'record')
      counts.set(one.change.collection, (counts.get(one.change.collection) ?? 0) + 1);
  }
  return [...counts].map(([collection, count]) => ({ collection, count }));
}

function recordView(
  change: Change,
  { rules, definitions, hostile }: Omit<DifferenceViewContext, 'followers'>,
  annotations: Annotations,
  unfolded: boolean,
): ShownChange {
  const { collection, kind, type, key, before, after, fingerprint } = change;
  const called = hostile.get(fingerprint);
  return changeView(
    {
      ...{ what: 'change', collection, kind, type, key },
      before: before?.line ?? null,
      after: after.map(({ line }) => line),
      ...annotations,
    },
    {
      fingerprint,
      severity: changeSeverity(rules, change, annotations),
      definition: definitions.get(collection),
      called: called && { person: called.person, atMs: called.atMs },
      unfolded,
    },
  );
}

/** The collections that could not be read, in words. */
export function unreadView({ unread }: ObservedState): { readonly name: string; readonly words: string }[] {
  return unread.map(([name, { cause, detail }]) => ({ name, words: `${unknownBecause(cause)} (${detail})` }));
}

/** "ssh-ed25519 SHA256:…". */
export function shownKey(key: SshPublicKey): string {
  return `${key.type} ${keyFingerprint(key)}`;
}
