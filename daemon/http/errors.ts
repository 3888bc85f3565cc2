export type ApiErrorCode =
  | 'API_INVALID'
  | 'API_TOKEN_REFUSED'
  | 'API_SCOPE_MISSING'
  | 'API_NOT_FOUND'
  | 'API_TOO_LARGE'
  | 'API_TOO_MANY_FAILURES'
  | 'API_BUSY'
  | 'API_FOREIGN_PAGE'
  | 'API_TOO_MANY_STREAMS'
  | 'API_INTERNAL';

const STATUS: Readonly<Record<ApiErrorCode, number>> = {
  API_INVALID: 400,
  API_TOKEN_REFUSED: 401,
  API_SCOPE_MISSING: 403,
  API_NOT_FOUND: 404,
  API_TOO_LARGE: 413,
  API_TOO_MANY_FAILURES: 429,
  API_BUSY: 503,
  API_FOREIGN_PAGE: 403,
  API_TOO_MANY_STREAMS: 429,
  API_INTERNAL: 500,
};

/** A request is refused. The message is in our own words and holds nothing of the request. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status of the answer. */
  readonly status: number;
  constructor(
    readonly code: ApiErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = STATUS[code];
  }
}
