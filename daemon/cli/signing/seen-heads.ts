import { join } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../../error-code.js';
import { readGuardedText, writePrivateFile } from '../../guarded-file.js';
import { CliError } from '../errors.js';
import { ownMemory } from './own-memory.js';

const headsSchema = z.record(z.string(), z.object({ version: z.number(), digest: z.string() }));

/** A head that this person has seen or signed. */
export type SeenHead = Readonly<z.infer<typeof headsSchema>[string]>;

const MAX_HEADS_BYTES = 4 * 1024 * 1024;

/** In place of a site's name, which has no blank. */
export const ROOT_CHAIN = 'trust root';

/**
 * The highest version an approver's own machine has seen of each site (invariant 11), so that nobody can have a change signed on
 * top of an older state by taking newer files away. Kept in `$XDG_STATE_HOME/tillwarden/seen-heads.json`.
 */
export class SeenHeads {
  readonly #file: string;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#file = join(ownMemory(env), 'seen-heads.json');
  }

  /** What was seen here; null when nothing was. Throws `CLI_SEEN_UNREADABLE`. */
  seen(pin: string, site: string): SeenHead | null {
    return this.#read().get(keyOf(pin, site)) ?? null;
  }

  /** `site` is `ROOT_CHAIN` for the trust roots. Throws `CLI_ROLLED_BACK` when the verified steps do not hold what was seen before, and `CLI_SEEN_UNREADABLE`. */
  refuseOlder(pin: string, site: string, steps: readonly SeenHead[]): void {
    const seen = this.seen(pin, site);
    if (seen === null) return;
    const head = steps.at(-1)?.version ?? 0;
    const same = steps.find(({ version }) => version === seen.version);
    // A chain that begins after what was seen was anchored anew by the trust root.
    const anchoredLater = (steps[0]?.version ?? 0) > seen.version;
    if (same?.digest === seen.digest || anchoredLater) return;
    const found = same === undefined ? `the newest is ${head}` : 'there is another document of that version';
    throw new CliError(
      'CLI_ROLLED_BACK',
      `you have seen version ${seen.version} of ${site} here, and ${found}. Restore the files (from the daemon's own copy, or a colleague) before anything is signed; if that is how it should be, remove ${site} from ${this.#file}`,
    );
  }

  /** What is seen is the highest version: a console and a command of the same person run at once, and the one that looked earlier takes nothing back. */
  remember(pin: string, site: string, { version, digest }: SeenHead): void {
    const heads = this.#read();
    const known = heads.get(keyOf(pin, site));
    if (known !== undefined && known.version > version) return;
    heads.set(keyOf(pin, site), { version, digest });
    const text = `${JSON.stringify(Object.fromEntries(heads), null, 2)}\n`;
    try {
      writePrivateFile(this.#file, text);
    } catch (error) {
      throw new CliError('CLI_FILE_UNWRITABLE', `${this.#file} cannot be written; check its folder`, {
        cause: error,
      });
    }
  }

  #read(): Map<string, SeenHead> {
    let text: string;
    try {
      text = readGuardedText(this.#file, MAX_HEADS_BYTES);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return new Map();
      throw this.#unreadable(error);
    }
    try {
      return new Map(Object.entries(headsSchema.parse(JSON.parse(text))));
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  #unreadable(cause: unknown): CliError {
    return new CliError(
      'CLI_SEEN_UNREADABLE',
      `${this.#file} remembers the versions you have seen and cannot be read; repair it, or remove it if you know which version is the newest`,
      { cause },
    );
  }
}

const keyOf = (pin: string, site: string): string => `${site} ${pin.slice(0, 16)}`;
