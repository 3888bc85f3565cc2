export type StoreErrorCode =
  | 'STORE_GONE'
  | 'STORE_IN_USE'
  | 'STORE_NEWER'
  | 'STORE_UNREADABLE'
  | 'STORE_CORRUPT'
  | 'STORE_SCHEMA'
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

/** What is said of a store that holds something this program never wrote. `what`: our word for it. */
export function unreadableState(what: string): StoreError {
  return new StoreError(
    'STORE_CORRUPT',
    `the state store holds ${what} that this program cannot read: restore the state directory from a backup, or move it away and start anew (alerts still waiting in it are lost)`,
  );
}
