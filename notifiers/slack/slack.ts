import {
  type Logger,
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from '@slack/web-api';
import type { Alert } from '../alert.js';
import { type Deadline, withDeadline } from '../deadline.js';
import { NotifierError } from '../errors.js';
import { boundedFetch, connectionCode } from '../http.js';
import type { DeliveryOutcome, DeliveryRequest, Notifier } from '../notifier.js';
import { type SlackConfig, slackConfigSchema } from './config.js';
import { outcomeOf, refusesContent, refusesThread, type SlackAnswer } from './outcome.js';
import { bareMessage, type SlackMessage, type SlackTarget, slackMessage } from './payload.js';

/** Builds the Slack channel. Throws `NotifierError` when `config` is not what `slackConfigSchema` accepts. */
export function create(name: string, config: unknown): Notifier {
  const parsed = slackConfigSchema.safeParse(config);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join('.') || issue.code).join(', ');
    throw new NotifierError(
      'NOTIFY_CONFIG_INVALID',
      `notifier ${name}: not a Slack configuration (${fields})`,
    );
  }
  return new SlackNotifier(name, parsed.data);
}

/** One message per alert. Critical and high ones stand by themselves; the others answer in the incident's thread. */
class SlackNotifier implements Notifier {
  readonly kind = 'slack';
  readonly parts = ['message'] as const;
  private readonly closing = new AbortController();

  constructor(
    readonly name: string,
    private readonly config: SlackConfig,
  ) {}

  deliver(request: DeliveryRequest): Promise<DeliveryOutcome> {
    const { timeoutMs } = this.config;
    return withDeadline(timeoutMs, [request.signal, this.closing.signal], async (deadline) => {
      const target: SlackTarget = {
        channel: this.config.channel,
        attempt: request.attempt,
        threadTs: threadFor(request.alert, request.thread, this.config.channel),
      };
      return outcomeOf(await this.postAsPlainAsNeeded(request.alert, target, deadline));
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private async postAsPlainAsNeeded(
    alert: Alert,
    target: SlackTarget,
    deadline: Deadline,
  ): Promise<SlackAnswer> {
    const answer = await this.post(slackMessage(alert, target), deadline);
    if (refusesThread(answer) && target.threadTs !== null) {
      return this.postAsPlainAsNeeded(alert, { ...target, threadTs: null }, deadline);
    }
    return refusesContent(answer) ? this.post(bareMessage(alert, target), deadline) : answer;
  }

  /** One request with a client of its own: a client's queue would let one rate limit hold back every other message. */
  private async post(message: SlackMessage, deadline: Deadline): Promise<SlackAnswer> {
    let status = 0;
    const client = new WebClient(this.config.token, {
      slackApiUrl: this.config.apiUrl,
      allowAbsoluteUrls: false,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: this.config.timeoutMs,
      logger: SILENT,
      fetch: boundedFetch(deadline.signal, (seen) => {
        status = seen;
      }),
    });
    try {
      const answer = await client.apiCall('chat.postMessage', { ...message });
      return posted({ ...answer }) ?? { type: 'unintelligible' };
    } catch (error) {
      if (deadline.expired()) return { type: 'timeout', timeoutMs: this.config.timeoutMs };
      return deadline.signal.aborted ? { type: 'stopped' } : this.failure(error, status);
    }
  }

  private failure(error: unknown, status: number): SlackAnswer {
    if (error instanceof WebAPIRateLimitedError) {
      return { type: 'rate-limited', retryAfterSeconds: error.retryAfter };
    }
    if (status === 429) return { type: 'rate-limited', retryAfterSeconds: null };
    if (error instanceof WebAPIHTTPError) return { type: 'http-error', status: error.statusCode };
    if (error instanceof WebAPIPlatformError) {
      const code: unknown = error.data.error;
      const isCode = typeof code === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(code);
      return isCode && !code.includes(this.config.token)
        ? { type: 'refused', error: code }
        : { type: 'unintelligible' };
    }
    if (error instanceof WebAPIRequestError) {
      return { type: 'unreachable', detail: connectionCode(error.original) };
    }
    return status === 200
      ? { type: 'unintelligible' }
      : { type: 'unreachable', detail: connectionCode(error) };
  }
}

/** Replies only where a late reader loses nothing: what pages stands in the channel itself. */
function threadFor(alert: Alert, thread: string | null, channel: string): string | null {
  if (alert.severity === 'critical' || alert.severity === 'high') return null;
  const [, inChannel, ts] = /^([A-Z0-9]+):(\d+\.\d+)$/.exec(thread ?? '') ?? [];
  return inChannel === channel && ts !== undefined ? ts : null;
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
