import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Inbox, preciseNowMs } from './inbox.js';
import { refusalOfAttachments, refusalOfBlocks } from './slack-blocks.js';

/** What happens to one request instead of Slack's usual answer. `posts` says whether Slack took the message before that. */
export type ScriptedAnswer = (
  | { readonly type: 'usual' }
  /** `ok: false` with this error code. */
  | { readonly type: 'error'; readonly error: string }
  /** HTTP 429; without `retryAfter` the header is missing. */
  | { readonly type: 'rate-limit'; readonly retryAfter?: string }
  /** Any answer, such as 200 with a proxy's HTML. */
  | {
      readonly type: 'http';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
      readonly posts?: boolean;
    }
  /** The connection is reset. */
  | { readonly type: 'cut'; readonly posts?: boolean }
  /** The connection stays open without an answer. */
  | { readonly type: 'silence'; readonly posts?: boolean }
) & { readonly delayMs?: number };

/** A message as it stands in a channel. */
export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  /** UTC milliseconds, with a fraction. */
  readonly receivedAtMs: number;
  /** True for a `chat.update`. */
  readonly update: boolean;
}

/** One call of the API, refused or not, without its token. */
export interface SlackRequest {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** UTC milliseconds, with a fraction. */
  readonly receivedAtMs: number;
}

export interface SlackStandIn {
  /** For `slackApiUrl`; ends with a slash. */
  readonly apiUrl: string;
  /** The one valid token. */
  readonly token: string;
  /** Messages taken, in order of arrival. */
  readonly messages: readonly SlackMessage[];
  readonly requests: readonly SlackRequest[];
  /** Scripts the answers to the next requests, one each, after those scripted before. */
  next(...answers: ScriptedAnswer[]): void;
  /** Answers every request for which `next` holds nothing, until called again with null. */
  always(answer: ScriptedAnswer | null): void;
  /** The first message, taken already or yet to come, that fits. Throws `DEMO_WAIT_TIMEOUT`. */
  waitForMessage(predicate: (message: SlackMessage) => boolean, timeoutMs: number): Promise<SlackMessage>;
  close(): Promise<void>;
}

export interface SlackStandInOptions {
  /** 0 (a free one) when absent. */
  readonly port?: number;
  /** A random one when absent. */
  readonly token?: string;
  /** Channels the bot may post to; any channel id when absent. */
  readonly channels?: readonly string[];
}

const MAX_BODY_BYTES = 1024 * 1024;
/** Above this `chat.postMessage` and `chat.update` answer `msg_too_long`. */
const MAX_TEXT = 4000;

/**
 * A local HTTP server that speaks as much of the Slack Web API as an alert needs (`auth.test`, `chat.postMessage`, `chat.update`), with its
 * checks and limits, on 127.0.0.1. Follows docs.slack.dev/reference/methods.
 */
export async function startSlackStandIn(options: SlackStandInOptions = {}): Promise<SlackStandIn> {
  const workspace = new Workspace(
    options.token ?? `xoxb-${randomBytes(16).toString('hex')}`,
    options.channels,
  );
  const requests: SlackRequest[] = [];
  const script: ScriptedAnswer[] = [];
  let role: ScriptedAnswer | null = null;

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await parseCall(request);
    if (call === null) return send(response, 413, {}, 'too large');
    requests.push({ method: call.method, args: call.args, receivedAtMs: call.receivedAtMs });
    const answer = script.shift() ?? role ?? { type: 'usual' };
    if (answer.delayMs !== undefined) await delay(answer.delayMs);
    if ('posts' in answer && answer.posts) workspace.answer(call);
    switch (answer.type) {
      case 'usual':
        return sendJson(response, 200, workspace.answer(call));
      case 'error':
        return sendJson(response, 200, { ok: false, error: answer.error });
      case 'rate-limit': {
        const headers = answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter };
        return sendJson(response, 429, { ok: false, error: 'ratelimited' }, headers);
      }
      case 'http':
        return send(response, answer.status, answer.headers ?? {}, answer.body ?? '');
      case 'cut':
        request.socket.resetAndDestroy();
        return;
      case 'silence':
        return;
    }
  };

  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    token: workspace.token,
    messages: workspace.messages.items,
    requests,
    next: (...answers) => {
      script.push(...answers);
    },
    always: (answer) => {
      role = answer;
    },
    waitForMessage: (predicate, timeoutMs) =>
      workspace.messages.waitFor(predicate, timeoutMs, 'Slack message'),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

interface Call extends SlackRequest {
  readonly token: string | null;
}

type Answer = { readonly ok: boolean } & Readonly<Record<string, unknown>>;

/** What Slack knows and decides: a token, channels, and the messages in them. */
class Workspace {
  readonly messages = new Inbox<SlackMessage>();
  #posted = 0;

  constructor(
    readonly token: string,
    private readonly channels: readonly string[] | undefined,
  ) {}

  answer(call: Call): Answer {
    if (call.token === null) return refused('not_authed');
    if (call.token !== this.token) return refused('invalid_auth');
    switch (call.method) {
      case 'auth.test':
        return {
          ok: true,
          url: 'https://stand-in.slack.example/',
          team_id: 'T0STANDIN',
          user_id: 'U0STANDIN',
        };
      case 'chat.postMessage':
      case 'chat.update':
        return this.#post(call, call.method === 'chat.update');
      default:
        return refused('unknown_method');
    }
  }

  #post({ args, receivedAtMs }: Call, update: boolean): Answer {
    const channel = textOf(args['channel']);
    const attachments = args['attachments'] === undefined ? [] : parsed(args['attachments']);
    // An update that gives neither text nor blocks keeps both.
    const kept =
      update && args['text'] === undefined && args['blocks'] === undefined && attachments !== undefined
        ? this.messages.items.findLast((m) => m.channel === channel && m.ts === args['ts'])
        : undefined;
    const text = kept?.text ?? textOf(args['text']);
    const threadTs = textOf(args['thread_ts']) || null;
    if (!/^[CGD][A-Z0-9]{2,}$/.test(channel) || (this.channels && !this.channels.includes(channel))) {
      return refused('channel_not_found');
    }
    const known = (ts: string) => this.messages.items.some((m) => m.channel === channel && m.ts === ts);
    if (update && !known(textOf(args['ts']))) return refused('message_not_found');
    if (threadTs !== null && !known(threadTs)) return refused('thread_not_found');
    if (text === '' && args['blocks'] === undefined) return refused('no_text');
    if ([...text].length > MAX_TEXT) return refused('msg_too_long');
    const blocks = kept?.blocks ?? (args['blocks'] === undefined ? [] : parsed(args['blocks']));
    const refusal = refusalOfBlocks(blocks) ?? refusalOfAttachments(attachments);
    if (refusal) return refused(refusal.error, refusal.messages);

    const ts = update ? textOf(args['ts']) : this.#newTs(receivedAtMs);
    this.messages.add({
      ...{ channel, ts, threadTs, text, receivedAtMs, update },
      blocks: blocks as unknown[],
      attachments: attachments as unknown[],
    });
    return { ok: true, channel, ts, message: { type: 'message', text, ts } };
  }

  /** Slack's name of a message, unique within its channel and growing: seconds, and a number in the place of decimals. */
  #newTs(nowMs: number): string {
    this.#posted += 1;
    return `${Math.floor(nowMs / 1000)}.${String(this.#posted).padStart(6, '0')}`;
  }
}

function refused(error: string, messages: readonly string[] = []): Answer {
  if (messages.length === 0) return { ok: false, error };
  return {
    ok: false,
    error,
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  };
}

/** Null when the body is longer than 1 MiB. Arguments come as a form (nested ones as JSON text) or as JSON. */
async function parseCall(request: IncomingMessage): Promise<Call | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  const receivedAtMs = preciseNowMs();
  const body = Buffer.concat(chunks).toString('utf8');
  const isJson = request.headers['content-type']?.startsWith('application/json') ?? false;
  const given = isJson ? parsed(body) : Object.fromEntries(new URLSearchParams(body));
  const { token, ...args } = (typeof given === 'object' && given !== null ? given : {}) as Record<
    string,
    unknown
  >;
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const method = (request.url ?? '').replace(/^\/api\//, '').replace(/\?.*$/, '');
  return { method, args, receivedAtMs, token: bearer ?? (textOf(token) || null) };
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function sendJson(response: ServerResponse, status: number, body: Answer, headers = {}): void {
  send(
    response,
    status,
    { 'content-type': 'application/json; charset=utf-8', ...headers },
    JSON.stringify(body),
  );
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, headers).end(body);
}
