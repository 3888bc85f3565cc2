import { escapedJson } from '../../wording.js';

/** JSON as a command prints it: in visible ASCII, two blanks for each level. */
export function asciiJson(value: unknown): string {
  return escapedJson(value, 2);
}
