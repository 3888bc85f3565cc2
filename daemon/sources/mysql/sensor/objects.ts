/**
 * One sort of object that the sensor tells of, as SQL expressions over `from`. Every row is one record, described by itself: an older procedure
 * and a newer daemon, or the other way round, still agree on what a value is called.
 */
export interface SensorObject {
  readonly object: string;
  /** One to three expressions that name an object. */
  readonly identity: readonly [string, string?, string?];
  readonly owner?: string;
  /** Members of the definition. */
  readonly definition: Readonly<Record<string, string>>;
  readonly from: string;
  /** Servers that have the catalog it comes from: all, when absent. A catalog is looked for already when a procedure is made. */
  readonly only?: 'mariadb' | 'mysql8';
}

/** Comments that only these servers run (MariaDB passes over the numbers from 50700 to 99999). */
const ONLY = { mariadb: '/*M!100600', mysql8: '/*!80016' } as const;

/** Columns of a sensor's row before the members of its definition. */
export const FIXED_COLUMNS = ['object', 'members', 'identity1', 'identity2', 'identity3', 'owner'] as const;

/** A longer text stands as its length and digest. */
const MAX_TEXT_BYTES = 16_384;

const text = (expression: string | undefined): string =>
  expression === undefined ? 'NULL' : `CONVERT(${expression} USING utf8mb4)`;

/** A text of any length. */
export const bounded = (expression: string): string =>
  `IF(OCTET_LENGTH(${expression}) > ${MAX_TEXT_BYTES}, CONCAT('(', OCTET_LENGTH(${expression}), ' bytes, SHA-256 ', SHA2(${expression}, 256), ')'), ${expression})`;

/** The digest alone of code that nobody here writes: the server's own, and ours. */
export const code = (schema: string, expression: string): string =>
  `IF(${schema} IN ('sys', 'tillwarden'), CONCAT('SHA-256 ', SHA2(${expression}, 256)), ${bounded(expression)})`;

/** The one statement of a procedure, so that no client takes a part of it for the end. The first object must be one that every server has. */
export function procedureStatement(objects: readonly SensorObject[]): string {
  const width = objects.reduce((most, { definition }) => Math.max(most, Object.keys(definition).length), 0);
  return objects
    .map(({ object, identity, owner, definition, from, only }, i) => {
      const names = Object.keys(definition);
      const members = [
        ...Object.values(definition),
        ...Array<undefined>(width - names.length).fill(undefined),
      ];
      const columns = [identity[0], identity[1], identity[2], owner, ...members].map(text);
      const union = i === 0 ? '' : 'UNION ALL ';
      const select = `${union}SELECT ${text(`'${object}'`)}, ${text(`'${names.join(' ')}'`)}, ${columns.join(', ')}\n    FROM ${from}`;
      return only === undefined ? select : `${ONLY[only]} ${select} */`;
    })
    .join('\n  ');
}
