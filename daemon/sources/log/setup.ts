import { dirname } from 'node:path';
import { accountSetup, quotedWord } from '../machine/account.js';
import type { SetupRequest } from '../source-kind.js';
import { logConfig } from './config.js';

/**
 * What the owner of a machine runs, as root, so that its logs can be followed. Where their group may read them the account joins it, for what rotates logs
 * makes the next one of the same group; a default access list of the folder would undo the umask of whoever writes there.
 */
export function logSetup({ config }: SetupRequest<Readonly<Record<string, unknown>>>): string {
  const { sftp, logs } = logConfig.parse(config);
  const paths = [...new Set(logs.map(({ path }) => path))].sort();
  const user = sftp?.user ?? 'tillwarden';
  const folders = [...new Set(paths.map(dirname))].sort().map((folder) => {
    const word = quotedWord(folder);
    return `may_enter ${word}`;
  });
  const rights = [...folders, ...paths.map((path) => `may_read ${quotedWord(path)}`)].join('\n');
  const lines = `${MAY_READ.replaceAll('USER', user)}\n${rights}`;
  return sftp === undefined ? `# Read this first, then run it as root.\n${lines}` : accountSetup(sftp, lines);
}

const MAY_READ = `# What it may read beyond what everybody may: the folders of the logs, and the logs themselves by their group.
# A right on what a link leads to is one that whoever put the link there has chosen.
is_link() {
  [ -L "$1" ] && echo "$1 is a link, and nothing is granted: look where it leads, and give the right to that yourself" >&2
}
may_enter() {
  [ -d "$1" ] || return 0
  is_link "$1" || setfacl -m u:USER:rX "$1"
}
may_read() {
  [ -e "$1" ] || return 0
  is_link "$1" && return 0
  if [ -n "$(find "$1" -maxdepth 0 -perm -g+r ! -group root)" ]; then
    usermod -a -G "$(stat -c %G "$1")" USER
  else
    setfacl -m u:USER:r "$1"
    echo "the next $1 is a new file: have logrotate make it readable too (create 0640 root adm), or say setfacl in its postrotate" >&2
  fi
}`;
