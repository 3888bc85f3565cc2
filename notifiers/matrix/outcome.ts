import type { HttpAnswer } from '../http.js';
import {
  failureOutcome,
  type HttpWords,
  jsonObject,
  statusOutcome,
  unintelligible,
} from '../http-outcome.js';
import type { DeliveryOutcome } from '../notifier.js';
import { isEventId } from './payload.js';

const WORDS = {
  who: 'the homeserver',
  setting: 'baseUrl',
  repairs: {
    401: 'put a valid access token where token_file points',
    403: 'let the account join the room and write there; a room that was upgraded has a new id',
    404: 'check baseUrl, which needs the address of the client-server API, and room',
  },
  // 400: it dislikes the content or the thread; 413: its limit is lower than usual.
  final: [400, 413, 422],
  finalCheck: 'room',
};

/** The outcome of a homeserver's answer (spec.matrix.org, client-server API, standard error response). `room` is the configured one. Pure. */
export function matrixOutcome(answer: HttpAnswer, room: string, timeoutMs: number): DeliveryOutcome {
  const words: HttpWords = { ...WORDS, timeoutMs };
  if (answer.type !== 'answered') return failureOutcome(answer, words);
  const { event_id: event, retry_after_ms: wait } = jsonObject(answer.body) ?? {};
  if (answer.status === 200 && isEventId(event)) return { delivered: true, receipt: `${room}/${event}` };
  if (answer.status >= 200 && answer.status < 300) return unintelligible(words);
  // Servers before version 1.10 of the specification say it in the body.
  const retryAfterMs = typeof wait === 'number' && wait >= 0 && Number.isFinite(wait) ? wait : null;
  return statusOutcome({ ...answer, retryAfterMs: answer.retryAfterMs ?? retryAfterMs }, words);
}

/** The outcome of its answer to a reaction: one that is there already is as good as a new one. Pure. */
export function matrixReactionOutcome(answer: HttpAnswer, room: string, timeoutMs: number): DeliveryOutcome {
  const duplicate =
    answer.type === 'answered' &&
    answer.status === 400 &&
    jsonObject(answer.body)?.['errcode'] === 'M_DUPLICATE_ANNOTATION';
  return duplicate ? { delivered: true, receipt: room } : matrixOutcome(answer, room, timeoutMs);
}
