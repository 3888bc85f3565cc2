import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { logSetup } from '../../../../daemon/sources/log/setup.js';

const SFTP = {
  host: 'cas1.example.net',
  user: 'tillwarden',
  hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
  identityFile: '/etc/tillwarden/keys/cas1',
};
const printed = (more: object = {}) =>
  logSetup({
    config: { kind: 'log', name: 'cas-log', logs: [{ path: "/srv/it's here; rm -rf ~/a.log" }], ...more },
    definitions: [],
  });

describe('what "tillwarden files-setup" prints for logs', () => {
  test.each([[{}], [{ sftp: SFTP }]])(
    'is a script that a shell understands, whatever stands in a path (%#)',
    (more) => {
      const text = printed(more);
      expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(text).toContain("may_read '/srv/it'\\''s here; rm -rf ~/a.log'");
    },
  );

  test('gives no right on what a link leads to', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillwarden-setup-'));
    try {
      mkdirSync(join(folder, 'real'));
      writeFileSync(join(folder, 'real', 'a.log'), '');
      symlinkSync('real', join(folder, 'linked'));
      symlinkSync('real/a.log', join(folder, 'b.log'));
      const logs = [{ path: join(folder, 'linked', 'a.log') }, { path: join(folder, 'b.log') }];
      const text = printed({ logs }).replaceAll('u:tillwarden:', 'u:65534:').replaceAll('usermod', 'echo');
      const run = spawnSync('sh', ['-eu'], { input: text, encoding: 'utf8' });
      expect(run).toMatchObject({ status: 0, stderr: expect.stringContaining('/linked is a link') });
      expect(run.stderr).toContain('/b.log is a link');
      const rights = (...path: string[]) =>
        spawnSync('getfacl', ['-cn', join(folder, ...path)], { encoding: 'utf8' });
      expect(rights('real').stdout).not.toContain('65534');
      expect(rights().stdout).toContain('user:65534:');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('makes an account for another machine, and none for this one', () => {
    expect(printed({ sftp: SFTP })).toContain('ForceCommand internal-sftp -R');
    expect(printed()).not.toContain('useradd');
  });
});
