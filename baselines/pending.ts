import { BaselineError } from './errors.js';
import { parseFileName, parseSuppressionFile } from './file-name.js';

/** The command that removes the draft of a trust root, whatever lies in its place. */
export const WITHDRAW_ROOT = 'tillwarden trust sign --withdraw';

/** The command that removes the pending proposal of a site, whatever lies in its place. */
export function withdrawProposal(site: string): string {
  return `tillwarden approve ${site} --withdraw`;
}

/** The command that removes a suppression, whatever lies in its place. `file` is a name that we would write; of another one it names no id. */
export function withdrawSuppression(site: string, file: string): string {
  const name = parseSuppressionFile(file);
  const id = name === null ? 'ID' : name.document.slice(0, -'.json'.length);
  return `tillwarden ${name?.suppression === 'mute' ? 'mute' : 'expect'} ${site} --withdraw ${id}`;
}

/**
 * A refusal of something that waits for signatures, which says what it is about and how to be rid of it. A name that we would
 * not write is not repeated. What is no `BaselineError` stays as it is.
 */
export function refusalOfPending<Thrown>(
  error: Thrown,
  file: string | null,
  withdraw: string,
): Thrown | BaselineError {
  if (!(error instanceof BaselineError)) return error;
  const isOurs = file !== null && (parseFileName(file) ?? parseSuppressionFile(file)) !== null;
  const what = isOurs ? `pending/${file}` : 'pending/';
  return new BaselineError(error.code, `${what}: ${error.message} To be rid of it: ${withdraw}`, {
    cause: error,
  });
}
