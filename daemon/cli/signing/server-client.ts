import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import * as z from 'zod';
import type { ApproverConfig } from '../../config/approver.js';
import { errorCode } from '../../error-code.js';
import { CliError } from '../errors.js';

/** From the first byte sent to the last one received. */
const TIMEOUT_MS = 120_000;
/** Of an answer in ids, counts and words. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
/** Of a refusal: a longer one, such as a page of something in between, does not say why. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** A stream says something more often than this while it lives. */
const SILENCE_MS = 45_000;
const MAX_EVENT_CHARACTERS = 4 * 1024 * 1024;

/** A refusal of any server; what is not of its form says nothing. */
const refusalSchema = z
  .object({
    code: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{2,60}$/)
      .optional()
      .catch(undefined),
    message: z.string().optional().catch(undefined),
  })
  .catch({});

/** What it takes to ask a daemon. */
type ServerAccess = Omit<ApproverConfig, 'indicators'>;

/** One event of a stream: its name, and its data as they are. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** What goes out with a question, and how long its answer may be where that brings more than ids, counts and words. */
interface Question {
  readonly body?: object;
  readonly maxBytes?: number;
}

/** Asks one daemon, as one person. */
export interface ServerClient {
  /**
   * Throws `CLI_SERVER_UNREACHABLE`, `CLI_SERVER_REFUSED`, or `CLI_SERVER_UNTRUE` for what is not of the form of `schema`, or longer than it may be: whoever
   * answers must not fill this process.
   */
  json<T>(method: string, path: string, schema: z.ZodType<T>, question?: Question): Promise<T>;
  /** The same, for bytes. */
  bytes(path: string, maxBytes: number): Promise<Uint8Array>;
  /** Calls back with each event of a stream of server-sent events, until it ends. Rejects as `json` does. */
  events(path: string, heard: (event: ServerEvent) => void, signal: AbortSignal): Promise<void>;
}

/** Redirects are not followed, proxies of the environment not used: the token goes to the server that was named and nowhere else. */
export function createServerClient(config: ServerAccess): ServerClient {
  return {
    json: async (method, path, schema, { body, maxBytes = MAX_JSON_BYTES } = {}) => {
      const answer = await ask(config, method, path, maxBytes, body);
      const result = schema.safeParse(parsed(answer));
      if (result.success) return result.data;
      throw untrue('something that is no answer to what it was asked');
    },
    bytes: (path, maxBytes) => ask(config, 'GET', path, maxBytes),
    events: (path, heard, signal) => listen(config, path, heard, signal),
  };
}

function listen(
  { server, token, ca }: ServerAccess,
  path: string,
  heard: (event: ServerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(path, server);
  const options = {
    ...{ agent: false as const, signal, timeout: SILENCE_MS },
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
    ...(ca === null ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(error instanceof CliError ? error : unreachable(server, error));
    const asked = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (answer) => {
      const isStream = answer.statusCode === 200;
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_EVENT_CHARACTERS) asked.destroy(untrue('an event without end'));
        if (!isStream) return;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) heardBlock(block, heard);
      });
      answer.on('error', fail);
      answer.on('end', () =>
        isStream ? resolve() : reject(refusal(answer.statusCode ?? 0, Buffer.from(text))),
      );
    });
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('silence'), { code: 'ETIMEDOUT' })));
    asked.on('error', fail);
    asked.on('upgrade', refuseUpgrade(fail));
    asked.end();
  });
}

function heardBlock(block: string, heard: (event: ServerEvent) => void): void {
  const [, name = ''] = /^event: ?(.*)$/m.exec(block) ?? [];
  const data = [...block.matchAll(/^data: ?(.*)$/gm)].map(([, line = '']) => line).join('\n');
  if (name !== '') heard({ name, data });
}

/** The server said something that cannot be so. */
export function untrue(what: string): CliError {
  return new CliError(
    'CLI_SERVER_UNTRUE',
    `the server gave ${what}; it is of another version, or somebody else answers in its place: compare the versions, and if they are the same, treat its machine as taken over`,
  );
}

/** No installation has so much; who does have it finds a way on that holds less. */
function tooMuch(path: string, maxBytes: number): CliError {
  const most = `${(maxBytes / (1024 * 1024)).toLocaleString('en-US', { maximumFractionDigits: 1 })} MiB`;
  return new CliError(
    'CLI_SERVER_UNTRUE',
    `the server gave more than ${most} at ${path}, and no more is taken in from elsewhere: if there is so much, run this on its own machine; if not, somebody else answers in its place`,
  );
}

function ask(
  { server, token, ca }: ServerAccess,
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
      const { statusCode = 0 } = answer;
      const isRefused = statusCode !== 200;
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length <= (isRefused ? MAX_REFUSAL_BYTES : maxBytes)) return;
        asked.destroy(isRefused ? refusal(statusCode, null) : tooMuch(path, maxBytes));
      });
      answer.on('error', fail);
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        if (isRefused) reject(refusal(statusCode, bytes));
        else resolve(bytes);
      });
    });
    asked.on('error', fail);
    asked.on('upgrade', refuseUpgrade(fail));
    asked.end(text);
  });
}

/** Unheard, an answer that goes over to another protocol would neither answer nor fail. */
function refuseUpgrade(fail: (error: CliError) => void) {
  return (_answer: IncomingMessage, socket: Duplex): void => {
    socket.destroy();
    fail(untrue('another protocol'));
  };
}

function unreachable(server: string, cause: unknown): CliError {
  const why = errorCode(cause) ?? (cause instanceof Error ? cause.name : 'error');
  return new CliError(
    'CLI_SERVER_UNREACHABLE',
    `${server} does not answer (${why}); check the address, and caFile if its certificate is by an authority of your own`,
    { cause },
  );
}

/** Codes are ours; of the words only visible ASCII is printed, since anybody may answer at that address. `bytes`: null where nobody waited for all of them. */
function refusal(status: number, bytes: Buffer | null): CliError {
  const { code, message } = refusalSchema.parse(bytes && parsedOrNull(bytes));
  const known = code ?? `status ${status}`;
  const words = visible(message ?? 'it does not say why');
  return new CliError('CLI_SERVER_REFUSED', `the server refuses (${known}): ${words}`, { cause: known });
}

/** Whether the server refused, and with this code. */
export function refusedWith(error: unknown, code: string): boolean {
  return error instanceof CliError && error.code === 'CLI_SERVER_REFUSED' && error.cause === code;
}

/** Text of the server on one line of visible ASCII. */
export function visible(text: string): string {
  return text
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
