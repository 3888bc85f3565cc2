import { acceptChanges, type CollectionSnapshot, sameDefinition } from '../../../baselines/index.js';
import { grouped } from '../../wording.js';
import type { Collections } from './observed-state.js';

/** A history with the rows that were added since it was signed: no change, and not watched before they are signed. */
export interface GrownHistory {
  readonly name: string;
  readonly rows: number;
  /** As it was signed, with these rows and nothing else. */
  readonly grown: CollectionSnapshot;
}

/** The histories among the signed collections that another state has more rows of. Rows that share a key, or have none, are left out. */
export function grownHistories(signed: Collections, state: Collections): readonly GrownHistory[] {
  return [...signed].flatMap(([name, before]) => {
    const after = state.get(name);
    if (before.definition.history !== true || after === undefined) return [];
    if (!sameDefinition(before.definition, after.definition)) return [];
    const known = new Set(before.records.map(({ key }) => key));
    const { records } = after;
    const added = records.filter(
      ({ key }, i) =>
        !known.has(key) &&
        key !== records[i - 1]?.key &&
        key !== records[i + 1]?.key &&
        !JSON.parse(key).includes(null),
    );
    if (added.length === 0) return [];
    const changes = added.map((after) => ({ key: after.key, before: null, after }));
    return [{ name, rows: added.length, grown: acceptChanges(before, changes) }];
  });
}

/** What becomes of them, for people who are about to sign. */
export function historyLines(histories: readonly GrownHistory[]): readonly string[] {
  return histories.map(
    ({ name, rows }) => `  ${name}: ${grouped(rows, 'row')} added since, watched from this baseline on`,
  );
}
