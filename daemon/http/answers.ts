import { BaselineError } from '../../baselines/index.js';
import { withRemedy } from '../approvals/withdraw-command.js';
import { IncidentError } from '../policy/incident-error.js';
import { StoreError } from '../store/errors.js';
import { ApiError } from './errors.js';

/** Error classes whose messages hold our own words only, with the status they become. */
const OWN_ERRORS = [
  [BaselineError, 409],
  [IncidentError, 409],
  [StoreError, 503],
] as const;

/** What an error is answered with: `code` and `message` are of our own, whoever threw it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export function answerTo(error: unknown): ErrorAnswer {
  if (error instanceof ApiError) return { status: error.status, code: error.code, message: error.message };
  for (const [kind, status] of OWN_ERRORS) {
    if (!(error instanceof kind)) continue;
    const { code, message } = error;
    const pending = error instanceof BaselineError ? error.pending : null;
    // Too few digits are whoever asks' to mend: nothing is wrong with the store.
    const own = code === 'STORE_AMBIGUOUS_ID' ? 409 : status;
    return { status: own, code, message: withRemedy(message, pending) };
  }
  const statusCode =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : null;
  if (statusCode === 413) return refusal('API_TOO_LARGE', 'the body is larger than this address takes');
  if (typeof statusCode === 'number' && statusCode < 500) {
    return refusal('API_INVALID', 'the request cannot be read; needed is a JSON body');
  }
  return refusal('API_INTERNAL', 'an internal error; the log of the daemon says more');
}

export function nothingHere(): ApiError {
  return new ApiError('API_NOT_FOUND', 'there is nothing at this address');
}

function refusal(code: ApiError['code'], message: string): ErrorAnswer {
  const { status } = new ApiError(code, message);
  return { status, code, message };
}
