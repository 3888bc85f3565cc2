import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AttributeReader, type AttributeResult } from '../../daemon/sources/files/survey/attribute-reader.js';
import { Census } from '../../daemon/sources/files/survey/census.js';
import type { FileStat } from '../../daemon/sources/machine/stat.js';
import { type FilesUnderTest, filesIn, newFilesSource } from '../support/files-source.js';
import { startSshd } from '../support/sshd.js';

const COLUMNS = ['type', 'mode', 'sha256', 'attributes'];

/** True when the program did it: not every user may, and not every file system has it. */
const does = (program: string, ...words: readonly string[]) => spawnSync(program, words).status === 0;

/** What this machine lets a test do, tried on a file of its own. */
function able(): Readonly<Record<string, boolean>> {
  const folder = mkdtempSync(join(tmpdir(), 'tillwarden-able-'));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const found = {
    capabilities: does('setcap', 'cap_setuid+ep', file),
    'an access list': does('setfacl', '-m', 'u:65534:r', file),
    'an attribute': does('setfattr', '-n', 'user.x', '-v', '1', file),
    'an immutable bit': does('chattr', '+i', file) && does('chattr', '-i', file),
  };
  rmSync(folder, { recursive: true });
  return found;
}
const ABLE = able();
/** The name of a test that cannot be done here says so. */
const whereAble = (what: keyof typeof ABLE & string) =>
  ABLE[what] === true ? { it: test, note: '' } : { it: test.skip, note: ` (refused here)` };

/** Programs of the same names that come first, in a folder of their own. */
function inFront(script: (program: string) => string): { readonly folder: string; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tillwarden-programs-'));
  const path = process.env['PATH'] ?? '';
  for (const name of ['getfattr', 'lsattr']) {
    const real = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    writeFileSync(join(folder, name), `#!/bin/sh\n${script(real)}\n`, { mode: 0o755 });
  }
  process.env['PATH'] = `${folder}${delimiter}${path}`;
  return {
    folder,
    close: () => {
      process.env['PATH'] = path;
      rmSync(folder, { recursive: true });
    },
  };
}

/** What the reader says of names in the folder. */
async function asked(names: readonly string[]): Promise<ReadonlyMap<string, AttributeResult>> {
  const found = new Map<string, AttributeResult>();
  const reader = new AttributeReader();
  const folder = openSync(local, constants.O_RDONLY);
  for (const name of names) {
    await reader.ask({ folder, name, hasFlags: true, tell: (result) => void found.set(name, result) });
  }
  await reader.finish();
  closeSync(folder);
  return found;
}

let nowMs = 0;
const newCensus = () =>
  new Census({
    ...{ recordsOf: () => [], maxFiles: 10, maxFileBytes: 10, fullHashMs: 10_000 },
    ...{ now: () => nowMs, random: () => 0.5 },
  });
const statOfFile = (changedMs: number): FileStat => ({
  ...{ type: 'fifo', size: 1, mode: 0o644, uid: 0, gid: 0, links: 1, modifiedMs: 0, changedMs },
  ...{ device: 1, inode: 1, deviceNumber: null },
});

let local: string;
let file: string;
let files: FilesUnderTest;
const attributesOf = async (path = file) => filesIn(await files.read()).get(path)?.['attributes'];

beforeEach(async () => {
  local = mkdtempSync(join(tmpdir(), 'tillwarden-files-'));
  file = join(local, 'admin.sh');
  writeFileSync(file, 'one');
  files = newFilesSource({ paths: [local], columns: COLUMNS });
  await files.source.open();
  await files.read();
});
afterEach(async () => {
  await files.source.close();
  spawnSync('chattr', ['-R', '-ia', local]);
  rmSync(local, { recursive: true, force: true });
});

describe('attributes of files', () => {
  test('are none where there are none, of a file, a folder, a link and a FIFO', async () => {
    mkdirSync(join(local, 'folder'));
    symlinkSync('nowhere', join(local, 'link'));
    does('mkfifo', join(local, 'fifo'));
    const found = filesIn(await files.read());
    expect([...found.values()].map(({ type, attributes }) => `${type} ${attributes}`).sort()).toEqual([
      ...['directory null', 'directory null', 'fifo null', 'file null', 'link null'],
    ]);
  });

  {
    const { it, note } = whereAble('capabilities');
    it(`tell of capabilities that are added${note}`, async () => {
      does('setcap', 'cap_setuid,cap_net_raw+ep', file);
      expect(await attributesOf()).toBe('capabilities effective permitted setuid,net_raw inheritable none');
      does('setcap', '-r', file);
      expect(await attributesOf()).toBeNull();
    });
  }

  {
    const { it, note } = whereAble('an access list');
    it(`tell of an access list, and of the default one of a folder${note}`, async () => {
      does('setfacl', '-m', 'u:65534:rwx', file);
      does('setfacl', '-d', '-m', 'g:65534:rx', local);
      expect(await attributesOf()).toContain('access list user::rw-,user:65534:rwx,group::r--');
      expect(await attributesOf(local)).toMatch(/^default access list user::rwx,.*group:65534:r-x/);
    });
  }

  {
    const { it, note } = whereAble('an immutable bit');
    it(`tell of an immutable bit, and of one that keeps a log from being cut${note}`, async () => {
      does('chattr', '+i', file);
      does('chattr', '+a', local);
      expect(await attributesOf()).toBe('flags i');
      expect(await attributesOf(local)).toBe('flags a');
      does('chattr', '-a', local);
    });
  }

  {
    const { it, note } = whereAble('an attribute');
    it(`are those of the very file, whatever its name imitates${note}`, async () => {
      const hostile = ['a\n# file: admin.sh\nuser.y=0x32', 'b\\012c', '-d', 'é\nx'];
      for (const name of hostile) {
        const path = `${local}/${name}`;
        writeFileSync(path, '');
        expect(does('setfattr', '-n', 'user.x', '-v', name.slice(0, 1), path)).toBe(true);
      }
      const found = filesIn(await files.read());
      const texts = [...found].flatMap(([, { attributes }]) => attributes ?? []);
      expect(found.get(file)?.['attributes']).toBeNull();
      expect(texts.sort()).toEqual(['user.x=0x2d', 'user.x=0x61', 'user.x=0x62', 'user.x=0xc3a9']);
    });

    it(`whose names are no text are told apart${note}`, async () => {
      for (const [byte, value] of ['\\377=1', '\\376=2', '\\303\\251=3'].map((one) => one.split('=')))
        expect(does('sh', '-c', `setfattr -n "user.$(printf '${byte}')" -v ${value} ${file}`)).toBe(true);
      expect(await attributesOf()).toBe('user.é=0x33; user.\\xfe=0x32; user.\\xff=0x31');
    });

    it(`that are long are told by length and digest${note}`, async () => {
      does('setfattr', '-n', 'user.long', '-v', 'x'.repeat(1000), file);
      expect(await attributesOf()).toMatch(/^user\.long=1000 bytes, sha256:[0-9a-f]{64}$/);
    });

    it(`of a name that is no text are told as not read${note}`, async () => {
      does('sh', '-c', `touch "${local}/$(printf '\\377')"`);
      expect(await attributesOf(`${local}/\\xff`)).toBe('not read: the name is no text');
    });

    it(`are read with few runs of the programs, however many files there are${note}`, async () => {
      for (let n = 0; n < 2_500; n++) writeFileSync(join(local, `f${n}`), '');
      does('setfattr', '-n', 'user.x', '-v', '1', join(local, 'f2499'));
      const programs = inFront((real) => `echo x >> "$(dirname "$0")/runs"; exec ${real} "$@"`);
      const names = Array.from({ length: 2_500 }, (_, n) => `f${n}`);
      try {
        const found = await asked(names);
        expect(found.get('f2499')).toEqual({ text: 'user.x=0x31' });
        expect(found.get('f0')).toEqual({ text: null });
        // A thousand names at once, of two programs.
        expect(readFileSync(join(programs.folder, 'runs'), 'utf8')).toHaveLength(6 * 2);
      } finally {
        programs.close();
      }
    });

    it(`are read again when somebody moved them, and else within fullHashMs${note}`, async () => {
      const [census, stat] = [newCensus(), statOfFile(1)];
      const look = (at: FileStat) => {
        census.begin();
        const isDue = census.needsAttributes(local, 'a', at);
        census.see(local, 'a', at);
        if (isDue) census.attributed(local, 'a', 'flags i');
        return isDue;
      };
      expect([look(stat), look(stat), look(statOfFile(2)), look(statOfFile(2))]).toEqual([
        ...[true, false, true, false],
      ]);
      nowMs += 10_000;
      expect(look(statOfFile(2))).toBe(true);
    });
  }

  test('that cannot be read make their file unknown, and no other, and cost no run each', async () => {
    const names = Array.from({ length: 500 }, (_, n) => `${n % 2 === 0 ? 'good' : 'bad'}${n}`);
    for (const name of [...names, 'one-bad', 'fine']) writeFileSync(join(local, name), '');
    const script = 'echo x >> "$(dirname "$0")/runs"; case "$*" in *bad*) exit 1;; esac';
    const programs = inFront((real) => `${script}; exec ${real} "$@"`);
    try {
      const some = await asked(['one-bad', 'fine', 'admin.sh', 'gone']);
      expect([...some]).toEqual([
        ...[
          ['one-bad', { code: 'EFAILED' }],
          ['fine', { text: null }],
        ],
        ...[
          ['admin.sh', { text: null }],
          ['gone', { code: 'ENOENT' }],
        ],
      ]);
      const all = await asked(names);
      expect([...all].filter(([name, result]) => name.startsWith('bad') && 'text' in result)).toEqual([]);
      expect(readFileSync(join(programs.folder, 'runs'), 'utf8').length / 2).toBeLessThan(400);
    } finally {
      programs.close();
    }
  });

  test('that cannot be read are told as unknown records', () => {
    const census = newCensus();
    census.begin();
    census.see(local, 'a', statOfFile(1));
    census.unread(local, 'a', { cause: 'failed', code: 'EFAILED' });
    expect(census.end()).toEqual([{ path: `${local}/a`, below: false, cause: 'failed', code: 'EFAILED' }]);
    expect(census.count).toBe(0);
  });

  test('stop the start where no program can read them', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    const [refused, fine] = [
      newFilesSource({ paths: [local], columns: COLUMNS }),
      newFilesSource({ paths: [local] }),
    ];
    try {
      await expect(refused.source.open()).rejects.toMatchObject({ code: 'SOURCE_FILES_NO_ATTRIBUTES' });
      await fine.source.open();
    } finally {
      process.env['PATH'] = path;
      await Promise.all([refused, fine].map(({ source }) => source.close()));
    }
  });

  test('are unknown over sftp, which is said', async () => {
    const sshd = await startSshd();
    const remote = newFilesSource({ paths: [local], columns: COLUMNS }, { sftp: sshd.sftp });
    try {
      await remote.source.open();
      expect(filesIn(await remote.read()).get(file)?.['attributes']).toBeNull();
      expect(remote.source.degradations().map(({ code }) => code)).toEqual([
        'SOURCE_FILES_ATTRIBUTES_UNKNOWN',
      ]);
    } finally {
      await remote.source.close();
      await sshd.close();
    }
  });
});
