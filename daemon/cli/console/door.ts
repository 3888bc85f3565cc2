import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiPerson } from '../../config/api-token.js';
import type { Sessions } from '../../http/sessions.js';

/** What a request says of where it comes from. */
export interface AskedBy {
  readonly method: string;
  /** As it was spelled: another spelling leads to the same place. */
  readonly path: string;
  /** Whether what answers is there for everybody: the page, which holds nothing, and where a browser is let in. */
  readonly isOpen: boolean;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`: browsers say themselves whose page asks. */
  readonly site: string | undefined;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

/** Under which address a console is, and whom it lets in. */
export interface ConsoleDoor {
  /** `http://localhost:9773`, or that of a host. */
  readonly origin: string;
  /** The link that lets a browser in. */
  readonly link: string;
  /** Whether whoever asks has been let in. */
  knows(asked: AskedBy): boolean;
  /** Cookies for browsers that the link lets in; null where the link's secret is shown with each request. */
  readonly sessions: DoorSessions | null;
}

export interface DoorSessions {
  /** Lets a browser in for the secret of the link. Returns the `Set-Cookie` header; null for anybody else. */
  begin(authorization: string | undefined): string | null;
  /** Ends the session of a `Cookie` header. Returns the `Set-Cookie` header that takes it from the browser. */
  end(cookie: string | undefined): string;
}

/** How long the link of a host lets somebody in, in milliseconds. */
export const LINK_MS = 600_000;

/** The door of one's own machine: a secret for each launch, which the page shows with every request. */
export function localDoor(origin: string): ConsoleDoor {
  const secret = newSecret();
  return {
    origin,
    link: `${origin}/#secret=${secret}`,
    knows: ({ authorization }) => isSame(authorization ?? '', `Bearer ${secret}`),
    sessions: null,
  };
}

/**
 * The door of a host: the link lets one browser in, within ten minutes, and from then on its cookie does. A link that lies in a log or in the
 * memory of a camera is worth nothing after that. `person`: whose sessions these are, by a digest of the origin and the pin.
 */
export function hostDoor(
  origin: string,
  person: ApiPerson,
  sessions: Sessions,
  clock: () => number,
): ConsoleDoor {
  let secret: string | null = newSecret();
  const untilMs = clock() + LINK_MS;
  return {
    origin,
    link: `${origin}/#code=${secret}`,
    knows: (asked) =>
      sessions.personOf([person], asked.cookie) !== null &&
      (asked.method === 'GET' || ownPageAsks(asked, origin)),
    sessions: {
      begin: (authorization) => {
        const isRight = secret !== null && isSame(authorization ?? '', `Bearer ${secret}`);
        if (!isRight || clock() > untilMs) return null;
        const cookie = sessions.begin(person);
        // Only now: where nobody could be let in, nobody was.
        secret = null;
        return cookie;
      },
      end: (cookie) => sessions.end(cookie),
    },
  };
}

/** A cookie comes with whatever the browser sends: what changes something must come from our own page by the browser's own account. */
function ownPageAsks({ site, origin: from }: AskedBy, origin: string): boolean {
  return site === undefined ? from === origin : site === 'same-origin';
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
