import { resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { writeArchive } from '../archive/write.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { incidentById, openState } from '../signing/open-state.js';
import { evidenceFiles } from './files.js';

/**
 * `tillwarden evidence`: everything about an incident in one archive that proves itself: what was signed, by whom and how to check it, what was
 * seen, what was decided, and who was told. Works beside a running daemon. Holds no configured secret.
 */
export async function runEvidence(
  context: CommandContext,
  id: string,
  options: { readonly out?: string },
): Promise<number> {
  const config: Config = await openConfig(context, 'none');
  const store = openState(config);
  try {
    const found = incidentById(store, id);
    const name = `evidence-${found.incident.id}`;
    const path = resolve(options.out ?? `${name}.tar.gz`);
    const files = await evidenceFiles({ config, store, found, nowMs: context.clock() });
    await writeArchive(path, files, name);
    context.terminal.out(`Written: ${path}, ${files.length} files. Open ${name}/report.html; check it with:`);
    context.terminal.out(`  tar xzf FILE && cd ${name} && sha256sum -c SHA256SUMS`);
    return EXIT.same;
  } finally {
    store.close();
  }
}
