import { withDeadline } from './deadline.js';
import { endpointDegradations, networkScopeOf } from './endpoint.js';
import { type HttpAnswer, post } from './http.js';
import type { DeliveryOutcome, DeliveryRequest, Notifier } from './notifier.js';

/** A message as one request. */
export interface HttpMessage {
  readonly url: URL;
  /** POST when absent. */
  readonly method?: 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A mark on a page that says the state of its incident. */
export interface HttpMark {
  compose(): HttpMessage;
  /** The outcome of its answer: delivered when the page bears the mark. Pure. */
  outcomeOf(answer: HttpAnswer): DeliveryOutcome;
}

/** The part that differs between channels that deliver an alert with one POST. */
export interface HttpChannel {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  readonly allowPrivateAddress: boolean;
  readonly ca?: string | undefined;
  readonly timeoutMs: number;
  /** The alert, and plainer versions of it: each is tried only when the one before it was refused for good. */
  messages(request: DeliveryRequest): readonly [() => HttpMessage, ...(() => HttpMessage)[]];
  /** Further messages that must arrive once the alert did: when one of these fails, so did the attempt, and all are sent again. */
  further?(request: DeliveryRequest): readonly (() => HttpMessage)[];
  /** The mark that brings the page up to date once a follow-up is out; null when there is no page to mark. It may fail without the alert being sent again. */
  mark?(request: DeliveryRequest): HttpMark | null;
  /** The outcome that the answer to a message comes to. Pure. */
  outcomeOf(answer: HttpAnswer, request: DeliveryRequest): DeliveryOutcome;
}

/** A notifier with one part, whose every attempt is one POST, another when the service takes only plain words, and what the channel adds. */
export function httpNotifier(channel: HttpChannel): Notifier {
  const closing = new AbortController();
  const networkScope = networkScopeOf(channel);
  const { name, kind, timeoutMs, ca } = channel;
  return {
    name,
    kind,
    parts: ['message'],
    degradations: endpointDegradations(name, channel),
    deliver: (request) =>
      withDeadline(timeoutMs, [request.signal, closing.signal], async (deadline) => {
        const [first, ...plainer] = channel.messages(request);
        const exchange = (message: HttpMessage) =>
          post({ ...message, headers: { ...message.headers, ...ALWAYS }, networkScope, ca }, deadline);
        const send = async (compose: () => HttpMessage) =>
          channel.outcomeOf(await exchange(compose()), request);
        let outcome = await send(first);
        for (const compose of plainer) {
          if (outcome.delivered || outcome.retry) break;
          outcome = await send(compose);
          if (outcome.delivered)
            outcome = { ...outcome, warning: 'the values were refused, and arrived in no message' };
        }
        if (!outcome.delivered) return outcome;
        for (const compose of channel.further?.(request) ?? []) {
          const one = await send(compose);
          if (!one.delivered) return one;
        }
        const mark = channel.mark?.(request) ?? null;
        if (mark === null) return outcome;
        const marked = mark.outcomeOf(await exchange(mark.compose()));
        return marked.delivered ? outcome : withWarning(outcome, marked.reason);
      }),
    close: async () => closing.abort(),
  };
}

function withWarning(
  { receipt, warning }: Extract<DeliveryOutcome, { delivered: true }>,
  reason: string,
): DeliveryOutcome {
  const unmarked = `the page shows its state before: ${reason}`;
  return { delivered: true, receipt, warning: warning === undefined ? unmarked : `${warning}; ${unmarked}` };
}

const ALWAYS = { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'tillwarden' };
