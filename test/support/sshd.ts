import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../daemon/demo/server/free-port.js';
import { waitFor } from './wait.js';

/** A real sshd on loopback, which lets the user of the tests in by one key, to SFTP and nothing else. */
export interface TestSshd {
  /** `sftp` of a source that reaches it. */
  readonly sftp: Readonly<Record<string, unknown>>;
  /** The public key of another server. */
  readonly otherHostKey: string;
  close(): Promise<void>;
}

/** `command`: what answers as SFTP; OpenSSH's own, read-only, when absent. */
export async function startSshd(command = 'internal-sftp -R'): Promise<TestSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'tillwarden-sshd-'));
  const at = (name: string) => join(folder, name);
  for (const name of ['host', 'other', 'client']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', at(name)]);
  }
  const publicKey = (name: string) =>
    readFileSync(at(`${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ')
      .trim();
  writeFileSync(at('authorized_keys'), `restrict ${publicKey('client')}\n`);
  chmodSync(folder, 0o755);
  const port = await freePort('127.0.0.1');
  writeFileSync(
    at('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `PidFile ${at('pid')}`,
      `AuthorizedKeysFile ${at('authorized_keys')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'Subsystem sftp internal-sftp',
      `ForceCommand ${command}`,
    ].join('\n'),
  );
  prepareForSshd();
  const sshd: ChildProcess = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  sshd.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-10_000);
  });
  await waitFor(() => accepts(port), { what: `sshd to listen (${said})` });
  return {
    sftp: {
      ...{ host: '127.0.0.1', port, user: userInfo().username },
      ...{ hostKey: publicKey('host'), identityFile: at('client') },
    },
    otherHostKey: publicKey('other'),
    close: async () => {
      const ended = new Promise((resolve) => sshd.on('exit', resolve));
      if (sshd.exitCode === null && sshd.kill('SIGTERM')) await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The folder that Debian's sshd wants when it runs as root, and makes only as a service. */
export function prepareForSshd(): void {
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
