/** What most cases begin with: a trust root, a site with three collections, and functions to make steps and cases. */
import { documentText, keys, recordText, sha256, signature } from './writer.mjs';

export const SITE = 'prague-1';
export const NOW = '2026-11-24T12:00:00.000Z';
export const label = (version) => String(version).padStart(6, '0');

export const people = [
  { name: 'anna', roles: ['owner'], keys: [keys['anna-second'].line, keys.anna.line] },
  { name: 'ben', roles: ['owner'], keys: [keys.ben.line] },
  { name: 'cora', roles: ['owner', 'tech'], keys: [keys.cora.line] },
  { name: 'dan', roles: ['tech'], keys: [keys.dan.line] },
  { name: 'eve', roles: ['auditor'], keys: [keys.eve.line] },
];
/** No rule names `file`. */
export const rules = [
  {
    kinds: ['root', 'admin', 'permission', 'contact', 'wallet-route', 'sensor'],
    threshold: 2,
    roles: ['owner'],
  },
  { kinds: ['terminal'], threshold: 1, roles: ['owner', 'tech'] },
  { kinds: ['config'], threshold: 1, roles: ['tech'] },
];

/** A trust root with its signatures. `signers` are names of keys. */
export function root(parent, over = {}, signers = parent === null ? [] : ['anna', 'ben'], options = {}) {
  const version = parent === null ? 1 : parent.version + 1;
  const value = {
    format: 'tillwarden-root/1',
    version,
    parent: parent === null ? null : parent.digest,
    created: '2026-01-01T00:00:00.000Z',
    expires: '2028-01-01T00:00:00.000Z',
    people,
    rules,
    heads: [],
    ...over,
  };
  const bytes = Buffer.from((options.text ?? ((text) => text))(documentText(value)));
  return signed(`root.${label(version)}`, version, bytes, signers, 'root@tillwarden');
}

/** A definition of our reference schema. */
export function definition(name, kind, over = {}) {
  return {
    name,
    kind,
    source: 'cas',
    table: `public.${name}`,
    key: ['id'],
    columns: ['name', 'value'],
    secret: [],
    ...over,
  };
}

/** A collection whose records are given as [key, name, value]. `text` replaces the whole records file. */
export function collection(name, kind, rows, over = {}) {
  const text = over.text ?? rows.map(([key, ...values]) => recordText([key], fields(values))).join('');
  return {
    entry: {
      definition: definition(name, kind, over.definition),
      records: over.digest ?? sha256(text),
      count: over.count ?? rows.length,
      ...over.entry,
    },
    bytes: Buffer.from(text),
  };
}
const fields = ([name, value]) => [
  ['name', name],
  ['value', value],
];

export const admins = collection('admins', 'admin', [
  ['1', 'alice', 'owner'],
  ['2', 'bob', null],
]);
export const routes = collection('routes', 'wallet-route', [['BTC', 'sell', 'bc1qexample']]);
export const terminals = collection('terminals', 'terminal', [['BT300001', 'Praha', 'active']]);
export const base = [admins, routes, terminals];
export const moreTerminals = collection('terminals', 'terminal', [
  ['BT300001', 'Praha', 'active'],
  ['BT300002', 'Brno', 'active'],
]);
export const otherRoutes = collection('routes', 'wallet-route', [['BTC', 'sell', 'bc1qthief']]);
/** `base` with one collection in another state. */
export const withOne = (changed) =>
  base.map((one) => (one.entry.definition.name === changed.entry.definition.name ? changed : one));

/**
 * A step of the chain. `over` replaces members of the statement, `options.text` its text before it is signed,
 * `options.collections` the order of the collections.
 */
export function step(parent, collections, signers, over = {}, options = {}) {
  const version = parent === null ? 1 : parent.version + 1;
  const value = {
    format: 'tillwarden-baseline/1',
    site: SITE,
    version,
    parent: parent === null ? null : parent.digest,
    created: '2026-11-01T00:00:00.000Z',
    expires: '2027-11-01T00:00:00.000Z',
    reason: 'as reviewed',
    collections: collections.map(({ entry }) => entry),
    ...over,
  };
  const bytes = Buffer.from((options.text ?? ((text) => text))(documentText(value)));
  return {
    ...signed(label(version), version, bytes, signers, 'baseline@tillwarden'),
    records: new Map(collections.map(({ entry, bytes }) => [entry.records, bytes])),
  };
}

function signed(stem, version, bytes, signers, namespace) {
  const signatures = signers.map((name) => ({
    file: `${stem}.${name}.sig`,
    text: signature(keys[name], bytes, { namespace }),
  }));
  return { file: `${stem}.json`, version, bytes, digest: sha256(bytes), signatures };
}

export const root1 = root(null);
export const v1 = step(null, base, ['anna', 'ben']);
export const v2 = step(v1, withOne(moreTerminals), ['dan']);

/** A signature file of a document whose text the case chose itself. */
export const sig = (document, name, text) => ({ file: `${document.file.slice(0, -5)}.${name}.sig`, text });

/** A case about a site's chain. `expect`: head (version or null), signers of the head, refused and notices (codes). */
export function chainCase(name, why, documents, expect, over = {}) {
  return {
    name,
    why,
    pin: (over.trust ?? [root1])[0].digest,
    site: SITE,
    now: NOW,
    trust: [root1],
    documents,
    records: new Map(documents.flatMap((document) => [...document.records])),
    ...over,
    expect: {
      trust: { version: (over.trust ?? [root1]).length, refused: [], notices: [] },
      refused: [],
      notices: [],
      ...expect,
    },
  };
}

/** A case about trust roots alone. `expect`: an error code when there is no trust at all, or version, refused, notices. */
export function trustCase(name, why, trust, expect, over = {}) {
  return {
    name,
    why,
    pin: trust[0]?.digest ?? '',
    site: SITE,
    now: NOW,
    trust,
    documents: [],
    records: new Map(),
    ...over,
    expect: {
      trust: expect.error ? expect : { refused: [], notices: [], ...expect },
      head: null,
      refused: [],
      notices: [],
    },
  };
}

/** Turns one bit of the byte at `at`. */
export function flip(bytes, at) {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at] ^= 1;
  return copy;
}
