import { readCertificateAuthority } from '../certificate-authority.js';
import { httpNotifier } from '../http-notifier.js';
import type { DeliveryRequest, Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { webhookConfigSchema } from './config.js';
import { webhookOutcome } from './outcome.js';
import { type WebhookSend, webhookBody, webhookId } from './payload.js';
import { signatureHeaders } from './signature.js';

export { preview } from './preview.js';

/** Builds the webhook channel. Throws `NotifierError` when `config` is not what `webhookConfigSchema` accepts. */
export function create(name: string, config: unknown): Notifier {
  const parsed = parseConfig(webhookConfigSchema, 'webhook', name, config);
  const { url, secret, previousSecret, allowPrivateAddress, tlsCaFile, maxBodyBytes, timeoutMs } = parsed;
  const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret];
  const message =
    ({ alert, attempt }: DeliveryRequest, details: WebhookSend['details']) =>
    () => {
      const body = webhookBody(alert, { attempt, maxBodyBytes, details });
      const seconds = Math.floor(Date.now() / 1000);
      return { url: new URL(url), headers: signatureHeaders(webhookId(alert), seconds, body, secrets), body };
    };
  return httpNotifier({
    name,
    kind: 'webhook',
    url,
    allowPrivateAddress,
    ca: readCertificateAuthority(name, tlsCaFile),
    timeoutMs,
    messages: (request) => [message(request, 'quoted'), message(request, 'own')],
    outcomeOf: (answer, { alert }) => webhookOutcome(answer, webhookId(alert), timeoutMs),
  });
}
