import type { Stage } from '../daemon/demo/stage.js';

/** How many records the figures about a large site have. */
export const MANY = 100_000;

/** Fills up the demo's terminals to `MANY`, with names and numbers like those it has. */
export async function fillTerminals({ database }: Stage): Promise<void> {
  await database.run(
    `
    insert into terminal (serial_number, name, type, location_id, organisation_id)
    select 'BT' || 1000000 + n, 'Praha Hlavni nadrazi ' || n, 'BATMThree', 1 + n % 40, 1
      from generate_series(1, ${MANY} - (select count(*) from terminal)) n`,
    'owner',
  );
  await database.run('vacuum analyze terminal', 'owner');
}
