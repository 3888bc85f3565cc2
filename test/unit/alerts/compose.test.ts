import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KINDS, type Kind, recordLine } from '../../../baselines/index.js';
import type { AlertContext } from '../../../daemon/alerts/compose.js';
import { composeIncident } from '../../../daemon/alerts/compose-incident.js';
import type { Condition, Ending } from '../../../daemon/finding.js';
import type { IncidentNews } from '../../../daemon/incident.js';
import { RESOLUTION } from '../../../daemon/incident.js';
import {
  approvalCondition,
  blindCondition,
  configCondition,
  unreachableCondition,
} from '../../../daemon/policy/conditions.js';
import { type Alert, alertTitle } from '../../../notifiers/index.js';
import { DIVERTED, DIVERTED_MEANS, diverted, WAS_DIVERTED } from '../../support/alert-words.js';
import { codePoint } from '../../support/code-point.js';
import {
  CONTEXT,
  conditions,
  definitionOf,
  findingOf,
  GRACE_MS,
  incidentOf,
  newsOf,
  oneCondition,
  record,
  SITE,
  unknownCondition,
  withSeverity,
} from '../policy/build.js';

const MESSAGE = { id: 'a'.repeat(16), role: 'page', page: 2 } as const;
const composeIn = (context: AlertContext, found: readonly Condition[], news: Partial<IncidentNews> = {}) =>
  composeIncident(
    context,
    newsOf({ fresh: found.map((one) => findingOf(one)), open: found.length, ...news }),
    MESSAGE,
  );
const compose = (found: readonly Condition[], open = found.length) => composeIn(CONTEXT, found, { open });
/** Without since when it has been so. */
const factsOf = (alert: Alert) => alert.facts.filter(({ label }) => label !== 'Since');
const endedOf = (found: readonly Condition[], ending: Ending, unnotified = false): IncidentNews['ended'] =>
  found.map((condition) => ({
    ...findingOf(condition, { firstSeenMs: 1_000 }),
    ending,
    endedMs: 1_000 + 252_000,
    unnotified,
  }));
const address = (id: string, before: string, after: string) =>
  conditions('wallet-route', [record(id, { address: before })], [record(id, { address: after })]);
const seenLately = (found: readonly Condition[]) =>
  found.map((one) => findingOf(one, { firstSeenMs: CONTEXT.observedAtMs - 65_000 }));
const elsewhere = address('7', 'bc1signed', 'bc1thief');

test('a line of a log says how long it was before what is told now, which came to the incident later than the line', () => {
  const log = { source: 'cas-log', log: '/var/log/admin.log', event: 'login', count: 1 };
  const { observedAtMs } = CONTEXT;
  const line = { ...log, id: '0:1', atMs: observedAtMs - 2_000, line: 'anna', matches: [] };
  const context = { ...CONTEXT, logEvents: [line] } as unknown as AlertContext;
  const incident = incidentOf({ openedMs: observedAtMs - 60_000 });
  const alert = composeIn(context, [], {
    ...{ incident, open: 2 },
    fresh: elsewhere.map((one) => findingOf(one, { firstSeenMs: observedAtMs })),
  });
  expect(alert.facts).toContainEqual({
    label: 'Log /var/log/admin.log, login, 2 s before',
    quoted: { untrusted: 'anna' },
  });
});

describe('what people answered', () => {
  const answer = (atMs: number) => ({
    ...{ incident: '7f3a', person: 'anna', reason: 'looking', revision: 'c'.repeat(64) },
    ...{ atMs, untilMs: atMs + 3_600_000, endedMs: null, ending: null },
  });
  const later = CONTEXT.observedAtMs + 7_200_000;

  test('has the time of their answer, and not that of the read that is reported', () => {
    const acknowledged = incidentOf({ state: 'acknowledged' });
    const alert = composeIn(CONTEXT, [], { incident: acknowledged, acknowledged: [answer(later)], open: 1 });
    expect([alert.state, alert.stateSinceMs, alert.observedAtMs]).toEqual([
      'acknowledged',
      later,
      CONTEXT.observedAtMs,
    ]);
    const resolved = incidentOf({ state: 'resolved', resolution: 'people signed it', resolvedMs: later });
    expect(composeIn(CONTEXT, [], { incident: resolved, resolved: true, open: 0 }).stateSinceMs).toBe(later);
    expect(composeIn(CONTEXT, elsewhere)).not.toHaveProperty('stateSinceMs');
  });

  test('and ran out long ago says for how long it has been so by then', () => {
    const ended = { ...answer(CONTEXT.observedAtMs), endedMs: later, ending: 'expired' as const };
    const { facts } = composeIn(CONTEXT, [], { fresh: seenLately(elsewhere), open: 1, expired: [ended] });
    expect(facts.find(({ label }) => label === 'Since')).toMatchObject({
      text: expect.stringMatching(/, for 2 h 1 min$/),
    });
  });
});

test('an incident of which everything went back says so where it is read, also without news', () => {
  expect(composeIn(CONTEXT, [], { open: 0 }).consequence).toBe(
    'Somebody changed it and changed it back. A person must look at what happened meanwhile.',
  );
});

describe('a reminder', () => {
  const unanswered = { sinceMs: CONTEXT.observedAtMs, noticedMs: CONTEXT.observedAtMs + 600_000 };

  test('says for how long nobody has answered, beside what is so', () => {
    const alert = composeIn(CONTEXT, elsewhere, { unanswered });
    expect(alert.title).toBe(`unanswered for 10 min: ${diverted()}`);
    // Not as long as when it was first told.
    const again = composeIn(CONTEXT, [], { fresh: seenLately(elsewhere), open: 1, unanswered });
    expect(again.facts.find(({ label }) => label === 'Since')).toMatchObject({
      text: expect.stringMatching(/, for 11 min 5 s$/),
    });
    expect(alert.severity).toBe('critical');
    expect(alert.facts).toContainEqual({
      label: 'Unanswered',
      text: expect.stringMatching(/^since Tue 2026-11-24 03:13:07 .*: nobody has acknowledged it$/),
    });
    expect(compose(elsewhere).facts.map(({ label }) => label)).not.toContain('Unanswered');
  });

  test('is as severe as what is open, when all of that is told; else as its incident was at worst', () => {
    const high = oneCondition('terminal', 'added');
    expect(composeIn(CONTEXT, [high], { unanswered, open: 1 }).severity).toBe('high');
    expect(composeIn(CONTEXT, [high], { unanswered, open: 2 }).severity).toBe('critical');
  });

  test('is as severe as its incident when nothing of it is left', () => {
    const alert = composeIn(CONTEXT, [], { unanswered, open: 0 });
    expect(alert).toMatchObject({
      severity: 'critical',
      type: 'back-to-baseline',
      title: 'unanswered for 10 min: all of it went back, and nobody has dealt with it',
      consequence: 'Somebody changed it and changed it back. A person must look at what happened meanwhile.',
      nextSteps: { length: 3 },
    });
  });
});

describe('a title', () => {
  test.each<[string, readonly Condition[]]>([
    [diverted(), elsewhere],
    [diverted(2), [...elsewhere, ...address('8', 'a', 'b')]],
    ['1 wallet route was changed', [oneCondition('wallet-route', 'modified')]],
    ['1 new administrator', [oneCondition('admin', 'added')]],
    ['2 new terminals', [oneCondition('terminal', 'added', '1'), oneCondition('terminal', 'added', '2')]],
    ['1 contact was changed', [oneCondition('contact', 'modified')]],
    ['1 permission was removed', [oneCondition('permission', 'removed')]],
    ['1 administrator is in doubt (same key twice, or no key)', [oneCondition('admin', 'ambiguous')]],
    ['wallet_routes is unknown: reading was denied', [unknownCondition('wallet-route', 'denied')]],
    [
      '2 collections have no approved baseline',
      [unknownCondition('admin', 'unapproved'), unknownCondition('terminal', 'unapproved')],
    ],
    ['source cas cannot be read', [unreachableCondition(SITE, 'cas', 'd', 0)]],
    ['source cas cannot be heard', [blindCondition(SITE, 'cas', 'd', 0)]],
    ['the configuration on disk cannot be used', [configCondition(SITE, 'd')]],
  ])('%s', (title, found) => {
    expect(compose(found).title).toBe(title);
  });

  test('puts what is worst first, the money before all else, and counts what it does not name', () => {
    const found = [
      oneCondition('config', 'modified'),
      oneCondition('terminal', 'added'),
      unknownCondition('admin', 'timeout'),
      oneCondition('sensor', 'added'),
      oneCondition('admin', 'added'),
      ...elsewhere,
    ];
    expect(compose(found).title).toBe(`${diverted()}, 1 new administrator, and 4 more`);
  });

  test('counts collections that are unknown, and names one by itself', () => {
    expect(compose([unknownCondition('admin', 'denied'), unknownCondition('terminal', 'failed')]).title).toBe(
      '2 collections are unknown',
    );
  });

  test('ends at a word where one thing alone is too long, and tells the whole below', () => {
    const detail = `the file ${'says something '.repeat(20)}strange`;
    const problem = { code: 'BASELINE_REFUSED', file: null, detail, severity: 'critical' as const };
    const alert = compose([approvalCondition(SITE, problem)]);
    expect(alert.title).toMatch(/^the file (says something ){3,}says…$/);
    expect(alert.facts).toEqual([{ label: 'Files of approval', text: `${detail} (BASELINE_REFUSED)` }]);
  });

  const types = ['added', 'removed', 'modified', 'ambiguous'] as const;
  const changed = KINDS.flatMap((kind) => types.map((type) => oneCondition(kind, type)));
  const causes = ['unreachable', 'denied', 'row-security', 'timeout', 'missing', 'not-a-table'] as const;
  const unknown = KINDS.flatMap((kind) => causes.map((cause) => unknownCondition(kind, cause)));

  test('fits on a lock screen, whatever happened, alone and all at once', () => {
    const titles = [
      [...changed, ...unknown, ...elsewhere],
      ...[...changed, ...unknown].map((one) => [one]),
    ].map((found) => alertTitle({ ...compose(found), incident: null }));
    expect(titles.filter((title) => title.length > 110)).toEqual([]);
  });

  test('is followed by one sentence that is short enough to be read at night, and by what to do first', () => {
    for (const condition of [...changed, ...unknown, ...elsewhere]) {
      const { consequence, nextSteps } = compose([condition]);
      expect(consequence).toMatch(/^[A-Z][^.]{20,140}\.( [A-Z][^.]{10,80}\.)?$/);
      expect(nextSteps.length).toBeGreaterThanOrEqual(2);
      for (const { text } of nextSteps) expect(text.length).toBeLessThanOrEqual(170);
    }
  });

  test.each([
    ['cas', /stop the admin and master services, and deactivate the terminals/, /Reactivate .*only then\.$/],
    [
      'lamassu',
      /stop lamassu-server and lamassu-admin-server/,
      /Put machines back into service only then\.$/,
    ],
    [null, /stop the server and its administration/, /Put terminals back into service only then\.$/],
  ] as const)(
    'of a change comes with steps for the product %s: stop it first, start it last',
    (product, stop, last) => {
      for (const kind of ['wallet-route', 'admin', 'permission', 'terminal', 'sensor'] as const) {
        const guidance = { product, runbook: [] };
        const found = [oneCondition(kind, 'modified')];
        const [first, , , then] = composeIn({ ...CONTEXT, guidance }, found, { open: 1 }).nextSteps;
        expect(first?.text).toMatch(stop);
        expect(then?.text).toMatch(last);
      }
    },
  );

  test('on lamassu-server comes with what there is to review there: no groups, no crypto settings', () => {
    const guidance = { product: 'lamassu' as const, runbook: [] };
    const then = (kind: Kind) =>
      composeIn({ ...CONTEXT, guidance }, [oneCondition(kind, 'modified')], { open: 1 }).nextSteps[3]?.text;
    expect(then('admin')).toContain('review roles, invitations and hardware keys');
    expect(then('terminal')).toContain('Unpair every machine you do not recognise');
    expect(then('wallet-route')).toContain('test the wallet settings and accounts of plugins');
    for (const kind of KINDS.filter((one) => one !== 'permission'))
      expect(then(kind) ?? '').not.toMatch(/groups|crypto settings/);
  });

  test("comes with the operator's own lines for its kinds, first of all facts and at most four", () => {
    const line = (text: string, kinds?: readonly Kind[]) => ({
      text,
      ...(kinds === undefined ? {} : { kinds }),
    });
    const runbook = [
      line('call Jana'),
      line('binder 3', ['wallet-route']),
      line('binder 4', ['terminal']),
      ...[1, 2, 3].map((n) => line(`more ${n}`)),
    ];
    const context = { ...CONTEXT, guidance: { product: null, runbook } };
    const texts = (alert: Alert) =>
      alert.facts.flatMap((fact) => (fact.label === 'Runbook' && 'text' in fact ? [fact.text] : []));
    const alert = composeIn(context, elsewhere, { open: 1 });
    expect(texts(alert)).toEqual(['call Jana', 'binder 3', 'more 1', 'more 2']);
    expect(alert.facts[0]?.label).toBe('Runbook');
    expect(texts(composeIn(context, [], { open: 0 }))).toEqual([]);
  });

  test('says since when it has been so apart from when it was read', () => {
    const at = (ms: number) =>
      composeIncident(
        CONTEXT,
        newsOf({ fresh: elsewhere.map((one) => findingOf(one, { firstSeenMs: ms })), open: 1 }),
        MESSAGE,
      ).facts.filter(({ label }) => label === 'Since');
    expect(at(CONTEXT.observedAtMs)).toEqual([
      { label: 'Since', text: 'just now: no read before this one saw it' },
    ]);
    expect(at(CONTEXT.observedAtMs - 65_000)).toEqual([
      { label: 'Since', text: expect.stringMatching(/^Tue 2026-11-24 03:12:02 .*, for 1 min 5 s$/) },
    ]);
  });
});

describe('an alert about drift', () => {
  test('says what changed, from what to what, whole, and what to do', () => {
    const alert = compose(elsewhere);
    expect(alert).toMatchObject({
      type: 'drift',
      severity: 'critical',
      site: 'prague-1',
      incident: '7f3a',
      consequence: DIVERTED_MEANS,
      observedAtMs: CONTEXT.observedAtMs,
      timeZone: 'Europe/Prague',
      head: CONTEXT.head,
      changesLeftOut: 0,
    });
    expect(alert.changes).toEqual([
      {
        severity: 'critical',
        urgency: 'diverted',
        collection: 'wallet_routes',
        kind: 'wallet-route',
        headline: DIVERTED,
        key: [{ name: 'id', value: { untrusted: '7' } }],
        about: [],
        fields: [{ name: 'address', before: { untrusted: 'bc1signed' }, after: { untrusted: 'bc1thief' } }],
        fieldsLeftOut: 0,
      },
    ]);
    expect(alert.who).toEqual({ confidence: 'unknown' });
    expect(alert.nextSteps.map(({ command }) => command)).toEqual([
      undefined,
      'tillwarden show 7f3a',
      'tillwarden ack 7f3a',
      undefined,
      'tillwarden respond 7f3a',
      'tillwarden approve prague-1',
    ]);
  });

  test('names the record by what did not change and people know it by, and never by a secret', () => {
    const [changed] = conditions(
      'wallet-route',
      [record('7', { name: 'Bitcoin', address: 'bc1signed' })],
      [record('7', { name: 'Bitcoin', address: 'bc1thief' })],
    );
    const about = (secret: readonly string[]) => {
      const definition = CONTEXT.definitions.get('wallet_routes');
      const definitions = new Map(definition ? [['wallet_routes', { ...definition, secret }]] : []);
      return composeIn({ ...CONTEXT, definitions }, changed ? [changed] : []).changes[0]?.about;
    };
    expect(about([])).toEqual([{ name: 'name', value: { untrusted: 'Bitcoin' } }]);
    expect(about(['name'])).toEqual([]);
  });

  test('masks personal columns wherever they stand, and calls out what the mask hides', () => {
    const contact = (email: string, name: string) => record('alice@example.org', { name, address: email });
    const definitions = new Map([
      ['contacts', { ...definitionOf('contact', ['name', 'address']), key: ['login'] }],
    ]);
    const personal = new Map([['contacts', new Set(['login', 'name', 'address'])]]);
    const found = conditions(
      'contact',
      [contact('alice@example.org', 'Alice Novák')],
      [contact('a1ice@example.org', 'Alice Novák')],
    );
    const whole = composeIn({ ...CONTEXT, definitions }, found);
    const alert = composeIn({ ...CONTEXT, definitions, personal }, found);
    expect(JSON.stringify(whole)).toContain('Novák');
    expect(JSON.stringify(alert)).not.toMatch(/lice|Novák/);
    expect(alert.changes).toMatchObject([
      {
        key: [{ name: 'login', value: { untrusted: 'a', form: 'masked' } }],
        about: [{ name: 'name', value: { untrusted: 'A', masked: { end: '', characters: 11 } } }],
        fields: [
          {
            name: 'address',
            before: { untrusted: 'a', masked: { end: '@example.org', characters: 17 } },
            after: { untrusted: 'a', masked: { end: '@example.org', characters: 17 } },
            notes: [{ note: 'looks-alike' }, { note: 'masked', differ: true }],
          },
        ],
      },
    ]);
  });

  test('masks a place inside of a personal column too: it may be made of names', () => {
    const data = (email: string) => record('1', { name: `{"persons":{"Novak":"${email}"}}` });
    const found = conditions('contact', [data('a@example.org')], [data('b@example.org')]);
    const personal = new Map([['contacts', new Set(['name'])]]);
    const whole = compose(found);
    expect(whole.changes[0]?.fields[0]?.path?.untrusted).toContain('Novak');
    const masked = composeIn({ ...CONTEXT, personal }, found);
    expect(masked.changes[0]?.fields).toHaveLength(1);
    expect(JSON.stringify(masked)).not.toContain('Novak');
  });

  test('shows every field of a record that appeared, its name first, null as null and last', () => {
    const [added] = conditions('admin', [], [record('gb', { name: 'gb', address: null })]);
    expect(compose(added ? [added] : []).changes[0]?.fields).toEqual([
      { name: 'name', before: null, after: { untrusted: 'gb' } },
      { name: 'address', before: null, after: { untrusted: null } },
    ]);
  });

  test('carries marked values in their form', () => {
    const marked = (value: string) => recordLine({ key: ['1'], fields: new Map([['name', value]]) });
    const hmac = 'a'.repeat(64);
    const found = conditions('admin', [marked(`~hmac:${hmac}`)], [marked(`~digest:5000000:${hmac}`)]);
    expect(compose(found).changes[0]?.fields).toEqual([
      {
        name: 'name',
        before: { untrusted: hmac, form: 'hmac' },
        after: { untrusted: hmac, form: 'digest', bytes: 5_000_000 },
      },
    ]);
  });

  test('numbers the columns of a key that nobody configures any more', () => {
    const alert = composeIn({ ...CONTEXT, definitions: new Map() }, elsewhere);
    expect(alert.changes[0]?.key).toEqual([{ name: 'key 1', value: { untrusted: '7' } }]);
    expect(alert.changes[0]?.fields).toMatchObject([{ name: 'column', path: { untrusted: 'address' } }]);
  });

  test('tells apart the records that share a key', () => {
    expect(compose([oneCondition('admin', 'ambiguous')]).changes[0]?.fields.map(({ name }) => name)).toEqual([
      'name (record 1 with this key)',
      'name (record 2 with this key)',
    ]);
  });

  test('says how many records are touched in which collections, and how many more are open', () => {
    const found = [
      oneCondition('terminal', 'added', '1'),
      oneCondition('terminal', 'added', '2'),
      ...elsewhere,
    ];
    expect(factsOf(compose(found, 10))).toEqual([
      { label: 'Records touched', text: '3: 1 in wallet_routes, 2 in terminals' },
      { label: 'Also open in this incident', text: '7' },
    ]);
  });

  test('says once how many records of one collection are touched', () => {
    const found = [oneCondition('terminal', 'added', '1'), oneCondition('terminal', 'added', '2')];
    expect(factsOf(compose(found, 2))).toEqual([{ label: 'Records touched', text: '2 in terminals' }]);
  });

  test('is about drift even when something unknown is worse, and says both', () => {
    const alert = compose([oneCondition('terminal', 'added'), unknownCondition('wallet-route', 'denied')]);
    expect(alert).toMatchObject({ type: 'drift', severity: 'critical' });
    expect(alert.title).toBe('wallet_routes is unknown: reading was denied, 1 new terminal');
    expect(alert.facts).toContainEqual({
      label: 'Not compared',
      text: 'wallet_routes: reading was denied (SQLSTATE 55P03)',
    });
  });

  test('holds thousands of changes, and leaves out the least of more; never a new destination or a new administrator', () => {
    const many = Array.from({ length: 6_000 }, (_, index) => oneCondition('sensor', 'added', String(index)));
    const urgent = [
      ...address('99', 'a', 'b').map((one) => withSeverity(one, 'low')),
      withSeverity(oneCondition('admin', 'added'), 'info'),
      withSeverity(oneCondition('wallet-route', 'added'), 'info'),
    ];
    const alert = compose([...many, ...urgent]);
    expect(alert.changes).toHaveLength(5_000);
    expect(alert.changesLeftOut).toBe(1_003);
    expect(alert.changes.slice(0, 3).map(({ headline }) => headline)).toEqual([
      DIVERTED,
      'new administrator',
      'new wallet route',
    ]);
  });

  test('holds two megabytes of text at most, the urgent ones apart', () => {
    const long = (index: number) =>
      record(String(index), { name: 'n'.repeat(250), address: 'a'.repeat(250) });
    const found = Array.from({ length: 4_900 }, (_, index) => conditions('sensor', [], [long(index)])).flat();
    const alert = compose([...found, withSeverity(oneCondition('admin', 'added'), 'info')]);
    const text = alert.changes.flatMap(({ fields }) =>
      fields.map(({ after }) => after?.untrusted?.length ?? 0),
    );
    const carried = text.reduce((sum, length) => sum + length, 0);
    expect(alert.changesLeftOut).toBeGreaterThan(0);
    expect(alert.changesLeftOut + alert.changes.length).toBe(4_901);
    expect(carried).toBeGreaterThan(2_000_000);
    expect(carried).toBeLessThan(2 * 1024 * 1024 + 500);
    expect(alert.changes[0]?.headline).toBe('new administrator');
  });

  test('holds every new destination, however many', () => {
    const found = Array.from({ length: 6_000 }, (_, index) =>
      address(String(index), 'a', `bc1${index}`),
    ).flat();
    expect(compose(found)).toMatchObject({ changes: { length: 6_000 }, changesLeftOut: 0 });
  });

  test('counts the fields it leaves out', () => {
    const value = (n: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, n])));
    const found = conditions('config', [record('1', { name: value(1) })], [record('1', { name: value(2) })]);
    expect(compose(found).changes[0]).toMatchObject({ fieldsLeftOut: 20, fields: { length: 40 } });
  });

  test('stays small whatever the values are', () => {
    const found = Array.from({ length: 50 }, (_, index) =>
      conditions(
        'config',
        [],
        [record(String(index).repeat(10_000), { name: 'x'.repeat(100_000), address: 'y'.repeat(15_000) })],
      ),
    ).flat();
    const alert = compose(found);
    expect(JSON.stringify(alert).length).toBeLessThan(500_000);
    expect(alert.changes[0]?.fields[1]?.after).toEqual({
      untrusted: expect.stringMatching(/^[0-9a-f]{64}$/),
      form: 'digest',
      bytes: 100_000,
    });
  });

  test('keeps addresses whole even when long values have used up the budget', () => {
    const found = Array.from({ length: 40 }, (_, index) =>
      conditions(
        'wallet-route',
        [],
        [record(String(index), { name: 'x'.repeat(16_000), address: `bc1${'q'.repeat(100)}` })],
      ),
    ).flat();
    const shown = compose(found).changes.map(({ fields }) => fields[0]?.after?.untrusted);
    expect(new Set(shown)).toEqual(new Set([`bc1${'q'.repeat(100)}`]));
  });
});

describe('an alert about what cannot be seen', () => {
  test.each<[Alert['type'], Condition]>([
    ['unknown', unknownCondition('terminal', 'denied')],
    ['unknown', unreachableCondition(SITE, 'cas', 'd', GRACE_MS)],
    ['blind', blindCondition(SITE, 'cas', 'd', GRACE_MS)],
    ['config-changed', configCondition(SITE, 'd')],
    [
      'baseline-refused',
      approvalCondition(SITE, { code: 'BASELINE_X', file: null, detail: 'd', severity: 'high' }),
    ],
    [
      'baseline-missing',
      approvalCondition(SITE, { code: 'BASELINE_ROLLED_BACK', file: null, detail: 'd', severity: 'high' }),
    ],
  ])('is of type %s', (type, condition) => {
    expect(compose([condition])).toMatchObject({
      type,
      severity: condition.severity,
      changes: [],
      changesLeftOut: 0,
    });
  });

  test('says what was found, in the words given, and never who', () => {
    const alert = compose([
      approvalCondition(SITE, {
        code: 'BASELINE_X',
        file: '000008.json',
        detail: 'Too few signed.',
        severity: 'high',
      }),
    ]);
    expect(alert.title).toBe('000008.json: Too few signed');
    expect(alert.facts).toEqual([{ label: '000008.json', text: 'Too few signed. (BASELINE_X)' }]);
  });

  test('counts several problems of files in its title, and tells each below', () => {
    const problem = (code: string, file: string | null) =>
      approvalCondition(SITE, { code, file, detail: 'It is a symbolic link.', severity: 'high' });
    const alert = compose([problem('BASELINE_X', '000008.json'), problem('BASELINE_Y', null)]);
    expect(alert.title).toBe('2 problems with the files that people sign');
    expect(alert.facts).toEqual([
      { label: '000008.json', text: 'It is a symbolic link. (BASELINE_X)' },
      { label: 'Files of approval', text: 'It is a symbolic link. (BASELINE_Y)' },
    ]);
  });

  test('lists some of many collections and counts the rest', () => {
    const found = Array.from({ length: 14 }, () => unknownCondition('terminal', 'unapproved'));
    expect(factsOf(compose(found))).toHaveLength(11);
    expect(factsOf(compose(found)).at(-1)).toEqual({ label: 'And more', text: '4' });
  });
});

describe('an alert about an ending', () => {
  const end = (found: readonly Condition[], news: Partial<IncidentNews> = {}) =>
    composeIn(CONTEXT, [], { ended: endedOf(found, 'reverted'), open: 0, ...news });

  test('of a change says what was there and what is there now, and that a person is needed', () => {
    const alert = end(elsewhere);
    expect(alert).toMatchObject({
      type: 'back-to-baseline',
      severity: 'high',
      title: expect.stringMatching(/^1 wallet route .* 4 min 12 s/),
      changes: [
        {
          headline: `back to the baseline: ${WAS_DIVERTED}`,
          fields: [{ name: 'address', before: { untrusted: 'bc1thief' }, after: { untrusted: 'bc1signed' } }],
        },
      ],
    });
    expect(alert.facts).toContainEqual({
      label: 'Incident',
      text: 'stays open until people sign a baseline of this site',
    });
    expect(alert.consequence).toMatch(/^For 4 min 12 s .*\. .*\.$/);
    expect(alert.nextSteps.map(({ command }) => command)).toEqual([
      undefined,
      'tillwarden show 7f3a',
      'tillwarden approve prague-1 --renew',
    ]);
    expect(alert.who).toEqual({ confidence: 'unknown' });
    expect(end(elsewhere, { incident: incidentOf({ state: 'resolved' }) }).facts).toHaveLength(1);
    expect(end(elsewhere, { open: 3 }).facts).toContainEqual({
      label: 'Still open in this incident',
      text: '3',
    });
  });

  test('puts the money first when other records went back with it', () => {
    expect(end([...elsewhere, oneCondition('terminal', 'added')]).title).toMatch(
      /^1 wallet route .* 4 min 12 s.*, 1 record .* 4 min 12 s$/,
    );
  });

  test('of a change that took the place of another tells how long the record was not as signed', () => {
    const [first] = endedOf(elsewhere, 'reverted');
    const ended =
      first?.subject.what === 'change' ? [{ ...first, subject: { ...first.subject, sinceMs: 0 } }] : [];
    expect(end([], { ended }).title).toContain('after 4 min 13 s');
  });

  const denied = unknownCondition('admin', 'denied');
  const unread = unreachableCondition(SITE, 'cas', 'd', 0);
  const unnotified = blindCondition(SITE, 'cas', 'd', 0);
  test.each<[Alert['type'], string, string, readonly Condition[]]>([
    ['readable-again', 'admins can be compared again', 'It is compared', [denied]],
    ['readable-again', 'source cas can be read again', 'It is compared', [unread]],
    ['sight-restored', 'source cas can be heard again', 'Changes are noticed at once again', [unnotified]],
    ['readable-again', 'source cas can be read and heard again', 'It is compared', [unread, unnotified]],
    [
      'readable-again',
      'the configuration on disk can be used again',
      'It is read again',
      [configCondition(SITE, 'd')],
    ],
  ])('is of type %s and says "%s", never what was wrong', (type, what, means, conditions) => {
    const alert = end([], { ended: endedOf(conditions, 'cleared') });
    expect(alert).toMatchObject({ type, severity: 'low', title: `${what}, after 4 min 12 s` });
    expect(alert.consequence).toContain(means);
  });

  test('does not say twice that it is so no more', () => {
    const incident = incidentOf({ state: 'resolved', resolution: 'it is so no more' });
    const alert = end([], { ended: endedOf([unread], 'cleared'), incident, resolved: true });
    expect(alert.title).toBe('source cas can be read again, after 4 min 12 s, resolved');
  });

  test('is no more severe than what was so, and of what is critical only high', () => {
    expect(end([oneCondition('config', 'added')]).severity).toBe('medium');
    expect(end([oneCondition('admin', 'added')]).severity).toBe('high');
  });

  test('counts the time of a change apart from that of what was unknown longer', () => {
    const unknown = endedOf([unknownCondition('admin', 'denied')], 'cleared');
    const ended = [
      ...endedOf([oneCondition('terminal', 'added')], 'reverted'),
      ...unknown.map((one) => ({ ...one, endedMs: 601_000 })),
    ];
    expect(end([], { ended }).title).toMatch(/^1 record is back to the baseline after 4 min 12 s, .*10 min/);
  });

  test('tells of changes and of what was unknown together', () => {
    const ended = [
      ...endedOf([unknownCondition('admin', 'denied')], 'cleared'),
      ...endedOf([oneCondition('terminal', 'added')], 'reverted'),
    ];
    const alert = end([], { ended });
    expect(alert).toMatchObject({ type: 'back-to-baseline', changes: { length: 1 } });
    expect(alert.title).toBe(
      '1 record is back to the baseline after 4 min 12 s, admins can be compared again, after 4 min 12 s',
    );
  });
});

describe('what came and went before anybody could be notified', () => {
  const unnotified = (ending: Ending, news: Partial<IncidentNews> = {}) =>
    composeIn(CONTEXT, [], { ended: endedOf(elsewhere, ending, true), open: 0, ...news });

  test('is announced with both sides when it was changed back, as severe as it was', () => {
    const alert = unnotified('reverted');
    expect(alert).toMatchObject({
      severity: 'critical',
      title: expect.stringMatching(/^1 wallet route .* 4 min 12 s/),
      changes: [
        {
          fields: [{ before: { untrusted: 'bc1thief' }, after: { untrusted: 'bc1signed' } }],
          severity: 'critical',
        },
      ],
    });
  });

  test('is announced beside what took its place: each address was there for a while', () => {
    const next = address('7', 'bc1signed', 'bc1other');
    const alert = composeIn(CONTEXT, next, { ended: endedOf(elsewhere, 'superseded', true) });
    expect(alert.title).toBe(`${diverted()}, changed again since: ${diverted()}`);
    expect(alert.changes.map(({ headline, fields }) => [headline, fields[0]?.after?.untrusted])).toEqual([
      [DIVERTED, 'bc1other'],
      [`changed again since: ${WAS_DIVERTED}`, 'bc1thief'],
    ]);
  });

  test('is announced when people signed it meanwhile', () => {
    expect(unnotified('approved')).toMatchObject({
      type: 'drift',
      severity: 'critical',
      title: `signed since: ${diverted()}`,
      changes: [{ headline: `signed since: ${DIVERTED}` }],
    });
  });

  test('is not announced again when people were notified: what changed again or was signed has its own messages', () => {
    const heard = (ending: Ending) => composeIn(CONTEXT, [], { ended: endedOf(elsewhere, ending), open: 3 });
    expect([heard('superseded').changes, heard('approved').changes]).toEqual([[], []]);
    expect(heard('superseded')).toMatchObject({ title: '3 findings still open', severity: 'info' });
  });
});

describe('the state of an incident', () => {
  const answer: IncidentNews['acknowledged'][number] = {
    incident: '7f3a',
    person: 'alice',
    reason: 'looking at it <!channel>',
    revision: 'c'.repeat(64),
    atMs: 1,
    untilMs: CONTEXT.observedAtMs,
    endedMs: null,
    ending: null,
  };

  test('stands in every alert, with a key for each page', () => {
    expect(compose(elsewhere)).toMatchObject({
      id: MESSAGE.id,
      role: 'page',
      state: 'open',
      dedupKey: '7f3a-2',
    });
  });

  test('acknowledged says by whom, until when and why; the reason is quoted', () => {
    const alert = composeIn(CONTEXT, [], {
      incident: incidentOf({ state: 'acknowledged' }),
      acknowledged: [answer],
      open: 1,
    });
    expect(alert).toMatchObject({ type: 'acknowledged', severity: 'info', title: 'acknowledged by alice' });
    expect(alert.facts).toEqual([
      { label: 'Acknowledged by', text: expect.stringMatching(/^alice, until .*2026/) },
      { label: 'Reason', quoted: { untrusted: 'looking at it <!channel>' } },
      { label: 'Revision', text: 'c'.repeat(12) },
      { label: 'Still open in this incident', text: '1' },
    ]);
  });

  test('whose acknowledgement ran out shows everything that is still so', () => {
    const alert = composeIn(CONTEXT, elsewhere, { expired: [{ ...answer, ending: 'expired' }] });
    expect(alert).toMatchObject({ type: 'drift', severity: 'critical', changes: { length: 1 } });
    expect(alert.title).toBe(`${diverted()}, the acknowledgement by alice ran out`);
  });

  test('resolved says why', () => {
    const incident = incidentOf({ state: 'resolved', resolution: 'people signed what had changed' });
    expect(composeIn(CONTEXT, [], { incident, resolved: true, open: 0 })).toMatchObject({
      type: 'resolved',
      state: 'resolved',
      severity: 'info',
      title: 'resolved: people signed what had changed',
      consequence: 'Nothing of it is open any more.',
    });
  });

  test.each([RESOLUTION.moved, RESOLUTION.partlyMoved])(
    'resolved because "%s" says that it may still be so',
    (resolution) => {
      const incident = incidentOf({ state: 'resolved', resolution });
      expect(composeIn(CONTEXT, [], { incident, resolved: true, open: 0 }).consequence).toMatch(
        /^It may still be so/,
      );
    },
  );

  test('says how often a record was changed and changed back', () => {
    const flips = (reverts: number, found: readonly Condition[]) =>
      composeIn(CONTEXT, found, {
        reverts,
        ended: found.length > 0 ? [] : endedOf(elsewhere, 'reverted'),
      }).facts.filter(({ label }) => label === 'Changed and changed back');
    expect(flips(1, [])).toEqual([]);
    expect(flips(3, [])).toEqual([{ label: 'Changed and changed back', text: '3 times' }]);
    expect(flips(1, elsewhere)).toEqual([{ label: 'Changed and changed back', text: '1 time' }]);
  });
});

describe('no text of the watched system', () => {
  const MARK = '\u2620';
  const hostile = fc.string({ unit: codePoint, maxLength: 12 }).map((text) => `${MARK}${text}${MARK}`);
  const json = fc.dictionary(hostile, hostile, { maxKeys: 3 }).map((value) => JSON.stringify(value));
  const value = fc.oneof(hostile, json, fc.constant(null));
  const fields = fc
    .tuple(
      fc.dictionary(fc.constantFrom('name', 'address'), value),
      fc.dictionary(hostile, value, { maxKeys: 2 }),
    )
    .map(([known, foreign]) => new Map([...Object.entries(known), ...Object.entries(foreign)]));
  const records = fc.array(
    fc.tuple(hostile, fields).map(([key, map]) => recordLine({ key: [key], fields: map })),
    { maxLength: 3 },
  );

  /** Every string of an alert but those inside of `Untrusted`. */
  function ourWords(node: unknown): string[] {
    if (typeof node === 'string') return [node];
    if (typeof node !== 'object' || node === null) return [];
    if ('untrusted' in node) return 'form' in node ? [String(node.form)] : [];
    return Object.entries(node).flatMap(([name, inner]) => [name, ...ourWords(inner)]);
  }

  test('stands anywhere in an alert but in its quoted values', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Kind>(...KINDS),
        records,
        records,
        records,
        (kind, signed, changed, observed) => {
          // The same keys with other fields, so that modified records are among them.
          const rekeyed = signed.map((one, index) => ({ ...(changed[index] ?? one), key: one.key }));
          const found = [
            ...conditions(kind, signed, observed),
            ...conditions(
              kind,
              signed,
              rekeyed.map((one, index) => ({
                ...one,
                line: one.line.replace(/"key":.*$/, `"key":${signed[index]?.key}}`),
                digest: `${index}`,
              })),
            ),
          ];
          fc.pre(found.length > 0);
          const alerts = [
            compose(found),
            composeIn(CONTEXT, [], { ended: endedOf(found, 'reverted') }),
            composeIn(CONTEXT, [], { ended: endedOf(found, 'superseded', true) }),
            composeIn({ ...CONTEXT, definitions: new Map() }, found),
          ];
          for (const alert of alerts) {
            expect(JSON.stringify(alert)).toContain(MARK);
            expect(ourWords(alert).filter((words) => !/^[ -~]*$/.test(words))).toEqual([]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the watch page', () => {
  test('is linked to where it is configured, with nothing but our id behind it', () => {
    const facts = (pageUrl?: string) =>
      composeIn({ ...CONTEXT, ...(pageUrl === undefined ? {} : { pageUrl }) }, elsewhere).facts;
    expect(facts('https://till.example:9772')).toContainEqual({
      label: 'Read it at',
      text: 'https://till.example:9772/#/incident/7f3a',
    });
    expect(JSON.stringify(facts())).not.toContain('Read it at');
  });
});
