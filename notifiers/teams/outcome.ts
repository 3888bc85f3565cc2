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

const ANEW = "put the workflow's address, as Teams shows it now, where url_file points";
const WORDS = {
  who: 'the workflow',
  setting: 'url',
  repairs: { 401: ANEW, 403: ANEW, 404: ANEW, 409: 'turn the workflow on', 410: ANEW },
  // The card: plainer words are tried before.
  final: [400, 413, 422],
  finalCheck: 'that the workflow posts an Adaptive Card',
  afterRateLimitMs: 60_000,
};
/** The start of a page for people: a login or a proxy's notice. */
const PAGE = /^\s*(?:<!doctype html|<html)/i;
/** The answer of the connectors that workflows replaced, with a status of success, when Teams refused a message. */
const FAILED = /^Webhook message delivery failed/i;

/** The outcome of a workflow's answer: 202 once it has the message, before it posts it. Pure. */
export function teamsOutcome(answer: HttpAnswer, receipt: string, timeoutMs: number): DeliveryOutcome {
  const words: HttpWords = { ...WORDS, timeoutMs };
  if (answer.type !== 'answered') return failureOutcome(answer, words);
  const { status, body } = answer;
  const start = body.subarray(0, 200).toString('latin1');
  if (status === 202 || status === 200) {
    if (FAILED.test(start))
      return later('Teams did not take the message from the connector', AFTER_REPAIR_MS);
    return PAGE.test(start) ? unintelligible(words) : { delivered: true, receipt };
  }
  if (status > 200 && status < 300) return unintelligible(words);
  // 400 is also what a workflow says that is off, gone or asks for another address; its code begins so.
  const code = member(jsonObject(body)?.['error'], 'code');
  if (
    status === 400 &&
    typeof code === 'string' &&
    /^(?:Workflow|Direct|Authoriz|Invalid(?:Authenti|Protocol))/.test(code)
  ) {
    return later(`the workflow answered HTTP 400: turn it on, or ${ANEW}`, AFTER_REPAIR_MS);
  }
  return statusOutcome(answer, words);
}
