import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MIRROR_FOLDER } from '../../approvals/active/mirror.js';
import type { Config } from '../../config/config.js';
import { readGuardedText } from '../../guarded-file.js';
import { FOLDED_FOLDER } from '../../store/folding/files.js';
import type { RestoreNote } from '../../store/journal/event.js';
import { type ReplacedState, restoreState } from '../../store/sqlite/restore.js';
import type { Store } from '../../store/store.js';

import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { checkJournal, foldedFolder } from '../history/journal-walk.js';
import { openConfig } from '../open-config.js';
import { writingAt } from './at-place.js';
import { BACKUP_FORMAT, BACKUP_NOTE, BACKUP_STATE, isBackupFile } from './backup.js';
import { carryFiles, carryVersions } from './carry-over.js';
import { unpackArchive } from './read.js';

/**
 * `tillwarden state restore`: puts a backup into the place of the state, once its checksums and its journal are proven and no daemon runs.
 * What was there is moved aside, never deleted. The next start tells everybody of it.
 */
export async function stateRestore(
  context: CommandContext,
  file: string,
  options: { readonly force?: boolean },
): Promise<number> {
  const { terminal, clock } = context;
  const config = await openConfig(context, 'none');
  return writingAt(config.stateDirectory, () => restoreInto(terminal, config, file, clock(), options));
}

async function restoreInto(
  terminal: CommandContext['terminal'],
  { stateDirectory, trust }: Config,
  file: string,
  nowMs: number,
  options: { readonly force?: boolean },
): Promise<number> {
  const parent = dirname(resolve(stateDirectory));
  await mkdir(parent, { recursive: true });
  const staged = await mkdtemp(join(parent, `.${basename(stateDirectory)}-restore-`));
  try {
    await unpackArchive(resolve(file), staged, isBackupFile);
    const created = await createdOf(staged);
    const aside = restoreState(stateDirectory, staged, {
      folders: [MIRROR_FOLDER, FOLDED_FOLDER],
      aside: `replaced-${new Date(nowMs).toISOString().replace(/[:.]/g, '-')}`,
      prepare: (store, replaced) => {
        if (replaced.exists && options.force !== true) throw exists(stateDirectory);
        mark(store, { replaced, staged, created, nowMs });
        const higher = carryVersions(store, replaced.state, trust.root);
        carryFiles(join(stateDirectory, MIRROR_FOLDER), join(staged, MIRROR_FOLDER), isBackupFile);
        for (const what of higher ?? [])
          terminal.out(`Kept from the state that was there: ${what}, newer than in the backup.`);
        terminal.out(
          `Restored: ${grouped(checkJournal(store, null, foldedFolder(staged)).entries, 'journal entry')}.`,
        );
      },
    });
    if (aside !== null) terminal.out(`What was there lies in ${aside}.`);
    terminal.out('The next start of the daemon tells of this on all channels.');
    return EXIT.same;
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Refuses a journal that is not whole, and leaves word of the restore for the next start. */
function mark(
  store: Store,
  {
    replaced,
    staged,
    created,
    nowMs,
  }: {
    readonly replaced: ReplacedState;
    readonly staged: string;
    readonly created: string;
    readonly nowMs: number;
  },
): void {
  const { broken, head } = checkJournal(store, null, foldedFolder(staged));
  if (broken !== null) {
    throw refused(`holds a journal that is broken at entry ${broken.seq} (${broken.what})`);
  }
  const note: RestoreNote = { backupHead: head, replacedHead: replaced.head, backupCreated: created };
  store.transaction((tx) => {
    tx.journal.append({ type: 'state-restored', body: note }, nowMs);
    tx.meta.set('restored', note);
  });
}

/** When the backup was made. Refuses what is none. */
async function createdOf(staged: string): Promise<string> {
  let note: { readonly format?: unknown; readonly created?: unknown } | null = null;
  try {
    note = JSON.parse(readGuardedText(join(staged, BACKUP_NOTE), 4096));
  } catch {
    // Said below.
  }
  const { format, created } = note ?? {};
  const isInstant = typeof created === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/.test(created);
  if (format !== BACKUP_FORMAT || !isInstant || !existsSync(join(staged, BACKUP_STATE))) {
    throw refused(
      `is no backup of tillwarden: ${BACKUP_NOTE} or ${BACKUP_STATE} is missing or of another format`,
    );
  }
  return created;
}

function exists(directory: string): CliError {
  return new CliError(
    'CLI_STATE_EXISTS',
    `there is a state in ${directory}; with --force it is moved aside and the backup takes its place`,
  );
}

function refused(what: string): CliError {
  return new CliError(
    'CLI_ARCHIVE_REFUSED',
    `the archive ${what}; nothing of it was used. Take another one: "tillwarden state backup FILE" writes it`,
  );
}
