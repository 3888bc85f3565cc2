import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MIRROR_FOLDER } from '../../approvals/active/mirror.js';
import { programVersion } from '../../built.js';
import type { Config } from '../../config/config.js';
import { errorCode } from '../../error-code.js';
import { FOLDED_FOLDER, isFoldedFile } from '../../store/folding/files.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { checkJournal, foldedFolder, type JournalReport } from '../history/journal-walk.js';
import { openConfig } from '../open-config.js';
import { openState } from '../signing/open-state.js';
import { typedAgain } from '../typed-again.js';
import { writingAt } from './at-place.js';
import { type ArchiveFile, writeArchive } from './write.js';

export const BACKUP_FORMAT = 'tillwarden-backup/1';
export const BACKUP_STATE = 'state.sqlite';
export const BACKUP_NOTE = 'backup.json';

/** Files of a backup, by name; nothing else is written into one or taken from one. */
export function isBackupFile(name: string): boolean {
  return (
    name === BACKUP_STATE ||
    name === BACKUP_NOTE ||
    (name.startsWith(`${FOLDED_FOLDER}/`) && isFoldedFile(name.slice(FOLDED_FOLDER.length + 1))) ||
    /^approved\/(trust\/[0-9a-f]{16}|baselines\/[a-z0-9-]{1,63})\/[a-z0-9][a-z0-9.-]{0,99}$/.test(name)
  );
}

/**
 * `tillwarden state backup`: the state of one instant and the daemon's own copy of what was signed, in one archive. Works beside a running
 * daemon. Holds what is watched and who was told, and no configured secret.
 */
export async function stateBackup(context: CommandContext, file: string): Promise<number> {
  const config = await openConfig(context, 'none');
  const path = resolve(file);
  return writingAt(path, () => writeBackup(context, config, path));
}

async function writeBackup(context: CommandContext, config: Config, path: string): Promise<number> {
  const { terminal } = context;
  const folder = await temporaryFolder(path);
  try {
    const copy = join(folder, BACKUP_STATE);
    const store = openState(config);
    try {
      store.copyTo(copy);
    } finally {
      store.close();
    }
    const { report, note } = describe(config, folder, context.clock());
    // Read after the state: whatever the state remembers was kept before it was remembered.
    const kept = await mirroredFiles(join(config.stateDirectory, MIRROR_FOLDER), MIRROR_FOLDER);
    const folded = await mirroredFiles(foldedFolder(config.stateDirectory), FOLDED_FOLDER);
    await writeArchive(path, [
      { name: BACKUP_STATE, content: { path: copy } },
      { name: BACKUP_NOTE, content: Buffer.from(`${JSON.stringify(note, null, 2)}\n`) },
      ...[...kept, ...folded].filter(({ name }) => isBackupFile(name)),
    ]);
    terminal.out(
      `Written: ${path}, ${grouped(report.entries, 'journal entry')}, ${grouped(kept.length, 'signed file')}.`,
    );
    terminal.out(`head sha256:${report.head}`);
    if (report.broken === null) return EXIT.same;
    terminal.note(
      `The journal is broken at entry ${report.broken.seq} ("${typedAgain(context, 'tillwarden journal verify')}" says how); a restore refuses such a backup.`,
    );
    return EXIT.refused;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describe(
  config: Config,
  folder: string,
  nowMs: number,
): { readonly report: JournalReport; readonly note: object } {
  const store = openStoreReadOnly(folder);
  if (store === null) throw new RangeError('the copy of the state is empty');
  try {
    const report = checkJournal(store, null, foldedFolder(config.stateDirectory));
    const baselines = config.sites.map(({ name }) => ({ site: name, ...store.baselines.remembered(name) }));
    const { entries, head } = report;
    const created = new Date(nowMs).toISOString();
    return {
      report,
      note: { format: BACKUP_FORMAT, program: programVersion(), created, entries, head, baselines },
    };
  } finally {
    store.close();
  }
}

/** Regular files below a folder, with their names in the archive. */
async function mirroredFiles(folder: string, name: string): Promise<ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    const inside = `${name}/${entry.name}`;
    if (entry.isDirectory()) files.push(...(await mirroredFiles(path, inside)));
    else if (entry.isFile() && isBackupFile(inside)) files.push({ name: inside, content: { path } });
  }
  return files;
}

async function temporaryFolder(path: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(path), `.${basename(path)}-`));
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    throw new CliError(
      'CLI_FILE_UNWRITABLE',
      `nothing can be written beside ${path} (${code}); name a file in a folder of yours`,
      {
        cause: error,
      },
    );
  }
}
