import { httpNotifier } from '../http-notifier.js';
import type { DeliveryRequest, Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { pagerdutyConfigSchema } from './config.js';
import { outcomeOf } from './outcome.js';
import { type PagerDutySend, pagerdutyEvent } from './payload.js';

export { preview } from './preview.js';

/** Builds the PagerDuty channel. Throws `NotifierError` when `config` is not what `pagerdutyConfigSchema` accepts. */
export function create(name: string, config: unknown): Notifier {
  const { routingKey, baseUrl, allowPrivateAddress, timeoutMs } = parseConfig(
    pagerdutyConfigSchema,
    'PagerDuty',
    name,
    config,
  );
  const eventOf = ({ alert, attempt, thread }: DeliveryRequest, details: PagerDutySend['details']) =>
    pagerdutyEvent(alert, { attempt, thread, details });
  const message = (request: DeliveryRequest, details: PagerDutySend['details']) => () => {
    const { path, body } = eventOf(request, details);
    return {
      url: new URL(path, baseUrl),
      headers: {},
      body: JSON.stringify({ routing_key: routingKey, ...body }),
    };
  };
  return httpNotifier({
    name,
    kind: 'pagerduty',
    url: baseUrl,
    allowPrivateAddress,
    timeoutMs,
    messages: (request) => [message(request, 'quoted'), message(request, 'own')],
    outcomeOf: (answer, request) => outcomeOf(answer, eventOf(request, 'own').receipt, timeoutMs),
  });
}
