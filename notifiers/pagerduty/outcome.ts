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
  who: 'PagerDuty',
  setting: 'baseUrl',
  repairs: { 403: 'check that routingKey belongs to a service that is not disabled' },
  // 400 means the JSON or the routing key, and is not to be tried again.
  final: [400, 413, 422],
  finalCheck: 'routingKey',
  // "Preferably with a backoff of a few minutes."
  afterRateLimitMs: 120_000,
};

/** The outcome that PagerDuty's answer comes to (Events API v2, response codes and retry logic). Pure. */
export function pagerdutyOutcome(answer: HttpAnswer, receipt: string, timeoutMs: number): DeliveryOutcome {
  const words: HttpWords = { ...WORDS, timeoutMs };
  if (answer.type !== 'answered') return failureOutcome(answer, words);
  if (answer.status === 202 && jsonObject(answer.body)?.['status'] === 'success') {
    return { delivered: true, receipt };
  }
  return answer.status >= 200 && answer.status < 300 ? unintelligible(words) : statusOutcome(answer, words);
}
