import { type Deadline, withDeadline } from '../deadline.js';
import { endpointDegradations } from '../endpoint.js';
import type { DeliveryOutcome, DeliveryRequest, Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { SlackApi } from './api.js';
import { type SlackConfig, slackConfigSchema } from './config.js';
import { refusesMessage, refusesThread, type SlackAnswer, slackOutcome } from './outcome.js';
import { bareSlackMessage, type SlackPost, slackMessages, stateBar } from './payload.js';
import { type Posted, Progress, progressKey } from './progress.js';

export { preview } from './preview.js';

/** Of the names of sites in one message, whose blocks have room for 10,000: the rest of the alert still has room. */
export const alikeCharacters = 4_000;

/** Builds the Slack channel. Throws `NotifierError` when `config` is not what `slackConfigSchema` accepts. */
export function create(name: string, config: unknown): Notifier {
  return new SlackNotifier(name, parseConfig(slackConfigSchema, 'Slack', name, config));
}

/** Ends the receipt of a page about several sites: the state of one of them is not that of the page. */
const OF_SEVERAL = ':several';

/**
 * Pages and announcements stand in the channel by themselves. A follow-up answers in its page's thread, and a bar
 * below the page says its state.
 * The receipt is `channel:ts` of the alert's first message. Where that is about several sites, each is answered in the thread, and there is no bar.
 */
class SlackNotifier implements Notifier {
  readonly kind = 'slack';
  readonly parts = ['message'] as const;
  readonly alikeCharacters = alikeCharacters;
  readonly degradations: NonNullable<Notifier['degradations']>;
  private readonly closing = new AbortController();
  private readonly progress = new Progress();
  private readonly api: SlackApi;

  constructor(
    readonly name: string,
    private readonly config: SlackConfig,
  ) {
    this.api = new SlackApi(config);
    this.degradations = endpointDegradations(name, { ...config, url: config.apiUrl });
  }

  deliver(request: DeliveryRequest): Promise<DeliveryOutcome> {
    return withDeadline(this.config.timeoutMs, [request.signal, this.closing.signal], (deadline) =>
      this.deliverAll(request, deadline),
    );
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private async deliverAll(request: DeliveryRequest, deadline: Deadline): Promise<DeliveryOutcome> {
    const { channel, timeoutMs } = this.config;
    const { alert, attempt } = request;
    const page = pageOf(request, channel);
    const pageTs = page?.ts ?? null;
    const messages = slackMessages(alert, channel, attempt);
    const key = progressKey(
      alert.id,
      request.thread,
      attempt === 1 ? messages : slackMessages(alert, channel, 1),
    );
    const posted = [...this.progress.of(key)];
    const warnings: string[] = [];
    for (const message of messages.slice(posted.length)) {
      const [first] = posted;
      const threadTs = first === undefined ? pageTs : (first.threadTs ?? first.ts);
      const answer = await this.post(message, threadTs, request, deadline, warnings);
      if (answer.type === 'posted') {
        posted.push({ channel: answer.channel, ts: answer.ts, threadTs: answer.threadTs });
        this.progress.note(key, posted);
      } else if (first !== undefined && refusesMessage(answer)) {
        warnings.push('Slack refused some of the critical changes that did not fit into the message');
      } else {
        return slackOutcome(answer, timeoutMs);
      }
    }
    const [first] = posted;
    if (first === undefined) throw new Error('an alert has at least one message');
    if (page !== null && !page.ofSeveral && first.threadTs === page.ts) {
      const bar = stateBar(alert, { channel, ts: page.ts });
      const outcome = slackOutcome(await this.api.call('chat.update', bar, deadline), timeoutMs);
      if (!outcome.delivered)
        warnings.push(`the page in the channel shows its state before: ${outcome.reason}`);
    }
    this.progress.forget(key);
    const receipt = `${first.channel}:${first.ts}${alert.alike === undefined ? '' : OF_SEVERAL}`;
    return warnings.length === 0
      ? { delivered: true, receipt }
      : { delivered: true, receipt, warning: warnings.join('; ') };
  }

  /** Posts in the thread while that is there, and in plain words when Slack refuses the blocks. */
  private async post(
    message: SlackPost,
    threadTs: string | null,
    request: DeliveryRequest,
    deadline: Deadline,
    warnings: string[],
  ): Promise<Exclude<SlackAnswer, { type: 'posted' }> | ({ type: 'posted' } & Posted)> {
    const thread = threadTs === null ? {} : { thread_ts: threadTs };
    const answer = await this.api.call('chat.postMessage', { ...message, ...thread }, deadline);
    if (refusesThread(answer) && threadTs !== null)
      return this.post(message, null, request, deadline, warnings);
    if (refusesMessage(answer) && message.blocks !== undefined) {
      const { alert, attempt } = request;
      warnings.push('Slack refused the details of a message and took it in plain words');
      return this.post(
        bareSlackMessage(alert, this.config.channel, attempt),
        threadTs,
        request,
        deadline,
        warnings,
      );
    }
    return answer.type === 'posted' ? { ...answer, threadTs } : answer;
  }
}

/** The page's message that a follow-up answers, when it is one of this channel. */
function pageOf(
  { alert, thread }: DeliveryRequest,
  channel: string,
): { readonly ts: string; readonly ofSeveral: boolean } | null {
  if (alert.role !== 'follow-up') return null;
  const [, inChannel, ts, several] = /^([A-Z0-9]+):(\d+\.\d+)(:several)?$/.exec(thread ?? '') ?? [];
  return inChannel === channel && ts !== undefined ? { ts, ofSeveral: several !== undefined } : null;
}
