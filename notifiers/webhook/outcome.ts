import type { HttpAnswer } from '../http.js';
import { failureOutcome, type HttpWords, statusOutcome, unintelligible } from '../http-outcome.js';
import type { DeliveryOutcome } from '../notifier.js';

const WORDS = {
  who: 'the receiver',
  setting: 'url',
  repairs: {
    401: 'check that it has the secret of secret_file',
    403: 'check that it has the secret of secret_file',
    404: 'put its address into url',
    410: 'it wants no more messages: put its new address into url, or remove the channel',
  },
  // The body itself: plainer words are tried before.
  final: [400, 413, 415, 422],
};
/** The start of a page for people: a login, a proxy's notice, the server's welcome. No receiver acknowledges with one. */
const PAGE = /^\s*(?:<!doctype html|<html)/i;

/** The outcome that a receiver's answer comes to: any 2xx is success (Standard Webhooks 1.0.0, delivery success and failure). Pure. */
export function webhookOutcome(answer: HttpAnswer, id: string, timeoutMs: number): DeliveryOutcome {
  const words: HttpWords = { ...WORDS, timeoutMs };
  if (answer.type !== 'answered') return failureOutcome(answer, words);
  if (answer.status < 200 || answer.status > 299) return statusOutcome(answer, words);
  return PAGE.test(answer.body.subarray(0, 200).toString('latin1'))
    ? unintelligible(words)
    : { delivered: true, receipt: id };
}
