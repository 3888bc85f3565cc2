import type { HttpAnswer } from '../http.js';
import { failureOutcome, type HttpWords, statusOutcome, unintelligible } from '../http-outcome.js';
import type { DeliveryOutcome } from '../notifier.js';
import { AFTER_RATE_LIMIT_MS, AFTER_REPAIR_MS, later, refusedForGood } from '../outcome.js';

/** The answer of Slack, or of whatever answered in its place, to one request. */
export type SlackAnswer =
  | { readonly type: 'posted'; readonly channel: string; readonly ts: string }
  /** `ok: false` with Slack's own error code. */
  | { readonly type: 'refused'; readonly error: string }
  /** Anything but HTTP 200, or no answer at all. */
  | { readonly type: 'http'; readonly answer: HttpAnswer }
  /** HTTP 200 with something that is not Slack's JSON. */
  | { readonly type: 'unintelligible' };

/** Refusals of the message itself: the same message would be refused again. */
const CONTENT = new Set([
  ...['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long', 'no_text'],
  ...['invalid_arguments', 'invalid_array_arg', 'invalid_arg_name', 'invalid_metadata_format'],
  ...['block_mismatch', 'attachment_payload_limit_exceeded', 'message_limit_exceeded'],
]);
const THREAD = new Set(['thread_not_found', 'cannot_reply_to_message', 'message_not_found']);

/** Repairs for an operator, by error: docs.slack.dev/reference/methods, errors of chat.postMessage and chat.update. */
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
  ...['edit_window_closed', 'cant_update_message'].map(
    (code) => [code, 'let the bot edit its own messages'] as const,
  ),
  ['is_archived', 'unarchive the channel or configure another one'],
  ...[
    'restricted_action',
    'restricted_action_read_only_channel',
    'restricted_action_thread_only_channel',
  ].map((code) => [code, 'let the bot post to this channel'] as const),
]);

/** True when the message, not the channel, was refused, so that a plainer one may be taken. */
export const refusesMessage = (answer: SlackAnswer): boolean =>
  answer.type === 'refused' && CONTENT.has(answer.error);
/** True when the message to reply to is gone, so that the alert must stand by itself. */
export const refusesThread = (answer: SlackAnswer): boolean =>
  answer.type === 'refused' && THREAD.has(answer.error);

/**
 * The outcome that an answer comes to. Only a refused message is final: anything else passes or can be repaired, and then
 * the alert must still arrive. Pure; says nothing of what the answer held but Slack's error code.
 */
export function slackOutcome(answer: SlackAnswer, timeoutMs: number): DeliveryOutcome {
  const words: HttpWords = { who: 'Slack', setting: 'apiUrl', timeoutMs };
  switch (answer.type) {
    case 'posted':
      return { delivered: true, receipt: `${answer.channel}:${answer.ts}` };
    case 'refused':
      return refusal(answer.error);
    case 'unintelligible':
      return unintelligible(words);
    case 'http':
      return answer.answer.type === 'answered'
        ? statusOutcome(answer.answer, words)
        : failureOutcome(answer.answer, words);
  }
}

function refusal(error: string): DeliveryOutcome {
  if (error === 'ratelimited' || error === 'rate_limited') {
    return later('Slack asks to slow down', AFTER_RATE_LIMIT_MS);
  }
  if (CONTENT.has(error)) return refusedForGood(`Slack refuses even the plain message (${error})`);
  const repair = REPAIRS.get(error);
  return repair === undefined
    ? later(`Slack refused the message (${error})`)
    : later(`Slack refused the message (${error}): ${repair}`, AFTER_REPAIR_MS);
}
