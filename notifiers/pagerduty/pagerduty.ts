import { below } from '../endpoint.js';
import { httpNotifier } from '../http-notifier.js';
import type { DeliveryRequest, Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { pagerdutyConfigSchema } from './config.js';
import { pagerdutyOutcome } from './outcome.js';
import { earlierPageEvents, type PagerDutyEvent, type PagerDutySend, pagerdutyEvent } from './payload.js';

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
  const posting = ({ path, body }: PagerDutyEvent) => ({
    url: below(baseUrl, path),
    headers: {},
    body: JSON.stringify({ routing_key: routingKey, ...body }),
  });
  const message = (request: DeliveryRequest, details: PagerDutySend['details']) => () =>
    posting(eventOf(request, details));
  return httpNotifier({
    name,
    kind: 'pagerduty',
    url: baseUrl,
    allowPrivateAddress,
    timeoutMs,
    messages: (request) => [message(request, 'quoted'), message(request, 'own')],
    further: ({ alert, attempt, thread }) =>
      earlierPageEvents(alert, { attempt, thread, details: 'own' }).map((event) => () => posting(event)),
    outcomeOf: (answer, request) => pagerdutyOutcome(answer, eventOf(request, 'own').receipt, timeoutMs),
  });
}
