import { defineCommand } from '../command.js';
import { CONFIG_OPTION, flagOption } from '../option.js';

const stateBackupCommand = defineCommand({
  name: 'backup',
  description: 'write the state and the kept signed files to one archive',
  argument: ['<file>', 'the archive to write; it is never overwritten'],
  options: { config: CONFIG_OPTION },
  examples: ['tillwarden state backup /var/backups/tillwarden.tar.gz'],
  notes: 'Works beside a running daemon. Holds what is watched, and no configured secret.',
  action: async (context, _options, file) => (await import('./backup.js')).stateBackup(context, file),
});

const stateRestoreCommand = defineCommand({
  name: 'restore',
  description: 'put a backup into the place of the state',
  argument: ['<file>', 'an archive that "tillwarden state backup" wrote'],
  options: { config: CONFIG_OPTION, force: flagOption('--force', 'move a state that is there aside') },
  examples: ['tillwarden state restore /var/backups/tillwarden.tar.gz'],
  notes:
    'Refused while a daemon runs. The next start tells of it on all channels, with both heads of the journal.',
  action: async (context, options, file) =>
    (await import('./restore.js')).stateRestore(context, file, options),
});

/** `tillwarden state …`. */
export const stateCommand = defineCommand({
  name: 'state',
  description: 'copies of what the daemon remembers',
  examples: ['tillwarden state backup /var/backups/tillwarden.tar.gz'],
  commands: [stateBackupCommand, stateRestoreCommand],
});
