import { DEMO_DATABASES } from '../../demo/database-names.js';
import { defineCommand } from '../command.js';
import { flagOption, oneOfWords, parsedOption, textOption } from '../option.js';

const demoSqlCommand = defineCommand({
  name: 'sql',
  description: 'run a statement in the database of the running demo',
  argument: ['<statement>', 'SQL'],
  examples: ['tillwarden demo sql "update person set email = \'x@example.org\' where id = 3"'],
  action: async (_context, _options, statement) => (await import('../../demo/index.js')).demoSql(statement),
});

/** `tillwarden demo`, and `tillwarden demo sql` beside it while it runs. */
export const demoCommand = defineCommand({
  name: 'demo',
  description: 'a real database, a signed baseline, and the August 2022 attack against it',
  options: {
    exit: flagOption('--exit', 'end after the attack'),
    json: flagOption('--json', 'print JSON lines'),
    database: parsedOption(
      '--database <kind>',
      'postgres, or mysql: the MySQL or MariaDB that is installed here',
      oneOfWords(DEMO_DATABASES),
    ),
    directory: textOption('--directory <folder>', 'where to keep everything; a temporary folder when absent'),
  },
  examples: [
    'tillwarden demo',
    'tillwarden demo --exit --json',
    'tillwarden demo --database mysql',
    'tillwarden demo sql "delete from terminal where id = 7"',
  ],
  action: async (_context, { exit = false, json = false, ...options }) =>
    (await import('../../demo/index.js')).runDemo({ ...options, exit, json }),
  commands: [demoSqlCommand],
});
