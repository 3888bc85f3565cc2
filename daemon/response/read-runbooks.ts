import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, YAMLError } from 'yaml';
import { sha256Hex } from '../../baselines/index.js';
import { errorCode } from '../error-code.js';
import { readGuardedText } from '../guarded-file.js';
import { IncidentError } from '../policy/incident-error.js';
import { type ResponseRunbook, runbookSchema } from './runbook-form.js';
import { SHIPPED_RUNBOOKS } from './shipped.js';

/** A runbook and the hex SHA-256 of its text, by which the journal knows it. */
export interface KnownRunbook {
  readonly runbook: ResponseRunbook;
  readonly digest: string;
}

const MAX_BYTES = 262_144;
const MOST_FILES = 100;

/** The runbooks of a folder, by name, and then those that are shipped under other names. Throws `INCIDENT_RUNBOOK_UNUSABLE`. */
export function readRunbooks(directory: string | null): readonly KnownRunbook[] {
  const own = directory === null ? [] : filesOf(directory).map((file) => readOne(directory, file));
  const shipped = SHIPPED_RUNBOOKS.map((text) => ({
    runbook: runbookSchema.parse(parse(text)),
    digest: sha256Hex(text),
  }));
  const names = new Set(own.map(({ runbook }) => runbook.name));
  return [...own, ...shipped.filter(({ runbook }) => !names.has(runbook.name))];
}

function filesOf(directory: string): readonly string[] {
  try {
    const files = readdirSync(directory).filter((name) =>
      /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}\.ya?ml$/.test(name),
    );
    if (files.length <= MOST_FILES) return files.sort();
  } catch (error) {
    throw unusable('the folder of runbooks', errorCode(error) ?? 'unknown error');
  }
  throw unusable('the folder of runbooks', `more than ${MOST_FILES} files`);
}

function readOne(directory: string, file: string): KnownRunbook {
  let text: string;
  let written: unknown;
  try {
    text = readGuardedText(join(directory, file), MAX_BYTES);
    written = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw unusable(
      file,
      error instanceof YAMLError ? 'something that is not YAML' : (errorCode(error) ?? 'unknown error'),
    );
  }
  const read = runbookSchema.safeParse(written);
  if (read.success) return { runbook: read.data, digest: sha256Hex(text) };
  const [issue] = read.error.issues;
  throw unusable(
    file,
    `${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'not of the needed form'}`,
  );
}

function unusable(what: string, found: string): IncidentError {
  return new IncidentError(
    'INCIDENT_RUNBOOK_UNUSABLE',
    `${what} cannot be used: ${found}; docs/responding.md shows a runbook`,
  );
}
