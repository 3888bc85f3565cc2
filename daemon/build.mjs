// Builds dist/: every file by itself, as the tests and the benchmarks load them, and over these the programs that are started, in few
// files. Run by `npm run build`.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');

/** What Node is told to start: by people, and by the program itself for a thread or process of its own. */
const PROGRAMS = [
  'daemon/main.ts',
  'daemon/store/sqlite/integrity/check-program.ts',
  'daemon/sources/files/survey/hash-thread.ts',
  'daemon/sources/files/survey/survey-thread.ts',
];

/** Packages that most commands need, of many small files and nothing but JavaScript. All others stay where npm put them. */
const BUNDLED = [
  '@noble/curves',
  '@noble/hashes',
  '@scure/base',
  'commander',
  'ipaddr.js',
  'picomatch',
  'temporal-polyfill',
  'yaml',
  'zod',
];

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const options = {
  absWorkingDir: root,
  outdir: dist,
  outbase: '.',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
};

rmSync(dist, { recursive: true, force: true });
buildSync({
  ...options,
  entryPoints: ['daemon/**/*.ts', 'baselines/**/*.ts', 'notifiers/**/*.ts'],
});
const { metafile } = buildSync({
  ...options,
  entryPoints: PROGRAMS,
  bundle: true,
  splitting: true,
  allowOverwrite: true,
  // One folder deep, as daemon/built.ts expects.
  chunkNames: 'program/[name]-[hash]',
  external: Object.keys({ ...dependencies, ...optionalDependencies }).filter(
    (name) => !BUNDLED.includes(name),
  ),
  // Packages of the older kind ask for Node's own modules by this name.
  banner: {
    js: "import { createRequire as _req } from 'node:module'; const require = _req(import.meta.url);",
  },
  metafile: true,
});
chmodSync(join(dist, 'daemon/main.js'), 0o755);
writeFileSync(join(dist, 'program/LICENSES.txt'), licences(Object.keys(metafile.inputs)));

/** The licences of the packages that these files are of: their texts go with every copy. */
function licences(files) {
  const folders = new Set(files.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  return [...folders]
    .sort()
    .map((folder) => {
      const file = ['LICENSE', 'LICENSE.md', 'license']
        .map((name) => join(root, folder, name))
        .find(existsSync);
      if (file === undefined) throw new Error(`${folder} has no licence text to go with its code`);
      return `${folder.slice('node_modules/'.length)}\n\n${readFileSync(file, 'utf8').trim()}\n`;
    })
    .join('\n');
}
