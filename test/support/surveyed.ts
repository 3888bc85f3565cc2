import type {
  ColumnType,
  Survey,
  SurveyedColumn,
  SurveyedJson,
  SurveyedTable,
  ValueShape,
} from '../../daemon/sources/survey.js';

/** A column as a survey has it: of text, never moved, by default. */
export function surveyedColumn(
  name: string,
  more: {
    readonly type?: ColumnType;
    readonly shapes?: Partial<Record<ValueShape, number>>;
    readonly moved?: number;
    readonly json?: SurveyedJson;
    readonly isReadable?: boolean;
  } = {},
): SurveyedColumn {
  const { type = 'text', shapes = { text: 5 }, moved = 0, json = null, isReadable = true } = more;
  const counts = new Map<ValueShape, number>();
  for (const [shape, n] of Object.entries(shapes)) counts.set(shape as ValueShape, n);
  return { name, type, isNullable: true, isReadable, shapes: counts, distinct: 5, moved, json };
}

/** A table of five rows with a number as its key, looked at twice. */
export function surveyedTable(
  name: string,
  columns: readonly (SurveyedColumn | string)[],
  more: Partial<SurveyedTable> = {},
): SurveyedTable {
  const own = columns.map((column) => (typeof column === 'string' ? surveyedColumn(column) : column));
  const id = surveyedColumn('id', { type: 'number', shapes: { number: 5 } });
  return {
    table: `public.${name}`,
    name,
    columns: [id, ...own],
    keys: [['id']],
    ...{ rows: 5, sampled: 5, came: 0, left: 0, looks: 2, problem: null },
    ...more,
  };
}

/** A survey of three minutes. */
export function surveyOf(...tables: readonly SurveyedTable[]): Survey {
  return { kind: 'postgres', database: 'cas', tables, beyond: 0, watchedMs: 180_000 };
}
