import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FilesUnderTest, filesIn, newFilesSource } from '../support/files-source.js';
import { processorMs } from '../support/processor.js';
import { waitFor } from '../support/wait.js';

let local: string;
const opened: FilesUnderTest[] = [];
const at = (name: string) => join(local, name);

beforeEach(() => {
  local = mkdtempSync(join(tmpdir(), 'tillwarden-hostile-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ source }) => source.close()));
  rmSync(local, { recursive: true, force: true });
});

/** Whether this user may mount one folder over another here. */
function mayMount(): boolean {
  const [over, under] = [mkdtempSync(join(tmpdir(), 'over-')), mkdtempSync(join(tmpdir(), 'under-'))];
  const may = spawnSync('mount', ['--bind', over, under]).status === 0;
  if (may) spawnSync('umount', [under]);
  rmSync(over, { recursive: true });
  rmSync(under, { recursive: true });
  return may;
}

/** Runs the words after it where there are three inotify watches. */
const LIMITED = ['-Ur', 'sh', '-c', 'echo 3 > /proc/sys/user/max_inotify_watches && exec "$@"', 'sh'];
const mayLimit = () => spawnSync('unshare', [...LIMITED, 'true']).status === 0;

type Settings = Readonly<Record<string, unknown>>;

async function open(collection: Settings = {}, config: Settings = {}): Promise<FilesUnderTest> {
  const files = newFilesSource({ paths: [local], ...collection }, config);
  opened.push(files);
  await files.source.open();
  return files;
}

/** Runs in another thread until it is ended: what a thief does while we read. */
function meanwhile(program: string): () => Promise<unknown> {
  const worker = new Worker(`const fs = require('node:fs'); ${program}`, { eval: true });
  return () => worker.terminate();
}

describe('files that fight back', () => {
  test('one that changes on each read is unknown by itself, and the rest is compared', async () => {
    writeFileSync(at('log'), 'x'.repeat(4_000_000));
    writeFileSync(at('quiet'), 'one');
    const end = meanwhile(`for (;;) fs.appendFileSync(${JSON.stringify(at('log'))}, 'y');`);
    try {
      const { read } = await open({}, { hashMbPerSecond: 20 });
      // A thief that has not begun yet changes nothing.
      const reading = await waitFor(
        async () => {
          const one = await read();
          return one.readable && one.unread !== undefined ? one : null;
        },
        { what: 'a read that the writer disturbed' },
      );
      expect([...filesIn(reading).keys()]).toEqual([local, at('quiet')]);
      expect(reading).toMatchObject({
        unread: { count: 1, cause: 'moving', detail: '1 entry could not be read (EMOVING); all else was' },
      });
      expect(reading.readable && reading.unread?.covers(JSON.stringify([at('log')]))).toBe(true);
      expect(reading.readable && reading.unread?.covers(JSON.stringify([at('quiet')]))).toBe(false);
    } finally {
      await end();
    }
  });

  test('a folder and a link out of the tree that take turns lead nowhere', async () => {
    mkdirSync(at('a'));
    writeFileSync(at('a/own'), 'own');
    const turns = JSON.stringify([at('a'), at('kept')]);
    const end = meanwhile(`const [a, kept] = ${turns};
      for (;;) try { fs.renameSync(a, kept); fs.symlinkSync('/etc', a); fs.unlinkSync(a); fs.renameSync(kept, a); } catch {}`);
    try {
      const { read } = await open();
      for (let n = 0; n < 30; n++) {
        const reading = await read();
        const foreign = [...filesIn(reading).keys()].filter((path) => /passwd|hosts|shadow/.test(path));
        expect(foreign).toEqual([]);
      }
    } finally {
      await end();
    }
  });

  test('a file and a link to another that take turns are never read through the link', async () => {
    writeFileSync(at('secret-elsewhere'), 'elsewhere');
    writeFileSync(at('a'), 'own');
    const { createHash } = await import('node:crypto');
    const elsewhere = createHash('sha256').update('elsewhere').digest('hex');
    const end = meanwhile(`const a = ${JSON.stringify(at('a'))};
      for (;;) try { fs.renameSync(a, a + '.kept'); fs.symlinkSync('secret-elsewhere', a); fs.unlinkSync(a); fs.renameSync(a + '.kept', a); } catch {}`);
    try {
      const { read } = await open();
      for (let n = 0; n < 50; n++) {
        expect(filesIn(await read()).get(at('a'))?.['sha256']).not.toBe(elsewhere);
      }
    } finally {
      await end();
    }
  });

  test('a folder that was swapped for another is seen, and what happens in the new one is heard', async () => {
    mkdirSync(at('deployments'));
    writeFileSync(at('deployments/a.war'), 'a');
    const files = await open();
    await files.read();
    const hints: string[] = [];
    files.source.watch((hint) => hints.push(hint.type));
    await waitFor(() => hints.includes('listening'), { what: 'events' });
    renameSync(at('deployments'), at('old'));
    mkdirSync(at('deployments'));
    writeFileSync(at('deployments/a.war'), 'b');
    await waitFor(() => hints.includes('changed'), { what: 'the event of the swap' });
    await files.read();
    hints.length = 0;
    writeFileSync(at('deployments/shell.war'), 'x');
    await waitFor(() => hints.includes('changed'), { what: 'an event in the new folder' });
    expect([...filesIn(await files.hinted()).keys()]).toContain(at('deployments/shell.war'));
  });

  test('a file that is watched by itself and is taken away is gone at its event, not at the next timed read', async () => {
    writeFileSync(at('ld.so.preload'), 'a');
    writeFileSync(at('crontab'), 'a');
    const files = await open({ paths: [at('ld.so.preload'), at('crontab')] });
    await files.read();
    const hints: string[] = [];
    files.source.watch((hint) => hints.push(hint.type));
    await waitFor(() => hints.includes('listening'), { what: 'events' });
    await files.read();
    hints.length = 0;
    rmSync(at('ld.so.preload'));
    await waitFor(() => hints.includes('changed'), { what: 'the event' });
    expect([...filesIn(await files.hinted()).keys()]).toEqual([at('crontab')]);
  });

  (mayMount() ? test : test.skip)(
    `a folder that another one is mounted over is seen, and so is what comes back (${mayMount() ? 'as root' : 'refused here'})`,
    async () => {
      mkdirSync(at('deployments'));
      mkdirSync(at('prepared'));
      writeFileSync(at('deployments/a.war'), 'one');
      writeFileSync(at('prepared/a.war'), 'two');
      const files = await open({ paths: [at('deployments')] });
      const digest = async () => filesIn(await files.read()).get(at('deployments/a.war'))?.['sha256'];
      const own = await digest();
      spawnSync('mount', ['--bind', at('prepared'), at('deployments')]);
      try {
        expect(await digest()).not.toBe(own);
      } finally {
        spawnSync('umount', [at('deployments')]);
      }
      expect(await digest()).toBe(own);
    },
  );

  (mayLimit() ? test : test.skip)(
    `no watch left for a folder is said, and the timed read sees everything${mayLimit() ? '' : ' (refused here)'}`,
    () => {
      for (let n = 0; n < 6; n++) mkdirSync(at(`folder${n}`));
      const program = fileURLToPath(new URL('../support/limited-watches.mjs', import.meta.url));
      const build = fileURLToPath(new URL('../../dist', import.meta.url));
      const run = spawnSync('unshare', [...LIMITED, process.execPath, program, build, local], {
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'inherit'],
        timeout: 200_000,
      });
      expect(run.stdout).toMatch(/^disconnected this machine has no inotify watch left for a folder/m);
      expect(run.stdout).toContain('records 7\n');
    },
  );

  test('what is excluded may be written all day and wakes nobody', async () => {
    const files = await open({ exclude: ['*.log'] });
    await files.read();
    const hints: string[] = [];
    files.source.watch((hint) => hints.push(hint.type));
    await waitFor(() => hints.includes('listening'), { what: 'events' });
    writeFileSync(at('busy.log'), 'x');
    await delay(100);
    writeFileSync(at('busy.log'), 'xx');
    await delay(100);
    expect(hints).not.toContain('changed');
    // Events come in order: those before it were heard as well.
    writeFileSync(at('other'), 'x');
    await waitFor(() => hints.includes('changed'), { what: 'the event of the other file' });
  });

  test('a socket and a sparse terabyte cost nothing', async () => {
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    writeFileSync(at('sparse'), '');
    truncateSync(at('sparse'), 2 ** 40);
    try {
      const { read } = await open();
      const began = processorMs();
      const files = filesIn(await read());
      expect(processorMs() - began).toBeLessThan(5_000);
      expect(files.get(at('socket'))).toMatchObject({ type: 'socket', sha256: null });
      expect(files.get(at('sparse'))).toMatchObject({
        size: String(2 ** 40),
        sha256: 'not hashed: larger than maxFileBytes',
      });
    } finally {
      server.close();
    }
  });

  test('links deep enough to lead for ever, and folders deeper than any path, end', async () => {
    symlinkSync('.', at('loop'));
    mkdirSync(at(Array.from({ length: 110 }, () => 'd').join('/')), { recursive: true });
    const { read } = await open();
    const reading = await read();
    expect(filesIn(reading).size).toBeGreaterThan(90);
    expect(reading).toMatchObject({ unread: { cause: 'too-large' } });
  });
});
