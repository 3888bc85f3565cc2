/** Codes of docs/errors.md: why a channel cannot be built. */
export type NotifierErrorCode = 'NOTIFY_CA_UNREADABLE' | 'NOTIFY_CONFIG_INVALID';

/** A channel cannot be built: the start stops (invariant 10). The message holds no secret. */
export class NotifierError extends Error {
  override readonly name = 'NotifierError';
  constructor(
    readonly code: NotifierErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whose error it is, for who tells it without loading its class. */
  get domain(): 'notifier' {
    return 'notifier';
  }
}
