import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { built } from '../built.js';
import { readGuardedText } from '../guarded-file.js';
import type { Listener } from './listener.js';

/** Files of a page: what `npm run build` makes of `console/`. */
const NAMES = ['index.html', 'app.js', 'app.css', 'favicon.svg'] as const;
const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
} as const satisfies Readonly<Record<(typeof NAMES)[number], string>>;
const MAX_FILE_BYTES = 1024 * 1024;

/** One file of a page, as it is served. */
export interface PageFile {
  /** `/`, `/app.js` … */
  readonly path: string;
  readonly type: string;
  readonly text: string;
  /** By which a browser asks whether it has the same. */
  readonly tag: string;
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

/** Headers of every answer of a listener that serves a page. `passkeys`: whether the page may ask for one. */
export function pageHeaders(passkeys: boolean): Readonly<Record<string, string>> {
  const asks = passkeys ? '(self)' : '()';
  return {
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
    return NAMES.map((file) => {
      const text = readGuardedText(fileURLToPath(built(`console/${name}/${file}`)), MAX_FILE_BYTES);
      const tag = `"${createHash('sha256').update(text).digest('base64url')}"`;
      return { path: file === 'index.html' ? '/' : `/${file}`, type: TYPES[file], text, tag };
    });
  } catch {
    return null;
  }
}

/** Serves a page to everybody: it holds nothing but our own code. */
export function servePage(server: Listener, files: readonly PageFile[]): void {
  for (const { path, type, text, tag } of files) {
    server.get(path, { config: { open: true } }, (request, reply) => {
      void reply.headers({ 'cache-control': 'no-cache', etag: tag });
      if (request.headers['if-none-match'] === tag) return reply.code(304).send();
      return reply.type(type).send(text);
    });
  }
}
