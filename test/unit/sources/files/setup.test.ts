import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fileCollections } from '../../../../daemon/sources/files/collection.js';
import { filesSetup } from '../../../../daemon/sources/files/setup.js';
import { prepareForSshd } from '../../../support/sshd.js';

const SFTP = {
  host: 'cas1.example.net',
  user: 'tillwarden',
  hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
  identityFile: '/etc/tillwarden/keys/cas1',
};

function printed(sftp?: typeof SFTP): string {
  const config = { kind: 'files', name: 'host', ...(sftp === undefined ? {} : { sftp }) };
  const paths = ["/srv/it's here; rm -rf ~", '/batm/config'];
  const definitions = [fileCollections.definition({ name: 'a', kind: 'file', paths }, 'host', config)];
  return filesSetup({ config, definitions });
}

describe('what "tillwarden files-setup" prints', () => {
  test('is a script that a shell understands, whatever stands in a path', () => {
    for (const text of [printed(SFTP), printed()]) {
      expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(text).toContain("'/srv/it'\\''s here; rm -rf ~'");
    }
  });

  test('leaves alone the umask of whoever writes in a watched folder', () => {
    for (const text of [printed(SFTP), printed()]) {
      const run = text.split('\n').filter((line) => !line.startsWith('#'));
      expect(run.filter((line) => line.includes('setfacl'))).toHaveLength(1);
      expect(run.filter((line) => /setfacl.* (-d|--default)\b/.test(line))).toEqual([]);
    }
  });

  test('gives no right on what a link leads to, which whoever may write there has chosen', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillwarden-setup-'));
    try {
      mkdirSync(join(folder, 'tree'));
      for (const name of ['shadow', 'tree/own']) writeFileSync(join(folder, name), '');
      symlinkSync('../shadow', join(folder, 'tree', 'link'));
      symlinkSync('shadow', join(folder, 'path'));
      const config = { kind: 'files', name: 'host' };
      const paths = ['tree', 'path', 'none'].map((name) => join(folder, name));
      const definitions = [fileCollections.definition({ name: 'a', kind: 'file', paths }, 'host', config)];
      const text = filesSetup({ config, definitions }).replaceAll('u:tillwarden:', 'u:65534:');
      const run = spawnSync('sh', ['-eu'], { input: text, encoding: 'utf8' });
      expect(run).toMatchObject({ status: 0, stderr: expect.stringContaining('/path is a link') });
      const rights = (name: string) =>
        execFileSync('getfacl', ['-cnp', join(folder, name)], { encoding: 'utf8' });
      expect(rights('shadow')).not.toContain('65534');
      expect(rights('tree/own')).toContain('user:65534:r--');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('does nothing before the key of the monitor is put in', () => {
    const run = spawnSync('/bin/sh', {
      input: printed(SFTP),
      encoding: 'utf8',
      env: { PATH: '/nonexistent' },
    });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('put the public key of the monitor');
  });

  test('confines the account in words that sshd takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillwarden-setup-'));
    try {
      const block = /<<'EOF'\n(.*?)EOF\n/s.exec(printed(SFTP))?.[1] ?? '';
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
      writeFileSync(join(folder, 'config'), `HostKey ${join(folder, 'key')}\n${block}`);
      const test = ['-T', '-f', join(folder, 'config'), '-C', 'user=tillwarden,host=x,addr=192.0.2.1'];
      prepareForSshd();
      const { stdout } = spawnSync('/usr/sbin/sshd', test, { encoding: 'utf8' });
      for (const line of [
        'forcecommand internal-sftp -R',
        'disableforwarding yes',
        'permittty no',
        'chrootdirectory /',
      ]) {
        expect(stdout).toContain(`${line}\n`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
