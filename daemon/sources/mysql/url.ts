import type { UrlForm } from '../relational/endpoint.js';

/** `mysql://user:password@host:port/database?ssl-mode=…`, with the values of MySQL's own tools. */
export const MYSQL_URL: UrlForm = {
  protocols: ['mysql:', 'mariadb:'],
  port: 3306,
  tlsOption: 'ssl-mode',
  tlsModes: [
    ['VERIFY_IDENTITY', 'full'],
    ['VERIFY_CA', 'authority'],
    ['REQUIRED', 'none'],
    ['PREFERRED', 'none'],
    ['DISABLED', 'plain'],
  ],
};
