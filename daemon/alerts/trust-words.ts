import {
  type Account,
  isPasskeyLine,
  keyFingerprint,
  kindRequirements,
  pagesNeeded,
  parsePublicKey,
  RECOVERY_ROLE,
  type RootDifference,
  RULE_KINDS,
  type Rule,
  type RuleKind,
  type TrustRoot,
} from '../../baselines/index.js';
import { quote } from '../../notifiers/index.js';
import { counted, listed } from '../wording.js';

/** `ssh-ed25519 SHA256:…`, as `ssh-keygen -l` names a key, and what a trust root asks of it. */
export function keyWords(line: string): string {
  const key = parsePublicKey(line);
  const passkey = key.securityKey?.passkey ?? null;
  const verified = key.securityKey?.verifyRequired === true ? ', its user verified' : '';
  if (passkey === null) return `${key.type} ${keyFingerprint(key)}${verified}`;
  const { origin, pageOwner, deviceBound } = passkey;
  const whose =
    pageOwner === null ? 'on the own machine' : `a page of ${pageOwner}, which counts for one person`;
  const copies = deviceBound ? 'bound to its device' : 'may be synced to other devices';
  return `passkey ${keyFingerprint(key)} of ${origin} (${whose})${verified}, ${copies}`;
}

/** `2 of owner or recovery for root, admin, not counting whoever made the change`. */
export function ruleWords({ threshold, roles, kinds, collections = [], notAuthor }: Rule): string {
  const named = collections.length === 0 ? [] : [`the collections ${collections.join(', ')}`];
  const authors = notAuthor ? ', not counting whoever made the change' : '';
  return `${threshold} of ${roles.join(' or ')} for ${[...kinds, ...named].join(', ')}${authors}`;
}

/** How two trust roots differ, in one line for each difference: our words and names that people signed. */
export function rootDifferenceWords(difference: RootDifference): string[] {
  const { added, removed, altered, rulesAdded, rulesRemoved, headsPinned, headsDropped } = difference;
  return [
    ...removed.map(
      ({ name, roles, keys }) => `removes ${name} (${roles.join(', ')}) with ${counted(keys.length, 'key')}`,
    ),
    ...added.flatMap(({ name, roles, keys, accounts = [] }) => [
      `adds ${name} (${roles.join(', ')})`,
      ...keys.map((key) => `${name} may sign with ${keyWords(key)}`),
      ...accounts.map((account) => `${name} is the ${accountWords(account)}`),
    ]),
    ...altered.flatMap(alteredWords),
    ...rulesRemoved.map((rule) => `no longer needs ${ruleWords(rule)}`),
    ...rulesAdded.map((rule) => `needs ${ruleWords(rule)}`),
    ...headsPinned.map(
      ({ site, version, statement }) =>
        `${site} begins with baseline ${version}, sha256:${statement.slice(0, 16)}…`,
    ),
    ...headsDropped.map((site) => `${site} is no longer pinned to a baseline`),
  ];
}

function alteredWords(person: RootDifference['altered'][number]): string[] {
  const { name, keysAdded, keysRemoved, rolesAdded, rolesRemoved, accountsAdded, accountsRemoved } = person;
  const lines = [
    ...keysRemoved.map((key) => `${name} may no longer sign with ${keyWords(key)}`),
    ...keysAdded.map((key) => `${name} may sign with ${keyWords(key)}`),
    ...rolesRemoved.map((role) => `${name} is no longer ${role}`),
    ...rolesAdded.map((role) => `${name} becomes ${role}`),
    ...accountsRemoved.map((account) => `${name} is no longer the ${accountWords(account)}`),
    ...accountsAdded.map((account) => `${name} is the ${accountWords(account)}`),
  ];
  return lines.length > 0 ? lines : [`${name} is otherwise described`];
}

/** Names of accounts come from the watched system's administrators, and people signed them. */
export function accountWords({ system, name }: Account): string {
  return `${system} user ${quote({ untrusted: name }, 64)}`;
}

/**
 * Dangers of a trust root although it counts: where one key decides alone, where one lost key means that nobody can
 * approve, and what can never count. Each is one line.
 */
export function rootWarnings(root: TrustRoot): string[] {
  const byWords = new Map<string, string[]>();
  for (const kind of RULE_KINDS) {
    for (const words of kindWarnings(root, kind)) byWords.set(words, [...(byWords.get(words) ?? []), kind]);
  }
  const used = new Set(root.rules.flatMap(({ roles }) => roles));
  return [
    ...[...byWords].map(([words, kinds]) => `${kinds.join(', ')}: ${words}`),
    ...root.people
      .filter(({ roles }) => !roles.some((role) => used.has(role)))
      .map(({ name }) => `${name}: no rule names a role of theirs, so their signature counts for nothing`),
    ...pageWarnings(root),
  ];
}

/** Pages on which alone several people can sign. */
function pageWarnings({ people }: TrustRoot): string[] {
  const needing = new Map<string, string[]>();
  for (const person of people) {
    const pages = pagesNeeded(person)?.join(' or ');
    if (pages !== undefined) needing.set(pages, [...(needing.get(pages) ?? []), person.name]);
  }
  return [...needing]
    .filter(([, names]) => names.length > 1)
    .map(
      ([pages, names]) =>
        `${listed(names)} can sign on pages of ${pages} alone, and a page counts for one person; give them another key, or a passkey of their own machine`,
    );
}

/** True when somebody can sign with a passkey. */
function hasPasskeys({ people }: TrustRoot): boolean {
  return people.some(({ keys }) => keys.some(isPasskeyLine));
}

/** Kinds for which one person alone is worth a warning, however many there are. */
const CRITICAL: readonly RuleKind[] = ['root', 'admin', 'permission', 'contact', 'wallet-route', 'sensor'];

function kindWarnings(root: TrustRoot, kind: RuleKind): string[] {
  const requirements = kindRequirements(root, kind);
  const decides = CRITICAL.includes(kind) && requirements.every(({ needed }) => needed === 1);
  const fragile = requirements.find(({ needed, people }) => needed === people.length);
  const named = root.rules.some(({ kinds }) => kinds.includes(kind));
  return [
    ...(decides ? ['one signature is enough; whoever has one of the keys can approve anything of it'] : []),
    ...(fragile ? [fragileWords(fragile.people)] : []),
    ...(named ? [] : ['no rule names it, so the strictest one counts']),
  ];
}

function fragileWords(people: readonly string[]): string {
  return people.length === 1
    ? `only ${listed(people)} can sign; when that key is lost, nobody can`
    : `all of ${listed(people)} must sign; when one of their keys is lost, nobody can`;
}

/** Warnings that a change of trust root brings. Rules that get easier to meet are among them. */
export function rotationWarnings(before: TrustRoot, after: TrustRoot): string[] {
  const old = new Set(rootWarnings(before));
  const eased = RULE_KINDS.flatMap((kind) => {
    const [was, is] = [peopleNeeded(before, kind), peopleNeeded(after, kind)];
    return is < was ? [`${kind}: ${is} must sign where ${was} had to`] : [];
  });
  const hadRecovery = before.people.some(({ roles }) => roles.includes(RECOVERY_ROLE));
  const hasRecovery = after.people.some(({ roles }) => roles.includes(RECOVERY_ROLE));
  return [
    ...eased,
    ...rootWarnings(after).filter((warning) => !old.has(warning)),
    ...(hadRecovery && !hasRecovery ? ['no recovery key is left'] : []),
    ...(hasPasskeys(after) && !hasPasskeys(before)
      ? [
          'the first passkey: a daemon of a version before this one refuses the root; upgrade every daemon before signing it',
        ]
      : []),
  ];
}

function peopleNeeded(root: TrustRoot, kind: RuleKind): number {
  return Math.max(...kindRequirements(root, kind).map(({ needed }) => needed));
}
