import { createHash } from 'node:crypto';
import type { CollectionSnapshot, Definition, Steps } from '../../baselines/index.js';
import type { Change, ChangeType } from './change.js';
import { changeOf, type DifferingRecords, differingRecords } from './diff.js';
import { mayDivertMoney } from './diverts.js';
import { changedFields } from './fields.js';

/** More changes of one collection than are told one by one. */
export interface MassChange {
  /** All of them, the listed ones too. */
  readonly counts: Readonly<Record<ChangeType, number>>;
  /** Hex SHA-256 over the record digests of all of them, in key order: the identity of the set. */
  readonly digest: string;
  /** What was read: it says of every record whether it differs, listed or not. */
  readonly observed: CollectionSnapshot;
}

export interface WorstChanges {
  /** In key order, at most as many as were asked for. */
  readonly changes: readonly Change[];
  /** Null when `changes` is all there is. */
  readonly mass: MassChange | null;
}

/** Ways to put a bound on the changes of one collection. */
export interface WorstOptions {
  readonly most: number;
  /** Keys listed before: among equals they stay, so that a flood that goes on does not push one list after another through the store. */
  readonly listed: ReadonlySet<string>;
}

const LINES_AT_ONCE = 512;

/**
 * The changes of one collection, at most `most` of them: the worst by what they mean, never by what their author can choose. Of a wallet route the
 * records that pay elsewhere come first, of everything else the records nobody signed; before these what stands beside a signed one under its key. Work and memory for the others are a walk and a digest.
 */
export function* worstChangesInSteps(
  site: string,
  signed: CollectionSnapshot,
  observed: CollectionSnapshot,
  { most, listed }: WorstOptions,
): Steps<WorstChanges> {
  const counts = { added: 0, removed: 0, modified: 0, ambiguous: 0 };
  const ranks = [new Candidates(most), new Candidates(most), new Candidates(most), new Candidates(most)];
  const hash = createHash('sha256');
  let lines = '';
  let total = 0;
  for (const difference of differingRecords(signed, observed)) {
    if (difference === undefined) {
      yield;
      continue;
    }
    counts[difference.type]++;
    ranks[rankOf(signed.definition, difference)]?.add(difference, listed.has(difference.key), total);
    lines += `${difference.befores.map(digestOf).join()}>${difference.afters.map(digestOf).join()}\n`;
    if (++total % LINES_AT_ONCE !== 0) continue;
    hash.update(lines);
    lines = '';
    yield;
  }
  const chosen: Placed[] = [];
  for (const rank of ranks) for (const one of rank.first(most - chosen.length)) chosen.push(one);
  chosen.sort((a, b) => a.place - b.place);
  return {
    changes: chosen.map(({ difference }) => changeOf(site, signed.definition, difference)),
    mass: total <= most ? null : { counts, digest: hash.update(lines).digest('hex'), observed },
  };
}

interface Placed {
  readonly difference: DifferingRecords;
  /** In key order. */
  readonly place: number;
}

/** The first of equal rank, those listed before in front. Holds no more than can be chosen. */
class Candidates {
  readonly #before: Placed[] = [];
  readonly #others: Placed[] = [];

  constructor(private readonly most: number) {}

  add(difference: DifferingRecords, isListed: boolean, place: number): void {
    const list = isListed ? this.#before : this.#others;
    if (list.length < this.most) list.push({ difference, place });
  }

  first(count: number): Placed[] {
    return this.#before.concat(this.#others).slice(0, Math.max(0, count));
  }
}

function rankOf({ kind, destination }: Definition, { type, befores, afters }: DifferingRecords): number {
  switch (type) {
    case 'added':
      return 1;
    case 'ambiguous':
      // Another record stands beside a signed one: which of them counts is for the application to say, and there are no more of these than were signed.
      return isBesideSigned(befores, afters) &&
        (kind !== 'wallet-route' || isDiverted(befores, afters, destination))
        ? 0
        : 1;
    case 'modified':
      return kind === 'wallet-route' && isDiverted(befores, afters, destination) ? 0 : 2;
    case 'removed':
      return 3;
  }
}

function isBesideSigned([before]: DifferingRecords['befores'], afters: DifferingRecords['afters']): boolean {
  return before !== undefined && afters.some(({ digest }) => digest !== before.digest);
}

function isDiverted(
  [before]: DifferingRecords['befores'],
  afters: DifferingRecords['afters'],
  destination: Definition['destination'],
): boolean {
  const lines = { before: before?.line ?? null, after: afters.map(({ line }) => line) };
  return changedFields(lines).some((change) => mayDivertMoney(change, destination));
}

const digestOf = ({ digest }: { readonly digest: string }): string => digest;
