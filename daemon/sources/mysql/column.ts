import { decodeAscii, decodeBits, decodeBytes, decoderOf, decodeUtf8, type TextDecode } from './text.js';

/** A column of a result as the server describes it (MySQL, "ColumnDefinition41"). */
export interface Field {
  /** The type's number. */
  readonly columnType: number;
  /** The number of its collation. */
  readonly characterSet: number;
  /** Most bytes that a value may have. */
  readonly columnLength: number;
  /** MariaDB: a column declared as JSON, which is stored as text. */
  readonly extendedFormat?: string;
}

/** A column of a table as it is read. */
export interface TableColumn {
  readonly name: string;
  /** Whether a value may be longer than the limit, so that it is measured in the server before it travels. */
  readonly measured: boolean;
  /** Whether a value may be so long that it is not even hashed (`MOST_READ_BYTES`). */
  readonly huge: boolean;
  /** FLOAT: its own text is cut so short that 16777216 and 16777218 look alike, so it travels as a DOUBLE. */
  readonly float: boolean;
  readonly json: boolean;
  /** Says how values are decoded: remembered rows mean something else under another form. */
  readonly form: string;
  readonly decode: TextDecode;
}

/** A longer value is not read any further than to know its length, whatever `maxValueBytes` says. */
export const MOST_READ_BYTES = 16_777_216;

/** Type numbers (MySQL, field_types.h). */
const TYPE = { float: 4, bit: 16, vector: 242, json: 245, geometry: 255 } as const;
/** VARCHAR, the BLOBs and TEXTs, VAR_STRING and STRING: char, varchar, binary, enum, set and their kin. */
const TEXT_TYPES: readonly number[] = [15, 249, 250, 251, 252, 253, 254];

/** Judges how a column is read. `charsets`: names of character sets by the numbers of collations. */
export function columnOf(
  name: string,
  field: Field,
  maxValueBytes: number,
  charsets: ReadonlyMap<number, string>,
): TableColumn {
  const { columnType, columnLength } = field;
  const mayBeLong = columnLength > maxValueBytes;
  const common = { name, measured: false, huge: false, float: false, json: false };
  const huge = columnLength > MOST_READ_BYTES;
  if (columnType === TYPE.bit) return { ...common, form: 'bits', decode: decodeBits };
  if (columnType === TYPE.json) {
    return { ...common, measured: true, huge: true, json: true, form: 'json', decode: decodeUtf8 };
  }
  if (columnType === TYPE.geometry || columnType === TYPE.vector) {
    return { ...common, measured: true, huge: true, form: 'bytes', decode: decodeBytes };
  }
  if (TEXT_TYPES.includes(columnType)) {
    const charset = charsets.get(field.characterSet) ?? `collation${field.characterSet}`;
    const json = field.extendedFormat === 'json';
    return {
      ...common,
      measured: mayBeLong,
      huge: mayBeLong && huge,
      json,
      form: `${charset}${json ? ' json' : ''}`,
      decode: decoderOf(charset),
    };
  }
  return { ...common, float: columnType === TYPE.float, form: 'ascii', decode: decodeAscii };
}
