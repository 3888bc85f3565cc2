import { type Logger, LogLevel, WebAPIPlatformError, WebClient } from '@slack/web-api';
import type { Deadline } from '../deadline.js';
import { networkScopeOf } from '../endpoint.js';
import { type HttpAnswer, post } from '../http.js';
import type { SlackConfig } from './config.js';
import type { SlackAnswer } from './outcome.js';

/**
 * Calls one method of the Slack Web API once, with a client of its own: a client's queue would let one rate limit hold back every
 * other message. What it sends travels through `http.ts`, whose limits hold. Never throws for what the other side did.
 */
export async function callSlack(
  config: SlackConfig,
  method: 'chat.postMessage' | 'chat.update',
  args: object,
  deadline: Deadline,
): Promise<SlackAnswer> {
  const wire: { answer: HttpAnswer } = { answer: { type: 'unreachable', detail: 'connection failed' } };
  const client = new WebClient(config.token, {
    slackApiUrl: config.apiUrl,
    allowAbsoluteUrls: false,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: SILENT,
    fetch: async (url, init) => {
      wire.answer = await post(
        {
          url: new URL(String(url)),
          headers: Object.fromEntries(new Headers(init?.headers)),
          body: String(init?.body ?? ''),
          networkScope: networkScopeOf({
            url: config.apiUrl,
            allowPrivateAddress: config.allowPrivateAddress,
          }),
        },
        deadline,
      );
      // The client needs no more of a failure than that there is one: what it was stands in `wire`.
      if (wire.answer.type !== 'answered' || wire.answer.status !== 200)
        throw new Error('no answer of Slack');
      return new Response(new Uint8Array(wire.answer.body), { status: 200 });
    },
  });
  try {
    return posted({ ...(await client.apiCall(method, { ...args })) }) ?? { type: 'unintelligible' };
  } catch (error) {
    const { answer } = wire;
    if (answer.type !== 'answered' || answer.status !== 200) return { type: 'http', answer };
    return refused(error, config.token) ?? { type: 'unintelligible' };
  }
}

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
