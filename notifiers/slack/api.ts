import { type Logger, LogLevel, WebAPIPlatformError, WebClient } from '@slack/web-api';
import type { Deadline } from '../deadline.js';
import { networkScopeOf } from '../endpoint.js';
import { type HttpAnswer, post } from '../http.js';
import type { SlackConfig } from './config.js';
import type { SlackAnswer } from './outcome.js';

/** The methods we call. */
type SlackMethod = 'chat.postMessage' | 'chat.update';

/**
 * The Slack Web API as one channel calls it. A client is made once and used again, by one call at a time: to make one takes longer than a
 * message should wait, and the queue of one that calls shared would let a rate limit hold back every other message.
 */
export class SlackApi {
  readonly #idle: Connection[] = [];

  constructor(private readonly config: SlackConfig) {}

  /** Calls one method once. Never throws for what the other side did. */
  async call(method: SlackMethod, args: object, deadline: Deadline): Promise<SlackAnswer> {
    const connection = this.#idle.pop() ?? new Connection(this.config);
    try {
      return await connection.call(method, args, deadline);
    } finally {
      this.#idle.push(connection);
    }
  }
}

/** A client, and the call that is under way on it. What it sends travels through `http.ts`, whose limits hold. */
class Connection {
  readonly #client: WebClient;
  #answer: HttpAnswer = UNREACHED;
  #deadline: Deadline | null = null;

  constructor(private readonly config: SlackConfig) {
    this.#client = new WebClient(config.token, {
      slackApiUrl: config.apiUrl,
      allowAbsoluteUrls: false,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: SILENT,
      fetch: (url, init) => this.#fetch(String(url), init),
    });
  }

  async call(method: SlackMethod, args: object, deadline: Deadline): Promise<SlackAnswer> {
    this.#answer = UNREACHED;
    this.#deadline = deadline;
    try {
      return posted({ ...(await this.#client.apiCall(method, { ...args })) }) ?? { type: 'unintelligible' };
    } catch (error) {
      const answer = this.#answer;
      if (answer.type !== 'answered' || answer.status !== 200) return { type: 'http', answer };
      return refused(error, this.config.token) ?? { type: 'unintelligible' };
    }
  }

  async #fetch(url: string, init: RequestInit | undefined): Promise<Response> {
    const { apiUrl, allowPrivateAddress } = this.config;
    if (this.#deadline === null) throw new Error('no call is under way');
    const request = {
      url: new URL(url),
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: String(init?.body ?? ''),
      networkScope: networkScopeOf({ url: apiUrl, allowPrivateAddress }),
    };
    const answer = await post(request, this.#deadline);
    this.#answer = answer;
    // The client needs no more of a failure than that there is one: what it was is remembered.
    if (answer.type !== 'answered' || answer.status !== 200) throw new Error('no answer of Slack');
    return new Response(new Uint8Array(answer.body), { status: 200 });
  }
}

const UNREACHED: HttpAnswer = { type: 'unreachable', detail: 'connection failed' };

function refused(error: unknown, token: string): SlackAnswer | null {
  const code: unknown = error instanceof WebAPIPlatformError ? error.data.error : null;
  const isCode = typeof code === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(code);
  return isCode && !code.includes(token) ? { type: 'refused', error: code } : null;
}

function posted(answer: Record<string, unknown>): SlackAnswer | null {
  const { channel, ts } = answer;
  return typeof channel === 'string' &&
    /^[A-Z0-9]+$/.test(channel) &&
    typeof ts === 'string' &&
    /^\d+\.\d+$/.test(ts)
    ? { type: 'posted', channel, ts }
    : null;
}

/** The library would print to the console, values and all. */
const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
