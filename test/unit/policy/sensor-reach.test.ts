import { describe, expect, test } from '@jest/globals';
import { recordLine } from '../../../baselines/index.js';
import { isSlight } from '../../../daemon/policy/sensor-reach.js';
import { severityOf } from '../../../daemon/policy/severity.js';

const line = (definition: string | null) =>
  recordLine({ key: ['role', 'ben'], fields: new Map([['definition', definition]]) }).line;
const watched = line('{"superuser":true}');
const elsewhere = line('{"reach":"nothing watched"}');
const alone = line('{"reach":"nothing by itself"}');

describe('a change of the sensor is played down', () => {
  test('when every side reaches nothing watched', () => {
    expect(isSlight('modified', { before: elsewhere, after: [elsewhere] })).toBe(true);
    expect(isSlight('modified', { before: watched, after: [elsewhere] })).toBe(false);
    expect(isSlight('modified', { before: elsewhere, after: [watched] })).toBe(false);
  });

  test('for what may do nothing by itself only as it comes or goes', () => {
    expect(isSlight('added', { before: null, after: [alone] })).toBe(true);
    expect(isSlight('removed', { before: alone, after: [] })).toBe(true);
    expect(isSlight('modified', { before: alone, after: [alone] })).toBe(false);
  });

  test.each([
    null,
    '{',
    '[]',
    'null',
    '"nothing watched"',
    '{"reach":"no"}',
    '~raw-json:{"reach":"nothing watched"}',
  ])('never when its definition is %j', (definition) => {
    expect(isSlight('added', { before: null, after: [line(definition)] })).toBe(false);
  });

  test('never when two records share its key, or there is no side', () => {
    expect(isSlight('ambiguous', { before: elsewhere, after: [elsewhere, elsewhere] })).toBe(false);
    expect(isSlight('removed', { before: null, after: [] })).toBe(false);
  });

  test('to low, and a rule of the configuration still decides', () => {
    const about = { kind: 'sensor', collection: 'sensor_cas', fields: [null], slight: true } as const;
    expect(severityOf([], about).severity).toBe('low');
    expect(severityOf([{ kind: 'sensor', severity: 'high' }], about).severity).toBe('high');
  });
});
