// Bundles the two pages into dist/console/, the same bytes on every machine. Run by `npm run build`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, '../dist/console');
/** What a phone loads before it shows anything, compressed. */
const MOST_BYTES = 60 * 1024;

for (const page of ['watch', 'approve']) {
  const folder = join(out, page);
  mkdirSync(folder, { recursive: true });
  const { outputFiles } = buildSync({
    entryPoints: { app: join(here, page, 'app.tsx') },
    bundle: true,
    write: false,
    outdir: folder,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    absWorkingDir: here,
    banner: {
      js: '/* Holds Preact and @preact/signals, MIT License, (c) Jason Miller and the Preact team. */',
    },
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.slice(folder.length + 1), contents]));
  files.set('app.css', readFileSync(join(here, 'view/style.css')));
  files.set('index.html', readFileSync(join(here, page, 'index.html')));
  files.set('favicon.svg', readFileSync(join(here, 'view/favicon.svg')));
  const bytes = [...files.values()].reduce((sum, content) => sum + gzipSync(content).length, 0);
  if (bytes > MOST_BYTES)
    throw new Error(`the page ${page} has ${bytes} bytes compressed; ${MOST_BYTES} at most`);
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
}

// What the pages hold of others goes with its licence: the pages name it, and this is its text.
const licences = ['preact', '@preact/signals', '@preact/signals-core'].map((name) => {
  const text = readFileSync(join(here, '../node_modules', name, 'LICENSE'), 'utf8');
  return `${name}\n\n${text.trim()}\n`;
});
writeFileSync(join(out, 'LICENSES.txt'), licences.join('\n'));
