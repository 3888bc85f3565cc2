import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { preciseNowMs } from './inbox.js';
import { portOf } from './port.js';
import {
  argumentText,
  jsonOf,
  type PostedMessage,
  type SlackCall,
  SlackWorkspace,
  type WorkspaceAnswer,
} from './slack-workspace.js';

export interface SlackStandInOptions {
  /** 0 (a free one) when absent. */
  readonly port?: number;
  /** A random one when absent. */
  readonly token?: string;
  /** Channels the bot may post to; any channel id when absent. */
  readonly channels?: readonly string[];
}

const MAX_BODY_BYTES = 1024 * 1024;

/**
 * A local HTTP server that speaks as much of the Slack Web API as an alert needs (`auth.test`, `chat.postMessage`, `chat.update`), with its
 * checks and limits, on 127.0.0.1. Follows docs.slack.dev/reference/methods.
 */
export class SlackStandIn {
  readonly #workspace: SlackWorkspace;
  readonly #server: Server;

  constructor(private readonly options: SlackStandInOptions = {}) {
    const token = options.token ?? `xoxb-${randomBytes(16).toString('hex')}`;
    this.#workspace = new SlackWorkspace(token, options.channels);
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  async listen(): Promise<this> {
    this.#server.listen(this.options.port ?? 0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** For `slackApiUrl`; ends with a slash. */
  get apiUrl(): string {
    return `http://127.0.0.1:${portOf(this.#server)}/api/`;
  }

  /** The one valid token. */
  get token(): string {
    return this.#workspace.token;
  }

  /** Messages taken, in order of arrival. */
  get messages(): readonly PostedMessage[] {
    return this.#workspace.messages.items;
  }

  /** The first message, taken already or yet to come, that fits. Throws `DEMO_WAIT_TIMEOUT`. */
  waitForMessage(predicate: (message: PostedMessage) => boolean, timeoutMs: number): Promise<PostedMessage> {
    return this.#workspace.messages.waitFor(predicate, timeoutMs, 'Slack message');
  }

  close(): Promise<void> {
    return new Promise((done) => {
      this.#server.close(() => done());
      this.#server.closeAllConnections();
    });
  }

  /** Answers a call. What overrides this can do otherwise than Slack would. */
  protected async respond(call: SlackCall, response: ServerResponse): Promise<void> {
    sendJson(response, 200, this.answer(call));
  }

  /** What the workspace makes of a call, and says to it. */
  protected answer(call: SlackCall): WorkspaceAnswer {
    return this.#workspace.answer(call);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await callOf(request);
    if (call === null) response.writeHead(413).end('too large');
    else await this.respond(call, response);
  }
}

/** Null when the body is longer than 1 MiB. Arguments come as a form (nested ones as JSON text) or as JSON. */
async function callOf(request: IncomingMessage): Promise<SlackCall | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(buffer);
  }
  const receivedAtMs = preciseNowMs();
  const body = Buffer.concat(chunks).toString('utf8');
  const isJson = request.headers['content-type']?.startsWith('application/json') ?? false;
  const given = isJson ? jsonOf(body) : Object.fromEntries(new URLSearchParams(body));
  const { token, ...args } = fieldsOf(given);
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const method = (request.url ?? '').replace(/^\/api\//, '').replace(/\?.*$/, '');
  return { method, args, receivedAtMs, token: bearer ?? (argumentText(token) || null) };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: WorkspaceAnswer,
  headers = {},
): void {
  const own = { 'content-type': 'application/json; charset=utf-8', ...headers };
  response.writeHead(status, own).end(JSON.stringify(body));
}
