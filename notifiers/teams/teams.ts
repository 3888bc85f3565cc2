import { httpNotifier } from '../http-notifier.js';
import type { Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { teamsConfigSchema } from './config.js';
import { teamsOutcome } from './outcome.js';
import { bareTeamsMessage, teamsMessage, teamsReceipt } from './payload.js';

export { preview } from './preview.js';

/** Builds the Microsoft Teams channel. Throws `NotifierError` when `config` is not what `teamsConfigSchema` accepts. */
export function create(name: string, config: unknown): Notifier {
  const { url, allowPrivateAddress, timeoutMs } = parseConfig(teamsConfigSchema, 'Teams', name, config);
  const posting = (message: object) => ({ url: new URL(url), headers: {}, body: JSON.stringify(message) });
  return httpNotifier({
    name,
    kind: 'teams',
    url,
    allowPrivateAddress,
    timeoutMs,
    messages: ({ alert, attempt }) => [
      () => posting(teamsMessage(alert, attempt)),
      () => posting(bareTeamsMessage(alert, attempt)),
    ],
    outcomeOf: (answer, { alert }) => teamsOutcome(answer, teamsReceipt(alert), timeoutMs),
  });
}
