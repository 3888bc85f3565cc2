import { isMysql8, type ServerVersion } from './server.js';

/** The one schema that is ours on the server. */
export const OUR_SCHEMA = 'tillwarden';

/** Procedures by which we see what our own account may not: one for every server, and one for what only some servers have. */
export const PROCEDURES = ['sensor', 'sensor_mariadb', 'sensor_mysql5', 'sensor_mysql8'] as const;
export type Procedure = (typeof PROCEDURES)[number];

/** The account that the procedures run as: locked, nobody can log in with it. */
export const DEFINER = { user: 'tillwarden_sensor', host: 'localhost' } as const;

/** Objects of ours, one of each sort, that the sensor must see as long as it sees anything of that sort. */
export const CANARY = {
  table: 'canary',
  trigger: 'canary_trigger',
  event: 'canary_event',
  view: 'canary_view',
} as const;

/** `table` of a sensor's definition. */
export const MYSQL_SENSOR_TABLE = 'tillwarden.sensor';

/** The procedures that fit a server. */
export function proceduresFor(version: ServerVersion): readonly Procedure[] {
  if (version.flavour === 'mariadb') return ['sensor', 'sensor_mariadb'];
  return ['sensor', isMysql8(version) ? 'sensor_mysql8' : 'sensor_mysql5'];
}
