import { rmSync } from 'node:fs';

// biome-ignore lint/style/noDefaultExport: jest calls the default export.
export default async function globalTeardown() {
  const { postgres, directory } = globalThis.tillwardenTestPostgres;
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}
