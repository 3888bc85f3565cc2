import { describe, expect, test } from '@jest/globals';
import { type CollectionSnapshot, ROOT_FORMAT, type TrustRoot } from '../../../baselines/index.js';
import {
  composeConfigChanged,
  composeInstalled,
  composeTrustChanged,
  type InstalledBaseline,
} from '../../../daemon/policy/announce.js';
import { type TrustDifferences, trustDifferences } from '../../../daemon/policy/trust-differences.js';
import { CONTEXT, definitionOf, record, snapshot } from './build.js';

const context = { ...CONTEXT, incident: null };
const baseline = (
  version: number,
  collections: readonly CollectionSnapshot[],
  signers: readonly string[] = ['alice', 'bob'],
): InstalledBaseline => ({
  version,
  digest: String(version).repeat(64),
  signers,
  collections: new Map(collections.map((one) => [one.definition.name, one])),
});
const routes = (address: string) => snapshot('wallet-route', [record('7', { address })]);
const terminals = (...ids: string[]) =>
  snapshot(
    'terminal',
    ids.map((id) => record(id)),
  );

describe('a baseline that takes effect', () => {
  test('is announced with its difference from the one before, and who signed', () => {
    const alert = composeInstalled(context, {
      baseline: baseline(8, [routes('bc1new'), terminals('1', '2')]),
      previous: baseline(7, [routes('bc1old'), terminals('1')]),
    });
    expect(alert).toMatchObject({
      type: 'baseline-installed',
      severity: 'high',
      incident: null,
      title:
        'baseline 8 is in force, signed by alice and bob: 1 wallet route now pays elsewhere, 1 new terminal',
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

  test('names a few of many signers and counts the rest', () => {
    const names = ['alice', 'bob', 'carol', 'dave', 'erin'];
    const alert = composeInstalled(context, { baseline: baseline(8, [], names), previous: baseline(7, []) });
    expect(alert.title).toContain('signed by alice, bob and 3 more:');
  });
});

describe('a trust root that takes effect', () => {
  const person = (name: string, key = `key of ${name}`) => ({ name, roles: ['owner'], keys: [key] });
  const two = { kinds: ['admin', 'root'] as const, threshold: 2, roles: ['owner'] };
  const before: TrustRoot = {
    format: ROOT_FORMAT,
    version: 1,
    parent: null,
    created: '2026-01-01T00:00:00.000Z',
    expires: '2027-01-01T00:00:00.000Z',
    people: [person('alice'), person('bob'), person('carol')],
    rules: [two],
    heads: [],
  };
  const after: TrustRoot = {
    ...before,
    people: [person('alice'), person('carol', 'another key'), person('mallory')],
    rules: [{ ...two, threshold: 1, collections: ['terminals'], notAuthor: true }],
    heads: [{ site: 'prague-1', version: 7, statement: 'e'.repeat(64) }],
  };
  const announced = (differences: TrustDifferences | null) =>
    composeTrustChanged(
      { ...context, site: 'all sites' },
      { version: 2, digest: 'd'.repeat(64), signers: ['alice'], differences },
    );

  test('is announced with who comes, goes and changes, and what is needed from now on', () => {
    const alert = announced(trustDifferences(before, after));
    expect(alert).toMatchObject({
      type: 'trust-changed',
      severity: 'high',
      title: 'trust root 2 is in force, signed by alice',
    });
    expect(alert.facts.slice(2)).toEqual([
      { label: 'Added', text: 'mallory' },
      { label: 'Removed', text: 'bob' },
      { label: 'Other keys, roles or accounts', text: 'carol' },
      { label: 'Chain begins anew at', text: 'prague-1' },
      { label: 'Rule no more', text: '2 of owner for admin, root' },
      {
        label: 'New rule',
        text: '1 of owner for admin, root, the collections terminals, not counting whoever made the change',
      },
    ]);
    expect(alert.nextSteps.map(({ command }) => command)).toEqual(['tillwarden verify']);
  });

  test('that only renews the one before says nothing more', () => {
    expect(announced(trustDifferences(before, { ...before, version: 2 })).facts).toHaveLength(2);
  });

  test('after one that is gone says that it cannot tell', () => {
    expect(announced(null).facts.at(-1)).toEqual({
      label: 'What changed',
      text: 'unknown: the root before is gone',
    });
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
