import { compareValues, type Derivation } from '../../../../baselines/index.js';
import { cellText, isUnread, type TableRow } from './cell.js';

/** A row as the source sent it: values as text, by column. Asked and not listed: a history of thousands of rows is looked through for each collection of it. */
export interface RowValues {
  get(column: string): string | null | undefined;
}

/** True when a row has all fixed values. */
export function hasFixedValues({ where = [] }: Derivation, row: RowValues): boolean {
  for (const { column, is } of where) if (row.get(column) !== is) return false;
  return true;
}

/** The same, of rows that are chosen from. */
interface RowChoice extends RowValues {
  /** True for a value of which no text travelled. */
  isUnread(column: string): boolean;
}

/**
 * The values of the column `latest` of the rows that count, of those seen one by one: the highest, and null when a row has none. Where a row without a value stands
 * differs between databases and between statements (`ORDER BY … DESC` has it first in PostgreSQL, last in MySQL, and `NULLS LAST` turns it round), so it counts
 * beside the highest: two rows that count make it in doubt which of them does, as two that share the highest value do.
 */
class Latest {
  readonly #derive: Derivation;
  #highest: string | null = null;
  #hasNull = false;
  #isInDoubt = false;
  #isGoneOnFrom = false;
  #hasSeen = false;

  constructor(derive: Derivation) {
    this.#derive = derive;
  }

  see(row: RowChoice): void {
    const { latest } = this.#derive;
    if (latest === undefined || !hasFixedValues(this.#derive, row)) return;
    const own = row.get(latest) ?? null;
    this.#hasSeen = true;
    const isUnread = row.isUnread(latest);
    this.#isInDoubt ||= isUnread;
    if (own === null) this.#hasNull ||= !isUnread;
    else if (this.#highest === null || compareValues(own, this.#highest) > 0) this.#highest = own;
  }

  /** Has seen what the other one has, which chooses alike. */
  goOnFrom(other: Latest): void {
    this.#highest = other.#highest;
    this.#hasNull = other.#hasNull;
    this.#isInDoubt = other.#isInDoubt;
    this.#isGoneOnFrom = true;
  }

  /** True where it was gone on from and none of the rows seen since has the fixed values: those that count are the very same. */
  get isStanding(): boolean {
    return this.#isGoneOnFrom && !this.#hasSeen;
  }

  get values(): readonly (string | null)[] {
    return [...(this.#highest === null ? [] : [this.#highest]), ...(this.#hasNull ? [null] : [])];
  }

  /** Some row's value is not known: it may be the highest. */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }
}

/** Which rows count, for several collections, each by a column `latest`. Most collections of a table choose alike. */
export class LatestRows {
  readonly #choices: ReadonlyMap<string, Latest>;

  constructor(derivations: readonly Derivation[]) {
    this.#choices = new Map(derivations.map((derive) => [idOf(derive), new Latest(derive)]));
  }

  /** Takes every row of the table, one by one, in any order. */
  see(row: TableRow): void {
    const choice: RowChoice = {
      get: (name) => cellText(row.get(name)),
      isUnread: (name) => isUnread(row.get(name)),
    };
    for (const latest of this.#choices.values()) latest.see(choice);
  }

  of(derive: Derivation): Pick<Latest, 'values' | 'isInDoubt' | 'isStanding'> {
    const latest = this.#choices.get(idOf(derive));
    if (latest === undefined) throw new RangeError('a choice that was not asked for');
    return latest;
  }

  /** Has seen every row that others have. False when they did not choose all of what is chosen here: it has seen nothing then. */
  goOnFrom(others: LatestRows): boolean {
    const known = [...this.#choices].map(([id, latest]) => [latest, others.#choices.get(id)] as const);
    if (known.some(([, other]) => other === undefined)) return false;
    for (const [latest, other] of known) if (other !== undefined) latest.goOnFrom(other);
    return true;
  }
}

function idOf({ latest, where = [] }: Derivation): string {
  return JSON.stringify([latest, where.map(({ column, is }) => [column, is])]);
}
