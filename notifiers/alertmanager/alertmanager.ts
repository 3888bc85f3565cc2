import { readCertificateAuthority } from '../certificate-authority.js';
import { below } from '../endpoint.js';
import { httpNotifier } from '../http-notifier.js';
import type { Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { alertmanagerConfigSchema } from './config.js';
import { alertmanagerOutcome } from './outcome.js';
import { alertmanagerReceipt, postableAlerts } from './payload.js';

export { preview } from './preview.js';

/** Builds the Alertmanager channel. Throws `NotifierError` when `config` is not what `alertmanagerConfigSchema` accepts. */
export function create(name: string, config: unknown): Notifier {
  const parsed = parseConfig(alertmanagerConfigSchema, 'Alertmanager', name, config);
  const { baseUrl, labels, allowPrivateAddress, tlsCaFile, timeoutMs } = parsed;
  const headers = authorization(parsed);
  return httpNotifier({
    name,
    kind: 'alertmanager',
    url: baseUrl,
    allowPrivateAddress,
    ca: readCertificateAuthority(name, tlsCaFile),
    timeoutMs,
    messages: ({ alert, attempt, thread }) => [
      () => ({
        url: below(baseUrl, '/api/v2/alerts'),
        headers,
        body: JSON.stringify(postableAlerts(alert, { attempt, thread, labels })),
      }),
    ],
    outcomeOf: (answer, { alert, thread }) =>
      alertmanagerOutcome(answer, alertmanagerReceipt(alert, thread), timeoutMs),
  });
}

function authorization(login: {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}): Readonly<Record<string, string>> {
  if (login.token !== undefined) return { authorization: `Bearer ${login.token}` };
  if (login.user === undefined) return {};
  const basic = Buffer.from(`${login.user}:${login.password ?? ''}`, 'utf8').toString('base64');
  return { authorization: `Basic ${basic}` };
}
