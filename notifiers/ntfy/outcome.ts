import type { HttpAnswer } from '../http.js';
import {
  failureOutcome,
  type HttpWords,
  jsonObject,
  statusOutcome,
  unintelligible,
} from '../http-outcome.js';
import type { DeliveryOutcome } from '../notifier.js';

const WORDS = {
  who: 'the ntfy server',
  setting: 'baseUrl',
  repairs: {
    401: 'put a valid access token where token_file points',
    403: 'let the token write to the topic',
    404: 'check baseUrl: it needs the root of the server, without the topic',
    507: 'the server has no room for the topic',
  },
  // 400: it dislikes the topic or the message; 413: its message limit was lowered.
  final: [400, 413, 422],
  finalCheck: 'topic',
  afterRateLimitMs: 60_000,
};

/** The outcome that an ntfy server's answer comes to (docs.ntfy.sh/publish). Pure. */
export function ntfyOutcome(answer: HttpAnswer, timeoutMs: number): DeliveryOutcome {
  const words: HttpWords = { ...WORDS, timeoutMs };
  if (answer.type !== 'answered') return failureOutcome(answer, words);
  if (answer.status !== 200) {
    return answer.status > 200 && answer.status < 300 ? unintelligible(words) : statusOutcome(answer, words);
  }
  const { id, event } = jsonObject(answer.body) ?? {};
  return event === 'message' && typeof id === 'string' && /^[A-Za-z0-9]{1,64}$/.test(id)
    ? { delivered: true, receipt: id }
    : unintelligible(words);
}
