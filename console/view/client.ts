import { type Login, Refused, refusedBy } from './refusal.js';
import { type Events, followTogether, type Heard } from './stream.js';
import { loadAnewIfOld } from './upgrade.js';

/** What a page asks its own server. */
export interface Client {
  /** Resolves with the answer; rejects with `Refused`. */
  ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T>;
  /** Calls back with each state that the server tells of, while the page is looked at, and again after another login. */
  listen(events: Events, heard: Heard): void;
}

/**
 * `login`: that of now. Who was refused by an earlier one is asked with that of now before anybody is told: a refusal that was on its way
 * when somebody signed in says nothing about them.
 */
export function createClient(login: () => Login): Client {
  return {
    ask: async (method, path, body) => {
      for (;;) {
        const shown = login();
        const answer = await fetch(path, {
          method,
          headers: { ...shown, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          redirect: 'error',
        }).catch(() => {
          throw new Refused(0, 'NO_ANSWER', 'the server does not answer; this page tries again by itself');
        });
        if (method === 'GET' && loadAnewIfOld(answer.headers.get('tillwarden-page'))) {
          throw new Refused(0, 'PAGE_OLD', 'the server was upgraded; this page is loaded anew');
        }
        if (answer.ok) return answer.json();
        if (answer.status !== 401 || shown === login()) throw await refusedBy(answer);
      }
    },
    listen: (events, heard) => followTogether(events, login, heard),
  };
}
