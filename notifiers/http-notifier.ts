import { withDeadline } from './deadline.js';
import { endpointDegradations, networkScopeOf } from './endpoint.js';
import { type HttpAnswer, post } from './http.js';
import type { DeliveryOutcome, DeliveryRequest, Notifier } from './notifier.js';

/** A message as one POST. */
export interface HttpMessage {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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
        const send = async (compose: () => HttpMessage) => {
          const { url, headers, body } = compose();
          const answer = await post(
            { url, headers: { ...headers, ...ALWAYS }, body, networkScope, ca },
            deadline,
          );
          return channel.outcomeOf(answer, request);
        };
        let outcome = await send(first);
        for (const compose of plainer) {
          if (outcome.delivered || outcome.retry) break;
          outcome = await send(compose);
          if (outcome.delivered)
            outcome = { ...outcome, warning: 'the values were refused, and arrived in no message' };
        }
        for (const compose of (outcome.delivered ? channel.further?.(request) : null) ?? []) {
          const one = await send(compose);
          if (!one.delivered) return one;
        }
        return outcome;
      }),
    close: async () => closing.abort(),
  };
}

const ALWAYS = { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'tillwarden' };
