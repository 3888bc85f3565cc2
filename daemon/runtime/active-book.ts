import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { CollectionSnapshot } from '../../baselines/index.js';
import type { AddressBook } from '../destinations/book.js';
import { BOOK_COLLECTION, signedBook } from '../destinations/signed-book.js';

/**
 * The address book of the active baseline. Another one is filled beside the watching, a slice at each turn of the event loop; until it is whole it
 * says of nothing that it is unknown.
 */
export class ActiveBook {
  readonly #onDefect: (error: unknown) => void;
  #book: AddressBook | null = null;
  /** Digest of the signed records it was made of. */
  #digest: string | null = null;
  #stopped = false;

  constructor(onDefect: (error: unknown) => void) {
    this.#onDefect = onDefect;
  }

  /** Null where nobody signed one. */
  book(): AddressBook | null {
    return this.#book;
  }

  /** The collections that are signed now. */
  follow(signed: ReadonlyMap<string, CollectionSnapshot>): void {
    const digest = signed.get(BOOK_COLLECTION)?.recordsDigest ?? null;
    if (digest === this.#digest) return;
    const book = signedBook(signed);
    this.#digest = digest;
    this.#book = book;
    const isOver = () => this.#stopped || this.#book !== book;
    book?.fill(() => turnOfTheLoop(), isOver).catch(this.#onDefect);
  }

  stop(): void {
    this.#stopped = true;
  }
}
