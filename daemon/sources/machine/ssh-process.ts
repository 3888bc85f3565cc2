import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePublicKey } from '../../../baselines/index.js';
import { errorCode } from '../../error-code.js';
import { ReachFailure } from './failure.js';
import { SftpClient } from './sftp-client.js';
import type { SftpConfig } from './sftp-config.js';

/** Name by which the pinned key stands in the file of known hosts, whatever the server is called. */
const ALIAS = 'tillwarden';
const MOST_STDERR = 8_192;

/** A connection to the files of a machine. */
export interface SftpConnection {
  readonly client: SftpClient;
  end(): void;
}

/**
 * Connects with OpenSSH's own client (docs/adr/0082), told to use one key, to trust one host key, and to do nothing else that a configuration of this machine
 * or the server may ask of it. The pinned key is written anew for each connection, and is gone once it was read: what lies in a folder of temporary files for
 * days is removed by the machine. Rejects with `ReachFailure`.
 */
export async function connectSftp(config: SftpConfig): Promise<SftpConnection> {
  const folder = inTemporaryFolder(() => mkdtempSync(join(tmpdir(), 'tillwarden-sftp-')));
  try {
    const file = join(folder, 'known_hosts');
    inTemporaryFolder(() => writeFileSync(file, `${ALIAS} ${config.hostKey}\n`, { mode: 0o600 }));
    return await connectedTo(config, file);
  } finally {
    // Also where the disk took the folder and not the file: another one would be left at each attempt.
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Throws `ReachFailure` where nothing can be written there. */
function inTemporaryFolder<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    throw new ReachFailure(
      'failed',
      `the folder of temporary files of this machine cannot be used (${code})`,
    );
  }
}

async function connectedTo(config: SftpConfig, knownHostsFile: string): Promise<SftpConnection> {
  const child = spawn('ssh', sshArguments(config, knownHostsFile), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < MOST_STDERR) said += chunk.toString('latin1');
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve('code' in error ? String(error.code) : 'EUNKNOWN'));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'ended'));
  });
  const client = new SftpClient(child.stdout, child.stdin, config.requestTimeoutMs);
  try {
    await client.greet(config.connectTimeoutMs + config.requestTimeoutMs);
  } catch {
    end(child);
    throw failureOf(await ended, said);
  }
  void ended.then(() => client.lose('ended'));
  return { client, end: () => end(child) };
}

function end(child: ChildProcess): void {
  child.kill('SIGKILL');
}

function sshArguments(config: SftpConfig, knownHostsFile: string): string[] {
  const { host, port, user, hostKey, identityFile, connectTimeoutMs } = config;
  const options = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: knownHostsFile,
    GlobalKnownHostsFile: 'none',
    HostKeyAlias: ALIAS,
    HostKeyAlgorithms: algorithmsOf(hostKey),
    CheckHostIP: 'no',
    UpdateHostKeys: 'no',
    VerifyHostKeyDNS: 'no',
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    ControlMaster: 'no',
    ControlPath: 'none',
    ConnectTimeout: String(Math.max(1, Math.ceil(connectTimeoutMs / 1000))),
    ServerAliveInterval: '5',
    ServerAliveCountMax: '2',
    LogLevel: 'ERROR',
  };
  return [
    ...['-F', 'none', '-T', '-x', '-a'],
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...['-i', identityFile, '-p', String(port), '-l', user, '-s', '--', host, 'sftp'],
  ];
}

function algorithmsOf(hostKey: string): string {
  const { type } = parsePublicKey(hostKey);
  return type === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256' : type;
}

/** What ssh says when it ends, and what that means. Its own words stay here: they hold what the server said. */
const MEANINGS: readonly (readonly [RegExp, ReachFailure['because'], string])[] = [
  [
    /Host key verification failed|IDENTIFICATION HAS CHANGED|host key is known|no matching host key/i,
    'denied',
    'the server shows another host key than the configured one; nothing was read',
  ],
  [
    /Permission denied/i,
    'denied',
    'the server did not accept the key of identityFile, or the file cannot be read',
  ],
  [/Connection refused/i, 'unreachable', 'nothing listens there'],
  [/Could not resolve/i, 'unreachable', 'nobody knows its host name'],
  [/timed out|Timeout/i, 'unreachable', 'no answer; is a firewall in between?'],
  [/subsystem request failed/i, 'denied', 'the server has no SFTP for this account'],
];

function failureOf(ended: number | string, said: string): ReachFailure {
  if (ended === 'ENOENT') {
    return new ReachFailure('failed', 'the program ssh is not installed on this machine');
  }
  const meaning = MEANINGS.find(([pattern]) => pattern.test(said));
  if (meaning) return new ReachFailure(meaning[1], meaning[2]);
  return new ReachFailure('unreachable', `no SFTP came of the connection (ssh: ${ended})`);
}
