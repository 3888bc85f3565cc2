import { DEMO_DATABASES } from '../../demo/database-names.js';
import { DEMO_PEOPLE } from '../../demo/people-names.js';
import { SCENARIOS } from '../../demo/scenario/scenario-names.js';
import { defineCommand } from '../command.js';
import { flagOption, JSON_OPTION, oneOfWords, parsedOption, processId, textOption } from '../option.js';

const OF = parsedOption('--of <pid>', 'which demo, when several are running: its process id', processId);
const AS = parsedOption('--as <person>', 'alice or bob', oneOfWords(DEMO_PEOPLE));

const demoSqlCommand = defineCommand({
  name: 'sql',
  description: 'run a statement in the database of the running demo',
  argument: ['<statement>', 'SQL'],
  options: { of: OF },
  examples: ['tillwarden demo sql "update person set email = \'x@example.org\' where id = 3"'],
  action: async (_context, { of }, statement) => (await import('../../demo/index.js')).demoSql(statement, of),
});

const demoShowCommand = defineCommand({
  name: 'show',
  description: 'tell everything about an incident of the running demo',
  argument: ['[incident]', 'its id, as alerts name it; the worst open one when absent'],
  options: { of: OF, json: JSON_OPTION },
  examples: ['tillwarden demo show', 'tillwarden demo show 7f3a'],
  action: async (context, options, id) =>
    (await import('./demo-incident.js')).runDemoShow(context, id, options),
});

const demoAckCommand = defineCommand({
  name: 'ack',
  description: 'answer for an incident of the running demo',
  argument: ['[incident]', 'its id, as alerts name it; the worst open one when absent'],
  options: {
    of: OF,
    as: AS,
    revision: textOption('--revision <digits>', 'do not ask: the revision you saw, 8 hex digits or more'),
    reason: textOption('--reason <text>', 'why, for the others; asked for when absent'),
  },
  examples: ['tillwarden demo ack', 'tillwarden demo ack 7f3a --as bob'],
  action: async (context, options, id) =>
    (await import('./demo-incident.js')).runDemoAck(context, id, options),
});

const demoRespondCommand = defineCommand({
  name: 'respond',
  description: 'walk through the response to an incident of the running demo',
  argument: ['[incident]', 'its id, as alerts name it; the worst open one when absent'],
  options: { of: OF, as: AS },
  examples: ['tillwarden demo respond', 'tillwarden demo respond 7f3a --as bob'],
  action: async (context, options, id) =>
    (await import('./demo-incident.js')).runDemoRespond(context, id, options),
});

const demoApproveCommand = defineCommand({
  name: 'approve',
  description: 'look at what differs in the running demo, and sign what is right',
  options: {
    of: OF,
    as: AS,
    only: textOption(
      '--only <ids>',
      'do not ask: "all" records, ids as "tillwarden check" prints them, or both',
    ),
  },
  examples: ['tillwarden demo approve', 'tillwarden demo approve --as bob'],
  notes: `Two people must sign in the demo: alice first, and when a proposal of hers waits, bob. Their keys lie in the demo's folder and count
there only.`,
  action: async (context, options) => (await import('./demo-incident.js')).runDemoApprove(context, options),
});

const demoConsoleCommand = defineCommand({
  name: 'console',
  description: 'look at the running demo, decide and sign in the browser of this machine',
  options: { of: OF, as: AS },
  examples: ['tillwarden demo console', 'tillwarden demo console --as bob'],
  action: async (context, options) => (await import('./demo-incident.js')).runDemoConsole(context, options),
});

/** `tillwarden demo`, and beside it what lets a newcomer play an incident while it runs. */
export const demoCommand = defineCommand({
  name: 'demo',
  description: 'a real database, a signed baseline, and an attack against it: that of August 2022',
  options: {
    exit: flagOption('--exit', 'end after the attack'),
    json: flagOption('--json', 'print JSON lines'),
    console: flagOption('--console', 'open the console on the demo when the attack is over'),
    scenario: parsedOption('--scenario <name>', 'the attack to replay', oneOfWords(SCENARIOS)),
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
    'tillwarden demo --scenario march-2023',
    'tillwarden demo sql "delete from terminal where id = 7"',
    'tillwarden demo show',
  ],
  action: async (context, { exit = false, json = false, console: wanted = false, ...options }) => {
    const openConsole = wanted ? (await import('./demo-incident.js')).consoleOfDemo(context) : undefined;
    return (await import('../../demo/index.js')).runDemo({ ...options, exit, json, openConsole });
  },
  commands: [
    demoSqlCommand,
    demoShowCommand,
    demoAckCommand,
    demoRespondCommand,
    demoApproveCommand,
    demoConsoleCommand,
  ],
});
