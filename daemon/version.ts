import { readFileSync } from 'node:fs';

/** The version of this program, as its package says. The build lies one folder deeper than the source. */
export function programVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
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
