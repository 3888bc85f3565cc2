import {
  ACCOUNT_SYSTEMS,
  type Account,
  keyFingerprint,
  type Person,
  parsePublicKey,
  proposeRoot,
  RULE_KINDS,
  type Rule,
  type RuleKind,
  type TrustRoot,
  verifyRequired,
  writeRootDraft,
} from '../../../baselines/index.js';
import type { CommandContext } from '../command-context.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { readPublicKey } from '../signing/signer.js';
import { DAY_MS, ROOT_DAYS, refuseOtherName } from './first-root.js';
import { currentHeads, openTrustSession, readDraft } from './session.js';
import { NOT_IN_FORCE, printDraft } from './text.js';

type Content = Pick<TrustRoot, 'people' | 'rules'>;

export interface EditOptions {
  /** Days that the draft is valid from now on; absent: what the draft has, or a year. */
  readonly days?: number;
}

export interface AddOptions extends EditOptions {
  readonly key: readonly string[];
  readonly role: readonly string[];
  /** `application:NAME` or `database:NAME`. */
  readonly account: readonly string[];
  readonly verifyRequired?: boolean;
}

/** `tillwarden trust add`: a person, or further keys, roles and accounts of one. */
export async function trustAdd(context: CommandContext, name: string, options: AddOptions): Promise<number> {
  refuseOtherName(name, 'a person');
  for (const role of options.role) refuseOtherName(role, 'a role');
  const keys = options.key.map((file) => {
    const key = readPublicKey(file);
    return (options.verifyRequired ? verifyRequired(key) : key).line;
  });
  const accounts = [...new Set(options.account)].map(accountOf);
  return edit(context, options, ({ people, rules }) => {
    const known = people.find((person) => person.name === name);
    const more = options.role.length + accounts.length;
    if (keys.length === 0 && (known === undefined || more === 0)) {
      throw new CliError(
        'CLI_USAGE',
        'nothing to add: needed is --key for a new person, --key, --role or --account for one there is',
      );
    }
    const person = known ?? { name, keys: [], roles: [] };
    const replaced = new Set(keys.map(blobOf));
    const added: Person = {
      ...person,
      keys: [...person.keys.filter((key) => !replaced.has(blobOf(key))), ...keys],
      roles: [...new Set([...person.roles, ...options.role])],
      accounts: [...without(person.accounts ?? [], accounts), ...accounts],
    };
    return { people: [...people.filter((one) => one !== known), added], rules };
  });
}

export interface RemoveOptions extends EditOptions {
  readonly key: readonly string[];
  readonly role: readonly string[];
  readonly account: readonly string[];
}

/** `tillwarden trust remove`: a person, or some of a person's keys, roles and accounts. */
export async function trustRemove(
  context: CommandContext,
  name: string,
  options: RemoveOptions,
): Promise<number> {
  const fingerprints = options.key.map((key) =>
    key.startsWith('SHA256:') ? key : keyFingerprint(readPublicKey(key)),
  );
  const accounts = [...new Set(options.account)].map(accountOf);
  return edit(context, options, ({ people, rules }) => {
    const person = people.find((one) => one.name === name);
    if (person === undefined) throw noSuch(`person; there is ${people.map((one) => one.name).join(', ')}`);
    const others = people.filter((one) => one !== person);
    if (fingerprints.length + options.role.length + accounts.length === 0) return { people: others, rules };
    const held = person.keys.map((line) => keyFingerprint(parsePublicKey(line)));
    if (!fingerprints.every((one) => held.includes(one)))
      throw noSuch(`key of ${name}; "tillwarden trust show" lists them`);
    if (!options.role.every((one) => person.roles.includes(one))) {
      throw noSuch(`role of ${name}; there is ${person.roles.join(', ')}`);
    }
    const left = without(person.accounts ?? [], accounts);
    if (left.length + accounts.length !== (person.accounts ?? []).length) {
      throw noSuch(`account of ${name}; "tillwarden trust show" lists them`);
    }
    if (held.every((one) => fingerprints.includes(one))) {
      throw new CliError(
        'CLI_USAGE',
        `${name} would have no key left; add another first (trust add ${name} --key FILE), or remove the person: trust remove ${name}`,
      );
    }
    const kept: Person = {
      ...person,
      keys: person.keys.filter((_, index) => !fingerprints.includes(held[index] ?? '')),
      roles: person.roles.filter((role) => !options.role.includes(role)),
      accounts: left,
    };
    return { people: [...others, kept], rules };
  });
}

export interface RuleOptions extends EditOptions {
  readonly threshold?: number;
  readonly role: readonly string[];
  /** Collections that the rule counts for in place of those that name their kind. */
  readonly collection: readonly string[];
  readonly notAuthor?: boolean;
  readonly beside?: boolean;
  readonly drop?: boolean;
}

/** `tillwarden trust rule`: how many of which roles must sign for some kinds, or collections, in place of what their rules said. */
export async function trustRule(
  context: CommandContext,
  kindList: string | undefined,
  options: RuleOptions,
): Promise<number> {
  const kinds = (kindList?.split(',') ?? []).map((kind) => {
    const known = RULE_KINDS.find((one) => one === kind);
    if (known === undefined)
      throw new CliError('CLI_USAGE', `KINDS are ${RULE_KINDS.join(', ')}, with commas between them`);
    return known;
  });
  const { threshold, role: roles, drop = false } = options;
  const collections = [...new Set(options.collection)];
  if (kinds.length + collections.length === 0) {
    throw new CliError(
      'CLI_USAGE',
      'needed are kinds, or the collections that the rule is for: --collection',
    );
  }
  if (drop !== (threshold === undefined && roles.length === 0)) {
    throw new CliError('CLI_USAGE', 'needed is --threshold with at least one --role, or --drop alone');
  }
  if (!drop && (threshold === undefined || roles.length === 0)) {
    throw new CliError('CLI_USAGE', 'needed are both: --threshold and at least one --role');
  }
  return edit(context, options, ({ people, rules }) => {
    const kept = options.beside ? rules : withoutNamed(rules, kinds, collections);
    if (threshold === undefined) return { people, rules: kept };
    const author = options.notAuthor ? { notAuthor: true as const } : {};
    return { people, rules: [...kept, { kinds, collections, threshold, roles, ...author }] };
  });
}

function withoutNamed(
  rules: readonly Rule[],
  kinds: readonly RuleKind[],
  collections: readonly string[],
): Rule[] {
  return rules.flatMap((rule) => {
    const left = {
      ...rule,
      kinds: rule.kinds.filter((kind) => !kinds.includes(kind)),
      collections: (rule.collections ?? []).filter((name) => !collections.includes(name)),
    };
    return left.kinds.length + left.collections.length === 0 ? [] : [left];
  });
}

/** `application:alice` or `database:alice`: what a watched system calls somebody. */
function accountOf(text: string): Account {
  const [, system, name] = /^(\w+):(.+)$/su.exec(text) ?? [];
  const known = ACCOUNT_SYSTEMS.find((one) => one === system);
  if (known === undefined || name === undefined) {
    throw new CliError(
      'CLI_USAGE',
      `--account is a system and a name, such as application:alice; the systems are ${ACCOUNT_SYSTEMS.join(', ')}`,
    );
  }
  return { system: known, name };
}

function without(accounts: readonly Account[], taken: readonly Account[]): readonly Account[] {
  return accounts.filter(
    ({ system, name }) => !taken.some((one) => one.system === system && one.name === name),
  );
}

/** Changes the draft of the next trust root, or begins one, and shows it. A draft that somebody signed is not touched. */
async function edit(
  context: CommandContext,
  options: EditOptions,
  change: (content: Content) => Content,
): Promise<number> {
  const { terminal, clock } = context;
  const session = await openTrustSession(context);
  const { config, trust, draft } = session;
  if (draft !== null && draft.review.signers.length > 0) {
    throw new CliError(
      'CLI_DRAFT_SIGNED',
      `the draft of trust root ${draft.review.root.version} is signed by ${draft.review.signers.join(', ')}; sign it too, or withdraw it with "tillwarden trust sign --withdraw"`,
    );
  }
  const now = clock();
  const kept = draft !== null && options.days === undefined ? Date.parse(draft.review.root.expires) : null;
  const proposal = proposeRoot(trust, {
    ...change(draft?.review.root ?? trust.root),
    heads: await currentHeads(session, now),
    createdMs: now,
    expiresMs: kept ?? now + (options.days ?? ROOT_DAYS) * DAY_MS,
  });
  await writeRootDraft(config.trust.directory, proposal);
  const written = await readDraft(config, session);
  if (written !== null) printDraft(terminal, session, written);
  terminal.out(NOT_IN_FORCE);
  return EXIT.same;
}

const blobOf = (line: string): string => line.slice(line.lastIndexOf(' ') + 1);

function noSuch(what: string): CliError {
  return new CliError('CLI_USAGE', `no such ${what}`);
}
