import * as z from 'zod';
import { BaselineError, canonicalJson, encodeValue } from '../../../baselines/index.js';
import { quote } from '../../../notifiers/index.js';
import { createQuoter } from '../../alerts/quoting.js';
import { CliError } from '../errors.js';
import { shownName } from './change-text.js';

const KEY_CHARACTERS = 200;
const keySchema = z.array(z.string().nullable());

/**
 * The canonical text of a key as people give it: the plain text of a key of one column, or a JSON list with a value for each of them,
 * spelled as `--json` prints keys. Throws `CLI_USAGE`.
 */
export function parseKey(text: string, columns: readonly string[]): string {
  const values = text.startsWith('[') ? textsIn(text) : [encodeValue({ form: 'text', text })];
  if (values.length !== columns.length) {
    throw new CliError(
      'CLI_USAGE',
      `--key has ${values.length} of ${columns.length} values; needed is one for ${columns.map(shownName).join(', ')}, as a JSON list such as '["7","admin"]'`,
    );
  }
  try {
    return canonicalJson(values);
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new CliError('CLI_USAGE', '--key holds half a character, which no key does', { cause: error });
  }
}

/** The values of a key by its canonical text, for JSON: encoded, in the order of the definition. */
export function keyValues(key: string): readonly (string | null)[] {
  return keySchema.parse(JSON.parse(key));
}

/** `user_id “7”, permission “admin”`: every value quoted. */
export function keyText(key: string, columns: readonly string[]): string {
  const quoter = createQuoter();
  return keyValues(key)
    .map(
      (value, index) =>
        `${shownName(columns[index] ?? `key ${index + 1}`)} ${quote(quoter.value(value), KEY_CHARACTERS)}`,
    )
    .join(', ');
}

function textsIn(text: string): string[] {
  try {
    const values: unknown = JSON.parse(text);
    if (Array.isArray(values) && values.every((value) => typeof value === 'string')) return values;
  } catch {
    // Said below.
  }
  throw new CliError('CLI_USAGE', '--key is no JSON list of texts; needed is one such as \'["7","admin"]\'');
}
