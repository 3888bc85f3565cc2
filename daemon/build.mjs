// Builds dist/: every file by itself, as the tests and the benchmarks load them, and over these the programs that are started, in few
// files. Run by `npm run build`.
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** Packages that stay where npm put them: compiled for one platform, or looking for files of their own by name. */
const LEFT_OUT = ['@photostructure/sqlite', 'pg-format', 'pg-native'];

const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

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
  // Paths that stand in for the types of a package are no places of its code.
  tsconfigRaw: { compilerOptions: { target: 'es2023', verbatimModuleSyntax: true } },
  // Errors are known by the names of their classes.
  keepNames: true,
  external: [...LEFT_OUT, ...Object.keys(optionalDependencies)],
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
  // Of a package within another one, too: it may be the only one of its name.
  const folders = new Set(
    files.flatMap((file) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(file) ?? []),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const name = folder.slice('node_modules/'.length);
      const file = readdirSync(join(root, folder)).find((one) =>
        /^licen[cs]e(-mit)?(\.md|\.txt)?$/i.test(one),
      );
      if (file !== undefined) return `${name}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
      // A few have no text of their own: what they say of themselves goes with their code.
      const { license, author } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      if (!license) throw new Error(`${folder} has no licence to go with its code`);
      return `${name}\n\nLicence: ${license}\nAuthor: ${author?.name ?? author ?? 'see its package'}\n`;
    })
    .join('\n');
}
