import { canonicalJson, type JsonValue } from './canonical.js';
import * as shape from './shape.js';

/** Rows of a table that count and records made of them, as they are signed with the definition they belong to. */
export type Derivation = {
  /** Columns with the one text, as the source writes values, that a row must have to count. Ordered by column. */
  readonly where?: readonly FixedValue[];
  /** A column: of the rows that have the fixed values only the one with the highest value counts. Whole numbers are compared as such. */
  readonly latest?: string;
  /** Rows that make the same record are one record. */
  readonly distinct?: true;
  /** Records out of a column of JSON. Without it a row is a record. */
  readonly json?: JsonRecords;
  /** Members that are left out of columns of JSON, for they move by themselves. Where a row is a record. Ordered by column, then by path. */
  readonly drop?: readonly DroppedMember[];
};

/** A pattern over the path of a member inside of a column of JSON. */
export type DroppedMember = {
  readonly column: string;
  readonly path: string;
};

export type FixedValue = {
  readonly column: string;
  readonly is: string;
};

/** Records out of JSON: one for each set of values that the parts named in the paths of its members have. */
export type JsonRecords = {
  readonly column: string;
  /** Ordered by path. */
  readonly members: readonly MemberRule[];
  /** Patterns of members that other collections watch. Ordered. */
  readonly except?: readonly string[];
};

/** A pattern over the path of a member, and the field that its value becomes. */
export type MemberRule = {
  readonly path: string;
  readonly field: string;
  /** A field that holds only the host of the value, which is a URL. */
  readonly host?: string;
};

/** The one spelling of a derivation: what is a set is ordered, and what says nothing is left out. */
export function canonicalDerivation({
  where = [],
  latest,
  distinct,
  json,
  drop = [],
}: Derivation): Derivation {
  return {
    ...(where.length === 0 ? {} : { where: [...where].map(fixedValue).sort(by(({ column }) => column)) }),
    ...(latest === undefined ? {} : { latest }),
    ...(distinct === undefined ? {} : { distinct }),
    ...(json === undefined ? {} : { json: canonicalJsonRecords(json) }),
    ...(drop.length === 0 ? {} : { drop: [...drop].map(droppedMember).sort(by(droppedText)) }),
  };
}

function canonicalJsonRecords({ column, members, except = [] }: JsonRecords): JsonRecords {
  return {
    column,
    members: members
      .map(({ path, field, host }) => ({ path, field, ...(host === undefined ? {} : { host }) }))
      .sort(by(({ path }) => path)),
    ...(except.length === 0 ? {} : { except: [...except].sort() }),
  };
}

const fixedValue = ({ column, is }: FixedValue): FixedValue => ({ column, is });
const droppedMember = ({ column, path }: DroppedMember): DroppedMember => ({ column, path });
const droppedText = ({ column, path }: DroppedMember): string => canonicalJson([column, path]);

function by<T>(text: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}

const MOST_MEMBERS = 200;
const MOST_EXCEPT = 1000;
const MOST_FIXED = 8;
const MOST_DROPPED = 50;

/** Reads a derivation out of a document. Throws `BASELINE_FORMAT`. */
export function parseDerivation(value: JsonValue): Derivation {
  const fields = shape.objectWith(value, [], ['where', 'latest', 'distinct', 'json', 'drop'], 'derive');
  if (Object.keys(fields).length === 0) shape.refuse('derive', 'something, or absent');
  const where =
    fields.where === undefined
      ? []
      : shape.list(fields.where, MOST_FIXED, 'where').map((one) => {
          const { column, is } = shape.exactObject(one, ['column', 'is'], 'A fixed value');
          return { column: shape.text(column, 255, 'column'), is: shape.text(is, 255, 'is') };
        });
  if (fields.where !== undefined && where.length === 0) shape.refuse('where', 'a fixed value, or absent');
  shape.ascending(
    where.map(({ column }) => column),
    'where',
  );
  if (fields.distinct !== undefined && fields.distinct !== true) shape.refuse('distinct', 'true, or absent');
  return {
    ...(where.length === 0 ? {} : { where }),
    ...(fields.latest === undefined ? {} : { latest: shape.text(fields.latest, 255, 'latest') }),
    ...(fields.distinct === undefined ? {} : { distinct: true }),
    ...(fields.json === undefined ? {} : { json: parseJsonRecords(fields.json) }),
    ...(fields.drop === undefined ? {} : { drop: parseDropped(fields.drop) }),
  };
}

function parseDropped(value: JsonValue): readonly DroppedMember[] {
  const dropped = shape.list(value, MOST_DROPPED, 'drop').map((one) => {
    const { column, path } = shape.exactObject(one, ['column', 'path'], 'A dropped member');
    return { column: shape.text(column, 255, 'column'), path: shape.text(path, 255, 'path') };
  });
  if (dropped.length === 0) shape.refuse('drop', 'a member, or absent');
  shape.ascending(dropped.map(droppedText), 'drop');
  return dropped;
}

function parseJsonRecords(value: JsonValue): JsonRecords {
  const fields = shape.objectWith(value, ['column', 'members'], ['except'], 'json');
  const members = shape.list(fields.members, MOST_MEMBERS, 'members').map((one) => {
    const rule = shape.objectWith(one, ['path', 'field'], ['host'], 'A member');
    return {
      path: shape.text(rule.path, 255, 'path'),
      field: shape.text(rule.field, 255, 'field'),
      ...(rule.host === undefined ? {} : { host: shape.text(rule.host, 255, 'host') }),
    };
  });
  if (members.length === 0) shape.refuse('members', 'at least one member');
  shape.ascending(
    members.map(({ path }) => path),
    'members',
  );
  if (fields.except === undefined) return { column: shape.text(fields.column, 255, 'column'), members };
  const except = shape
    .list(fields.except, MOST_EXCEPT, 'except')
    .map((path) => shape.text(path, 255, 'except'));
  if (except.length === 0) shape.refuse('except', 'a pattern, or absent');
  return {
    column: shape.text(fields.column, 255, 'column'),
    members,
    except: shape.ascending(except, 'except'),
  };
}
