/** Something that cannot stand in an address book. What was found and what was needed, in our own words. */
export class BookError extends Error {
  override readonly name = 'BookError';
  constructor(
    readonly found: string,
    readonly needed: string,
  ) {
    super(`${found}; needed: ${needed}`);
  }
}
