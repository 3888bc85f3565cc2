import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { built } from '../built.js';
import { readGuardedText } from '../guarded-file.js';
import type { Listener, Request } from './listener.js';

/** Files of a page: what `npm run build` makes of `console/`. */
const NAMES = ['index.html', 'app.js', 'app.css', 'favicon.svg'] as const;
const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
} as const satisfies Readonly<Record<(typeof NAMES)[number], string>>;
const MAX_FILE_BYTES = 1024 * 1024;

/** How long a browser keeps what it asked for by its digest, in seconds: another version has another one. */
const KEPT_S = 365 * 86_400;

/** One file of a page, as it is served. */
export interface PageFile {
  /** `/`, `/app.js` … */
  readonly path: string;
  readonly type: string;
  readonly text: string;
  /** SHA-256 of the text, in base64url: by which a browser asks whether it has the same, and the page names its files. */
  readonly digest: string;
}

/** Which page: `watch` is the daemon's own, `approve` that of `tillwarden console`. */
export type PageName = 'watch' | 'approve';

/** What of the browser a page may use, and what it may not: nothing from elsewhere, no sink for markup, no frame around it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/**
 * Headers of every answer of a listener that serves a page. `passkeys`: whether the page may ask for one. They name the script that is served
 * by now: a page that stayed open over an upgrade is loaded anew, since what it does not know of it would not show.
 */
export function pageHeaders(passkeys: boolean, files: readonly PageFile[]): Readonly<Record<string, string>> {
  const asks = passkeys ? '(self)' : '()';
  const script = files.find(({ path }) => path === '/app.js');
  return {
    ...(script === undefined ? {} : { 'tillwarden-page': script.digest }),
    'content-security-policy': POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': `publickey-credentials-get=${asks}, publickey-credentials-create=${asks}`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

/** The files of a page as they were built. Null where the program was not built. */
export function readPage(name: PageName): readonly PageFile[] | null {
  try {
    const files = NAMES.map((file) => {
      const text = readGuardedText(fileURLToPath(built(`console/${name}/${file}`)), MAX_FILE_BYTES);
      return pageFile(file === 'index.html' ? '/' : `/${file}`, TYPES[file], text);
    });
    return files.map((file) => (file.path === '/' ? naming(file, files) : file));
  } catch {
    return null;
  }
}

/** The page with each of its files named along with its digest: asked for once, however many tabs there are. */
function naming({ path, type, text }: PageFile, files: readonly PageFile[]): PageFile {
  const named = files.reduce(
    (so, file) => so.replace(`"${file.path}"`, `"${file.path}?${file.digest}"`),
    text,
  );
  return pageFile(path, type, named);
}

function pageFile(path: string, type: string, text: string): PageFile {
  return { path, type, text, digest: createHash('sha256').update(text).digest('base64url') };
}

/** Serves a page to everybody: it holds nothing but our own code. */
export function servePage(server: Listener, files: readonly PageFile[]): void {
  for (const { path, type, text, digest } of files) {
    const tag = `"${digest}"`;
    server.get(path, { config: { open: true } }, (request, reply) => {
      const isNamed = request.url === `${path}?${digest}`;
      const kept = isNamed ? `public, max-age=${KEPT_S}, immutable` : 'no-cache';
      void reply.headers({ 'cache-control': kept, etag: tag });
      if (request.headers['if-none-match'] === tag) return reply.code(304).send();
      return reply.type(type).send(text);
    });
  }
}

/**
 * Whether what is asked for is there for everybody, by the route that answers: an address can be spelled in many ways (`/%61pi/`, or whole with its host)
 * that lead to the same one.
 */
export function isOpen({ routeOptions }: Request): boolean {
  const config: object = routeOptions.config;
  return 'open' in config && config.open === true;
}
