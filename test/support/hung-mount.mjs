import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * A program that mounts a file system whose server never answers on the folder named on its command line, has two sources follow
 * four logs each there by the build named before it, and prints how often its event loop came round meanwhile once that was 20 times, and that another file was
 * read; never where that is not so. Exit code 1 where it may not mount.
 */
const [build, folder] = process.argv.slice(2);
let server;
try {
  server = openSync('/dev/fuse', 'r+');
} catch {
  process.exit(1);
}
const words = ['-i', '-t', 'fuse', 'hung', folder, '-o', 'fd=3,rootmode=40000,user_id=0,group_id=0'];
if (spawnSync('mount', words, { stdio: ['ignore', 'ignore', 'ignore', server] }).status !== 0)
  process.exit(1);
if (build === '') {
  spawnSync('umount', ['-f', '-l', folder]);
  process.exit(0);
}
const { sourceKinds } = await import(pathToFileURL(`${build}/daemon/sources/index.js`).href);
const kind = sourceKinds.get('log');
const logs = ['a', 'b', 'c', 'd'].map((name) => ({ path: join(folder, `${name}.log`) }));
const sources = [];
const noted = [];
let isRead = false;
for (const name of ['l', 'm']) {
  const context = { site: 's', name, collections: [], fingerprintKey: null, log: () => undefined };
  const source = kind.create(context, kind.configSchema.parse({ kind: 'log', name, logs }));
  await source.open();
  sources.push(source);
  noted.push(
    source.read().then(() => {
      isRead = true;
    }),
  );
  source.watch(() => undefined);
}
let rounds = 0;
await new Promise((resolve) => {
  const timer = setInterval(() => {
    rounds++;
    if (rounds < 20 && !isRead) return;
    clearInterval(timer);
    resolve();
  }, 10);
});
process.stdout.write(`${rounds} rounds\n`);
// Of the process's four threads some are left, although everything was asked about every log.
await readFile(process.execPath);
await lookup('localhost');
process.stdout.write('another file was read, and a name looked up\n');
spawnSync('umount', ['-f', '-l', folder]);
closeSync(server);
await Promise.all(noted);
for (const source of sources) await source.close();
