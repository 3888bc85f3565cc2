import { readCertificateAuthority } from '../certificate-authority.js';
import { httpNotifier } from '../http-notifier.js';
import type { Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { ntfyConfigSchema } from './config.js';
import { ntfyOutcome } from './outcome.js';
import { ntfyMessage } from './payload.js';

export { preview } from './preview.js';

/** Builds the ntfy channel. Throws `NotifierError` when `config` is not what `ntfyConfigSchema` accepts. */
export function create(name: string, config: unknown): Notifier {
  const { baseUrl, topic, token, timeoutMs, allowPrivateAddress, tlsCaFile } = parseConfig(
    ntfyConfigSchema,
    'ntfy',
    name,
    config,
  );
  return httpNotifier({
    name,
    kind: 'ntfy',
    url: baseUrl,
    allowPrivateAddress,
    ca: readCertificateAuthority(name, tlsCaFile),
    timeoutMs,
    messages: ({ alert, attempt }) => [
      () => ({
        url: new URL(baseUrl),
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        body: JSON.stringify(ntfyMessage(alert, attempt, topic)),
      }),
    ],
    outcomeOf: (answer) => ntfyOutcome(answer, timeoutMs),
  });
}
