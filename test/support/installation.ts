import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Copies the build and the named packages, with all they depend on, to `directory`: the program as installed somewhere else, with other
 * rights, or without an optional package.
 */
export async function installInto(directory: string, packages: readonly string[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  await cp(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true });
  const pending = [...packages];
  const done = new Set<string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (done.has(name)) continue;
    done.add(name);
    const from = join(ROOT, 'node_modules', name);
    await cp(from, join(directory, 'node_modules', name), { recursive: true, verbatimSymlinks: true });
    const manifest = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    pending.push(...Object.keys(manifest.dependencies ?? {}));
  }
}
