import { defineCommand } from '../command.js';
import { CONFIG_OPTION, flagOption, textOption } from '../option.js';

/** `tillwarden sql`. */
export const sqlCommand = defineCommand({
  name: 'sql',
  description: 'print what the owner of the watched database runs',
  options: {
    config: CONFIG_OPTION,
    site: textOption('--site <name>', 'the site, when there are several'),
    source: textOption('--source <name>', 'the source, when there are several'),
    role: textOption('--role <name>', 'the role that tillwarden logs in as', 'tillwarden'),
    changeLog: flagOption(
      '--change-log',
      'with a log of who changed what, which "changeLog" makes the source read',
    ),
    uninstall: flagOption('--uninstall', 'print what removes it all again'),
  },
  examples: ['tillwarden sql | psql -d cas', 'tillwarden sql --uninstall | psql -d cas'],
  action: async (context, options) => (await import('./sql.js')).runSql(context, options),
});
