import { type HttpAnswer, post, reachOf, withDeadline } from '../../notifiers/index.js';

/** Where the dead man's switch listens, and how long it is waited for. */
export interface HeartbeatConfig {
  /** Secret: whoever knows it can keep the switch quiet. */
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly allowPrivateAddress: boolean;
}

/** What became of one ping. `reason` is in our words, without the URL. */
export type PingOutcome = { readonly arrived: true } | { readonly arrived: false; readonly reason: string };

/**
 * Sends one signal by the pinging protocol of healthchecks.io, which other services and its self-hosted version speak as well: POST to the
 * URL for success, with `/start` or `/fail` after its path for the others, and a body for people. Never throws.
 */
export async function ping(
  { url, timeoutMs, allowPrivateAddress }: HeartbeatConfig,
  signal: 'start' | 'success' | 'fail',
  body: string,
  stopped: AbortSignal,
): Promise<PingOutcome> {
  const message = {
    url: pingUrl(url, signal),
    headers: { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'tillwarden' },
    body,
    networkScope: reachOf({ url, allowPrivateAddress }),
  };
  const answer = await withDeadline(timeoutMs, [stopped], (deadline) => post(message, deadline));
  return pingOutcomeOf(answer, timeoutMs);
}

/** The address of a signal: a query, such as `?create=1`, stays where it is. */
export function pingUrl(url: string, signal: 'start' | 'success' | 'fail'): URL {
  const address = new URL(url);
  if (signal !== 'success') address.pathname = `${address.pathname.replace(/\/+$/, '')}/${signal}`;
  return address;
}

/** What an answer means. A ping for a check that does not exist, or one too many, is answered 200 as well, and says so in its body. */
export function pingOutcomeOf(answer: HttpAnswer, timeoutMs: number): PingOutcome {
  switch (answer.type) {
    case 'answered': {
      const { status, body } = answer;
      if (status < 200 || status > 299) return missed(`it answered HTTP ${status}: check heartbeat.url`);
      return /^\s*OK\s*\((?:not found|rate limited)\)/i.test(body.subarray(0, 100).toString('latin1'))
        ? missed(
            'it answered that it did not count the ping: check that the check exists, and heartbeat.intervalMs',
          )
        : { arrived: true };
    }
    case 'redirected':
      return missed(`it redirects (HTTP ${answer.status}), which is not followed: correct heartbeat.url`);
    case 'oversized':
      return missed('its answer was too long: check heartbeat.url');
    case 'address-refused':
      return missed(
        'heartbeat.url leads to an address that is not public: correct it, or set allowPrivateAddress: true',
      );
    case 'untrusted':
      return missed(`no trusted TLS connection (${answer.detail}): check heartbeat.url and the certificate`);
    case 'unreachable':
      return missed(`it could not be reached (${answer.detail})`);
    case 'timeout':
      return missed(`it did not answer within ${timeoutMs} ms`);
    case 'stopped':
      return missed('stopped before it answered');
  }
}

function missed(reason: string): PingOutcome {
  return { arrived: false, reason };
}
