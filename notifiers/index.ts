import { alertmanagerConfigSchema } from './alertmanager/config.js';
import { emailConfigSchema } from './email/config.js';
import type { NotifierKind } from './kind.js';
import { matrixConfigSchema } from './matrix/config.js';
import { ntfyConfigSchema } from './ntfy/config.js';
import { pagerdutyConfigSchema } from './pagerduty/config.js';
import { slackConfigSchema } from './slack/config.js';
import { teamsConfigSchema } from './teams/config.js';
import { telegramConfigSchema } from './telegram/config.js';
import { webhookConfigSchema } from './webhook/config.js';

export { mayConnect, type NetworkScope } from './addresses.js';
export * from './alert.js';
export { withDeadline } from './deadline.js';
export { endpointUrl, networkScopeOf as reachOf } from './endpoint.js';
export { NotifierError, type NotifierErrorCode } from './errors.js';
export { sharedEnds } from './excerpt.js';
export { Html, html } from './html.js';
export { type HttpAnswer, post } from './http.js';
export { isLoopback } from './loopback.js';
export { attribution, LOOKALIKE, noteWords } from './notes.js';
export * from './notifier.js';
export {
  LONGEST_ADDRESS,
  type Quotation,
  quotation,
  quotationText,
  quote,
  quotePair,
} from './quote.js';
export { sampleAlerts } from './samples/samples.js';
export { moment } from './wording.js';

/** Every channel there is, by the `kind` its configuration names. */
export const notifierKinds: ReadonlyMap<string, NotifierKind> = new Map<string, NotifierKind>([
  ['slack', { configSchema: slackConfigSchema, secrets: ['token'], load: () => import('./slack/slack.js') }],
  [
    'email',
    { configSchema: emailConfigSchema, secrets: ['password'], load: () => import('./email/email.js') },
  ],
  [
    'webhook',
    {
      configSchema: webhookConfigSchema,
      secrets: ['secret', 'previousSecret'],
      load: () => import('./webhook/webhook.js'),
    },
  ],
  [
    'pagerduty',
    {
      configSchema: pagerdutyConfigSchema,
      secrets: ['routingKey'],
      load: () => import('./pagerduty/pagerduty.js'),
    },
  ],
  ['ntfy', { configSchema: ntfyConfigSchema, secrets: ['token'], load: () => import('./ntfy/ntfy.js') }],
  [
    'telegram',
    { configSchema: telegramConfigSchema, secrets: ['token'], load: () => import('./telegram/telegram.js') },
  ],
  [
    'matrix',
    { configSchema: matrixConfigSchema, secrets: ['token'], load: () => import('./matrix/matrix.js') },
  ],
  ['teams', { configSchema: teamsConfigSchema, secrets: ['url'], load: () => import('./teams/teams.js') }],
  [
    'alertmanager',
    {
      configSchema: alertmanagerConfigSchema,
      secrets: ['password', 'token'],
      load: () => import('./alertmanager/alertmanager.js'),
    },
  ],
]);
