import { createHash } from 'node:crypto';

/** What a file came to: nothing but plain values, its rights among them. */
type Look = () => unknown;

/** The files that a configuration was read from, so that they need not be taken apart again while they say the same. */
export class FilesRead {
  readonly #looks: { readonly look: Look; readonly digest: string }[] = [];

  /** What `look` finds, which is what it must find later for the files to be the same. It throws nothing. */
  read<T>(look: () => T): T {
    const found = look();
    this.note(look, found);
    return found;
  }

  /** The same of what was found already. */
  note(look: Look, found: unknown): void {
    this.#looks.push({ look, digest: digestOf(found) });
  }

  /** Whether every file says what it said, with the rights it had, found out in steps. False as well where one cannot be looked at. */
  *same(): Generator<undefined, boolean, undefined> {
    for (const { look, digest } of this.#looks) {
      try {
        if (digestOf(look()) !== digest) return false;
      } catch {
        return false;
      }
      yield;
    }
    return true;
  }
}

/** A secret is not held a second time. */
function digestOf(found: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(found) ?? '')
    .digest('hex');
}
