import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { startSshd } from '../support/sshd.js';
import { prepareSiteAround, type WatchedSite } from '../support/watched-site.js';

let host: string;
let deployments: string;
let watched: WatchedSite;
let daemon: Daemon | null;

beforeEach(async () => {
  daemon = null;
  host = await mkdtemp(join(tmpdir(), 'tillwarden-host-'));
  deployments = join(host, 'deployments');
  await mkdir(join(deployments, 'admin.war'), { recursive: true });
  await writeFile(join(deployments, 'admin.war', 'index.html'), 'approved');
});

afterEach(async () => {
  await daemon?.stop();
  await watched.close();
  await rm(host, { recursive: true, force: true });
});

async function begin(source = ''): Promise<Daemon> {
  watched = await prepareSiteAround('nowhere', {
    readIntervalMs: 30_000,
    sources: `
      - kind: files
        name: host
${source}
        collections:
          - { name: deployments, kind: file, paths: [${deployments}] }`,
  });
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
  return daemon;
}

describe('the whole daemon over files of its machine', () => {
  test('tells of a planted application within moments, in words, and of what to do', async () => {
    const running = await begin();
    expect(running.status().sites[0]?.sources[0]).toMatchObject({ source: 'host', hearing: 'listening' });
    await writeFile(join(deployments, 'shell.war'), 'PK');
    const alert = await watched.told('shell.war');
    expect(alert.text).toMatch(/^HIGH prague-1: 1 new file in deployments/);
    const text = slackText(alert);
    expect(text).toContain('Never open or start the file');
    expect(text).toContain('compare it with the vendor package');
  });

  test('tells a replaced file from one whose permissions changed', async () => {
    await begin();
    await writeFile(join(deployments, 'admin.war', 'index.html'), 'altered!');
    expect((await watched.told('index.html')).text).toContain('1 file of deployments was replaced');
    await chmod(join(deployments, 'admin.war'), 0o777);
    await watched.told('1 file of deployments has other permissions');
  });

  test('finds without events what the timer finds', async () => {
    watched = await prepareSiteAround('nowhere', {
      readIntervalMs: 500,
      sources: `
      - { kind: files, name: host, hints: none, collections: [{ name: deployments, kind: file, paths: [${deployments}] }] }`,
    });
    await approveSite(watched.site, watched.site.approvers, 'first');
    daemon = await watched.start();
    await watched.told('baseline 1 is in force');
    expect(daemon.status().sites[0]?.sources[0]).toMatchObject({ hearing: 'polling' });
    await rm(join(deployments, 'admin.war'), { recursive: true });
    expect((await watched.told('index.html')).text).toContain('of deployments were removed');
  });

  test('tells of what is planted on another machine at the next timed read', async () => {
    const sshd = await startSshd();
    try {
      const { sftp } = sshd;
      watched = await prepareSiteAround('nowhere', {
        readIntervalMs: 500,
        sources: `
      - { kind: files, name: host, sftp: ${JSON.stringify(sftp)}, collections: [{ name: deployments, kind: file, paths: [${deployments}] }] }`,
      });
      await approveSite(watched.site, watched.site.approvers, 'first');
      daemon = await watched.start();
      await watched.told('baseline 1 is in force');
      await writeFile(join(deployments, 'shell.war'), 'PK');
      expect((await watched.told('shell.war')).text).toContain('1 new file in deployments');
      await daemon.stop();
      daemon = null;
    } finally {
      await sshd.close();
    }
  });
});
