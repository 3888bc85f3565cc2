/**
 * What one value looks like. Closed: a reader counts the values of each shape, so that no value of a database that nobody has described yet
 * leaves it.
 */
export type ValueShape =
  | 'empty'
  | 'boolean'
  | 'number'
  | 'time'
  | 'uuid'
  | 'mail'
  | 'phone'
  | 'url'
  /** An address of a coin, its checksum right where its form has one we know. */
  | 'address'
  /** An extended public key, or a descriptor that holds one. */
  | 'extended-key'
  | 'password-hash'
  /** A private key, of whatever kind, or the words of one. */
  | 'private-key'
  /** Long and without a pattern, as keys and tokens are. */
  | 'random'
  | 'json-object'
  | 'json-array'
  /** Itself the name of a secret, as in a table of settings: "smtp.password". */
  | 'secret-name'
  | 'text';

/** What a column holds, by its declared type. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'time' | 'json' | 'bytes' | 'uuid' | 'other';

/** How many values have which shape. */
export type ShapeCounts = ReadonlyMap<ValueShape, number>;

/** A member of the JSON in a column. */
export interface SurveyedMember {
  /** Names from the outermost in, in the form of a record's path; hostile text. */
  readonly path: readonly string[];
  readonly shapes: ShapeCounts;
}

/** The members of the JSON in a column. */
export interface SurveyedJson {
  /** In the order they were met; those whose names look like names and not like values. */
  readonly members: readonly SurveyedMember[];
  /** Members beyond those, by number alone: their names may be data. */
  readonly unnamed: number;
  /** Shapes of the values of all members. */
  readonly shapes: ShapeCounts;
}

/** One column of a table that was looked at. */
export interface SurveyedColumn {
  /** Hostile text. */
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
  /** Whether a source of this kind reads columns of its type. */
  readonly isReadable: boolean;
  /** Of the sample's values, those that are not null, by their shapes. */
  readonly shapes: ShapeCounts;
  /** Different values in the sample. */
  readonly distinct: number;
  /** How often a value in a row of the sample was seen to change. */
  readonly moved: number;
  /** Null where the column holds none. */
  readonly json: SurveyedJson | null;
}

/** Why a table was not looked at. */
export type SurveyProblem =
  | 'denied'
  | 'row-security'
  | 'timeout'
  /** Nothing that a source of this kind reads: a view, another storage engine, a name that cannot be configured. */
  | 'not-a-table'
  | 'failed';

/** One table as it was found. */
export interface SurveyedTable {
  /** As a definition's `table` names it; hostile text. */
  readonly table: string;
  /** Its last name alone; hostile text. */
  readonly name: string;
  readonly columns: readonly SurveyedColumn[];
  /** Columns that identify a row: the primary key first, then other unique ones without nulls. */
  readonly keys: readonly (readonly string[])[];
  /** Rows, by the database's own estimate where the sample does not hold all of them; null when unknown. */
  readonly rows: number | null;
  /** Rows in the sample. */
  readonly sampled: number;
  /** Rows that came to or left the sample while watching. */
  readonly came: number;
  readonly left: number;
  /** Looks after the first. */
  readonly looks: number;
  /** Null when it was looked at. */
  readonly problem: SurveyProblem | null;
}

/** What was found in one database. No value of it. */
export interface Survey {
  /** Kind of the source. */
  readonly kind: string;
  /** Name of the database; hostile text. */
  readonly database: string;
  readonly tables: readonly SurveyedTable[];
  /** Tables beyond the limit, which were not looked at. */
  readonly beyond: number;
  /** For how long rows were watched, in milliseconds. */
  readonly watchedMs: number;
}

/** How far a survey is. */
export type SurveyProgress =
  | { readonly stage: 'looking'; readonly done: number; readonly tables: number }
  | { readonly stage: 'watching'; readonly leftMs: number; readonly moved: number };

/** What a person asked for. */
export interface SurveyRequest {
  /** The URL of the database as its owner. Secret. */
  readonly url: string;
  readonly tlsCaFile?: string;
  readonly allowUnverifiedTls: boolean;
  /** Looks although the role may do everything, code of the watched database may then act with its rights. */
  readonly allowSuperuser: boolean;
  /** For how long rows are watched, in milliseconds. */
  readonly watchMs: number;
  /** Ends the watching early; what was found until then is the survey. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SurveyProgress) => void;
}

/** How a kind of source looks at a database that nobody has described yet. */
export interface Surveyor {
  /** Schemes of its URLs, with the colon. */
  readonly protocols: readonly string[];
  /** Reads only. Rejects with `SourceError`: `SOURCE_SURVEY_UNREACHABLE`, `SOURCE_SURVEY_SUPERUSER` and those of the source's URL and TLS. */
  readonly survey: (request: SurveyRequest) => Promise<Survey>;
}
