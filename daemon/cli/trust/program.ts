import type { Command } from 'commander';
import {
  collect,
  command,
  configured,
  examples,
  type Run,
  wholeDays,
  wholePeople,
} from '../command-definition.js';

/** `tillwarden trust …`: the life of the trust root. */
export function addTrustCommands(program: Command, run: Run): void {
  const trust = command(
    program,
    'trust',
    'whose keys count: make, show, change and sign trust roots',
  ).addHelpText(
    'after',
    examples(
      'tillwarden trust show',
      'tillwarden trust add carol --key carol.pub --role operator',
      'tillwarden trust sign',
    ),
  );
  const DAYS = ['--days <number>', 'how long it is valid', wholeDays] as const;
  const NEXT = 'Nothing is in force before enough people have run "tillwarden trust sign".';

  const ACCOUNT = [
    '--account <system:name>',
    'what the application or the database calls them, such as application:alice; repeatable',
    collect,
    [] as string[],
  ] as const;

  command(trust, 'init', 'write trust root 1 from SSH public keys')
    .requiredOption('--key <file>', 'public key of an approver; repeat it with --name for each', collect, [])
    .requiredOption('--name <name>', 'name of that approver, of a-z, 0-9 and -', collect, [])
    .option('--recovery <file>', 'public key that is kept offline; repeatable', collect, [])
    .option('--directory <folder>', 'where to write', 'trust')
    .option(...DAYS, 365)
    .addHelpText('after', examples('tillwarden trust init --key alice.pub --name alice --recovery safe.pub'))
    .action(run(async (context, options) => (await import('./init.js')).trustInit(context, options)));

  configured(trust, 'show', 'print the trust root in force and the draft of the next one')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('tillwarden trust show'))
    .action(run(async (context, options) => (await import('./show.js')).trustShow(context, options)));

  configured(trust, 'add', 'draft a root with another person, or with more keys or roles of one')
    .argument('<person>', 'name, of a-z, 0-9 and -')
    .option('--key <file>', 'public key; repeatable', collect, [])
    .option('--role <name>', 'role; repeatable', collect, [])
    .option(...ACCOUNT)
    .option(
      '--verify-required',
      'the security key must verify its user: PIN or fingerprint, not a touch alone',
    )
    .option(...DAYS)
    .addHelpText(
      'after',
      `${examples('tillwarden trust add carol --key carol.pub --role operator', 'tillwarden trust add carol --account application:carol')}\n${NEXT}`,
    )
    .action(
      run(async (context, name, options) => (await import('./edit.js')).trustAdd(context, name, options)),
    );

  configured(trust, 'remove', 'draft a root without a person, or without some keys or roles of one')
    .argument('<person>', 'name')
    .option('--key <file>', 'public key, or SHA256:… as "trust show" prints it; repeatable', collect, [])
    .option('--role <name>', 'role; repeatable', collect, [])
    .option(...ACCOUNT)
    .option(...DAYS)
    .addHelpText('after', `${examples('tillwarden trust remove bob')}\n${NEXT}`)
    .action(
      run(async (context, name, options) => (await import('./edit.js')).trustRemove(context, name, options)),
    );

  configured(trust, 'rule', 'draft a root with another rule for some kinds or collections')
    .argument('[kinds]', 'admin, permission, contact, wallet-route, terminal, config, file, sensor, root')
    .option('--threshold <number>', 'how many people must sign', wholePeople)
    .option('--role <name>', 'role they must have; repeatable', collect, [])
    .option('--collection <name>', 'a collection it is for in place of its kind; repeatable', collect, [])
    .option('--not-author', 'whoever made the change, by its author column, does not count')
    .option('--beside', 'keep the rules that name these kinds: all of them must be met')
    .option('--drop', 'no rule names these kinds any more: the strictest one counts')
    .option(...DAYS)
    .addHelpText(
      'after',
      `${examples('tillwarden trust rule admin,wallet-route --threshold 2 --role operator', 'tillwarden trust rule --collection hot_wallets --threshold 2 --role operator --not-author')}\n${NEXT}`,
    )
    .action(
      run(async (context, kinds, options) => (await import('./edit.js')).trustRule(context, kinds, options)),
    );

  configured(trust, 'sign', 'look at the draft, sign it, and put it into force when enough people have')
    .option('--key <file>', 'private key, or the .pub of a key in your agent; both are searched when absent')
    .option('--accept <digest>', 'do not ask: sign the draft of this digest')
    .option('--renew', 'draft a root that changes nothing but the dates')
    .option(...DAYS)
    .option('--withdraw', 'remove the draft')
    .addHelpText('after', examples('tillwarden trust sign', 'tillwarden trust sign --renew --days 365'))
    .action(run(async (context, options) => (await import('./sign.js')).trustSign(context, options)));

  configured(trust, 'verify', 'check every trust root from the pinned one on, offline')
    .option('--json', 'print JSON')
    .addHelpText('after', `${examples('tillwarden trust verify')}\nExit code 12 when anything is refused.`)
    .action(run(async (context, options) => (await import('./show.js')).trustVerify(context, options)));
}
