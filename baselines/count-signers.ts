/**
 * Counting who signed. Whoever serves a page decides what the people who sign on it see, so he could deceive all of them at once:
 * a page counts for one person, in all rules together. Everybody whose signature needs no page of somebody else counts beside.
 */
import { BaselineError } from './errors.js';
import { LIMITS } from './limits.js';
import type { Requirement } from './requirements.js';

/** The people who signed a document, and on whose pages. */
export interface Signers {
  /** Distinct people whose signatures count; ordered by name. */
  readonly people: readonly string[];
  /** The owners of the pages, each once, of everybody who signed nowhere but on pages of others. Nobody else is in it. */
  readonly pages: ReadonlyMap<string, readonly string[]>;
}

/** A requirement that is not met. */
export interface MissingSigners {
  readonly requirement: Requirement;
  /** Those of its people who have signed and count. */
  readonly signed: readonly string[];
  /** Those of its people who have signed on pages alone that count for others already. */
  readonly samePage: readonly string[];
  /** Number of people who must still sign. */
  readonly lacking: number;
}

/**
 * Requirements that are still missing. The one place where signers are counted: distinct people of the rule's roles, whatever keys,
 * files or how many signatures they used, and one person for each page. Of all ways to choose whom the pages count for, the
 * first with which least is missing.
 */
export function missing(needed: readonly Requirement[], signers: Signers): readonly MissingSigners[] {
  let least: readonly MissingSigners[] | null = null;
  for (const counted of waysToCount(signers)) {
    const lacking = missingWith(needed, signers, counted);
    if (least === null || total(lacking) < total(least)) least = lacking;
    if (least.length === 0) break;
  }
  return least ?? [];
}

function missingWith(
  needed: readonly Requirement[],
  { people }: Signers,
  counted: ReadonlySet<string>,
): readonly MissingSigners[] {
  return needed.flatMap((requirement) => {
    const there = requirement.people.filter((person) => people.includes(person));
    const signed = there.filter((person) => counted.has(person));
    const samePage = there.filter((person) => !counted.has(person));
    const lacking = requirement.needed - signed.length;
    return lacking > 0 ? [{ requirement, signed, samePage, lacking }] : [];
  });
}

function total(missed: readonly MissingSigners[]): number {
  return missed.reduce((sum, { lacking }) => sum + lacking, 0);
}

/**
 * Everybody who needs no page, and one more person for each page: every way, as far as `LIMITS.waysToCount` goes. Never empty. That a
 * page counts for somebody whom another one counts for already is no way: it would be for nobody.
 */
function waysToCount({ people, pages }: Signers): readonly ReadonlySet<string>[] {
  let ways = [new Set(people.filter((person) => !pages.has(person)))];
  for (const owner of [...new Set([...pages.values()].flat())].sort()) {
    const through = people.filter((person) => pages.get(person)?.includes(owner));
    const longer: Set<string>[] = [];
    for (const way of ways) {
      const more = through.filter((person) => !way.has(person));
      if (more.length === 0) longer.push(way);
      for (const person of more.slice(0, LIMITS.waysToCount - longer.length)) {
        longer.push(new Set(way).add(person));
      }
      if (longer.length >= LIMITS.waysToCount) break;
    }
    ways = longer;
  }
  return ways;
}

/**
 * Throws `BASELINE_UNSIGNED` when nobody of the trust root has signed, and `BASELINE_TOO_FEW_SIGNERS` when too few have.
 */
export function refuseTooFew(needed: readonly Requirement[], signers: Signers): void {
  refuseUnsigned(signers);
  const lacking = missing(needed, signers);
  if (lacking.length > 0)
    throw new BaselineError('BASELINE_TOO_FEW_SIGNERS', lacking.map(describe).join(' '));
}

export function refuseUnsigned({ people }: Pick<Signers, 'people'>): void {
  if (people.length > 0) return;
  throw new BaselineError(
    'BASELINE_UNSIGNED',
    'Nobody whose key is in the trust root has signed it; it was not even read. Sign it, or remove it if nobody of you made it.',
  );
}

function describe({ requirement, signed, samePage }: MissingSigners): string {
  const { because, needed, roles, authors } = requirement;
  const what = because.length === 0 ? 'It' : because.join(', ');
  const who = signed.length === 0 ? 'none of them has' : `only ${signed.join(', ')}`;
  const own = authors.length === 0 ? '' : ` Whoever changed it does not count: ${authors.join(', ')}.`;
  const page =
    samePage.length === 0
      ? ''
      : ` A page counts for one person, so whoever else signed there does not count: ${samePage.join(', ')}.`;
  return `${what} must be signed by ${needed} with the role ${roles.join(' or ')}; ${who} signed.${own}${page}`;
}
