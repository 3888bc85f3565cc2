import { keyFingerprint, type Person, parsePublicKey } from '../../../baselines/index.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { readPublicKey } from '../signing/signer.js';
import { accountsOf, withoutAccounts } from './account.js';
import { type EditOptions, editDraft } from './edit.js';

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
  const accounts = accountsOf(options.account);
  return editDraft(context, options, ({ people, rules }) => {
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
    const left = withoutAccounts(person.accounts ?? [], accounts);
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

function noSuch(what: string): CliError {
  return new CliError('CLI_USAGE', `no such ${what}; see which there are with "tillwarden trust show"`);
}
