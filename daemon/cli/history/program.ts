import type { Command } from 'commander';
import { command, configured, examples, type Run } from '../command-definition.js';

/** The commands about what was: journal, history, evidence, and copies of the state. */
export function addPastCommands(program: Command, run: Run): void {
  addJournalCommands(program, run);
  addStateCommands(program, run);
  addHistoryCommands(program, run);
}

function addJournalCommands(program: Command, run: Run): void {
  const journal = command(
    program,
    'journal',
    'what was decided, and the proof that nobody changed it',
  ).addHelpText(
    'after',
    examples('tillwarden journal show --since 12h', 'tillwarden journal verify --head 9f86d081884c7d659a2f'),
  );
  configured(journal, 'show', 'print the journal')
    .option('--since <time>', 'from then on: 90m, 12h, 3d, 2026-11-25 or 2026-11-25T03:10Z')
    .option('--incident <id>', 'entries about this incident')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('tillwarden journal show --since 12h', 'tillwarden journal show --incident 7f3a --json'),
    )
    .action(
      run(async (context, options) => (await import('./journal-show.js')).journalShow(context, options)),
    );
  configured(journal, 'verify', 'prove that no entry was changed, removed or cut off')
    .option('--head <digits>', 'the head an alert told (its last line, after "journal"): is it still there?')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${examples('tillwarden journal verify', 'tillwarden journal verify --head 9f86d081884c7d659a2f')}
Exit code 12 when an entry was changed, removed or replaced, or when no entry has the told head.`,
    )
    .action(
      run(async (context, options) => (await import('./journal-verify.js')).journalVerify(context, options)),
    );
}

function addStateCommands(program: Command, run: Run): void {
  const state = command(program, 'state', 'copies of what the daemon remembers').addHelpText(
    'after',
    examples('tillwarden state backup /var/backups/tillwarden.tar.gz'),
  );
  configured(state, 'backup', 'write the state and the kept signed files to one archive')
    .argument('<file>', 'the archive to write; it is never overwritten')
    .addHelpText(
      'after',
      `${examples('tillwarden state backup /var/backups/tillwarden.tar.gz')}
Works beside a running daemon. Holds what is watched, and no configured secret.`,
    )
    .action(
      run(async (context, file: string) => (await import('../archive/backup.js')).stateBackup(context, file)),
    );
  configured(state, 'restore', 'put a backup into the place of the state')
    .argument('<file>', 'an archive that "tillwarden state backup" wrote')
    .option('--force', 'move a state that is there aside')
    .addHelpText(
      'after',
      `${examples('tillwarden state restore /var/backups/tillwarden.tar.gz')}
Refused while a daemon runs. The next start tells of it on all channels, with both heads of the journal.`,
    )
    .action(
      run(async (context, file: string, options) =>
        (await import('../archive/restore.js')).stateRestore(context, file, options),
      ),
    );
}

function addHistoryCommands(program: Command, run: Run): void {
  configured(program, 'history', 'tell what a collection was, who signed it and when it was not so')
    .argument('<place>', 'site/collection')
    .option('--at <time>', 'what was in force then: 90m, 12h, 3d ago, 2026-11-25 or 2026-11-25T03:10Z')
    .option('--key <key>', 'one record: the text of its key, or a JSON list for several key columns')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'tillwarden history prague-1/wallet_routes',
        'tillwarden history prague-1/terminals --key 7 --at 2026-11-25T03:10Z',
        `tillwarden history prague-1/permissions --key '["7","admin"]' --json`,
      ),
    )
    .action(
      run(async (context, place: string, options) =>
        (await import('./history.js')).history(context, place, options),
      ),
    );

  configured(program, 'evidence', 'write everything about an incident to one archive')
    .argument('<incident>', 'its id, as alerts name it')
    .option('--out <file>', 'the archive to write; evidence-<incident>.tar.gz when absent')
    .addHelpText(
      'after',
      examples('tillwarden evidence 7f3a', 'tillwarden evidence 7f3a --out /tmp/7f3a.tar.gz'),
    )
    .action(
      run(async (context, id: string, options) =>
        (await import('../evidence/evidence.js')).evidence(context, id, options),
      ),
    );
}
