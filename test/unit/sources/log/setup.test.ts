import { spawnSync } from 'node:child_process';
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

  test('makes an account for another machine, and none for this one', () => {
    expect(printed({ sftp: SFTP })).toContain('ForceCommand internal-sftp -R');
    expect(printed()).not.toContain('useradd');
  });
});
