import type { HttpAnswer, HttpFailure } from './http.js';
import { MAX_ANSWER_BYTES } from './http.js';
import type { DeliveryOutcome } from './notifier.js';
import { AFTER_RATE_LIMIT_MS, AFTER_REPAIR_MS, LONGEST_WAIT_MS, later, refusedForGood } from './outcome.js';

/** How a channel's outcomes are worded, and what its service means by a status. */
export interface HttpWords {
  /** Who answers, such as "Slack". */
  readonly who: string;
  /** The setting that names the address. */
  readonly setting: string;
  readonly timeoutMs: number;
  /** Repairs for an operator, by status. */
  readonly repairs?: Readonly<Record<number, string>>;
  /** Statuses by which the message itself is refused: sent again it would be refused again. */
  readonly final?: readonly number[];
  /** A hint at what to check after such a refusal. */
  readonly finalCheck?: string;
  /** Wait after 429 without a time, in milliseconds. */
  readonly afterRateLimitMs?: number;
}

/** The outcome of a status other than success: only those in `final` end the message. Pure. */
export function statusOutcome(
  { status, retryAfterMs }: Extract<HttpAnswer, { type: 'answered' }>,
  words: HttpWords,
): DeliveryOutcome {
  const { who, setting, repairs = {}, final = [] } = words;
  const wish = retryAfterMs === null ? undefined : Math.min(retryAfterMs, LONGEST_WAIT_MS);
  if (status === 429) {
    return later(
      `${who} asks to slow down (HTTP 429)`,
      wish ?? words.afterRateLimitMs ?? AFTER_RATE_LIMIT_MS,
    );
  }
  if (final.includes(status)) {
    const check = words.finalCheck === undefined ? '' : `: check ${words.finalCheck}`;
    return refusedForGood(`${who} refuses even the plain message (HTTP ${status})${check}`);
  }
  const repair = repairs[status];
  if (repair !== undefined) return later(`${who} answered HTTP ${status}: ${repair}`, AFTER_REPAIR_MS);
  if (status >= 500 || status === 408 || status === 425) return later(`${who} answered HTTP ${status}`, wish);
  return later(`${who} answered HTTP ${status}: check ${setting} and proxies`, AFTER_REPAIR_MS);
}

/** The outcome of an exchange without an answer: the message stays in the outbox. Pure. */
export function failureOutcome(
  failure: HttpFailure,
  { who, setting, timeoutMs }: HttpWords,
): DeliveryOutcome {
  switch (failure.type) {
    case 'redirected':
      return later(
        `refused to follow a redirect (HTTP ${failure.status}): put the address that ${who} has now into ${setting}`,
        AFTER_REPAIR_MS,
      );
    case 'oversized':
      return later(
        `the answer was longer than ${MAX_ANSWER_BYTES} bytes, so not from ${who}: check ${setting}`,
        AFTER_REPAIR_MS,
      );
    case 'address-refused':
      return later(
        `${setting} leads to an address that is not public: correct it, or set allowPrivateAddress: true`,
        AFTER_REPAIR_MS,
      );
    case 'untrusted':
      return later(
        `no trusted TLS connection to ${who} (${failure.detail}): check ${setting} and the certificate`,
        AFTER_REPAIR_MS,
      );
    case 'unreachable':
      return later(
        `${who} could not be reached (${failure.detail}): check ${setting}, the network and proxies`,
      );
    case 'timeout':
      return later(`${who} did not answer within ${timeoutMs} ms`);
    case 'stopped':
      return later(`stopped before ${who} answered`);
  }
}

/** The outcome when something answered in the service's place, such as a login page or a proxy. */
export function unintelligible({ who, setting }: HttpWords): DeliveryOutcome {
  // One answer of a proxy may be the only one: how long to wait is the outbox's to grow, from the first failure on.
  return later(`the answer was not from ${who}: check ${setting} and proxies`);
}

/** The JSON object of an answer, or null for anything else. */
export function jsonObject(body: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** A member of what may be an object of foreign JSON; undefined where there is none. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
