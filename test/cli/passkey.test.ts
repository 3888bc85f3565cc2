import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { armorAssertion, NAMESPACES } from '../../baselines/index.js';
import { LOCAL, PAGE, type SoftwarePasskey, softwarePasskey } from '../unit/baselines/passkey-scene.js';
import { MAIN } from './run-cli.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'passkeys '));
  for (const who of ['alice', 'bob', 'carol']) {
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, who)]);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function tillwarden(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], HOME: folder, NO_COLOR: '1' },
  });
  return { status, stdout, stderr: stderr.replaceAll('Signing data on standard input\n', '') };
}
/** Writes the line of a passkey as the console would, and gives it to somebody. */
function add(who: string, { key }: SoftwarePasskey, ...more: readonly string[]) {
  const file = `${who}-passkey.pub`;
  writeFileSync(join(folder, file), `${key.line} made in a browser\n`);
  return tillwarden('trust', 'add', who, '--key', file, ...more);
}
const draftDigest = () => /^draft.*sha256:(\S+)$/m.exec(tillwarden('trust', 'show').stdout)?.[1] ?? 'none';
const sign = (who: string) => tillwarden('trust', 'sign', '--key', who, '--accept', draftDigest());
/** Has a passkey sign the draft of a root, and puts the file where a console would. */
function signInBrowser(who: string, version: number, passkey: SoftwarePasskey): void {
  const stem = join(folder, 'trust', 'pending', `root.00000${version}`);
  const assertion = passkey.assert(readFileSync(`${stem}.json`), { namespace: NAMESPACES.root });
  writeFileSync(`${stem}.${who}.sig`, armorAssertion(passkey.key, NAMESPACES.root, assertion));
}

const alice = softwarePasskey(LOCAL);
const bob = softwarePasskey(PAGE, { deviceBound: true });
const carol = softwarePasskey('https://phone.example.com');

describe('passkeys in a trust root, in this order', () => {
  test('the line of one is taken from a file, and the draft says what it is and what to do first', () => {
    const people = ['alice', 'bob', 'carol'].flatMap((who) => ['--key', `${who}.pub`, '--name', who]);
    expect(tillwarden('init', ...people, '--site', 'prague-1')).toMatchObject({ status: 0, stderr: '' });
    const { status, stdout, stderr } = add('alice', alice);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^ {2}alice may sign with passkey SHA256:\S{43} of http:\/\/localhost:9773 \(on the own machine\), its user verified, may be synced to other devices$/m,
    );
    expect(stdout).toContain(
      'warning  the first passkey: a daemon of a version before this one refuses the root; upgrade every daemon before signing it',
    );
    expect(add('bob', bob).stdout).toMatch(
      /^ {2}bob may sign with passkey SHA256:\S{43} of https:\/\/console\.example\.com \(a page of example\.com, which counts for one person\), its user verified, bound to its device$/m,
    );
    expect(add('carol', carol, '--verify-required')).toMatchObject({ status: 0, stderr: '' });
    sign('alice');
    expect(sign('bob').stdout).toContain('Installed: trust root 2, signed by alice, bob.');
    const shown = tillwarden('trust', 'show').stdout;
    expect(shown.match(/^ {4}passkey SHA256:/gm)).toHaveLength(3);
    expect(shown.match(/^ {4}ssh-ed25519 SHA256:/gm)).toHaveLength(3);
  });

  test('two who signed on the pages of one owner are one, and it says so', () => {
    tillwarden('trust', 'sign', '--renew');
    signInBrowser('bob', 3, bob);
    signInBrowser('carol', 3, carol);
    const { stdout } = tillwarden('trust', 'show');
    expect(stdout).toContain('signed by bob, carol\n');
    expect(stdout).toContain(
      '  root 2 needs alice: tillwarden trust sign (a page counts for one person, so carol does not count; withdraw it and sign anew with another key if nobody else is left)\n',
    );
  });

  test('a passkey of the own machine beside them is enough, and everybody can verify it', () => {
    signInBrowser('alice', 3, alice);
    // Whoever comes next installs it.
    expect(sign('bob').stdout).toContain('Installed: trust root 3, signed by alice, bob, carol.');
    const verified = tillwarden('trust', 'verify');
    expect(verified.status).toBe(0);
    expect(verified.stdout).toMatch(/^trust root 3 {2}sha256:\S+ {2}signed by alice, bob, carol$/m);
  });

  test('a key that anybody can sign with is refused, by its code', () => {
    const point = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);
    const type = Buffer.from('ssh-ed25519');
    const blob = Buffer.concat([Buffer.of(0, 0, 0, 11), type, Buffer.of(0, 0, 0, 32), point]);
    writeFileSync(join(folder, 'weak.pub'), `ssh-ed25519 ${blob.toString('base64')}\n`);
    const { status, stderr } = tillwarden('trust', 'add', 'dora', '--key', 'weak.pub', '--role', 'operator');
    expect(status).toBe(12);
    expect(stderr).toMatch(
      /^error BASELINE_KEY_WEAK: The key SHA256:\S{43} of dora does not count: its point has a small order/i,
    );
    expect(tillwarden('trust', 'show').stdout).not.toContain('dora');
  });

  test('a passkey of a page that could be anybody’s is refused, by its code', () => {
    const line = alice.key.line.replace(LOCAL, 'http://console.example.com');
    writeFileSync(join(folder, 'http.pub'), `${line}\n`);
    const { status, stderr } = tillwarden('trust', 'add', 'alice', '--key', 'http.pub');
    expect(status).toBe(12);
    expect(stderr).toMatch(/^error BASELINE_KEY_INVALID: .*is a passkey of no page/i);
  });
});
