import { counted } from '../../../wording.js';
import type { SensorQuestion, SensorRecord } from '../../sensor.js';
import { DEFINER, OUR_SCHEMA } from '../names.js';
import { qualifiedName } from '../quote.js';

const codeOnMoney: SensorQuestion = {
  subject: 'code-on-money',
  found: (count) =>
    `${count} ${count === 1 ? 'trigger or event' : 'triggers or events'} that can rewrite money tables`,
  advice:
    'Such code can divert coins without touching a watched row, or for a night only. Read its statement.',
  shows: ['definition', 'owner'],
  ask: ({ records, isMoney }) => {
    const triggers = records.filter((record) => isObject(record, 'trigger') && isMoney(tableOf(record)));
    const events = records.filter((record) => isObject(record, 'event'));
    return { looked: records.length, wrong: [...triggers, ...events].filter((record) => !isOurs(record)) };
  },
};

const sensorOff: SensorQuestion = {
  subject: 'sensor-off',
  found: (count) =>
    `${counted(count, 'procedure')} of tillwarden that ${count === 1 ? 'runs' : 'run'} as somebody else`,
  advice: 'Run what "tillwarden sql" prints again, and find out who changed it.',
  shows: ['definition', 'owner'],
  ask: ({ records }) => {
    const ours = records.filter((record) => isObject(record, 'procedure-of-ours'));
    if (ours.length === 0) return { notLooked: 'the procedures of tillwarden cannot be seen' };
    const definer = `${DEFINER.user}@${DEFINER.host}`;
    return {
      looked: ours.length,
      wrong: ours.filter(
        (record) => record.text('owner') !== definer || memberOf(record, 'security') !== 'DEFINER',
      ),
    };
  },
};

/** Values that a variable has where nobody means harm by it; any other is worth a question. */
const HARMLESS: ReadonlyMap<string, readonly string[]> = new Map([
  ['init_connect', ['']],
  ['init_file', ['']],
  ['init_slave', ['']],
  ['mandatory_roles', ['']],
  ['general_log', ['OFF']],
  ['sql_select_limit', ['18446744073709551615']],
  ['system_versioning_asof', ['DEFAULT', '']],
]);

const boundSetting: SensorQuestion = {
  subject: 'bound-setting',
  found: (count) =>
    `${counted(count, 'global variable')} that ${count === 1 ? 'runs' : 'run'} code for everybody, ${count === 1 ? 'hides' : 'hide'} rows or ${count === 1 ? 'writes' : 'write'} passwords to a log`,
  advice: 'Ask whoever runs the server why it is so.',
  shows: ['definition'],
  ask: ({ records }) => {
    const asked = records.filter(
      (record) => isObject(record, 'variable') && HARMLESS.has(record.key[1] ?? ''),
    );
    return {
      looked: asked.length,
      wrong: asked.filter(
        (record) => HARMLESS.get(record.key[1] ?? '')?.includes(memberOf(record, 'value') ?? '') === false,
      ),
    };
  },
};

/** Questions to the records that `readSensor` reads. */
export const mysqlQuestions: readonly SensorQuestion[] = [codeOnMoney, sensorOff, boundSetting];

function isObject({ key }: SensorRecord, object: string): boolean {
  return key[0] === object;
}

/** The parts of "cas.crypto_setting.tidy"; those with dots stand in backticks. */
function partsOf({ key }: SensorRecord): string[] {
  return [...(key[1] ?? '').matchAll(/`((?:[^`]|``)*)`|[^.`]+/g)].map(
    ([whole, quoted]) => quoted?.replaceAll('``', '`') ?? whole,
  );
}

/** The table of a trigger, spelled as in a definition. */
function tableOf(record: SensorRecord): string {
  return qualifiedName(partsOf(record).slice(0, -1));
}

function isOurs(record: SensorRecord): boolean {
  return partsOf(record)[0] === OUR_SCHEMA;
}

/** A member of the definition; null when there is none. */
function memberOf(record: SensorRecord, name: string): string | null {
  try {
    const definition: unknown = JSON.parse(record.text('definition') ?? '');
    const value: unknown =
      typeof definition === 'object' && definition !== null ? Reflect.get(definition, name) : null;
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
