import type { Definition } from '../../baselines/index.js';
import type { CollectionOutcome } from '../drift/compare.js';
import type { SeverityRule } from '../policy/severity.js';
import { createTouchRegister, type Touch, type TouchNews, type TouchRegister } from '../policy/touches.js';
import type { CollectionReading, TouchedRecords } from '../sources/source.js';

/** What is known of a site that bears on touches. */
export interface TouchesOptions {
  readonly definitions: readonly Definition[];
  readonly rules: readonly SeverityRule[];
  /** Collections of which nobody is told. */
  readonly touchOff: ReadonlySet<string>;
  readonly clock: () => number;
}

/** What one look found. Several may be under way at once. */
export class TouchesOfLook {
  readonly seen = new Map<string, TouchedRecords>();
  /** Collections of which the log had entries: what the source had said is explained. */
  readonly logged = new Set<string>();
  /** Tables in which the look found something changed, with the collections in which it did. */
  readonly changed = new Map<string, Set<string>>();
}

/** Gathers over each look which records were written and are as before, and leaves out what the look itself explains. */
export class Touches {
  readonly #options: TouchesOptions;
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #register: TouchRegister;

  constructor(options: TouchesOptions) {
    this.#options = options;
    this.#definitions = new Map(options.definitions.map((definition) => [definition.name, definition]));
    this.#register = createTouchRegister({ rules: options.rules, startedMs: options.clock() });
  }

  /** A collection was read. `written`: keys of records of whose writes the change log tells. */
  take(
    look: TouchesOfLook,
    name: string,
    before: CollectionReading | undefined,
    now: CollectionReading,
    written: ReadonlySet<string> = new Set(),
  ): void {
    if (!now.readable) return;
    const touched = withoutWritten(now.touched, written);
    if (written.size > 0) look.logged.add(name);
    if (touched !== undefined) look.seen.set(name, touched);
    if (before?.readable !== true || before.snapshot === now.snapshot) return;
    const table = this.#tableOf(name);
    look.changed.set(table, (look.changed.get(table) ?? new Set()).add(name));
  }

  /** The look is over. True when there is something to tell now. */
  settle(
    { seen: found, logged, changed: changedTables }: TouchesOfLook,
    hinted: ReadonlySet<string>,
    outcomes: ReadonlyMap<string, CollectionOutcome>,
  ): boolean {
    const { touchOff, clock } = this.#options;
    const touches = [...found].flatMap(([name, seen]): Touch[] => {
      const definition = this.#definitions.get(name);
      if (definition === undefined || touchOff.has(name)) return [];
      const changed = changedTables.get(this.#tableOf(name));
      const besideChange = changed?.has(name) === true;
      // What changed in another collection of the same rows wrote these as well.
      if (changed !== undefined && !besideChange) return [];
      const asSigned = recordsAsSigned(seen, outcomes.get(name));
      if (asSigned.count === 0) return [];
      return [
        {
          collection: name,
          kind: definition.kind,
          hinted: hinted.has(name) && !logged.has(name),
          besideChange,
          ...asSigned,
        },
      ];
    });
    const nowMs = clock();
    this.#register.note(touches, nowMs);
    for (const name of hinted) {
      const isFound = found.has(name) || changedTables.has(this.#tableOf(name)) || logged.has(name);
      if (!isFound && !touchOff.has(name)) this.#register.hear(name, nowMs);
    }
    return this.#register.news(nowMs).length > 0;
  }

  news(): readonly TouchNews[] {
    return this.#register.news(this.#options.clock());
  }

  told(news: readonly TouchNews[]): void {
    if (news.length > 0) this.#register.told(news, this.#options.clock());
  }

  #tableOf(name: string): string {
    const { source = '', table = '' } = this.#definitions.get(name) ?? {};
    return JSON.stringify([source, table]);
  }
}

function withoutWritten(
  touched: TouchedRecords | undefined,
  written: ReadonlySet<string>,
): TouchedRecords | undefined {
  if (touched === undefined || written.size === 0) return touched;
  const records = touched.records.filter(({ key }) => !written.has(key));
  const count = touched.count - (touched.records.length - records.length);
  return count === 0 ? undefined : { count, records };
}

/** Those that are not told as drift anyway. */
function recordsAsSigned(
  { count, records }: TouchedRecords,
  outcome: CollectionOutcome | undefined,
): TouchedRecords {
  if (outcome?.outcome === 'same') return { count, records };
  if (outcome?.outcome !== 'drifted' || outcome.mass !== undefined) return { count: 0, records: [] };
  const drifted = new Set(outcome.changes.map(({ key }) => key));
  const left = records.filter(({ key }) => !drifted.has(key));
  return { count: left.length, records: left };
}
