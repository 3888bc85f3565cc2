import { CANARY, DEFINER, OUR_SCHEMA } from '../names.js';
import type { SensorRow } from './rows.js';

/** Rights of the account that our procedures run as, without which a sort of object vanishes from what they tell, and nothing says so. */
const RIGHTS = ['PROCESS', 'REFERENCES', 'TRIGGER', 'EVENT', 'SHOW VIEW'];

/** Objects of ours that must be told of, by object and identity. */
const CANARIES: readonly (readonly [string, string])[] = [
  ['table', `${OUR_SCHEMA}.${CANARY.table}`],
  ['trigger', `${OUR_SCHEMA}.${CANARY.table}.${CANARY.trigger}`],
  ['event', `${OUR_SCHEMA}.${CANARY.event}`],
  ['view', `${OUR_SCHEMA}.${CANARY.view}`],
  ['routine', `${OUR_SCHEMA}.sensor.PROCEDURE`],
];

const HOW = 'run what "tillwarden sql" prints again, and find out who changed it';

/** What the sensor does not see, in our words; null when it sees everything. */
export function blindness(rows: readonly SensorRow[]): string | null {
  const grantee = `'${DEFINER.user}'@'${DEFINER.host}'`;
  const find = (object: string, identity: string) =>
    rows.find((row) => row[0] === object && row[1] === identity)?.[2];
  const rights = find('rights', `everywhere.${grantee}`) ?? '';
  const lacking = RIGHTS.filter((right) => !new RegExp(`[" ]${right}[",]`).test(rights));
  if (lacking.length > 0) return `the account of our procedures lacks ${lacking.join(', ')}; ${HOW}`;
  const unseen = CANARIES.filter(([object, identity]) => find(object, identity) === undefined);
  if (unseen.length > 0) {
    return `our procedures no longer see any ${unseen.map(([object]) => object).join(', ')}; ${HOW}`;
  }
  const view = find('view', `${OUR_SCHEMA}.${CANARY.view}`) ?? '';
  return /not visible/.test(view) ? `our procedures no longer see the text of views; ${HOW}` : null;
}
