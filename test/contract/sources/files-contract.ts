import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseRecordLine } from '../../../baselines/index.js';
import { type FilesUnderTest, filesIn } from '../../support/files-source.js';

/** A way to reach files, with a folder that is reached by it. */
export interface ReachedFolder {
  /** The folder on this machine. */
  readonly local: string;
  /** The same as the source names it. */
  readonly path: string;
  open(
    collection?: Readonly<Record<string, unknown>>,
    config?: Readonly<Record<string, unknown>>,
  ): Promise<FilesUnderTest>;
  close(): Promise<void>;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What every way to reach files owes. */
export function filesContract(reach: string, prepare: () => Promise<ReachedFolder>): void {
  describe(`files over ${reach}`, () => {
    let folder: ReachedFolder;
    const at = (name: string) => join(folder.local, name);
    const named = (name: string) => `${folder.path}/${name}`;

    beforeEach(async () => {
      folder = await prepare();
      writeFileSync(at('a.txt'), 'one');
      mkdirSync(at('sub'));
      writeFileSync(at('sub/b.war'), 'two');
    });
    afterEach(() => folder.close());

    test('are records of what they hold and who may do what with them', async () => {
      const { read } = await folder.open();
      chmodSync(at('a.txt'), 0o4750);
      const files = filesIn(await read());
      const { uid, gid } = statSync(at('a.txt'));
      expect([...files.keys()]).toEqual([folder.path, named('a.txt'), named('sub'), named('sub/b.war')]);
      expect(files.get(named('a.txt'))).toMatchObject({
        ...{ type: 'file', size: '3', mode: '4750', sha256: sha256('one'), target: null },
        ...{ owner: String(uid), group: String(gid) },
      });
      expect(files.get(named('sub'))).toMatchObject({ type: 'directory', sha256: null, size: null });
    });

    test('that did not change are the very same reading', async () => {
      const { read } = await folder.open();
      expect(await read()).toBe(await read());
    });

    test('are noticed when they are new, replaced, moved and removed', async () => {
      const { read } = await folder.open();
      await read();
      writeFileSync(at('new'), 'x');
      appendFileSync(at('a.txt'), 'more');
      renameSync(at('sub'), at('other'));
      const files = filesIn(await read());
      expect([...files.keys()]).toEqual([
        folder.path,
        named('a.txt'),
        named('new'),
        named('other'),
        named('other/b.war'),
      ]);
      expect(files.get(named('a.txt'))?.['sha256']).toBe(sha256('onemore'));
      unlinkSync(at('new'));
      rmSync(at('other'), { recursive: true });
      expect([...filesIn(await read()).keys()]).toEqual([folder.path, named('a.txt')]);
    });

    test('are chosen by patterns, hidden ones among them, and folders that are left out are not entered', async () => {
      writeFileSync(at('.hidden.war'), 'x');
      mkdirSync(at('logs'));
      writeFileSync(at('logs/c.war'), 'x');
      const { read } = await folder.open({ include: ['**/*.war'], exclude: ['logs'] });
      expect([...filesIn(await read()).keys()]).toEqual([
        folder.path,
        named('.hidden.war'),
        named('sub/b.war'),
      ]);
    });

    test('that are links say where they lead and are not followed', async () => {
      symlinkSync('/etc', at('way-out'));
      symlinkSync('../nowhere', at('sub/dangling'));
      const { read } = await folder.open();
      const files = filesIn(await read());
      expect(files.get(named('way-out'))).toMatchObject({ type: 'link', target: '/etc', sha256: null });
      expect(files.get(named('sub/dangling'))).toMatchObject({ type: 'link', target: '../nowhere' });
      expect([...files.keys()].filter((path) => path.startsWith(named('way-out/')))).toEqual([]);
    });

    test('that are no files are told by their type and never opened', async () => {
      execFileSync('mkfifo', [at('pipe')]);
      const { read } = await folder.open();
      expect(filesIn(await read()).get(named('pipe'))).toMatchObject({
        type: 'fifo',
        sha256: null,
        size: null,
      });
    });

    test('keep hostile names apart: line feeds, control characters, bytes that are no text', async () => {
      const names = [
        Buffer.from('line\nfeed'),
        Buffer.from('esc\x1b[2J'),
        Buffer.from([0x61, 0xff]),
        Buffer.from('a\\xff'),
      ];
      for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${folder.local}/`), name]), 'x');
      const { read } = await folder.open();
      const found = [...filesIn(await read()).keys()];
      for (const name of ['line\\x0afeed', 'esc\\x1b[2J', 'a\\xff', 'a\\\\xff'])
        expect(found).toContain(named(name));
    });

    test('that are larger than may be are no silence: the record and a degradation say so', async () => {
      const { source, read } = await folder.open({}, { maxFileBytes: 2 });
      expect(filesIn(await read()).get(named('a.txt'))).toMatchObject({
        size: '3',
        sha256: 'not hashed: larger than maxFileBytes',
      });
      expect(source.degradations().map(({ code }) => code)).toEqual(['SOURCE_FILES_TOO_LARGE']);
    });

    test('beyond maxFiles make the collection unreadable, and fewer make it readable again', async () => {
      const { read } = await folder.open({}, { maxFiles: 6 });
      for (const n of [1, 2, 3]) writeFileSync(at(`more-${n}`), 'x');
      expect(await read()).toMatchObject({ readable: false, cause: 'too-large' });
      for (const n of [1, 2, 3]) unlinkSync(at(`more-${n}`));
      expect(filesIn(await read()).size).toBe(4);
    });

    test('whose size and times were put back are found within fullHashMs', async () => {
      const { read } = await folder.open({}, { fullHashMs: 1_000 });
      const { atime, mtime } = statSync(at('a.txt'));
      await read();
      writeFileSync(at('a.txt'), 'eno');
      utimesSync(at('a.txt'), atime, mtime);
      await new Promise((resolve) => setTimeout(resolve, 850));
      expect(filesIn(await read()).get(named('a.txt'))?.['sha256']).toBe(sha256('eno'));
    });

    test('leave the reader as fingerprints where their digest is secret', async () => {
      const { read } = await folder.open({ secret: ['sha256'] });
      const text = filesIn(await read()).get(named('a.txt'))?.['sha256'];
      expect(text).toMatch(/^~hmac:[0-9a-f]{64}$/);
      expect(text).not.toContain(sha256('one'));
    });

    test('that are one file by several names say so', async () => {
      linkSync(at('a.txt'), at('b.txt'));
      const { read } = await folder.open();
      const files = filesIn(await read());
      if (reach !== 'sftp') expect(files.get(named('a.txt'))?.['links']).toBe('2');
      expect(files.get(named('b.txt'))?.['sha256']).toBe(sha256('one'));
    });

    test('that hold settings are records of these, sealed where they are secret, and say so when they are none', async () => {
      writeFileSync(at('app.properties'), 'db.url=jdbc:mysql://db\ndb.password=geheim\n');
      const { read } = await folder.open({
        ...{ kind: 'config', include: ['*.properties'], secret: ['sealed'] },
        settings: {
          format: 'properties',
          members: [
            { path: '{file}/{setting:a-z.}password', field: 'sealed' },
            { path: '{file}/{setting...}', field: 'value' },
          ],
        },
      });
      const records = async () => {
        const reading = await read();
        const lines = reading.readable ? reading.snapshot.records : [];
        return new Map(
          lines.map(({ line }) => {
            const { key, fields } = parseRecordLine(line);
            return [key.join(' '), Object.fromEntries(fields)];
          }),
        );
      };
      const file = named('app.properties');
      const first = await records();
      expect(first.get(`${file} db.url`)).toEqual({ value: 'jdbc:mysql://db', sealed: null });
      expect(first.get(`${file} db.`)?.['sealed']).toMatch(/^~hmac:/);
      expect(JSON.stringify([...first])).not.toContain('geheim');
      writeFileSync(at('app.properties'), 'db.url=jdbc:mysql://thief\n');
      expect([...(await records())]).toEqual([
        [`${file} db.url`, { value: 'jdbc:mysql://thief', sealed: null }],
      ]);
      writeFileSync(at('app.properties'), 'db.url=\\u00zz');
      expect([...(await records()).keys()]).toEqual([`${file} (no properties)`]);
      unlinkSync(at('app.properties'));
      expect((await records()).size).toBe(0);
    });

    test('by the thousand at once are all records', async () => {
      const { read } = await folder.open();
      await read();
      // A server answers for each of them.
      const many = reach === 'sftp' ? 1_000 : 10_000;
      mkdirSync(at('flood'));
      for (let n = 0; n < many; n++) writeFileSync(at(`flood/${n}`), 'x');
      expect(filesIn(await read()).size).toBe(many + 5);
    });
  });
}
