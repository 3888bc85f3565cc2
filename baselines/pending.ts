import { BaselineError, type PendingSubject } from './errors.js';
import { parseFileName, parseSuppressionFile } from './file-name.js';

/** The draft of the next trust root, whatever lies in its place. */
export const ROOT_DRAFT: PendingSubject = { what: 'root' };

/** The pending proposal of a site, whatever lies in its place. */
export function proposalOf(site: string): PendingSubject {
  return { what: 'proposal', site };
}

/** A pending suppression of a site, whatever lies in its place. Of a file with a name that we would not write nothing is repeated. */
export function pendingSuppression(site: string, file: string): PendingSubject {
  const name = parseSuppressionFile(file);
  return {
    what: 'suppression',
    site,
    type: name?.suppression ?? 'expectation',
    id: name === null ? null : name.document.slice(0, -'.json'.length),
  };
}

/**
 * A refusal of something that waits for signatures, which says what it is about. A name that we would not write is not repeated. What is no
 * `BaselineError` stays as it is.
 */
export function refusalOfPending<Thrown>(
  error: Thrown,
  file: string | null,
  pending: PendingSubject,
): Thrown | BaselineError {
  if (!(error instanceof BaselineError)) return error;
  const isOurs = file !== null && (parseFileName(file) ?? parseSuppressionFile(file)) !== null;
  const what = isOurs ? `pending/${file}` : 'pending/';
  return new BaselineError(error.code, `${what}: ${error.message}`, { cause: error, pending });
}
