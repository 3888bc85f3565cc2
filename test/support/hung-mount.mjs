import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * A program that mounts a file system whose server never answers on the folder named on its command line, follows a log there by the build named before it, and
 * prints how often its event loop came round meanwhile once that was 20 times, and never where it does not. Exit code 1 where it may not mount.
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
const settings = kind.configSchema.parse({ kind: 'log', name: 'l', logs: [{ path: join(folder, 'a.log') }] });
const context = { site: 's', name: 'l', collections: [], fingerprintKey: null, log: () => undefined };
const source = kind.create(context, settings);
await source.open();
const reading = source.read();
source.watch(() => undefined);
let isRead = false;
const noted = reading.then(() => {
  isRead = true;
});
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
spawnSync('umount', ['-f', '-l', folder]);
closeSync(server);
await noted;
await source.close();
