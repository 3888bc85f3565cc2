import { ACCOUNT_SYSTEMS, type Account } from '../../../baselines/index.js';
import { CliError } from '../errors.js';

/** The accounts that `--account` names, each once. Throws `CLI_USAGE`. */
export function accountsOf(texts: readonly string[]): readonly Account[] {
  return [...new Set(texts)].map(accountOf);
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

/** The accounts that are not among `taken`. */
export function withoutAccounts(accounts: readonly Account[], taken: readonly Account[]): readonly Account[] {
  return accounts.filter(
    ({ system, name }) => !taken.some((one) => one.system === system && one.name === name),
  );
}
