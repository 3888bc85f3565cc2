import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { z } from 'zod';
import type { ApproverConfig } from '../../config/approver.js';
import { errorCode } from '../../error-code.js';
import { CliError } from '../errors.js';

/** From the first byte sent to the last one received. */
const TIMEOUT_MS = 120_000;
/** Of an answer that is no records file. */
const MAX_JSON_BYTES = 512 * 1024 * 1024;

/** A refusal of any server; what is not of its form says nothing. */
const refusalSchema = z
  .object({
    code: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{2,60}$/)
      .optional()
      .catch(undefined),
    message: z.unknown().optional(),
  })
  .catch({});

/** Asks one daemon, as one person. */
export interface ServerClient {
  /** Throws `CLI_SERVER_UNREACHABLE`, `CLI_SERVER_REFUSED`, or `CLI_SERVER_UNTRUE` for what is not of the form of `schema`. */
  json<T>(method: string, path: string, schema: z.ZodType<T>, body?: object): Promise<T>;
  /** The same, for bytes. */
  bytes(path: string, maxBytes: number): Promise<Uint8Array>;
}

/** Redirects are not followed, proxies of the environment not used: the token goes to the server that was named and nowhere else. */
export function createServerClient(config: ApproverConfig): ServerClient {
  return {
    json: async (method, path, schema, body) => {
      const answer = await ask(config, method, path, MAX_JSON_BYTES, body);
      const result = schema.safeParse(parsed(answer));
      if (result.success) return result.data;
      throw untrue('something that is no answer to what it was asked');
    },
    bytes: (path, maxBytes) => ask(config, 'GET', path, maxBytes),
  };
}

/** The server said something that cannot be so. */
export function untrue(what: string): CliError {
  return new CliError(
    'CLI_SERVER_UNTRUE',
    `the server gave ${what}; it is of another version, or somebody else answers in its place`,
  );
}

function ask(
  { server, token, ca }: ApproverConfig,
  method: string,
  path: string,
  maxBytes: number,
  body?: object,
): Promise<Uint8Array> {
  const url = new URL(path, server);
  const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const options = {
    method,
    agent: false as const,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      authorization: `Bearer ${token}`,
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': text.length }),
    },
    ...(ca === null ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(error instanceof CliError ? error : unreachable(server, error));
    const asked = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (answer) => {
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBytes) asked.destroy(untrue('more than it was asked for'));
      });
      answer.on('error', fail);
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        if (answer.statusCode === 200) resolve(bytes);
        else reject(refusal(answer.statusCode ?? 0, bytes));
      });
    });
    asked.on('error', fail);
    asked.end(text);
  });
}

function unreachable(server: string, cause: unknown): CliError {
  const why = errorCode(cause) ?? (cause instanceof Error ? cause.name : 'error');
  return new CliError(
    'CLI_SERVER_UNREACHABLE',
    `${server} does not answer (${why}); check the address, and caFile if its certificate is by an authority of your own`,
    { cause },
  );
}

/** Codes are ours; of the words only visible ASCII is printed, since anybody may answer at that address. */
function refusal(status: number, bytes: Buffer): CliError {
  const { code, message } = refusalSchema.parse(parsedOrNull(bytes));
  const known = code ?? `status ${status}`;
  return new CliError('CLI_SERVER_REFUSED', `the server refuses (${known}): ${visible(message)}`, {
    cause: known,
  });
}

/** Whether the server refused, and with this code. */
export function refusedWith(error: unknown, code: string): boolean {
  return error instanceof CliError && error.code === 'CLI_SERVER_REFUSED' && error.cause === code;
}

/** Text of the server on one line of visible ASCII. */
export function visible(text: unknown): string {
  return String(text ?? 'it does not say why')
    .slice(0, 2000)
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]/g, '?');
}

function parsed(bytes: Uint8Array): unknown {
  const value = parsedOrNull(bytes);
  if (value === null) throw untrue('no JSON');
  return value;
}

function parsedOrNull(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
