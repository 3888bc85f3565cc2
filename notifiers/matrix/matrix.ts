import { readCertificateAuthority } from '../certificate-authority.js';
import { below } from '../endpoint.js';
import { httpNotifier } from '../http-notifier.js';
import type { DeliveryRequest, Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { matrixConfigSchema } from './config.js';
import { matrixOutcome, matrixReactionOutcome } from './outcome.js';
import {
  bareMatrixMessage,
  eventOf,
  type MatrixSend,
  matrixMessage,
  matrixStateReaction,
  transactionId,
} from './payload.js';

export { preview } from './preview.js';

/**
 * Builds the Matrix channel. A follow-up answers in its page's thread, and a reaction on the page says the state of the incident. The receipt is
 * `room/event`. Throws `NotifierError` when `config` is not what `matrixConfigSchema` accepts.
 */
export function create(name: string, config: unknown): Notifier {
  const { baseUrl, token, room, mentionRoom, allowPrivateAddress, tlsCaFile, timeoutMs } = parseConfig(
    matrixConfigSchema,
    'Matrix',
    name,
    config,
  );
  const pageOf = ({ alert, thread }: DeliveryRequest) =>
    alert.role === 'follow-up' ? eventOf(thread, room) : null;
  const sendOf = (request: DeliveryRequest): MatrixSend => ({
    attempt: request.attempt,
    page: pageOf(request),
    mentionRoom,
  });
  const putting = (event: 'm.room.message' | 'm.reaction', transaction: string, content: object) => ({
    url: below(baseUrl, `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/${event}/${transaction}`),
    method: 'PUT' as const,
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(content),
  });
  const message = (request: DeliveryRequest, compose: typeof matrixMessage) => () => {
    const send = sendOf(request);
    const first = compose(request.alert, { ...send, attempt: 1 });
    const content = send.attempt === 1 ? first : compose(request.alert, send);
    return putting('m.room.message', transactionId(request.alert, first), content);
  };
  return httpNotifier({
    name,
    kind: 'matrix',
    url: baseUrl,
    allowPrivateAddress,
    ca: readCertificateAuthority(name, tlsCaFile),
    timeoutMs,
    messages: (request) => [message(request, matrixMessage), message(request, bareMatrixMessage)],
    outcomeOf: (answer) => matrixOutcome(answer, room, timeoutMs),
    mark: (request) => {
      const page = pageOf(request);
      const reaction = page === null ? null : matrixStateReaction(request.alert, page);
      return reaction === null
        ? null
        : {
            compose: () => putting('m.reaction', transactionId(request.alert, reaction), reaction),
            outcomeOf: (answer) => matrixReactionOutcome(answer, room, timeoutMs),
          };
    },
  });
}
