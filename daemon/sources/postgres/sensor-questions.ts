import { counted } from '../../wording.js';
import type { SensorQuestion, SensorRecord } from '../sensor.js';

/** The triggers that `tillwarden sql` prints for each watched table. */
const OUR_TRIGGERS = ['tillwarden_insert', 'tillwarden_delete', 'tillwarden_truncate', 'tillwarden_update'];
/** How a record of the sensor words a trigger that fires whatever `session_replication_role` says. */
const ALWAYS = 'always on';
/** The rule that makes a table a view. */
const VIEW_RULE = '_RETURN';
/** Settings bound to a role or database that change what a name means or whether triggers fire. */
const DANGEROUS_SETTING =
  /^(?:search_path|session_replication_role|row_security|local_preload_libraries|event_triggers) for /;

const sensorOff: SensorQuestion = {
  subject: 'sensor-off',
  found: (count) =>
    `${counted(count, 'trigger')} of tillwarden that ${count === 1 ? 'is' : 'are'} switched off or weakened`,
  advice:
    'Changes of that table are found by the timed read only. Run what "tillwarden sql" prints again, and find out who did it.',
  shows: ['definition'],
  ask: ({ records }) => {
    const ours = records.filter((record) => isObject(record, 'trigger') && isOurs(record));
    if (ours.length === 0)
      return { notLooked: 'no trigger of tillwarden is installed: changes are found by the timed read only' };
    return { looked: ours.length, wrong: ours.filter((record) => enabledOf(record) !== ALWAYS) };
  },
};

const codeOnMoney: SensorQuestion = {
  subject: 'code-on-money',
  found: (count) =>
    `${count} ${count === 1 ? 'trigger or rule' : 'triggers or rules'} that can rewrite money tables`,
  advice:
    'Such code can divert coins without touching a watched row. Read it: \\sf in psql prints a function.',
  shows: ['definition'],
  ask: ({ records, isMoney }) => {
    const code = (['trigger', 'rule'] as const)
      .flatMap((object) => records.filter((record) => isObject(record, object)))
      .filter((record) => !isOurs(record) && placeOf(record).name !== VIEW_RULE);
    return { looked: records.length, wrong: code.filter((record) => isMoney(placeOf(record).table)) };
  },
};

const boundSetting: SensorQuestion = {
  subject: 'bound-setting',
  found: (count) =>
    `${counted(count, 'setting')} bound to a role or database that can turn a name to another table or silence triggers`,
  advice: 'Ask whoever runs the database why it is there.',
  shows: ['definition'],
  ask: ({ records }) => {
    const bound = records.filter((record) => isObject(record, 'bound-setting'));
    return {
      looked: bound.length,
      wrong: bound.filter((record) => DANGEROUS_SETTING.test(identityOf(record))),
    };
  },
};

/** Questions to the records that `sensorStatement` reads. */
export const sensorQuestions: readonly SensorQuestion[] = [codeOnMoney, sensorOff, boundSetting];

function isObject({ key }: SensorRecord, object: string): boolean {
  return key[0] === object;
}

function isOurs(record: SensorRecord): boolean {
  return OUR_TRIGGERS.includes(placeOf(record).name);
}

function identityOf({ key }: SensorRecord): string {
  return key[1] ?? '';
}

/** "public.crypto_setting.tidy" is the trigger tidy of public.crypto_setting; names with dots stand in double quotes. */
function placeOf(record: SensorRecord): { readonly table: string; readonly name: string } {
  const parts = identityOf(record).match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
  return { table: parts.slice(0, -1).join('.'), name: parts.at(-1) ?? '' };
}

function enabledOf(record: SensorRecord): unknown {
  try {
    const definition: unknown = JSON.parse(record.text('definition') ?? '');
    return typeof definition === 'object' && definition !== null
      ? Reflect.get(definition, 'enabled')
      : undefined;
  } catch {
    return undefined;
  }
}
