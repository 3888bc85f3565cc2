import type { UrlForm } from '../relational/endpoint.js';

/** `postgres://user:password@host:port/database?sslmode=…`, with the values of libpq and pg. */
export const POSTGRES_URL: UrlForm = {
  protocols: ['postgres:', 'postgresql:'],
  port: 5432,
  tlsOption: 'sslmode',
  tlsModes: [
    ['verify-full', 'full'],
    ['verify-ca', 'authority'],
    ['require', 'none'],
    ['prefer', 'none'],
    ['no-verify', 'none'],
    ['allow', 'plain'],
    ['disable', 'plain'],
  ],
};
