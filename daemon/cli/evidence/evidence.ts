import { resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { FOLDED_FOLDER, foldedFiles } from '../../store/folding/files.js';
import type { StoreReader } from '../../store/store.js';
import { shellWord } from '../../wording.js';
import { writeArchive } from '../archive/write.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { incidentById, openState } from '../signing/open-state.js';
import { evidenceFiles } from './files.js';

/** An archive that was written. */
export interface WrittenEvidence {
  /** Absolute. */
  readonly path: string;
  /** Of the archive. */
  readonly sha256: string;
  /** Where it is and how it is checked, for people. */
  readonly lines: readonly string[];
}

/**
 * `tillwarden evidence`: everything about an incident in one archive that proves itself: what was signed, by whom and how to check it, what was
 * seen, what was decided, and who was told. Works beside a running daemon. Holds no configured secret.
 */
export async function runEvidence(
  context: CommandContext,
  id: string,
  options: { readonly out?: string },
): Promise<number> {
  const { lines } = await writeEvidence(context, id, options.out);
  for (const line of lines) context.terminal.out(line);
  return EXIT.same;
}

/** Writes the archive. Throws `CliError`. */
export async function writeEvidence(
  context: CommandContext,
  id: string,
  out: string | undefined,
): Promise<WrittenEvidence> {
  const config: Config = await openConfig(context, 'none');
  const store = openState(config);
  try {
    const found = incidentById(store, id);
    refuseFolded(store, found.incident.id);
    const name = `evidence-${found.incident.id}`;
    const path = resolve(out ?? `${name}.tar.gz`);
    const files = await evidenceFiles({ config, store, found, nowMs: context.clock() });
    const sha256 = await writeArchive(path, files, name);
    const lines = [
      `Written: ${path}, ${files.length} files. Open ${name}/report.html; check it with:`,
      `  tar xzf ${shellWord(path)} && cd ${name} && sha256sum -c SHA256SUMS`,
    ];
    return { path, sha256, lines };
  } finally {
    store.close();
  }
}

/** What is not in the state any more must not look like an incident of which nothing was found. */
function refuseFolded(store: StoreReader, incident: string): void {
  const folded = store.folds.ofIncident(incident);
  if (folded === null) return;
  const { journal, details } = foldedFiles(folded.number);
  throw new CliError(
    'CLI_INCIDENT_FOLDED',
    `incident ${incident} is so old that what is known of it left the state: needed are ${FOLDED_FOLDER}/${details} and ${FOLDED_FOLDER}/${journal} of the state directory, which "tillwarden journal verify" proves (docs/journal.md, "Old entries")`,
  );
}
