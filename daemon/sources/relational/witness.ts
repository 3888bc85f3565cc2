import { createHash } from 'node:crypto';
import type { CollectionSnapshot, Definition } from '../../../baselines/index.js';
import { duration } from '../../wording.js';
import {
  type CollectionReading,
  type Degradation,
  SourceError,
  type SourceReading,
  type Stillness,
} from '../source.js';
import type { NameForm } from './collections.js';
import type { WitnessSettings } from './config.js';
import type { RowCache } from './row-cache.js';

/** No collection can have this name. */
const NAME = 'the witness';

/** The witness as the reader takes it: a column of a table, under a name of its own. */
export function witnessDefinition(source: string, { table, column }: WitnessSettings): Definition {
  return { name: NAME, kind: 'config', source, table, key: [column], columns: [], secret: [] };
}

export function isWitness({ name }: Pick<Definition, 'name'>): boolean {
  return name === NAME;
}

/** Refuses a witness that no such database could give. Throws `SourceError`. */
export function checkWitness(
  source: string,
  witness: WitnessSettings | undefined,
  form: Pick<NameForm, 'table' | 'example' | 'isTable' | 'identifier' | 'isIdentifier'>,
): void {
  if (witness === undefined) return;
  const needed = !form.isTable(witness.table)
    ? `its table in the form ${form.table}, for instance ${form.example}`
    : !form.isIdentifier(witness.column)
      ? `a column name of ${form.identifier}`
      : null;
  if (needed === null) return;
  throw new SourceError('SOURCE_COLLECTION', `source "${source}", witness; needed: ${needed}`);
}

/**
 * The rows of a witness: nothing is kept of them but a digest whatever their order, so that another snapshot means that something moved.
 * Whoever may write there can make it move, so a short digest is enough: it tells a living database from one that nobody writes to.
 */
export class WitnessRows implements Pick<RowCache, 'begin'> {
  readonly #definition: Definition;
  #snapshot: CollectionSnapshot | null = null;

  constructor(definition: Definition) {
    this.#definition = definition;
  }

  begin(): ReturnType<RowCache['begin']> {
    let rows = 0;
    let [low, high] = [0, 0];
    const finish = async () => {
      const recordsDigest = createHash('sha256').update(`${rows} ${low} ${high}`).digest('hex');
      if (this.#snapshot?.recordsDigest !== recordsDigest) {
        this.#snapshot = { definition: this.#definition, records: [], recordsDigest };
      }
      return this.#snapshot;
    };
    return {
      row: (buffer, start, end) => {
        rows++;
        let [a, b] = [0x811c9dc5, 0x9747b28c];
        for (let i = start; i < end; i++) {
          const byte = buffer[i] ?? 0;
          a = Math.imul(a ^ byte, 0x01000193);
          b = Math.imul(b ^ byte, 0x85ebca6b) + a;
        }
        low = (low + a) >>> 0;
        high = (high + Math.imul(b ^ (b >>> 15), 0xc2b2ae35)) >>> 0;
      },
      pause: () => undefined,
      finish,
      finishTouched: async () => ({ snapshot: await finish() }),
      abandon: () => undefined,
    };
  }
}

/** What the witness says, followed from read to read. */
export interface WitnessWatch {
  /** With the witness, where everything is read. */
  ask(names: readonly string[], everything: string): readonly string[];
  /** Takes what was read of it out of the readings. */
  hear(readings: Map<string, CollectionReading>): void;
  /** Undefined while it was never seen to move and has not stood still for its time: nobody knows yet. */
  stillness(): SourceReading['stillness'];
  degradations(): Degradation[];
}

/**
 * Time counts between two reads that reached the source, so that an outage of the server, which is told by itself, makes no witness still, and
 * a connection that is cut again and again does not begin its time anew. `now`: milliseconds of a clock that never goes back.
 */
export function watchWitness(
  source: string,
  witness: WitnessSettings | undefined,
  { clock = Date.now, now = () => performance.now() }: { clock?: () => number; now?: () => number } = {},
): WitnessWatch {
  let last: CollectionSnapshot | null = null;
  let unread: string | null = null;
  let lookedAt: number | null = null;
  let stillForMs = 0;
  let sinceMs = 0;
  let moved = false;
  const isStill = () => witness !== undefined && stillForMs > witness.maxStillMs;
  const still = (settings: WitnessSettings): Stillness => ({
    table: settings.table,
    maxStillMs: settings.maxStillMs,
    detail:
      unread ??
      `the column ${JSON.stringify(settings.column)} ${moved ? 'was last seen to move at' : 'has not moved since it was first looked at,'} ${new Date(sinceMs).toISOString()}`,
  });
  return {
    ask: (names, everything) =>
      witness !== undefined && names.includes(everything) ? [...names, NAME] : names,
    hear: (readings) => {
      const reading = readings.get(NAME);
      readings.delete(NAME);
      if (reading === undefined) return;
      if (!reading.readable && reading.cause === 'unreachable') {
        lookedAt = null;
        return;
      }
      const at = now();
      if (lookedAt !== null) stillForMs += at - lookedAt;
      else if (sinceMs === 0) sinceMs = clock();
      lookedAt = at;
      unread = reading.readable ? null : `it cannot be read: ${reading.detail}`;
      if (!reading.readable || reading.snapshot === last) return;
      if (last !== null) moved = true;
      last = reading.snapshot;
      stillForMs = 0;
      sinceMs = clock();
    },
    stillness: () => {
      if (witness === undefined) return undefined;
      if (isStill()) return still(witness);
      return moved ? null : undefined;
    },
    degradations: () => {
      if (witness === undefined) return [];
      const told = (code: string, words: string) => [{ code, message: `source "${source}": ${words}` }];
      if (unread !== null) return told('SOURCE_WITNESS_UNREAD', `the witness ${witness.table}: ${unread}`);
      if (!isStill()) return [];
      const words = `nothing has been written to ${witness.table} for more than ${duration(witness.maxStillMs)}`;
      return told('SOURCE_STANDS_STILL', words);
    },
  };
}
