import { type Person, proposeRoot, RECOVERY_ROLE, type RootProposal } from '../../../baselines/index.js';
import { CliError } from '../errors.js';
import { readPublicKey } from '../signing/signer.js';

/** What `tillwarden init` and `tillwarden trust init` make trust root 1 of. */
export interface FirstRootOptions {
  /** Public keys of the approvers, in the order of `name`. */
  readonly key: readonly string[];
  readonly name: readonly string[];
  /** Public keys that are kept offline, for the day when too few others are left. */
  readonly recovery: readonly string[];
  readonly days: number;
}

const OPERATOR_ROLE = 'operator';
export const DAY_MS = 86_400_000;
/** How long a trust root is valid when nobody says otherwise. */
export const ROOT_DAYS = 365;

/** Two people for what is critical as soon as there are two, one for the rest. Recovery keys may sign trust roots, nothing else. */
export function firstRoot(options: FirstRootOptions, nowMs: number): RootProposal {
  const people = peopleOf(options);
  const recovery = options.recovery.map((file, index) => ({
    name: `${RECOVERY_ROLE}-${index + 1}`,
    roles: [RECOVERY_ROLE],
    keys: [readPublicKey(file).line],
  }));
  const threshold = Math.min(2, people.length);
  const roles = [OPERATOR_ROLE];
  const critical = [
    ...(['admin', 'permission', 'contact', 'wallet-route', 'sensor'] as const),
    ...(['access-link', 'address-book', 'door'] as const),
  ];
  return proposeRoot(null, {
    people: [...people, ...recovery],
    rules: [
      ...(recovery.length === 0
        ? [{ kinds: ['root', ...critical] as const, threshold, roles }]
        : [
            { kinds: ['root'] as const, threshold, roles: [...roles, RECOVERY_ROLE] },
            { kinds: critical, threshold, roles },
          ]),
      { kinds: ['terminal', 'config', 'file'], threshold: 1, roles },
    ],
    heads: [],
    createdMs: nowMs,
    expiresMs: nowMs + options.days * DAY_MS,
  });
}

function peopleOf({ key, name }: FirstRootOptions): readonly Person[] {
  if (key.length === 0 || key.length !== name.length) {
    throw new CliError(
      'CLI_USAGE',
      `there are ${key.length} --key and ${name.length} --name; needed is one name for each key, at least one`,
    );
  }
  for (const person of name) refuseOtherName(person, 'an approver');
  return name.map((person, index) => ({
    name: person,
    roles: [OPERATOR_ROLE],
    keys: [readPublicKey(key[index] ?? '').line],
  }));
}

/** The name of a person or role as the trust root has it. Throws `CLI_USAGE`. */
export function refuseOtherName(name: string, whose: string): void {
  if (/^[a-z0-9-]{1,63}$/.test(name)) return;
  throw new CliError(
    'CLI_USAGE',
    `the name of ${whose} is not of the needed form: 1 to 63 of a-z, 0-9 and -`,
  );
}
