import type { DeliveryOutcome } from '../notifier.js';

/** What Slack, or whatever answered in its place, said to one request. */
export type SlackAnswer =
  | { readonly type: 'posted'; readonly channel: string; readonly ts: string }
  /** `ok: false` with Slack's own error code. */
  | { readonly type: 'refused'; readonly error: string }
  | { readonly type: 'rate-limited'; readonly retryAfterSeconds: number | null }
  | { readonly type: 'http-error'; readonly status: number }
  /** HTTP 200 with something that is not Slack's JSON. */
  | { readonly type: 'unintelligible' }
  | { readonly type: 'unreachable'; readonly detail: string }
  | { readonly type: 'timeout'; readonly timeoutMs: number }
  | { readonly type: 'stopped' };

/** Refusals of the message itself: the same message would be refused again. */
const CONTENT = new Set([
  ...['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long', 'no_text'],
  ...['invalid_arguments', 'invalid_array_arg', 'invalid_arg_name', 'invalid_metadata_format'],
  ...['block_mismatch', 'attachment_payload_limit_exceeded', 'message_limit_exceeded'],
]);
const THREAD = new Set(['thread_not_found', 'cannot_reply_to_message', 'message_not_found']);

/** What an operator has to repair: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const REPAIRS = new Map<string, string>([
  ...[
    'invalid_auth',
    'not_authed',
    'token_revoked',
    'token_expired',
    'account_inactive',
    'not_allowed_token_type',
  ].map((code) => [code, 'put a valid bot token (xoxb-…) where token_file points'] as const),
  ...['missing_scope', 'no_permission'].map((code) => [code, 'give the bot the scope chat:write'] as const),
  ...['channel_not_found', 'not_in_channel'].map(
    (code) => [code, 'check the channel id and invite the bot to the channel'] as const,
  ),
  ['is_archived', 'unarchive the channel or configure another one'],
  ...[
    'restricted_action',
    'restricted_action_read_only_channel',
    'restricted_action_thread_only_channel',
  ].map((code) => [code, 'let the bot post to this channel'] as const),
]);

const AFTER_REPAIR_MS = 60_000;
const AFTER_RATE_LIMIT_MS = 30_000;
const LONGEST_WAIT_MS = 600_000;

/** Whether the message, not the channel, was refused, so that a plainer one may pass. */
export const refusesContent = (answer: SlackAnswer): boolean =>
  answer.type === 'refused' && CONTENT.has(answer.error);
/** Whether the message to reply to is gone, so that the alert must stand by itself. */
export const refusesThread = (answer: SlackAnswer): boolean =>
  answer.type === 'refused' && THREAD.has(answer.error);

/**
 * What an answer means for the outbox. Only a refused message is final: anything else passes or can be repaired, and then
 * the alert must still arrive. Pure; says nothing of what the answer held but Slack's error code.
 */
export function outcomeOf(answer: SlackAnswer): DeliveryOutcome {
  switch (answer.type) {
    case 'posted':
      return { delivered: true, receipt: `${answer.channel}:${answer.ts}` };
    case 'rate-limited':
      return later('Slack asks to slow down (HTTP 429)', waitMs(answer.retryAfterSeconds));
    case 'refused':
      return refusal(answer.error);
    case 'http-error':
      return answer.status >= 500
        ? later(`Slack answered HTTP ${answer.status}`)
        : later(
            `Slack answered HTTP ${answer.status}, needed 200: check apiUrl and proxies`,
            AFTER_REPAIR_MS,
          );
    case 'unintelligible':
      return later('the answer was not from the Slack Web API: check apiUrl and proxies', AFTER_REPAIR_MS);
    case 'unreachable':
      return later(`Slack could not be reached (${answer.detail}): check network, proxies and apiUrl`);
    case 'timeout':
      return later(`Slack did not answer within ${answer.timeoutMs} ms`);
    case 'stopped':
      return later('stopped before Slack answered');
  }
}

function refusal(error: string): DeliveryOutcome {
  if (error === 'ratelimited' || error === 'rate_limited') {
    return later('Slack asks to slow down', AFTER_RATE_LIMIT_MS);
  }
  if (CONTENT.has(error)) {
    return { delivered: false, retry: false, reason: `Slack refuses even the plain message (${error})` };
  }
  const repair = REPAIRS.get(error);
  return repair === undefined
    ? later(`Slack refused the message (${error})`)
    : later(`Slack refused the message (${error}): ${repair}`, AFTER_REPAIR_MS);
}

function waitMs(seconds: number | null): number {
  if (seconds === null || !(seconds >= 0)) return AFTER_RATE_LIMIT_MS;
  return Math.min(seconds * 1000, LONGEST_WAIT_MS);
}

function later(reason: string, retryAfterMs?: number): DeliveryOutcome {
  return retryAfterMs === undefined
    ? { delivered: false, retry: true, reason }
    : { delivered: false, retry: true, retryAfterMs, reason };
}
