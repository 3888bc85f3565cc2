import { describe, expect, test } from '@jest/globals';
import { recordLine } from '../../../baselines/index.js';
import type { ChangeType } from '../../../daemon/drift/change.js';
import type { ChangedLines } from '../../../daemon/drift/fields.js';
import {
  isAnnounced,
  isOurs,
  isSortMuted,
  placeChange,
  sensorChange,
} from '../../../daemon/policy/sensor-reach.js';
import { type SeverityRule, severityOf } from '../../../daemon/policy/severity.js';

const isSlight = (type: ChangeType, lines: ChangedLines) => sensorChange('sensor', type, lines)?.slight;
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

  test('where it is what we print, as it comes or is renewed by the same owner, and never as it goes', () => {
    const of = (owner: string) =>
      recordLine({
        key: ['trigger', 'public.terminal.tillwarden_insert'],
        fields: new Map([
          ['definition', '{"reach":"ours"}'],
          ['owner', owner],
        ]),
      }).line;
    expect(isOurs('added', { before: null, after: [of('cas')] })).toBe(true);
    expect(isOurs('modified', { before: of('cas'), after: [of('cas')] })).toBe(true);
    expect(isOurs('modified', { before: of('cas'), after: [of('thief')] })).toBe(false);
    expect(isSlight('modified', { before: of('cas'), after: [of('thief')] })).toBe(false);
    expect(isSlight('modified', { before: watched, after: [of('cas')] })).toBe(false);
    expect(isSlight('removed', { before: of('cas'), after: [] })).toBe(false);
  });

  test('to low, and a rule of the configuration still decides', () => {
    const sensor = sensorChange('sensor', 'added', { before: null, after: [elsewhere] });
    const about = { kind: 'sensor', collection: 'sensor_cas', fields: [null], sensor } as const;
    expect(severityOf([], about).severity).toBe('low');
    expect(severityOf([{ kind: 'sensor', severity: 'high' }], about).severity).toBe('high');
  });
});

describe('a rule by the sort of object and its schema', () => {
  const of = (object: string, identity: string, definition: string) =>
    recordLine({ key: [object, identity], fields: new Map([['definition', definition]]) }).line;
  const severity = (rule: Omit<SeverityRule, 'severity'>, before: string | null, ...after: string[]) => {
    const sensor = sensorChange('sensor', before === null ? 'added' : 'modified', { before, after });
    const about = { kind: 'sensor', collection: 'sensor_cas', fields: [null], sensor } as const;
    return severityOf([{ ...rule, severity: 'info' }], about).severity;
  };
  const away = '{"reach":"elsewhere"}';

  test('ranks what hangs on nothing watched, and by default that is critical', () => {
    const report = of('function', '"daily.reports".sum(a numeric)', away);
    expect(severity({ object: 'function', schema: 'daily.reports' }, null, report)).toBe('info');
    expect(severity({ schema: 'daily.reports' }, report, report)).toBe('info');
    expect(severity({ object: 'trigger' }, null, report)).toBe('critical');
    expect(severity({ object: 'function', schema: 'daily' }, null, report)).toBe('critical');
    expect(severity({ object: 'schema', schema: 'x' }, null, of('schema', 'x', away))).toBe('info');
    const part = of('inheritance', 'public.p1 of public.p', away);
    expect(severity({ object: 'inheritance', schema: 'public' }, null, part)).toBe('info');
  });

  test('never ranks what says that it may touch something watched, on either side, nor another collection', () => {
    const touching = of('function', 'public.divert()', '{"reach":null}');
    const apart = of('function', 'public.divert()', away);
    for (const [before, after] of [
      [null, touching],
      [apart, touching],
      [touching, apart],
    ] as const)
      expect(severity({ object: 'function', schema: 'public' }, before, after)).toBe('critical');
    expect(severity({ object: 'function' }, null, of('watched-table', 'public.t', away))).toBe('critical');
    const rule = { object: 'function', severity: 'info' } as const;
    expect(severityOf([rule], { kind: 'admin', collection: 'people', fields: [null] }).severity).toBe(
      'critical',
    );
  });
});

describe('another cluster, database or version', () => {
  const of = (key: string[], definition: object, owner = 'cas') =>
    recordLine({
      key,
      fields: new Map([
        ['definition', JSON.stringify(definition)],
        ['owner', owner],
      ]),
    }).line;
  const database = (systemIdentifier: string, more = {}) =>
    of(['database', 'this'], { place: { majorVersion: 15, oid: '5', systemIdentifier }, ...more });
  const table = (oid: string, more = {}, owner?: string) =>
    of(['watched-table', 'public.t'], { kind: 'r', place: { oid }, ...more }, owner);

  test('shows in the record of the database itself, whatever else changed of it', () => {
    expect(placeChange('modified', { before: database('1'), after: [database('2')] })).toBe('another');
    const renamed = database('2', { name: 's2' });
    expect(placeChange('modified', { before: database('1'), after: [renamed] })).toBe('another');
    expect(placeChange('modified', { before: database('1'), after: [database('1', { name: 's2' })] })).toBe(
      null,
    );
  });

  test('is followed by what differs in nothing else, under the same owner', () => {
    expect(placeChange('modified', { before: table('1'), after: [table('2')] })).toBe('follows');
    for (const other of [table('2', { kind: 'v' }), table('2', {}, 'thief'), table('2', { more: 1 })])
      expect(placeChange('modified', { before: table('1'), after: [other] })).toBe(null);
    expect(placeChange('ambiguous', { before: table('1'), after: [table('2'), table('3')] })).toBe(null);
    expect(placeChange('added', { before: null, after: [table('2')] })).toBe(null);
    expect(placeChange('modified', { before: line('{'), after: [line('[]')] })).toBe(null);
  });
});

describe('what a change of a sensor says', () => {
  test('nothing of collections of other kinds', () => {
    expect(sensorChange('admin', 'added', { before: null, after: [elsewhere] })).toBeUndefined();
  });

  test('nothing for certain where records share a key or no side is left', () => {
    const unsure = { slight: false, ranked: null };
    const away = recordLine({
      key: ['function', 'public.f()'],
      fields: new Map([['definition', '{"reach":"elsewhere"}']]),
    }).line;
    expect(sensorChange('sensor', 'ambiguous', { before: away, after: [away, away] })).toEqual(unsure);
    expect(sensorChange('sensor', 'removed', { before: null, after: [] })).toEqual(unsure);
    expect(sensorChange('sensor', 'modified', { before: away, after: [away] })).toEqual({
      slight: false,
      ranked: { object: 'function', schema: 'public' },
    });
  });

  test('that it is ours only where it says so itself', () => {
    expect(isOurs('added', { before: null, after: [elsewhere] })).toBe(false);
    expect(isOurs('removed', { before: alone, after: [] })).toBe(true);
  });

  test.each([
    ['"a ""b"".c".f()', 'a "b".c'],
    ['plain.f(a.b)', 'plain'],
    ['plain', 'plain'],
    ['"quoted"', 'quoted'],
    ['f(a.b)', null],
    [':x.y', null],
    ['a b.c', null],
    ['"open.f()', null],
  ])('the schema of %s is %j', (identity, schema) => {
    const away = recordLine({
      key: ['function', identity],
      fields: new Map([['definition', '{"reach":"elsewhere"}']]),
    }).line;
    expect(sensorChange('sensor', 'added', { before: null, after: [away] })?.ranked).toEqual({
      object: 'function',
      schema,
    });
  });
});

describe('what people announced by its sort and schema', () => {
  type Written = Readonly<Record<string, unknown>>;
  const GRANTS = ['=X/cas', 'cas=X/cas'];
  const of = (object: string, identity: string, definition: Written = {}, owner = 'cas') =>
    recordLine({
      key: [object, identity],
      fields: new Map([
        ['definition', JSON.stringify({ reach: 'elsewhere', grants: GRANTS, ...definition })],
        ['owner', owner],
      ]),
    }).line;
  const code = (definition: Written = {}, owner?: string) =>
    of('function', 'reports.sum()', { source: 'select 1', ...definition }, owner);
  const isMeant = (before: string | null, after: string | null, object = 'function') => {
    const type = before === null ? 'added' : after === null ? 'removed' : 'modified';
    const lines = { type, before, after: after === null ? [] : [after] } as const;
    return isAnnounced({ object, schema: 'reports' }, 'sensor', lines);
  };

  test('is code that comes, goes or is another', () => {
    expect(isMeant(null, code())).toBe(true);
    expect(isMeant(code(), null)).toBe(true);
    expect(isMeant(code(), code({ source: 'select 2' }))).toBe(true);
    expect(isMeant(null, of('default', 'reports.log.at'), 'default')).toBe(true);
  });

  test.each(['role', 'membership', 'policy', 'row-security', 'schema'])(
    'is never what says who may do what: %s',
    (object) => {
      expect(isMeant(null, of(object, 'reports.log'), object)).toBe(false);
    },
  );

  test.each<[string, string | null, string]>([
    ['of another schema', null, of('function', 'report.sum()')],
    ['of another sort', null, of('trigger', 'reports.log.stamp')],
    ['that hangs on something watched', code(), code({ reach: undefined })],
    ['that hung on something watched', code({ reach: undefined }), code()],
    ['that is ours', code({ reach: 'ours' }), code({ reach: 'ours', source: 'select 2' })],
    ["that runs with its owner's rights", code(), code({ securityDefiner: true })],
    ["that ran with its owner's rights", code({ securityDefiner: true }), code()],
    ['that is given to somebody else', code(), code({}, 'thief')],
    ['that somebody else may call', code(), code({ grants: [...GRANTS, 'thief=X*/cas'] })],
    ['too long to be shown', null, code({ source: 'x'.repeat(2000) })],
    ['that is withheld', null, code({ source: 'withheld: it may hold a password or key' })],
    ['that speaks of money in its code', null, code({ source: 'begin new.address := 1' })],
    ['that spoke of money', code({ source: 'update Wallets' }), code()],
    ['that has it in its name', null, of('function', 'reports.payout()')],
  ])('is nothing %s', (_what, before, after) => {
    expect(isMeant(before, after)).toBe(false);
  });

  test('is nothing of another kind, and nothing in doubt', () => {
    const lines = { before: null, after: [code()] };
    const announced = { object: 'function', schema: 'reports' };
    expect(isAnnounced(announced, 'config', { type: 'added', ...lines })).toBe(false);
    const doubt = { type: 'ambiguous', before: code(), after: [code(), code()] } as const;
    expect(isAnnounced(announced, 'sensor', doubt)).toBe(false);
  });
});

test('our own trigger that is dropped or renewed is ranked by no rule of its sort, and muted by none', () => {
  const own = recordLine({
    key: ['trigger', 'public.terminal.tillwarden_insert'],
    fields: new Map([['definition', '{"reach":"ours"}']]),
  }).line;
  const dropped = { type: 'removed', before: own, after: [] } as const;
  const sensor = sensorChange('sensor', 'removed', dropped);
  const about = { kind: 'sensor', collection: 'sensor_cas', fields: [null], sensor } as const;
  const rule = { object: 'trigger', schema: 'public', severity: 'low' } as const;
  expect(severityOf([rule], about).severity).toBe('critical');
  expect(isSortMuted(['trigger', 'public.*'], 'sensor', dropped)).toBe(false);
});

describe('a mute of all objects of one sort in one schema', () => {
  const of = (object: string, identity: string, reach: string | null = 'elsewhere') =>
    recordLine({ key: [object, identity], fields: new Map([['definition', JSON.stringify({ reach })]]) })
      .line;
  const added = (line: string) => ({ type: 'added' as const, before: null, after: [line] });
  const report = added(of('function', 'reports.sum(a numeric)'));

  test('holds for these and no others', () => {
    expect(isSortMuted(['function', 'reports.*'], 'sensor', report)).toBe(true);
    expect(isSortMuted(['view', 'reports.*'], 'sensor', report)).toBe(false);
    expect(isSortMuted(['function', 'report.*'], 'sensor', report)).toBe(false);
    expect(isSortMuted(['function', 'reports.*'], 'config', report)).toBe(false);
    const touching = added(of('function', 'reports.sum(a numeric)', null));
    expect(isSortMuted(['function', 'reports.*'], 'sensor', touching)).toBe(false);
  });

  test('is named by two texts, of which the second ends so', () => {
    expect(isSortMuted(['function', 'reports.sum(a numeric)'], 'sensor', report)).toBe(false);
    expect(isSortMuted(['function', 'reports'], 'sensor', report)).toBe(false);
    expect(isSortMuted(['function'], 'sensor', report)).toBe(false);
    expect(isSortMuted(['function', 'reports.*', 'more'], 'sensor', report)).toBe(false);
  });

  test('may name its schema in quotes, as the server writes it', () => {
    const daily = added(of('function', '"daily ""x"".reports".f()'));
    expect(isSortMuted(['function', '"daily ""x"".reports".*'], 'sensor', daily)).toBe(true);
    expect(isSortMuted(['function', 'daily.*'], 'sensor', daily)).toBe(false);
    expect(isSortMuted(['function', '"reports".*'], 'sensor', report)).toBe(true);
  });
});

describe('a place is compared only where it can be', () => {
  const of = (place: unknown, owner = 'cas') =>
    recordLine({
      key: ['watched-table', 'public.t'],
      fields: new Map([
        ['definition', JSON.stringify(place === undefined ? { kind: 'r' } : { kind: 'r', place })],
        ['owner', owner],
      ]),
    }).line;

  test.each([
    ['says none before', undefined, { oid: '1' }],
    ['says none now', { oid: '1' }, undefined],
    ['is no object', 'here', ['there']],
    ['is nothing', null, { oid: '1' }],
    ['is the same', { oid: '1' }, { oid: '1' }],
  ])('a place that %s tells nothing', (_what, before, after) => {
    expect(placeChange('modified', { before: of(before), after: [of(after)] })).toBeNull();
  });

  test('another cluster shows only where both sides name it and its version', () => {
    const named = { systemIdentifier: '1', majorVersion: 15 };
    expect(placeChange('modified', { before: of({ systemIdentifier: '2' }), after: [of(named)] })).toBe(
      'follows',
    );
    expect(placeChange('modified', { before: of(named), after: [of({ systemIdentifier: '2' })] })).toBe(
      'follows',
    );
    expect(
      placeChange('modified', { before: of(named), after: [of({ ...named, systemIdentifier: '2' })] }),
    ).toBe('another');
  });

  test('a record that came, went, or shares its key tells nothing of a place', () => {
    const [was, is] = [of({ oid: '1' }), of({ oid: '2' })];
    expect(placeChange('modified', { before: was, after: [is] })).toBe('follows');
    expect(placeChange('removed', { before: was, after: [is] })).toBeNull();
    expect(placeChange('modified', { before: null, after: [is] })).toBeNull();
    expect(placeChange('modified', { before: was, after: [] })).toBeNull();
    expect(placeChange('modified', { before: was, after: [is, is] })).toBeNull();
  });
});
