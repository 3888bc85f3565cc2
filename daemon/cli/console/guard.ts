import type { AskedBy, ConsoleDoor } from './door.js';
import { ConsoleError } from './errors.js';

/** Where a browser asks to be let in: by the secret of the link, which is looked at there. */
export const SESSION_PATH = '/api/session';

/** Headers by which a browser may come to the page itself: typed in, from a link, or from the page. */
const OWN = new Set(['same-origin', 'none', undefined]);

/**
 * Who may ask a console; null for whoever may. Any program can connect, and any page in the browser can try: a host that is not ours (a name
 * that somebody points here) is turned away, then a page that is not ours, then whoever was not let in.
 */
export function turnAway(asked: AskedBy, door: Pick<ConsoleDoor, 'origin' | 'knows'>): ConsoleError | null {
  const { origin } = door;
  if (asked.host !== new URL(origin).host) {
    return new ConsoleError(
      'CONSOLE_HOST',
      `this is ${origin}, and nothing else: open the link as it was printed`,
    );
  }
  const opens = asked.method === 'GET' && asked.path === '/';
  // Following the link that the terminal prints may count as coming from elsewhere: the page itself holds nothing.
  const fromOwn = OWN.has(asked.site) || (opens && asked.origin === undefined);
  if (!fromOwn || (asked.origin !== undefined && asked.origin !== origin)) {
    return new ConsoleError(
      'CONSOLE_FOREIGN_PAGE',
      'another page asked this; use the page of the console itself',
    );
  }
  return asked.isOpen || door.knows(asked) ? null : notLetIn();
}

/** Whoever has no secret that counts. */
export function notLetIn(): ConsoleError {
  return new ConsoleError(
    'CONSOLE_SECRET',
    'open the link that this launch of the console printed on its terminal',
  );
}
