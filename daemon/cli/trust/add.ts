import { type Person, verifyRequired } from '../../../baselines/index.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { readPublicKey } from '../signing/signer.js';
import { accountsOf, withoutAccounts } from './account.js';
import { type EditOptions, editDraft } from './edit.js';
import { refuseOtherName } from './first-root.js';

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
  const accounts = accountsOf(options.account);
  return editDraft(context, options, ({ people, rules }) => {
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
      accounts: [...withoutAccounts(person.accounts ?? [], accounts), ...accounts],
    };
    return { people: [...people.filter((one) => one !== known), added], rules };
  });
}

/** The key itself, behind its type and what it asks of its holder. */
const blobOf = (line: string): string => line.slice(line.lastIndexOf(' ') + 1);
