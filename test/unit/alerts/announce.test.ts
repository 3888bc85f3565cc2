import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type CollectionSnapshot, publicKeyOf, type TrustRoot } from '../../../baselines/index.js';
import {
  composeConfigChanged,
  composeInstalled,
  composeTrustChanged,
  type InstalledBaseline,
} from '../../../daemon/alerts/announce.js';
import { type TrustNews, trustNews } from '../../../daemon/alerts/trust-news.js';
import { MOST_CHANGES } from '../../../daemon/policy/comparison.js';
import { diverted, inOrder } from '../../support/alert-words.js';
import { CONTEXT, definitionOf, record, snapshot } from '../policy/build.js';

const context = { ...CONTEXT, incident: null };
const baseline = (
  version: number,
  collections: readonly CollectionSnapshot[],
  signers: readonly string[] = ['alice', 'bob'],
  recovery: readonly string[] = [],
): InstalledBaseline => ({
  version,
  ancestry: [{ version, recovery }],
  digest: String(version).repeat(64),
  signers,
  collections: new Map(collections.map((one) => [one.definition.name, one])),
  expiresMs: Date.UTC(2027, 1, 22),
});
const routes = (address: string) => snapshot('wallet-route', [record('7', { address })]);
const terminals = (...ids: string[]) =>
  snapshot(
    'terminal',
    ids.map((id) => record(id)),
  );

describe('a baseline that takes effect', () => {
  test('names its new date when it is valid for another time than the one before', () => {
    const previous = baseline(7, []);
    const longer = { ...baseline(8, []), expiresMs: Date.UTC(2030, 0, 1) };
    const alert = composeInstalled(context, { baseline: longer, previous });
    const [fact] = alert.facts.filter(({ label }) => label === 'Valid until');
    expect(fact).toMatchObject({ text: expect.stringMatching(/2030-01-01.*; until now .*2027-02-22/) });
  });

  test('is announced with its difference from the one before, and who signed', () => {
    const alert = composeInstalled(context, {
      baseline: baseline(8, [routes('bc1new'), terminals('1', '2')]),
      previous: baseline(7, [routes('bc1old'), terminals('1')]),
    });
    expect(alert).toMatchObject({
      type: 'baseline-installed',
      severity: 'high',
      incident: null,
      title: expect.stringMatching(
        inOrder(/^baseline 8 .* alice and bob: /, diverted(), /, 1 new terminal$/),
      ),
      changes: [
        {
          collection: 'wallet_routes',
          fields: [{ name: 'address', before: { untrusted: 'bc1old' }, after: { untrusted: 'bc1new' } }],
        },
        { collection: 'terminals', headline: 'new terminal' },
      ],
    });
    expect(alert.facts).toEqual([
      { label: 'Signed by', text: 'alice and bob' },
      { label: 'Digest', text: `sha256:${'8'.repeat(64)}` },
      { label: 'Follows', text: 'baseline 7' },
    ]);
  });

  test('makes no more of a large difference than of a large drift: the worst of it one by one, all of it counted', () => {
    const of = (count: number, address: string) =>
      snapshot(
        'wallet-route',
        Array.from({ length: count }, (_, id) => record(String(id), { address })),
      );
    const compose = (count: number) =>
      composeInstalled(context, {
        baseline: baseline(8, [of(count, 'bc1new')]),
        previous: baseline(7, [of(count, 'bc1old')]),
      });
    const all = compose(MOST_CHANGES);
    expect(all.changes).toHaveLength(MOST_CHANGES);
    expect(all.title).not.toContain('in all');
    const large = compose(MOST_CHANGES + 234);
    expect(large.changes).toHaveLength(MOST_CHANGES);
    expect(large.title).toContain(
      '1000 wallet routes now pay elsewhere, 1,234 changes of wallet_routes in all',
    );
    expect(large.title).not.toContain('not as signed');
    expect(large.facts).toContainEqual({ label: 'wallet_routes', text: '1,234 changed' });
    expect(large.severity).toBe('high');
  });

  test('as the first one tells how much it covers', () => {
    const alert = composeInstalled(context, {
      baseline: baseline(1, [routes('a'), terminals('1', '2')]),
      previous: null,
    });
    expect(alert.title).toBe(
      'baseline 1 is in force, signed by alice and bob: the first one here, 3 records in 2 collections',
    );
    expect(alert).toMatchObject({ severity: 'info', changes: [] });
    expect(alert.facts.filter(({ label }) => label === 'What is watched')).toHaveLength(2);
  });

  test('without a difference is a renewal', () => {
    const alert = composeInstalled(context, {
      baseline: baseline(8, [routes('a')], ['carol']),
      previous: baseline(7, [routes('a')]),
    });
    expect(alert).toMatchObject({
      severity: 'info',
      title: 'baseline 8 is in force, signed by carol: renewed without a change',
    });
  });

  test('says what is watched from now on, what no longer, and what is read differently', () => {
    const other = { ...routes('a'), definition: { ...definitionOf('wallet-route'), secret: ['address'] } };
    const alert = composeInstalled(context, {
      baseline: baseline(8, [other, terminals('1')]),
      previous: baseline(7, [routes('a'), snapshot('admin', [])]),
    });
    expect(alert.title).toContain('what is watched changed');
    expect(alert.facts.filter(({ label }) => label === 'What is watched')).toEqual([
      { label: 'What is watched', text: 'admins is no longer part of the baseline' },
      { label: 'What is watched', text: 'terminals with 1 record' },
      { label: 'What is watched', text: 'wallet_routes is read differently (secret)' },
    ]);
  });

  test('says so when one collection more is watched, and nothing else', () => {
    const alert = composeInstalled(context, {
      baseline: baseline(8, [routes('a'), terminals('1')]),
      previous: baseline(7, [routes('a')]),
    });
    expect(alert.title).toContain('what is watched changed');
  });

  test('is critical when a recovery key signed it or a step since the one before, and says so in words', () => {
    const previous = baseline(7, [routes('a')]);
    const renewed = baseline(9, [routes('a')], ['alice'], []);
    const between = { ...renewed, ancestry: [{ version: 8, recovery: ['recovery-1'] }, ...renewed.ancestry] };
    for (const installed of [baseline(8, [routes('a')], ['recovery-1'], ['recovery-1']), between]) {
      const alert = composeInstalled(context, { baseline: installed, previous });
      expect(alert.severity).toBe('critical');
      expect(alert.consequence).toMatch(/^Signed with recovery-1: recovery keys are for the day when/);
    }
    const before = { ...renewed, ancestry: [{ version: 7, recovery: ['recovery-1'] }, ...renewed.ancestry] };
    expect(composeInstalled(context, { baseline: before, previous }).severity).toBe('info');
  });

  test('names a few of many signers and counts the rest', () => {
    const names = ['alice', 'bob', 'carol', 'dave', 'erin'];
    const alert = composeInstalled(context, { baseline: baseline(8, [], names), previous: baseline(7, []) });
    expect(alert.title).toContain('signed by alice, bob and 3 more:');
  });
});

describe('a trust root that takes effect', () => {
  const root = (version: number, over: Partial<TrustRoot>): TrustRoot => ({
    format: 'tillwarden-root/1',
    version,
    parent: null,
    created: '2026-01-01T00:00:00.000Z',
    expires: '2027-01-01T00:00:00.000Z',
    people: [person('alice'), person('bob'), person('carol')],
    rules: [{ kinds: ['root'], threshold: 2, roles: ['owner'] }],
    heads: [],
    ...over,
  });
  const person = (name: string) => ({ name, roles: ['owner'], keys: [KEY] });
  const step = (one: TrustRoot, recovery: readonly string[] = []) => ({
    version: one.version,
    digest: String(one.version).repeat(64),
    signers: ['alice', ...recovery],
    recovery,
    root: one,
  });
  const KEY = publicKeyOf(generateKeyPairSync('ed25519').privateKey).line;
  const tell = (news: TrustNews) => composeTrustChanged({ ...context, site: 'all sites' }, news);

  test('is announced with who comes and goes, and what became more dangerous', () => {
    const second = root(2, { people: [person('alice'), person('mallory')] });
    const [news, ...others] = trustNews('1'.repeat(64), { steps: [step(root(1, {})), step(second)] });
    expect(others).toEqual([]);
    const alert = tell(news as TrustNews);
    expect(alert).toMatchObject({
      type: 'trust-changed',
      severity: 'high',
      title: 'trust root 2 is in force, signed by alice',
    });
    expect(alert.facts.map((fact) => 'text' in fact && fact.text)).toEqual([
      'alice',
      `sha256:${'2'.repeat(64)}`,
      'removes bob (owner) with 1 key',
      'removes carol (owner) with 1 key',
      'adds mallory (owner)',
      expect.stringMatching(/^mallory may sign with ssh-ed25519 SHA256:\S{43}$/),
      expect.stringContaining(
        'all of alice and mallory must sign; when one of their keys is lost, nobody can',
      ),
    ]);
    expect(alert.nextSteps.map(({ command }) => command)).toEqual([
      'tillwarden trust verify',
      'tillwarden verify',
    ]);
  });

  test('that changes nothing but its dates says so', () => {
    const [news] = trustNews('1'.repeat(64), { steps: [step(root(1, {})), step(root(2, {}))] });
    expect(tell(news as TrustNews).title).toBe(
      'trust root 2 is in force, signed by alice: renewed without a change',
    );
  });

  test('is critical when a recovery key signed it, and says so in words', () => {
    const steps = [step(root(1, {})), step(root(2, {}), ['recovery-1']), step(root(3, {}))];
    const alerts = trustNews('1'.repeat(64), { steps }).map(tell);
    expect(alerts.map(({ severity, title }) => [severity, title])).toEqual([
      ['critical', expect.stringContaining('trust root 2 is in force, signed by alice and recovery-1')],
      ['high', expect.stringContaining('trust root 3 is in force')],
    ]);
    expect(alerts[0]?.consequence).toMatch(/^Signed with recovery-1: recovery keys are for the day when/);
  });

  test('is no news when it is known, or the first one ever; and announced without a difference when the known one is gone', () => {
    const steps = [step(root(1, {})), step(root(2, {}))];
    expect(trustNews('2'.repeat(64), { steps })).toEqual([]);
    expect(trustNews(null, { steps })).toEqual([]);
    expect(trustNews('f'.repeat(64), { steps })).toMatchObject([{ version: 2, difference: null }]);
  });

  test('after one that is gone is announced alone, however many came, and without a warning', () => {
    const steps = [step(root(1, {})), step(root(2, {})), step(root(3, { people: [person('alice')] }))];
    expect(trustNews('f'.repeat(64), { steps })).toMatchObject([{ version: 3, warnings: [] }]);
  });
});

test('a changed configuration is announced with its differences, as many as fit', () => {
  const alert = composeConfigChanged(
    context,
    Array.from({ length: 30 }, (_, index) => `difference ${index}`),
  );
  expect(alert).toMatchObject({ type: 'config-changed', severity: 'high' });
  expect(alert.facts).toHaveLength(13);
  expect(alert.facts.at(-1)).toEqual({ label: 'And more', text: '18' });
});

test('an announcement has an id of sixteen hex digits, the same for the same words and no others', () => {
  const id = (...differences: string[]) => composeConfigChanged(context, differences).id;
  expect(id('a')).toMatch(/^[0-9a-f]{16}$/);
  expect(id('a')).toBe(id('a'));
  expect(id('a')).not.toBe(id('b'));
});
