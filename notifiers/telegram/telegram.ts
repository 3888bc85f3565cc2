import { readCertificateAuthority } from '../certificate-authority.js';
import { below } from '../endpoint.js';
import { httpNotifier } from '../http-notifier.js';
import type { DeliveryRequest, Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { telegramConfigSchema } from './config.js';
import { telegramOutcome, telegramReactionOutcome } from './outcome.js';
import { bareTelegramMessage, messageIdOf, telegramMessage, telegramStateReaction } from './payload.js';

export { preview } from './preview.js';

/**
 * Builds the Telegram channel. A follow-up answers its page, on which the bot's reaction says the state of the incident. The receipt is
 * `chat:message`. Throws `NotifierError` when `config` is not what `telegramConfigSchema` accepts.
 */
export function create(name: string, config: unknown): Notifier {
  const { token, baseUrl, chat, topic, allowPrivateAddress, tlsCaFile, timeoutMs } = parseConfig(
    telegramConfigSchema,
    'Telegram',
    name,
    config,
  );
  const place = { chat, topic };
  const pageOf = ({ alert, thread }: DeliveryRequest) =>
    alert.role === 'follow-up' ? messageIdOf(thread, place) : null;
  /** The token stands in the path, which therefore stands in no outcome, log or error. */
  const calling = (method: 'sendMessage' | 'setMessageReaction', args: object) => ({
    url: below(baseUrl, `/bot${token}/${method}`),
    headers: {},
    body: JSON.stringify(args),
  });
  return httpNotifier({
    name,
    kind: 'telegram',
    url: baseUrl,
    allowPrivateAddress,
    ca: readCertificateAuthority(name, tlsCaFile),
    timeoutMs,
    messages: (request) => {
      const send = { ...place, attempt: request.attempt, page: pageOf(request) };
      return [
        () => calling('sendMessage', telegramMessage(request.alert, send)),
        () => calling('sendMessage', bareTelegramMessage(request.alert, send)),
      ];
    },
    outcomeOf: (answer) => telegramOutcome(answer, chat, timeoutMs),
    mark: (request) => {
      const page = pageOf(request);
      return page === null
        ? null
        : {
            compose: () => calling('setMessageReaction', telegramStateReaction(request.alert, place, page)),
            outcomeOf: (answer) => telegramReactionOutcome(answer, timeoutMs),
          };
    },
  });
}
