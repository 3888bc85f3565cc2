import { isUtf8 } from 'node:buffer';
import { attributesOf, type NameInFolder } from './attribute-programs.js';
import { attributeText } from './attribute-text.js';

/** Names in one run of the programs, and folders, each of which is a handle of theirs. */
const NAMES_AT_ONCE = 1_000;
const FOLDERS_AT_ONCE = 100;

/** What became of one name: its text, null for nothing to tell of, or why nobody knows. */
export type AttributeResult = { readonly text: string | null } | { readonly code: string };

interface Asked {
  readonly folder: number;
  /** Bytes of the name as Latin-1 text. */
  readonly name: string;
  readonly hasFlags: boolean;
  tell(result: AttributeResult): void;
}

/** Reads attributes of many names with few runs of the programs that can. */
export class AttributeReader {
  #asked: Asked[] = [];
  #folders = new Set<number>();
  readonly #running = new Set<Promise<void>>();

  /** Asks for a name in an open folder, which must stay open until it is told. */
  async ask(asked: Asked): Promise<void> {
    this.#asked.push(asked);
    this.#folders.add(asked.folder);
    if (this.#asked.length < NAMES_AT_ONCE && this.#folders.size < FOLDERS_AT_ONCE) return;
    this.#start();
    // Two runs at most: their folders are open meanwhile.
    while (this.#running.size > 1) await Promise.race(this.#running);
  }

  /** Resolves once everybody was told. */
  async finish(): Promise<void> {
    this.#start();
    await Promise.all(this.#running);
  }

  #start(): void {
    const asked = this.#asked;
    this.#asked = [];
    this.#folders = new Set();
    if (asked.length === 0) return;
    const run: Promise<void> = told(asked).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }
}

async function told(asked: readonly Asked[]): Promise<void> {
  const able: { readonly asked: Asked; readonly named: NameInFolder }[] = [];
  for (const one of asked) {
    const bytes = Buffer.from(one.name, 'latin1');
    // No program can be given such a name by Node.
    if (isUtf8(bytes)) able.push({ asked: one, named: { ...one, name: bytes.toString('utf8') } });
    else one.tell({ text: NO_TEXT });
  }
  const found = await attributesOf(able.map(({ named }) => named)).catch(() => []);
  for (const [n, { asked: one }] of able.entries()) {
    const result = found[n] ?? { code: 'EUNKNOWN' };
    one.tell('code' in result ? result : { text: attributeText(result.attributes, result.flags) });
  }
}

const NO_TEXT = 'not read: the name is no text';
