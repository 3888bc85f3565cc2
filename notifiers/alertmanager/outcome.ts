import type { HttpAnswer } from '../http.js';
import {
  failureOutcome,
  type HttpWords,
  jsonObject,
  statusOutcome,
  unintelligible,
} from '../http-outcome.js';
import type { DeliveryOutcome } from '../notifier.js';
import { AFTER_REPAIR_MS, later } from '../outcome.js';

const WORDS = {
  who: 'Alertmanager',
  setting: 'baseUrl',
  repairs: {
    401: 'check user and password_file, or token_file',
    403: 'let tillwarden post alerts',
    404: 'check baseUrl: it needs what stands before /api/v2',
    405: 'check baseUrl: it needs what stands before /api/v2',
  },
  // 400: it dislikes a label.
  final: [400, 413, 422],
  finalCheck: 'labels',
};

/** The outcome of Alertmanager's answer: 200 without a body once it has the alerts (API v2, postAlerts). Pure. */
export function alertmanagerOutcome(answer: HttpAnswer, receipt: string, timeoutMs: number): DeliveryOutcome {
  const words: HttpWords = { ...WORDS, timeoutMs };
  if (answer.type !== 'answered') return failureOutcome(answer, words);
  const { status, body } = answer;
  if (status === 200) {
    if (body.toString('latin1').trim() === '') return { delivered: true, receipt };
    const said = jsonObject(body);
    if (said === null) return unintelligible(words);
    // What speaks its API and is not it may say so of a failure; of a success it may have the same member, with nothing in it.
    return said['status'] === 'error' || (said['error'] ?? '') !== ''
      ? later('Alertmanager answered HTTP 200 with an error: look into its log', AFTER_REPAIR_MS)
      : { delivered: true, receipt };
  }
  return status > 200 && status < 300 ? unintelligible(words) : statusOutcome(answer, words);
}
