import { accessSync, constants, existsSync, readdirSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/config.js';
import { errorCode } from '../../error-code.js';
import { StoreError } from '../../store/errors.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import { shellWord } from '../../wording.js';
import { type Symptom, symptomsOf } from './symptom.js';

const { broken, unknown, weak, good } = symptomsOf('files');

/** Who may read and write what, and whether it lies as it must. */
export function examineFiles(config: Config): Symptom[] {
  return [
    ...[config.file, ...(config.siteFiles?.files ?? [])].flatMap(openToAll),
    good(`the configuration ${config.file}, mode ${octal(statSync(config.file).mode)}`, 'configuration'),
    ...stateDirectory(config.stateDirectory),
    ...signedDirectory(config.trust.directory, 'trust'),
    ...signedDirectory(config.baselines.directory, 'baselines'),
    ...sharedFolders(config),
  ];
}

/** By its own user's rights: root is told so, since it may read everything. */
export function whoLooks(): Symptom {
  const { username, uid } = userInfo();
  const user =
    uid === 0 ? 'root, who may read everything: run it as the user of the daemon as well' : username;
  const found = `looked as ${user}`;
  return good(found, found, 'user');
}

function openToAll(file: string): Symptom[] {
  if ((statSync(file).mode & 0o002) === 0) return [];
  return [
    broken(`everybody may write ${file}, hence decide what is watched and who is told`, {
      command: `chmod o-w ${shellWord(file)}`,
    }),
  ];
}

function stateDirectory(directory: string): Symptom[] {
  const stat = statOf(directory);
  if (stat === null) {
    return [
      weak(`there is no ${directory}: no daemon has run with this configuration`, {
        command: 'tillwarden run',
      }),
    ];
  }
  if (typeof stat === 'string')
    return [unknown(`${directory} cannot be looked at (${stat})`, asDaemon(null))];
  const symptoms: Symptom[] = [];
  if ((stat.mode & 0o077) !== 0) {
    symptoms.push(
      weak(`others than its owner may look into ${directory} (mode ${octal(stat.mode)})`, {
        command: `chmod 700 ${shellWord(directory)}`,
      }),
    );
  }
  const isOurs = stat.uid === userInfo().uid;
  if (!mayUse(directory, constants.R_OK | constants.W_OK | constants.X_OK)) {
    symptoms.push(
      isOurs
        ? broken(`${directory} cannot be written by its own owner: is the disk read-only?`)
        : unknown(`the state in ${directory} belongs to uid ${stat.uid}`, asDaemon(stat.uid)),
    );
    return symptoms;
  }
  symptoms.push(store(directory));
  return symptoms;
}

function store(directory: string): Symptom {
  try {
    const opened = openStoreReadOnly(directory);
    opened?.close();
    return opened === null
      ? weak(`${directory} holds no state: no daemon has run with it`, { command: 'tillwarden run' })
      : good(`the state in ${directory} can be read`, 'state');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return broken(`${error.code}: ${error.message}`, {
      advice: 'docs/errors.md says what each code asks for',
    });
  }
}

/** A folder whose files people sign. */
function signedDirectory(directory: string, what: string): Symptom[] {
  const stat = statOf(directory);
  if (typeof stat === 'string') {
    return [unknown(`the folder of ${what}, ${directory}, cannot be looked at (${stat})`, asDaemon(null))];
  }
  if (stat === null) {
    const found = `there is no ${directory}, the folder of ${what}`;
    return [
      what === 'trust'
        ? broken(found, { advice: 'correct trust.directory, or run tillwarden init' })
        : weak(found, { command: `mkdir ${shellWord(directory)}` }),
    ];
  }
  const symptoms: Symptom[] = [];
  if ((stat.mode & 0o002) !== 0) {
    symptoms.push(
      weak(
        `everybody may write into ${directory}: nobody can forge what counts there, but anybody can take it away`,
        {
          command: `chmod o-w ${shellWord(directory)}`,
        },
      ),
    );
  }
  if (!mayUse(directory, constants.R_OK | constants.X_OK)) {
    symptoms.push(
      broken(`${directory} may not be read by this user`, { command: `chmod g+rX ${shellWord(directory)}` }),
    );
    return symptoms;
  }
  const repository = repositoryAbove(directory);
  if (repository !== null && !hasAttributes(directory, repository)) {
    symptoms.push(
      weak(
        `${directory} lies in a git repository that may change line ends (core.autocrlf), and a signed file counts byte for byte`,
        { command: `echo '* -text' > ${shellWord(join(directory, '.gitattributes'))}` },
      ),
    );
  }
  if (symptoms.length === 0)
    symptoms.push(good(`the folder of ${what}, ${directory}, mode ${octal(stat.mode)}`, what));
  return symptoms;
}

/** Where approvers share folders by a group, every folder below must let the group write, and new files be made so. */
function sharedFolders({ baselines, trust }: Config): Symptom[] {
  const symptoms: Symptom[] = [];
  for (const top of [baselines.directory, trust.directory]) {
    const stat = statOf(top);
    if (stat === null || typeof stat === 'string' || !isShared(stat)) continue;
    const closed = foldersBelow(top).filter((folder) => {
      const own = statOf(folder);
      return own !== null && typeof own !== 'string' && (!isShared(own) || own.gid !== stat.gid);
    });
    if (closed.length > 0) {
      symptoms.push(
        broken(
          `${top} is shared by a group that may not write in ${closed.length === 1 ? closed[0] : `${closed.length} folders below`}: the next person cannot sign`,
          { command: `find ${shellWord(top)} -type d -exec chmod g+ws {} +` },
        ),
      );
    }
    if ((process.umask() & 0o070) !== 0) {
      symptoms.push(
        weak(
          `with the umask ${octal(process.umask())} the group of ${top} gets no part in what you make there`,
          {
            command: 'umask 002',
          },
        ),
      );
    }
  }
  return symptoms;
}

const SET_GROUP = 0o2000;

function isShared({ mode }: Stats): boolean {
  return (mode & SET_GROUP) !== 0 && (mode & 0o020) !== 0;
}

/** As far as they can be looked into. */
function foldersBelow(top: string): string[] {
  try {
    return readdirSync(top, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => [join(top, name), ...foldersBelow(join(top, name))]);
  } catch {
    return [];
  }
}

function repositoryAbove(directory: string): string | null {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return null;
  }
}

function hasAttributes(directory: string, repository: string): boolean {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.gitattributes'))) return true;
    if (at === repository || dirname(at) === at) return false;
  }
}

function asDaemon(uid: number | null): { advice: string } {
  return {
    advice: `run it as the user of the daemon${uid === null ? '' : `: sudo -u '#${uid}' tillwarden doctor`}`,
  };
}

/** Null when there is nothing; the system's code when it cannot be looked at. */
function statOf(path: string): Stats | null | string {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    return errorCode(error) ?? 'error';
  }
}

function mayUse(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
