import { rmSync } from 'node:fs';
import { notTested } from './machine/parts.mjs';

// biome-ignore lint/style/noDefaultExport: jest calls the default export.
export default async function globalTeardown({ nonFlagArgs }) {
  const { postgres, mysql, directory } = globalThis.tillwardenTestServers;
  await postgres.stop();
  await mysql.stop();
  rmSync(directory, { recursive: true, force: true });
  // Nothing is skipped in silence: a whole run without one of the parts has failed, whatever else it found.
  const missing = notTested();
  if (missing === null) return;
  console.error(missing);
  if (nonFlagArgs.length === 0) process.exit(1);
}
