import { expect, test } from '@jest/globals';
import { mysqlQuestions } from '../../../../daemon/sources/mysql/sensor/questions.js';
import type { SensorRecord } from '../../../../daemon/sources/sensor.js';

function record(object: string, identity: string, definition: object, owner = 'cas@%'): SensorRecord {
  const texts = new Map([
    ['definition', JSON.stringify(definition)],
    ['owner', owner],
  ]);
  return { key: [object, identity], text: (column) => texts.get(column) ?? null };
}

function ask(subject: string, records: readonly SensorRecord[]) {
  const question = mysqlQuestions.find((one) => one.subject === subject);
  const answer = question?.ask({
    records,
    isMoney: (table) => table === 'cas.wallet' || table === 'cas.`odd.wallet`',
  });
  return answer && 'wrong' in answer ? answer.wrong.map(({ key }) => key[1]) : answer?.notLooked;
}

test('triggers on money tables and events are asked about, ours are not', () => {
  expect(
    ask('code-on-money', [
      record('trigger', 'cas.wallet.tidy', {}),
      record('trigger', 'cas.`odd.wallet`.tidy', {}),
      record('trigger', 'cas.person.tidy', {}),
      record('trigger', 'tillwarden.canary.canary_trigger', {}),
      record('event', 'cas.nightly', {}),
      record('event', 'tillwarden.canary_event', {}),
    ]),
  ).toEqual(['cas.wallet.tidy', 'cas.`odd.wallet`.tidy', 'cas.nightly']);
});

test('procedures of ours that run as somebody else are asked about', () => {
  const ours = 'tillwarden_sensor@localhost';
  expect(
    ask('sensor-off', [
      record('procedure-of-ours', 'sensor', { security: 'DEFINER' }, ours),
      record('procedure-of-ours', 'sensor_mysql5', { security: 'INVOKER' }, ours),
      record('procedure-of-ours', 'sensor_mysql8', { security: 'DEFINER' }, 'thief@%'),
    ]),
  ).toEqual(['sensor_mysql5', 'sensor_mysql8']);
  expect(ask('sensor-off', [])).toMatch(/cannot be seen/);
});

test('variables that run code for everybody, hide rows or log passwords are asked about', () => {
  expect(
    ask('bound-setting', [
      record('variable', 'init_connect', { value: 'SET @a = 1' }),
      record('variable', 'general_log', { value: 'OFF' }),
      record('variable', 'sql_select_limit', { value: '1' }),
      record('variable', 'time_zone', { value: 'SYSTEM' }),
    ]),
  ).toEqual(['init_connect', 'sql_select_limit']);
});
