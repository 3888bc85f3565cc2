import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { SlackStandIn, type SlackStandInOptions, sendJson } from '../../daemon/demo/stand-ins/slack.js';
import type { SlackCall } from '../../daemon/demo/stand-ins/slack-workspace.js';

/** What happens to one request instead of Slack's usual answer. `posts` says whether Slack took the message before that. */
export type ScriptedAnswer = (
  | { readonly type: 'usual' }
  /** `ok: false` with this error code. */
  | { readonly type: 'error'; readonly error: string }
  /** HTTP 429; without `retryAfter` the header is missing. */
  | { readonly type: 'rate-limit'; readonly retryAfter?: string }
  /** Any answer, such as 200 with a proxy's HTML. */
  | {
      readonly type: 'http';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
      readonly posts?: boolean;
    }
  /** The connection is reset. */
  | { readonly type: 'cut'; readonly posts?: boolean }
  /** The connection stays open without an answer. */
  | { readonly type: 'silence'; readonly posts?: boolean }
) & {
  readonly delayMs?: number;
  /** Answers no sooner than this resolves. */
  readonly until?: Promise<unknown>;
};

/** The demo's Slack, which can be made to misbehave. */
export class FaultySlack extends SlackStandIn {
  /** Every call, refused or not, in order of arrival, without its token. */
  readonly requests: Omit<SlackCall, 'token'>[] = [];
  readonly #script: ScriptedAnswer[] = [];
  #always: ScriptedAnswer | null = null;

  /** Scripts the answers to the next requests, one each, after those scripted before. */
  next(...answers: ScriptedAnswer[]): void {
    this.#script.push(...answers);
  }

  /** Answers every request for which `next` holds nothing, until called again with null. */
  always(answer: ScriptedAnswer | null): void {
    this.#always = answer;
  }

  protected override async respond(call: SlackCall, response: ServerResponse): Promise<void> {
    const { token: _, ...request } = call;
    this.requests.push(request);
    const answer = this.#script.shift() ?? this.#always ?? { type: 'usual' };
    if (answer.delayMs !== undefined) await delay(answer.delayMs);
    await answer.until;
    if ('posts' in answer && answer.posts) this.answer(call);
    switch (answer.type) {
      case 'usual':
        return super.respond(call, response);
      case 'error':
        return sendJson(response, 200, { ok: false, error: answer.error });
      case 'rate-limit': {
        const headers = answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter };
        return sendJson(response, 429, { ok: false, error: 'ratelimited' }, headers);
      }
      case 'http':
        response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? '');
        return;
      case 'cut':
        response.socket?.resetAndDestroy();
        return;
      case 'silence':
        return;
    }
  }
}

export const startFaultySlack = (options: SlackStandInOptions = {}): Promise<FaultySlack> =>
  new FaultySlack(options).listen();
