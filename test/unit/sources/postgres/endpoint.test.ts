import { describe, expect, test } from '@jest/globals';
import { POSTGRES_URL } from '../../../../daemon/sources/postgres/url.js';
import { endpointOf, isOnThisMachine } from '../../../../daemon/sources/relational/endpoint.js';

const at = (url: string, allowUnverifiedTls = false) =>
  endpointOf(POSTGRES_URL, { name: 'cas', url, allowUnverifiedTls });

test('a URL is taken apart, escapes undone', () => {
  expect(at('postgresql://us%40er:p%3Ass%2F@db.example:6543/my%20db')).toEqual({
    host: 'db.example',
    port: 6543,
    user: 'us@er',
    password: 'p:ss/',
    database: 'my db',
    verification: 'full',
    degradations: [],
  });
  expect(at('postgres://u@[::1]/x')).toMatchObject({
    host: '::1',
    port: 5432,
    password: undefined,
    verification: 'plain',
  });
  expect(at('postgres://u@%2Fvar%2Frun%2Fpg/x')).toMatchObject({
    host: '/var/run/pg',
    verification: 'plain',
  });
});

describe('to a host that is not loopback', () => {
  test('the server is verified in full when nothing is said', () => {
    expect(at('postgres://u:p@10.0.0.5/x').verification).toBe('full');
  });

  test.each(['disable', 'allow', 'prefer', 'require', 'no-verify', 'verify-ca'])(
    '%s is refused, unless allowed and degraded',
    (mode) => {
      const url = `postgres://u:p@db.example/x?sslmode=${mode}`;
      expect(() => at(url)).toThrow(expect.objectContaining({ code: 'SOURCE_TLS_UNVERIFIED' }));
      expect(at(url, true).degradations).toMatchObject([{ code: 'SOURCE_TLS_UNVERIFIED' }]);
      expect(at(url, true).verification).not.toBe('full');
    },
  );

  test('allowing it changes nothing of a URL that says nothing', () => {
    expect(at('postgres://u:p@db.example/x', true)).toMatchObject({ verification: 'full', degradations: [] });
  });
});

test.each([
  'not a url with s3cret',
  'mysql://u:s3cret@h/x',
  'postgres://u:s3cret@h/',
  'postgres://:s3cret@h/x',
  'postgres://u:s3cret@/x',
  'postgres://u:s3cret@a,b/x',
  'postgres://u:s3cret%@h/x',
  'postgres://u:s3cret@h/x?options=-c',
  'postgres://u:s3cret@h/x?host=/tmp',
  'postgres://u:s3cret@h/x?sslmode=maybe',
])('%s is refused without a word of it', (url) => {
  let message = '';
  try {
    at(url);
  } catch (error) {
    message = String(error);
    expect(error).toMatchObject({ code: 'SOURCE_URL' });
  }
  expect(message).toContain('source "cas"');
  expect(message).not.toContain('s3cret');
});

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['/run/pg', true],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example', false],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
])('%s is on this machine: %s', (host, expected) => {
  expect(isOnThisMachine(host)).toBe(expected);
});

test.each(['s3#cret', 's3/cret', 's3?cret', '1#s3cret'])(
  'a password with a sign of URLs (%s) is told how to write it',
  (password) => {
    expect(() => at(`postgres://u:${password}@h/x`)).toThrow(
      /# \? \/ @ % in the password percent-encoded: %23 %3F %2F %40 %25/,
    );
  },
);
