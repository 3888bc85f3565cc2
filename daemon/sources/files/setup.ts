import { accountSetup, quotedWord } from '../machine/account.js';
import type { SetupRequest } from '../source-kind.js';
import { filesConfig } from './config.js';

/**
 * What the owner of a machine runs, as root, so that its files can be read. Files of the machine itself need nothing but the right to read.
 */
export function filesSetup({ config, definitions }: SetupRequest<Readonly<Record<string, unknown>>>): string {
  const { sftp } = filesConfig.parse(config);
  const paths = [...new Set(definitions.flatMap(({ files }) => files?.paths ?? []))].sort();
  if (sftp === undefined) return rights('tillwarden', paths, RIGHTS_HERE);
  return accountSetup(sftp, rights(sftp.user, paths, RIGHTS_THERE));
}

const RIGHTS_THERE = '# What it may read beyond what everybody may.';
const RIGHTS_HERE =
  '# Read this first, then run it as root. What tillwarden may read beyond what everybody may.';

/**
 * Rights on what is there now. A default access list would give them to new files as well, but the kernel then leaves out the umask of whoever writes there
 * (acl(5), "object creation and default ACLs"): files that were private so far could be made readable by all. So that is said, and left to the owner.
 */
function rights(user: string, paths: readonly string[], title: string): string {
  const lines = paths.map((path) => `may_read ${quotedWord(path)}`);
  return [title, MAY_READ.replace('USER', user), ...lines, NEW_FILES.replace('USER', user)].join('\n');
}

/** A link is watched as one and never followed: a right on what it leads to is one that whoever put it there has chosen. */
const MAY_READ = `may_read() {
  if [ -L "$1" ]; then echo "$1 is a link, which everybody may read; nothing is granted on what it leads to" >&2
  elif [ -e "$1" ]; then setfacl -R -P -m u:USER:rX "$1"
  fi
}`;

const NEW_FILES = `# A new file that everybody may read needs nothing. A private one is told as unreadable until you say setfacl for it. A default list
# (setfacl -R -d -m u:USER:rX FOLDER) covers those too, but then the umask of whoever writes in that folder counts no more: what a
# program with umask 077 makes there could be read by everybody. Say it only where no program relies on its umask.`;
