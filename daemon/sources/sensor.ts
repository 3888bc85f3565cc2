import type { Definition } from '../../baselines/index.js';

/** The collection that comes with every source of one kind: what the watching itself depends on. */
export interface Sensor {
  /** `table` of its definitions, no other kind's: by it a record of a sensor is known wherever it is read, without a configuration. */
  readonly table: string;
  /** `settings`: what is configured of the source and no secret. */
  readonly definition: (source: string, settings: Readonly<Record<string, unknown>>) => Definition;
  /** Asked before a first baseline is signed. */
  readonly questions: readonly SensorQuestion[];
  /** All sorts of objects that its records can be of, which is the first part of their key. Absent where that is something else. */
  readonly objects?: readonly string[];
  /** Its records say what they reach (`Reach`), so rules may rank objects of a sort and a schema. */
  readonly saysReach?: true;
}

/** Subjects of the questions, in no order: the review has one. */
export type SensorSubject =
  /** Code that can rewrite money tables without touching a watched row. */
  | 'code-on-money'
  /** Parts of tillwarden's own in the watched system, switched off or weakened. */
  | 'sensor-off'
  /** Settings that change what a name means or silence what we depend on. */
  | 'bound-setting';

/** A question to the records of a sensor. Pure; only its kind knows which records they are. */
export interface SensorQuestion {
  readonly subject: SensorSubject;
  /** The finding, for so many: "2 triggers of tillwarden that are switched off". */
  readonly found: (count: number) => string;
  /** One sentence for a person: what to know or do about it. */
  readonly advice: string;
  /** Columns shown with each record, beside those that name it. */
  readonly shows: readonly string[];
  readonly ask: <R extends SensorRecord>(sensor: SensorRecords<R>) => SensorAnswer<R>;
}

/** A record of a sensor. Every text is the watched system's. */
export interface SensorRecord {
  /** Parts that are not plain text are null. */
  readonly key: readonly (string | null)[];
  /** The plain text of a column; null for no value and for one that is not carried as itself. */
  text(column: string): string | null;
}

/** All records of the sensors of one kind on one site. */
export interface SensorRecords<R extends SensorRecord> {
  readonly records: readonly R[];
  /** True for a table that money passes through, spelled as in a definition: a configured wallet route, or one named like it. */
  isMoney(table: string): boolean;
}

export type SensorAnswer<R extends SensorRecord> =
  | {
      /** Records the question looked at. */
      readonly looked: number;
      readonly wrong: readonly R[];
    }
  /** Nothing there lets the question look: why, in our words. */
  | { readonly notLooked: string };

/** The name of a source's sensor. */
export function sensorName(source: string): string {
  return `sensor_${source.replaceAll('-', '_')}`;
}

/**
 * What a record of a sensor says in its definition, as `reach`, of an object that hangs on nothing watched. Absent, it may touch what is watched,
 * or decide about it.
 */
export type Reach =
  /** Cannot touch what is watched. */
  | 'nothing watched'
  /** May do nothing by coming or going. Altered, it is as severe as any. */
  | 'nothing by itself'
  /** Exactly what we print for the owner to run. Gone, it is as severe as any. */
  | 'ours'
  /** As severe as any, for its code may reach whatever it likes; but a rule of the configuration may say otherwise. */
  | 'elsewhere';

/** Objects of a sensor by which rules of the configuration may rank; what hangs on something watched is never ranked by them. */
export const RANKED_OBJECTS = [
  'constraint',
  'constraint-trigger',
  'default',
  'domain',
  'enum',
  'function',
  'inheritance',
  'membership',
  'policy',
  'role',
  'row-security',
  'rule',
  'schema',
  'trigger',
] as const;
export type RankedObject = (typeof RANKED_OBJECTS)[number];

/** Those whose changes people may announce by sort and schema: code and the shape of tables, and nothing that says who may do what. */
export const ANNOUNCED_OBJECTS = [
  'constraint',
  'constraint-trigger',
  'default',
  'domain',
  'enum',
  'function',
  'inheritance',
  'rule',
  'trigger',
] as const satisfies readonly RankedObject[];

/** Names of tables, columns and code that money passes through, whoever made them. */
export const SPEAKS_OF_MONEY = /transaction|payment|payout|wallet|crypto|address|exchange|withdraw/i;

/** Characters of code that a record of a sensor shows; what is longer is told apart by its digest. */
export const SHOWN_CODE_CHARACTERS = 2000;
/** In place of code that may hold a password or key. */
export const WITHHELD_CODE = 'withheld: it may hold a password or key';

/**
 * The member of a sensor record's definition that holds what another place writes otherwise of the same object: numbers of its rows, digests
 * of its own stored forms.
 */
export const PLACE = 'place';
/** Members of `place` in the record that says where all of this is: another value, and it is another cluster or major version. */
export const PLACE_IDENTITY = ['systemIdentifier', 'majorVersion'] as const;
