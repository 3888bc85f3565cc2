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

const RIGHTS_THERE = '# What it may read beyond what everybody may; new files below as well.';
const RIGHTS_HERE =
  '# Read this first, then run it as root. What tillwarden may read beyond what everybody may; new files below as well.';

function rights(user: string, paths: readonly string[], title: string): string {
  const lines = paths.map(
    (path) =>
      `[ -e ${quotedWord(path)} ] && setfacl -R -m u:${user}:rX ${quotedWord(path)} && { [ ! -d ${quotedWord(path)} ] || setfacl -R -d -m u:${user}:rX ${quotedWord(path)}; } || true`,
  );
  return [title, ...lines].join('\n');
}
