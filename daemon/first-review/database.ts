import { counted } from '../wording.js';
import {
  type Answer,
  type ReviewedRecord,
  type ReviewedSite,
  type ReviewRule,
  suspicion,
  textOf,
} from './suspicion.js';

/** The triggers that `tillwarden sql` prints for each watched table. */
const OUR_TRIGGERS = ['tillwarden_insert', 'tillwarden_delete', 'tillwarden_truncate', 'tillwarden_update'];
/** `tgenabled`: fires whatever `session_replication_role` says (PostgreSQL, pg_trigger). */
const ALWAYS = 'A';
const MONEY_TABLE = /transaction|payment|payout|wallet|crypto|address|exchange|withdraw/i;
/** Settings bound to a role or database that change what a name means or whether triggers fire. */
const DANGEROUS_SETTING =
  /^(?:search_path|session_replication_role|row_security|local_preload_libraries|event_triggers) for /;

export const sensorsOff: ReviewRule = {
  name: 'sensor-off',
  found: (count) =>
    `${counted(count, 'trigger')} of tillwarden that ${count === 1 ? 'is' : 'are'} switched off or weakened`,
  advice:
    'Changes of that table are found by the timed read only. Run what "tillwarden sql" prints again, and find out who did it.',
  ask: (site) => {
    const ours = sensorRecords(site, 'trigger').filter((record) =>
      OUR_TRIGGERS.includes(triggerOf(record).name),
    );
    if (ours.length === 0)
      return { notLooked: 'no trigger of tillwarden is installed: changes are found by the timed read only' };
    return answer(ours, (record) => definitionOf(record)['enabled'] !== ALWAYS);
  },
};

export const codeOnMoney: ReviewRule = {
  name: 'code-on-money',
  found: (count) =>
    `${counted(count, 'trigger or rule', { many: 'triggers or rules' })} that can rewrite money tables`,
  advice:
    'Such code can divert coins without touching a watched row. Read it: \\sf in psql prints a function.',
  ask: (site) => {
    const routes = new Set(site.of('wallet-route').map(({ table }) => table));
    const code = [...sensorRecords(site, 'trigger'), ...sensorRecords(site, 'rule')].filter(
      (record) => !OUR_TRIGGERS.includes(triggerOf(record).name) && triggerOf(record).name !== '_RETURN',
    );
    const sensors = site.of('sensor');
    if (sensors.length === 0) return { notLooked: 'no source has a sensor' };
    return {
      ...answer(code, (record) => {
        const { table } = triggerOf(record);
        return routes.has(table) || MONEY_TABLE.test(table);
      }),
      looked: sensors.reduce((sum, { records }) => sum + records.length, 0),
    };
  },
};

export const boundSettings: ReviewRule = {
  name: 'bound-setting',
  found: (count) =>
    `${counted(count, 'setting')} bound to a role or database that can turn a name to another table or silence triggers`,
  advice: 'Ask whoever runs the database why it is there.',
  ask: (site) => {
    if (site.of('sensor').length === 0) return { notLooked: 'no source has a sensor' };
    return answer(sensorRecords(site, 'bound-setting'), (record) =>
      DANGEROUS_SETTING.test(identityOf(record)),
    );
  },
};

function answer(
  records: readonly ReviewedRecord[],
  wrong: (record: ReviewedRecord) => boolean,
): Extract<Answer, { looked: number }> {
  return {
    looked: records.length,
    suspicions: records.filter(wrong).map((record) => suspicion(record, ['definition'])),
  };
}

/** Records of the sensor collections: key is object and identity. */
function sensorRecords(site: ReviewedSite, object: string): ReviewedRecord[] {
  return site.of('sensor').flatMap(({ records }) => records.filter(({ key }) => key[0] === object));
}

function identityOf({ key }: ReviewedRecord): string {
  return key[1] ?? '';
}

/** "public.crypto_setting.tidy" is the trigger tidy of public.crypto_setting; names with dots stand in double quotes. */
function triggerOf(record: ReviewedRecord): { readonly table: string; readonly name: string } {
  const parts = identityOf(record).match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
  return { table: parts.slice(0, -1).join('.'), name: parts.at(-1) ?? '' };
}

function definitionOf(record: ReviewedRecord): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(textOf(record.encoded('definition')) ?? '') as object | null) };
  } catch {
    return {};
  }
}
