export type StoreErrorCode =
  | 'STORE_GONE'
  | 'STORE_IN_USE'
  | 'STORE_NEWER'
  | 'STORE_UNREADABLE'
  | 'STORE_CORRUPT'
  | 'STORE_FULL'
  | 'STORE_READ_ONLY'
  | 'STORE_FAILED'
  | 'STORE_AMBIGUOUS_ID';

/** The state store cannot be used, or could not do what was asked. Each code is in docs/errors.md; the driver's own error is the cause. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whose error it is, for who tells it without loading its class. */
  get domain(): 'store' {
    return 'store';
  }
}
