import { describe, expect, test } from '@jest/globals';
import {
  canonicalDefinition,
  collectionSnapshot,
  type Definition,
  parseDefinition,
  type RecordLine,
} from '../../../baselines/index.js';
import { composeIncident } from '../../../daemon/alerts/compose-incident.js';
import { describeFinding } from '../../../daemon/cli/text/finding-text.js';
import { definitionSchema } from '../../../daemon/http/approvals-wire.js';
import { Comparison } from '../../../daemon/policy/comparison.js';
import { labelFinder } from '../../../daemon/policy/labels.js';
import { alertTitle, quotationText } from '../../../notifiers/index.js';
import { viewOf } from '../../../notifiers/view.js';
import { fakeTerminal } from '../cli/fake-terminal.js';
import { CONTEXT, definitionOf, findingOf, NO_RULES, newsOf, record, SITE } from './build.js';

const MACHINES: Definition = { ...definitionOf('terminal', ['name', 'address']), label: ['name'] };
const PAYING: Definition = {
  ...definitionOf('config', ['device', 'address']),
  label: ['address'],
  labelFrom: { collection: 'terminals', by: 'device' },
};
const LIMITS = { maxChanges: 9, maxFieldsPerChange: 9, valueCharacters: 128, changesCharacters: 9_999 };
type Records = { readonly machines: readonly RecordLine[]; readonly paying: readonly RecordLine[] };

/** The conditions between two states of machines and of what they pay out, and the alert about them. */
function told(signed: Records, observed: Records) {
  const state = ({ machines, paying }: Records) =>
    new Map([
      ['terminals', collectionSnapshot(MACHINES, machines)],
      ['configs', collectionSnapshot(PAYING, paying)],
    ]);
  const readings = new Map(
    [...state(observed)].map(([name, snapshot]) => [name, { readable: true as const, snapshot }]),
  );
  const { conditions } = new Comparison(SITE, [MACHINES, PAYING], NO_RULES).compare(state(signed), readings);
  const definitions = new Map([MACHINES, PAYING].map((one) => [one.name, one]));
  const news = newsOf({ fresh: conditions.map((one) => findingOf(one)), open: conditions.length });
  const message = { id: 'a'.repeat(16), role: 'page', page: 1 } as const;
  const alert = composeIncident({ ...CONTEXT, definitions }, news, message);
  const records = viewOf(alert, 1, LIMITS).changes.map((one) => quotationText(one.record));
  const lines = conditions.flatMap((one) => describeFinding(fakeTerminal(), [], SITE, one, definitions));
  return { title: alertTitle(alert), records, lines };
}

const machine = (name: string) => record('m1', { name, address: null });
const pays = (address: string) => record('p1', { device: 'm1', address });

describe('the label of a record', () => {
  test('stands beside its key, the one that other records lend it behind it', () => {
    const { records, lines } = told(
      { machines: [machine('Main hall')], paying: [pays('a')] },
      { machines: [machine('Main hall')], paying: [record('p1', { device: 'm1', address: 'b' })] },
    );
    expect(records).toEqual(['configs, id “p1”, terminals name “Main hall”']);
    expect(lines).toContain('  configs, id “p1”, terminals name “Main hall”');
  });

  test('is the signed one when the same hand renames the machine', () => {
    const { records } = told(
      { machines: [machine('Main hall')], paying: [pays('a')] },
      { machines: [machine('Airport')], paying: [pays('b')] },
    );
    expect(records).toContain('configs, id “p1”, terminals name “Main hall”');
    expect(records.join()).not.toContain('name “Airport”');
  });

  test('is what was read of a machine that is new, and absent where there is none', () => {
    const fresh = { machines: [machine('New one')], paying: [pays('a')] };
    expect(told({ machines: [], paying: [] }, fresh).records).toContain(
      'configs, id “p1”, address “a”, terminals name “New one”',
    );
    expect(told({ machines: [], paying: [] }, { machines: [], paying: [pays('a')] }).records).toEqual([
      'configs, id “p1”, address “a”',
    ]);
  });

  test('that is hostile is quoted, and stands in no title', () => {
    const name = 'Hall”\n@everyone\u202e <b>rm -rf</b>';
    const { title, records } = told(
      { machines: [machine(name)], paying: [pays('a')] },
      { machines: [machine(name)], paying: [pays('b')] },
    );
    expect(title).not.toContain('Hall');
    expect(records.join()).toContain('\\u{202E}');
    expect(records.join()).not.toContain('\n');
  });
});

describe('a label that another collection lends', () => {
  const line = (device: string | null) => ({
    before: null,
    after: [record('p1', { device, address: 'a' }).line],
  });
  const signed = new Map([[MACHINES.name, collectionSnapshot(MACHINES, [machine('Main hall')])]]);
  const lent = labelFinder(signed, new Map());

  test('is found by the column that names the record, or by a part of the key', () => {
    const found = { collection: 'terminals', fields: [{ name: 'name', value: 'Main hall' }] };
    expect(lent(PAYING, line('m1'))).toEqual(found);
    const byKey: Definition = { ...PAYING, key: ['id'], labelFrom: { collection: 'terminals', by: 'id' } };
    expect(lent(byKey, { before: record('m1', { device: null }).line, after: [] })).toEqual(found);
  });

  test('is none where the record names nothing, names what is not there, or has no sides', () => {
    expect(lent(PAYING, line(null))).toBeUndefined();
    expect(lent(PAYING, line('m2'))).toBeUndefined();
    expect(lent(PAYING, { before: null, after: [] })).toBeUndefined();
    expect(lent(undefined, line('m1'))).toBeUndefined();
    expect(lent(MACHINES, line('m1'))).toBeUndefined();
  });

  test('is none where the other collection was not read, lends no label, or its label says nothing', () => {
    const unread = new Map([[MACHINES.name, { readable: false, cause: 'denied', detail: '' } as const]]);
    expect(labelFinder(new Map(), unread)(PAYING, line('m1'))).toBeUndefined();
    const of = (definition: Definition, name: string | null) =>
      labelFinder(
        new Map([[MACHINES.name, collectionSnapshot(definition, [record('m1', { name, address: null })])]]),
        new Map(),
      )(PAYING, line('m1'));
    const { label: _, ...unlabelled } = MACHINES;
    expect(of(unlabelled, 'Main hall')).toBeUndefined();
    expect(of(MACHINES, null)).toBeUndefined();
    expect(of(MACHINES, '')).toBeUndefined();
  });
});

describe('a definition with labels', () => {
  const derived: Definition = {
    ...PAYING,
    derive: { where: [{ column: 'valid', is: 't' }], latest: 'id' },
    history: true,
    preset: 'lamassu@2',
  };

  test('is read out of a document as it was written', () => {
    const written = JSON.parse(JSON.stringify(canonicalDefinition(derived)));
    expect(parseDefinition(written)).toEqual(canonicalDefinition(derived));
  });

  test.each([
    ['a label that is secret', { label: ['address'], secret: ['address'] }],
    ['a label that is no column', { label: ['nothing'] }],
    ['a label without a name', { label: [] }],
    ['a label of a collection by no column', { labelFrom: { collection: 'terminals', by: 'nothing' } }],
    ['a label of a collection by a secret', { secret: ['device'] }],
  ])('is refused with %s', (_what, wrong) => {
    const written = JSON.parse(JSON.stringify({ ...canonicalDefinition(derived), ...wrong }));
    expect(() => parseDefinition(written)).toThrow(expect.objectContaining({ code: 'BASELINE_FORMAT' }));
  });

  test('reaches an approver elsewhere whole, how its records are derived included', () => {
    const wire = JSON.parse(JSON.stringify(canonicalDefinition(derived)));
    expect(definitionSchema.parse(wire)).toEqual(canonicalDefinition(derived));
    expect(definitionSchema.safeParse({ ...wire, derive: { latest: 7 } }).success).toBe(false);
  });
});
