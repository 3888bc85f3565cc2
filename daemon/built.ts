import { readFileSync } from 'node:fs';

/**
 * The folder that holds `daemon/`, `baselines/` and `notifiers/`: of the sources, or of the build. The programs' parts lie as deep in the
 * build as this file does (`daemon/build.mjs`).
 */
const HERE = new URL('../', import.meta.url);

/** URL of what `npm run build` makes, by its path below `dist/`, whether this file is run from there or, as in the tests, from its source. */
export function built(path: string): URL {
  return new URL(import.meta.url.endsWith('.ts') ? `dist/${path}` : path, HERE);
}

/** The version of this program, as its package says. The build lies one folder deeper than the source. */
export function programVersion(): string {
  for (const path of ['package.json', '../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(path, HERE), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'tillwarden' && manifest.version) return manifest.version;
    } catch {
      // The other place is tried.
    }
  }
  return 'unknown';
}
