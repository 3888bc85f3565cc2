import { documentBytes, type JsonValue, parseDocument } from './canonical.js';
import { KINDS, type Kind } from './definition.js';
import { BaselineError } from './errors.js';
import { isPasskeyLine } from './passkey.js';
import * as shape from './shape.js';
import { parsePublicKey } from './ssh-key.js';
import { MAX_VERSION, parseParent } from './statement.js';

export const ROOT_FORMAT = 'tillwarden-root/1';

/** The subject of a rule: a kind of collection, or the trust root itself. */
export const RULE_KINDS = [...KINDS, 'root'] as const;
export type RuleKind = Kind | 'root';

/**
 * The role of recovery keys, which are kept offline for the day when too few others are left. Whatever is signed with one is
 * announced as critical, so their owner has no other role.
 */
export const RECOVERY_ROLE = 'recovery';

export interface Person {
  /** `[a-z0-9-]{1,63}`. */
  readonly name: string;
  readonly roles: readonly string[];
  /** As `parsePublicKey` reads them. Signing with several of them still counts as one person. */
  readonly keys: readonly string[];
  /** Names that the watched systems have for this person: by these their own changes are known. Ordered; absent when there are none. */
  readonly accounts?: readonly Account[];
}

/** Where an account is: a role of the database, or a login of the application. For people; names are compared alone. */
export const ACCOUNT_SYSTEMS = ['application', 'database'] as const;
export interface Account {
  readonly system: (typeof ACCOUNT_SYSTEMS)[number];
  readonly name: string;
}

/** At least `threshold` distinct people who have one of the roles must sign for these kinds and collections. */
export interface Rule {
  /** May be empty when `collections` is there. */
  readonly kinds: readonly RuleKind[];
  /** Names of collections, at any site. A rule that names a collection counts for it instead of those that name its kind. */
  readonly collections?: readonly string[];
  readonly threshold: number;
  readonly roles: readonly string[];
  /** Whoever the records name as author of a change does not count for it. */
  readonly notAuthor?: true;
}

/** A head that stays valid although the keys that signed it may be gone: the chain of the site begins there. */
export interface PinnedHead {
  readonly site: string;
  readonly version: number;
  /** Hex SHA-256 of the statement's bytes. */
  readonly statement: string;
}

/** Whose keys count, for which kinds, how many are needed. */
export interface TrustRoot {
  readonly format: typeof ROOT_FORMAT;
  readonly version: number;
  /** Hex SHA-256 of the parent root's bytes; null for version 1 and for no other. */
  readonly parent: string | null;
  /** ISO UTC instants with milliseconds. */
  readonly created: string;
  readonly expires: string;
  /** Ordered by name. */
  readonly people: readonly Person[];
  readonly rules: readonly Rule[];
  /** Ordered by site. */
  readonly heads: readonly PinnedHead[];
}

/** The bytes that are signed and written to disk; throws what `parseTrustRoot` would throw for them. */
export function trustRootBytes(root: TrustRoot): Uint8Array {
  const { format, version, parent, created, expires } = root;
  const people = root.people
    .map(({ name, roles, keys, accounts = [] }) => ({
      name,
      roles: [...roles].sort(),
      keys: [...keys].sort(),
      ...(accounts.length === 0 ? {} : { accounts: accounts.map(accountOf).sort(byAccount) }),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const rules = root.rules.map(({ kinds, threshold, roles, collections = [], notAuthor }) => ({
    kinds,
    threshold,
    roles,
    ...(collections.length === 0 ? {} : { collections: [...collections].sort() }),
    ...(notAuthor ? { notAuthor } : {}),
  }));
  const heads = root.heads
    .map(({ site, version, statement }) => ({ site, version, statement }))
    .sort((a, b) => (a.site < b.site ? -1 : 1));
  const bytes = documentBytes({ format, version, parent, created, expires, people, rules, heads });
  parseTrustRoot(bytes);
  return bytes;
}

/**
 * Reads a trust root and refuses every text but the one `trustRootBytes` writes. Also refuses a key that two people
 * share and a rule that cannot be met. Says nothing about who signed it.
 */
export function parseTrustRoot(bytes: Uint8Array): TrustRoot {
  const fields = shape.exactObject(
    parseDocument(bytes),
    ['format', 'version', 'parent', 'created', 'expires', 'people', 'rules', 'heads'],
    'A trust root',
  );
  const version = shape.integer(fields.version, 1, MAX_VERSION, 'version');
  const root: TrustRoot = {
    format: shape.oneOf(fields.format, [ROOT_FORMAT], 'format'),
    version,
    parent: parseParent(fields.parent, version),
    created: shape.instant(fields.created, 'created'),
    expires: shape.instant(fields.expires, 'expires'),
    people: shape.list(fields.people, 1000, 'people').map(parsePerson),
    rules: shape.list(fields.rules, 100, 'rules').map(parseRule),
    heads: shape.list(fields.heads, 5000, 'heads').map(parseHead),
  };
  if (root.created >= root.expires) shape.refuse('expires', 'later than created');
  if (root.rules.length === 0) shape.refuse('rules', 'at least one rule');
  shape.ascending(
    root.people.map((person) => person.name),
    'The names of people',
  );
  shape.ascending(
    root.heads.map((head) => head.site),
    'The sites of heads',
  );
  refuseSharedKeys(root.people);
  const pages = new Map(root.people.map((person) => [person.name, pagesNeeded(person)]));
  for (const rule of root.rules) refuseUnreachable(rule, root.people, pages);
  return root;
}

function parsePerson(value: JsonValue): Person {
  const fields = shape.objectWith(value, ['name', 'roles', 'keys'], ['accounts'], 'A person');
  const keys = shape.list(fields.keys, 16, 'keys').map((key) => shape.text(key, 8192, 'A key'));
  if (keys.length === 0) shape.refuse('keys', 'at least one key');
  const roles = shape.ascending(parseRoles(fields.roles), 'roles');
  if (roles.length > 1 && roles.includes(RECOVERY_ROLE)) {
    shape.refuse('roles', `${RECOVERY_ROLE} alone: a recovery key is nobody's everyday key`);
  }
  return {
    name: shape.matching(fields.name, shape.NAME, 'The name of a person'),
    roles,
    keys: shape.ascending(keys, 'keys').map((key) => parsePublicKey(key).line),
    ...(fields.accounts === undefined ? {} : { accounts: parseAccounts(fields.accounts) }),
  };
}

function parseAccounts(value: JsonValue): readonly Account[] {
  const accounts = shape.list(value, 64, 'accounts').map((account) => {
    const fields = shape.exactObject(account, ['system', 'name'], 'An account');
    return {
      system: shape.oneOf(fields.system, ACCOUNT_SYSTEMS, 'system'),
      name: shape.text(fields.name, 255, 'The name of an account'),
    };
  });
  if (accounts.length === 0) shape.refuse('accounts', 'at least one account, or absent');
  shape.ascending(accounts.map(accountText), 'accounts');
  return accounts;
}

/** The system first, which never holds a line feed. */
const accountText = ({ system, name }: Account): string => `${system}\n${name}`;
const accountOf = ({ system, name }: Account) => ({ system, name });
const byAccount = (a: Account, b: Account): number => (accountText(a) < accountText(b) ? -1 : 1);

function parseRule(value: JsonValue): Rule {
  const fields = shape.objectWith(
    value,
    ['kinds', 'threshold', 'roles'],
    ['collections', 'notAuthor'],
    'A rule',
  );
  const { collections, notAuthor } = fields;
  const kinds = shape.list(fields.kinds, RULE_KINDS.length, 'kinds');
  if (kinds.length === 0 && collections === undefined) shape.refuse('kinds', 'at least one kind');
  if (notAuthor !== undefined && notAuthor !== true) shape.refuse('notAuthor', 'true or absent');
  return {
    kinds: shape.distinct(
      kinds.map((kind) => shape.oneOf(kind, RULE_KINDS, 'A kind')),
      'kinds',
    ),
    ...(collections === undefined ? {} : { collections: parseCollections(collections) }),
    threshold: shape.integer(fields.threshold, 1, 1000, 'threshold'),
    roles: shape.distinct(parseRoles(fields.roles), 'roles'),
    ...(notAuthor === true ? { notAuthor } : {}),
  };
}

function parseCollections(value: JsonValue): readonly string[] {
  const names = shape
    .list(value, 1000, 'collections')
    .map((name) => shape.matching(name, shape.COLLECTION, 'The name of a collection'));
  if (names.length === 0) shape.refuse('collections', 'at least one collection, or absent');
  return shape.ascending(names, 'collections');
}

function parseRoles(value: JsonValue): readonly string[] {
  return shape.list(value, 100, 'roles').map((role) => shape.matching(role, shape.NAME, 'A role'));
}

function parseHead(value: JsonValue): PinnedHead {
  const fields = shape.exactObject(value, ['site', 'version', 'statement'], 'A head');
  return {
    site: shape.matching(fields.site, shape.NAME, 'site'),
    version: shape.integer(fields.version, 1, MAX_VERSION, 'version'),
    statement: shape.digest(fields.statement, 'statement'),
  };
}

function refuseSharedKeys(people: readonly Person[]): void {
  const owners = new Map<string, string>();
  for (const person of people) {
    for (const line of person.keys) {
      // Without type and options: the same key could be written with `verify-required` and without.
      const key = line.slice(line.lastIndexOf(' ') + 1);
      const other = owners.get(key);
      if (other !== undefined) {
        throw new BaselineError(
          'BASELINE_TRUST_KEY_SHARED',
          other === person.name
            ? `${other} has the same key twice.`
            : `${other} and ${person.name} have the same key; each person needs a key of their own.`,
        );
      }
      owners.set(key, person.name);
    }
  }
}

function refuseUnreachable(
  rule: Rule,
  people: readonly Person[],
  pages: ReadonlyMap<string, readonly string[] | null>,
): void {
  const eligible = eligiblePeople(rule, people);
  const counting = mostCounting(eligible.map((person) => pages.get(person) ?? null));
  const what = [...rule.kinds, ...(rule.collections ?? [])].join(', ');
  const unheld = rule.roles.find((role) => !people.some((person) => person.roles.includes(role)));
  if (unheld === undefined && counting >= rule.threshold) return;
  throw new BaselineError(
    'BASELINE_TRUST_UNREACHABLE',
    unheld === undefined
      ? `The rule for ${what} needs ${rule.threshold} people and only ${eligible.length} have its roles${counting < eligible.length ? `, of whom ${counting} can count: a page counts for one person` : ''}.`
      : `The rule for ${what} names the role ${unheld} and nobody has it.`,
  );
}

/** Number of people who can count together at most, given the pages each needs: all who need none, and one for each page. */
function mostCounting(pages: readonly (readonly string[] | null)[]): number {
  const needing = pages.filter((owners) => owners !== null);
  return pages.length - needing.length + Math.min(needing.length, new Set(needing.flat()).size);
}

/** The owners of the pages on which alone a person can sign, each once; null for whoever has a key that needs none. */
export function pagesNeeded({ keys }: Pick<Person, 'keys'>): readonly string[] | null {
  const pages = new Set<string>();
  for (const line of keys) {
    const owner = isPasskeyLine(line) ? parsePublicKey(line).securityKey?.passkey?.pageOwner : null;
    if (!owner) return null;
    pages.add(owner);
  }
  return [...pages].sort();
}

/** Names of those who may sign for a rule. */
export function eligiblePeople(rule: Rule, people: readonly Person[]): readonly string[] {
  return people
    .filter((person) => person.roles.some((role) => rule.roles.includes(role)))
    .map((person) => person.name);
}

/** Of these names, those that stand for recovery keys. */
export function recoveryAmong(names: readonly string[], root: TrustRoot): readonly string[] {
  return names.filter((name) =>
    root.people.some((person) => person.name === name && person.roles.includes(RECOVERY_ROLE)),
  );
}
