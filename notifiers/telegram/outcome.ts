import type { HttpAnswer } from '../http.js';
import {
  failureOutcome,
  type HttpWords,
  jsonObject,
  member,
  statusOutcome,
  unintelligible,
} from '../http-outcome.js';
import type { DeliveryOutcome } from '../notifier.js';
import { AFTER_REPAIR_MS, later } from '../outcome.js';

const WORDS = {
  who: 'Telegram',
  setting: 'baseUrl',
  repairs: {
    401: "put the bot's token where token_file points: this one was revoked",
    403: 'let the bot into the chat, and let it write there',
    // Without the token the path names nothing; a token that never was one is not told apart.
    404: "put the bot's token where token_file points, and check baseUrl",
  },
  final: [400, 413, 422],
  finalCheck: 'chat',
};
/** Descriptions of HTTP 400 that are about the chat and not the message (tdlib's Bot API server), with what an operator repairs. */
const REPAIRS: readonly (readonly [RegExp, string])[] = [
  [/upgraded to a supergroup/i, 'the group has a new id: put it into chat'],
  [/chat not found|PEER_ID_INVALID|chat_id/i, 'check chat, and let the bot into it'],
  [/thread not found|TOPIC/i, 'check topic: it is closed or gone'],
  [
    /not enough rights|have no rights|CHAT_WRITE_FORBIDDEN|CHAT_RESTRICTED|kicked|deactivated/i,
    'let the bot write to the chat',
  ],
];

/** The outcome of Telegram's answer to a message (core.telegram.org/bots/api#making-requests). `chat` is the configured one. Pure. */
export function telegramOutcome(answer: HttpAnswer, chat: string, timeoutMs: number): DeliveryOutcome {
  const result = resultOf(answer, timeoutMs);
  if ('delivered' in result) return result;
  const id = member(result.value, 'message_id');
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0
    ? { delivered: true, receipt: `${chat}:${id}` }
    : unintelligible({ ...WORDS, timeoutMs });
}

/** The outcome of its answer to a reaction. Pure. */
export function telegramReactionOutcome(answer: HttpAnswer, timeoutMs: number): DeliveryOutcome {
  const result = resultOf(answer, timeoutMs);
  return 'delivered' in result ? result : { delivered: true, receipt: 'reaction' };
}

/** The `result` of a request that succeeded, or the outcome of its failure. Nothing that Telegram wrote is handed on. */
function resultOf(answer: HttpAnswer, timeoutMs: number): { readonly value: unknown } | DeliveryOutcome {
  const words: HttpWords = { ...WORDS, timeoutMs };
  if (answer.type !== 'answered') return failureOutcome(answer, words);
  const { ok, result, description, parameters } = jsonObject(answer.body) ?? {};
  if (answer.status === 200) return ok === true ? { value: result } : unintelligible(words);
  if (answer.status > 200 && answer.status < 300) return unintelligible(words);
  const repair = answer.status === 400 ? repairOf(description) : null;
  if (repair !== null) return later(`Telegram refused the message (HTTP 400): ${repair}`, AFTER_REPAIR_MS);
  return statusOutcome({ ...answer, retryAfterMs: waitOf(parameters) ?? answer.retryAfterMs }, words);
}

function repairOf(description: unknown): string | null {
  if (typeof description !== 'string') return null;
  return REPAIRS.find(([known]) => known.test(description.slice(0, 500)))?.[1] ?? null;
}

/** Seconds in `retry_after`, as milliseconds. */
function waitOf(parameters: unknown): number | null {
  const seconds = member(parameters, 'retry_after');
  return typeof seconds === 'number' && seconds >= 0 && Number.isFinite(seconds) ? seconds * 1000 : null;
}
