import {
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
} from '../../baselines/index.js';
import type { CommandContext } from './command.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-code.js';
import { DAY_MS, ROOT_DAYS, refuseOtherName } from './first-root.js';
import { readPublicKey } from './signer.js';
import { currentHeads, openTrustDesk, readDraft } from './trust-desk.js';
import { NOT_IN_FORCE, printDraft } from './trust-text.js';

type Content = Pick<TrustRoot, 'people' | 'rules'>;

export interface EditOptions {
  /** Days that the draft is valid from now on; absent: what the draft has, or a year. */
  readonly days?: number;
}

export interface AddOptions extends EditOptions {
  readonly key: readonly string[];
  readonly role: readonly string[];
  readonly verifyRequired?: boolean;
}

/** `tillwarden trust add`: a person, or further keys and roles of one. */
export async function trustAdd(context: CommandContext, name: string, options: AddOptions): Promise<number> {
  refuseOtherName(name, 'a person');
  for (const role of options.role) refuseOtherName(role, 'a role');
  const keys = options.key.map((file) => {
    const key = readPublicKey(file);
    return (options.verifyRequired ? verifyRequired(key) : key).line;
  });
  return edit(context, options, ({ people, rules }) => {
    const known = people.find((person) => person.name === name);
    if (keys.length === 0 && (known === undefined || options.role.length === 0)) {
      throw new CliError(
        'CLI_USAGE',
        'nothing to add: needed is --key for a new person, --key or --role for one there is',
      );
    }
    const person = known ?? { name, keys: [], roles: [] };
    const replaced = new Set(keys.map(blobOf));
    const added: Person = {
      ...person,
      keys: [...person.keys.filter((key) => !replaced.has(blobOf(key))), ...keys],
      roles: [...new Set([...person.roles, ...options.role])],
    };
    return { people: [...people.filter((one) => one !== known), added], rules };
  });
}

export interface RemoveOptions extends EditOptions {
  readonly key: readonly string[];
  readonly role: readonly string[];
}

/** `tillwarden trust remove`: a person, or some of a person's keys and roles. */
export async function trustRemove(
  context: CommandContext,
  name: string,
  options: RemoveOptions,
): Promise<number> {
  const fingerprints = options.key.map((key) =>
    key.startsWith('SHA256:') ? key : keyFingerprint(readPublicKey(key)),
  );
  return edit(context, options, ({ people, rules }) => {
    const person = people.find((one) => one.name === name);
    if (person === undefined) throw noSuch(`person; there is ${people.map((one) => one.name).join(', ')}`);
    const others = people.filter((one) => one !== person);
    if (fingerprints.length === 0 && options.role.length === 0) return { people: others, rules };
    const held = person.keys.map((line) => keyFingerprint(parsePublicKey(line)));
    if (!fingerprints.every((one) => held.includes(one)))
      throw noSuch(`key of ${name}; "tillwarden trust show" lists them`);
    if (!options.role.every((one) => person.roles.includes(one))) {
      throw noSuch(`role of ${name}; there is ${person.roles.join(', ')}`);
    }
    if (held.every((one) => fingerprints.includes(one))) {
      throw new CliError(
        'CLI_USAGE',
        `${name} would have no key left; add another first (trust add ${name} --key FILE), or remove the person: trust remove ${name}`,
      );
    }
    const left: Person = {
      ...person,
      keys: person.keys.filter((_, index) => !fingerprints.includes(held[index] ?? '')),
      roles: person.roles.filter((role) => !options.role.includes(role)),
    };
    return { people: [...others, left], rules };
  });
}

export interface RuleOptions extends EditOptions {
  readonly threshold?: number;
  readonly role: readonly string[];
  readonly beside?: boolean;
  readonly drop?: boolean;
}

/** `tillwarden trust rule`: how many of which roles must sign for some kinds, in place of what their rules said. */
export async function trustRule(
  context: CommandContext,
  kindList: string,
  options: RuleOptions,
): Promise<number> {
  const kinds = kindList.split(',').map((kind) => {
    const known = RULE_KINDS.find((one) => one === kind);
    if (known === undefined)
      throw new CliError('CLI_USAGE', `KINDS are ${RULE_KINDS.join(', ')}, with commas between them`);
    return known;
  });
  const { threshold, role: roles, drop = false } = options;
  if (drop !== (threshold === undefined && roles.length === 0)) {
    throw new CliError('CLI_USAGE', 'needed is --threshold with at least one --role, or --drop alone');
  }
  if (!drop && (threshold === undefined || roles.length === 0)) {
    throw new CliError('CLI_USAGE', 'needed are both: --threshold and at least one --role');
  }
  return edit(context, options, ({ people, rules }) => {
    const kept = options.beside ? rules : withoutKinds(rules, kinds);
    return { people, rules: threshold === undefined ? kept : [...kept, { kinds, threshold, roles }] };
  });
}

function withoutKinds(rules: readonly Rule[], kinds: readonly RuleKind[]): Rule[] {
  return rules.flatMap((rule) => {
    const left = rule.kinds.filter((kind) => !kinds.includes(kind));
    if (left.length === rule.kinds.length) return [rule];
    return left.length === 0 ? [] : [{ ...rule, kinds: left }];
  });
}

/** Changes the draft of the next trust root, or begins one, and shows it. A draft that somebody signed is not touched. */
async function edit(
  context: CommandContext,
  options: EditOptions,
  change: (content: Content) => Content,
): Promise<number> {
  const { terminal, clock } = context;
  const desk = await openTrustDesk(context);
  const { config, trust, draft } = desk;
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
    heads: await currentHeads(desk, now),
    createdMs: now,
    expiresMs: kept ?? now + (options.days ?? ROOT_DAYS) * DAY_MS,
  });
  await writeRootDraft(config.trust.directory, proposal);
  const written = await readDraft(config, desk);
  if (written !== null) printDraft(terminal, desk, written);
  terminal.out(NOT_IN_FORCE);
  return EXIT.same;
}

const blobOf = (line: string): string => line.slice(line.lastIndexOf(' ') + 1);

function noSuch(what: string): CliError {
  return new CliError('CLI_USAGE', `no such ${what}`);
}
