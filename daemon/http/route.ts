import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { ApiPerson, TokenScope } from '../config/api-token.js';
import { ApiError } from './errors.js';

/** One thing the API can be asked. The table of them is made in the composition root. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/api/incidents/:id/acknowledge`; what is behind a colon arrives in `params`. */
  readonly path: string;
  /** What the token must allow. */
  readonly scope: TokenScope;
  /** Of the request's body; 16 KiB when absent. */
  readonly bodyLimitBytes?: number;
  /**
   * Answers with what becomes JSON, with bytes as they are, or with a stream of server-sent events. Throws `ApiError`, or the error class of its own domain whose
   * message is in our words.
   */
  readonly handle: (
    person: ApiPerson,
    params: Readonly<Record<string, string>>,
    body: unknown,
  ) => Promise<object> | object | Readable;
}

/** The body as a schema reads it. Throws `API_INVALID`, which names the places and repeats nothing of them. */
export function parsedBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const places = new Set(result.error.issues.map(({ path }) => String(path[0] ?? 'the body')));
  const known = [...places].filter((place) => /^[A-Za-z ]{1,40}$/.test(place)).join(', ');
  throw new ApiError('API_INVALID', `the body is not of the needed form${known === '' ? '' : ` (${known})`}`);
}
