import { lamassu } from '../../../presets/lamassu.js';
import { presetCollections } from '../../../presets/preset.js';
import { DEMO_ROLES } from '../../database.js';
import type { Scenario } from '../scenario.js';
import { LAMASSU_ATTACK, LAMASSU_BOUGHT } from './attack.js';
import { LAMASSU_HOLDS, LAMASSU_SCHEMA, LAMASSU_SEED } from './schema.js';

const GRANTS = `grant select on all tables in schema public to ${DEMO_ROLES.app};
  grant update (last_online, cassette1) on devices to ${DEMO_ROLES.app};`;

/** A stolen session on lamassu-server: settings inside of JSON, in a table that grows. Watched by the preset as it is printed. */
export const LAMASSU: Scenario = {
  title: 'a stolen session on lamassu-server',
  plays: {
    postgres: {
      installation: {
        holds: LAMASSU_HOLDS,
        sql: `${LAMASSU_SCHEMA} ${LAMASSU_SEED} ${GRANTS}`,
        collections: `\n${presetCollections(lamassu).replace(/^(?=.)/gm, '          ')}`,
        product: 'lamassu',
        source: (lamassu.sourceLines ?? []).map((line) => `        ${line}`).join('\n'),
        rules: lamassu.rules,
        heartbeats: {
          terminals: 'select device_id as id from public.devices',
          beat: 'update public.devices set last_online = now(), cassette1 = 100 + (random() * 100)::int where device_id = $1',
        },
        tryOut: [
          `insert into user_config (type, data, valid, schema_version) select type, data, true, 2 from user_config where type = 'config' order by id desc limit 1`,
          `delete from devices where name = 'Main street 2'`,
        ],
      },
      attack: LAMASSU_ATTACK,
      bought: LAMASSU_BOUGHT,
    },
  },
};
