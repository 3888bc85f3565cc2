/** What a server answers to `PINNED_NOW` while nothing has changed a setting. */
export const PINNED_ROW: readonly (string | null)[] = [
  'pg_catalog, pg_temp',
  'off',
  'UTC',
  'ISO, YMD',
  'postgres',
  '1',
  'hex',
  'C',
  'off',
  'off',
  'off',
  'off',
  '0',
  'UTF8',
];
