import type { Alert } from '../alert.js';
import { type Deadline, withDeadline } from '../deadline.js';
import { endpointDegradations } from '../endpoint.js';
import type { DeliveryOutcome, DeliveryRequest, Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { callSlack } from './api.js';
import { type SlackConfig, slackConfigSchema } from './config.js';
import { outcomeOf, refusesContent, refusesThread, type SlackAnswer } from './outcome.js';
import { bareMessage, type SlackTarget, slackMessage } from './payload.js';

/** Builds the Slack channel. Throws `NotifierError` when `config` is not what `slackConfigSchema` accepts. */
export function create(name: string, config: unknown): Notifier {
  return new SlackNotifier(name, parseConfig(slackConfigSchema, 'Slack', name, config));
}

/** One message per alert. Critical and high ones stand by themselves; the others answer in the incident's thread. */
class SlackNotifier implements Notifier {
  readonly kind = 'slack';
  readonly parts = ['message'] as const;
  readonly degradations: NonNullable<Notifier['degradations']>;
  private readonly closing = new AbortController();

  constructor(
    readonly name: string,
    private readonly config: SlackConfig,
  ) {
    this.degradations = endpointDegradations(name, { url: config.apiUrl, ...config });
  }

  deliver(request: DeliveryRequest): Promise<DeliveryOutcome> {
    const { timeoutMs } = this.config;
    return withDeadline(timeoutMs, [request.signal, this.closing.signal], async (deadline) => {
      const target: SlackTarget = {
        channel: this.config.channel,
        attempt: request.attempt,
        threadTs: threadFor(request.alert, request.thread, this.config.channel),
      };
      return outcomeOf(await this.postAsPlainAsNeeded(request.alert, target, deadline), timeoutMs);
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
    const post = (message: object) => callSlack(this.config, 'chat.postMessage', message, deadline);
    const answer = await post(slackMessage(alert, target));
    if (refusesThread(answer) && target.threadTs !== null) {
      return this.postAsPlainAsNeeded(alert, { ...target, threadTs: null }, deadline);
    }
    return refusesContent(answer) ? post(bareMessage(alert, target)) : answer;
  }
}

/** Replies only where a late reader loses nothing: what pages stands in the channel itself. */
function threadFor(alert: Alert, thread: string | null, channel: string): string | null {
  if (alert.severity === 'critical' || alert.severity === 'high') return null;
  const [, inChannel, ts] = /^([A-Z0-9]+):(\d+\.\d+)$/.exec(thread ?? '') ?? [];
  return inChannel === channel && ts !== undefined ? ts : null;
}
