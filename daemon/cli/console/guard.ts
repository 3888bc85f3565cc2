import { createHash, timingSafeEqual } from 'node:crypto';
import { ConsoleError } from './errors.js';

/** What a request says of where it comes from. */
export interface AskedBy {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`: browsers say themselves whose page asks. */
  readonly site: string | undefined;
  readonly authorization: string | undefined;
}

/** Headers by which a browser may come to the page itself: typed in, from a link, or from the page. */
const OWN = new Set(['same-origin', 'none', undefined]);

/**
 * Who may ask the console on this machine; null for whoever may. Any program here can connect, and any page in the browser can try: a host that
 * is not ours (a name that somebody points here) is turned away, then a page that is not ours, then whoever lacks the secret of this
 * launch. `origin`: `http://localhost:9773`.
 */
export function turnAway(asked: AskedBy, origin: string, secret: string): ConsoleError | null {
  if (asked.host !== new URL(origin).host) {
    return new ConsoleError('CONSOLE_HOST', `this is ${origin}, and nothing else`);
  }
  const opens = asked.method === 'GET' && asked.path === '/';
  // Following the link that the terminal prints may count as coming from elsewhere: the page itself holds nothing.
  const fromOwn = OWN.has(asked.site) || (opens && asked.origin === undefined);
  if (!fromOwn || (asked.origin !== undefined && asked.origin !== origin)) {
    return new ConsoleError('CONSOLE_FOREIGN_PAGE', 'another page cannot ask this');
  }
  if (!asked.path.startsWith('/api/')) return null;
  if (isSame(asked.authorization ?? '', `Bearer ${secret}`)) return null;
  return new ConsoleError(
    'CONSOLE_SECRET',
    'open the link that this launch of the console printed on its terminal',
  );
}

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
