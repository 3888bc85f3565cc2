import type { SetupRequest } from '../source-kind.js';
import { filesConfig } from './config.js';

/** Where the server keeps what lets the monitor in. */
const FOLDER = '/etc/ssh/tillwarden';

/**
 * What the owner of a machine runs, as root, so that its files can be read over its own sshd: an account that can read, and only what it is
 * given. Files of the machine itself need nothing but the right to read.
 */
export function filesSetup({ config, definitions }: SetupRequest<Readonly<Record<string, unknown>>>): string {
  const { sftp } = filesConfig.parse(config);
  const paths = [...new Set(definitions.flatMap(({ files }) => files?.paths ?? []))].sort();
  if (sftp === undefined) return rights('tillwarden', paths, RIGHTS_HERE);
  const { user, identityFile } = sftp;
  return `# Read this first, then run it as root on ${sftp.host}.
# On the monitor, once: ssh-keygen -t ed25519 -N '' -f ${quoted(identityFile)}
# Put what stands in ${identityFile}.pub there, and the address of the monitor, here:
MONITOR_KEY='ssh-ed25519 AAAA...'
MONITOR_ADDRESS='192.0.2.1'

set -eu
case "$MONITOR_KEY" in *...) echo 'put the public key of the monitor into MONITOR_KEY first' >&2; exit 1;; esac
id ${user} >/dev/null 2>&1 || useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ${user}
install -d -o root -g root -m 0755 ${FOLDER}
printf 'restrict,from="%s" %s\\n' "$MONITOR_ADDRESS" "$MONITOR_KEY" > ${FOLDER}/authorized_keys
chmod 0644 ${FOLDER}/authorized_keys
# The account reads and does nothing else: -R refuses every write, and there is no shell, no forwarding and no password.
# Its chroot is / so that a folder that is swapped for another is seen; a chroot of bind mounts would go on showing the old one.
cat > /etc/ssh/sshd_config.d/tillwarden.conf <<'EOF'
Match User ${user}
  ChrootDirectory /
  ForceCommand internal-sftp -R
  AuthorizedKeysFile ${FOLDER}/authorized_keys
  AuthenticationMethods publickey
  PasswordAuthentication no
  DisableForwarding yes
  PermitTTY no
EOF
sshd -t
systemctl reload ssh 2>/dev/null || systemctl reload sshd

${rights(user, paths, RIGHTS_THERE)}
# The host key to be pinned as hostKey: compare it with what the monitor is configured with.
cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub`;
}

const RIGHTS_THERE = '# What it may read beyond what everybody may; new files below as well.';
const RIGHTS_HERE =
  '# Read this first, then run it as root. What tillwarden may read beyond what everybody may; new files below as well.';

function rights(user: string, paths: readonly string[], title: string): string {
  const lines = paths.map(
    (path) =>
      `[ -e ${quoted(path)} ] && setfacl -R -m u:${user}:rX ${quoted(path)} && { [ ! -d ${quoted(path)} ] || setfacl -R -d -m u:${user}:rX ${quoted(path)}; } || true`,
  );
  return [title, ...lines].join('\n');
}

/** A word of the shell, whatever stands in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
