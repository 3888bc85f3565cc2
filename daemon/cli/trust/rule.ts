import { RULE_KINDS, type Rule, type RuleKind } from '../../../baselines/index.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { type EditOptions, editDraft } from './edit.js';

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
      throw new CliError(
        'CLI_USAGE',
        `there is no such kind; needed are some of ${RULE_KINDS.join(', ')}, with commas between them`,
      );
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
  return editDraft(context, options, ({ people, rules }) => {
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
