import type { SftpConfig } from './sftp-config.js';

/** Where the server keeps what lets the monitor in. */
const FOLDER = '/etc/ssh/tillwarden';

/**
 * What the owner of a machine runs, as root, so that tillwarden can look into it over its own sshd: an account that can read, and only what it is
 * given by `rights`, as lines of the shell.
 */
export function accountSetup({ host, user, identityFile }: SftpConfig, rights: string): string {
  return `# Read this first, then run it as root on ${host}.
# On the monitor, once: ssh-keygen -t ed25519 -N '' -f ${quotedWord(identityFile)}
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

${rights}
# The host key to be pinned as hostKey: compare it with what the monitor is configured with.
cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub`;
}

/** A word of the shell, whatever stands in it. */
export function quotedWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
