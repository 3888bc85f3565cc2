import { describe, expect, test } from '@jest/globals';
import { type AskedBy, localDoor } from '../../../../daemon/cli/console/door.js';
import { turnAway } from '../../../../daemon/cli/console/guard.js';

const ORIGIN = 'http://localhost:9773';
const door = localDoor(ORIGIN);
const SECRET = door.link.split('#secret=')[1] ?? '';
const own: AskedBy = {
  method: 'POST',
  path: '/api/sites/prague-1/sign',
  isOpen: false,
  host: 'localhost:9773',
  origin: ORIGIN,
  site: 'same-origin',
  authorization: `Bearer ${SECRET}`,
  cookie: undefined,
};
const answer = (over: Partial<AskedBy>) => turnAway({ ...own, ...over }, door)?.status ?? null;

describe('who may ask the console', () => {
  test('is its own page with the secret, and a program of the same user that has it', () => {
    expect(answer({})).toBeNull();
    expect(answer({ origin: undefined, site: undefined })).toBeNull();
  });

  test.each<readonly [string, Partial<AskedBy>, number]>([
    ['another name for this machine', { host: '127.0.0.1:9773' }, 421],
    ['a name that somebody points here, whatever else is right', { host: 'evil.example:9773' }, 421],
    ['no host at all', { host: undefined }, 421],
    ['a page elsewhere', { origin: 'https://evil.example', site: 'cross-site' }, 403],
    ['a page on another port of this machine', { origin: 'http://localhost:8080', site: 'same-site' }, 403],
    ['a page that hides its origin', { origin: 'null' }, 403],
    ['a link that somebody typed in', { site: 'none', origin: undefined, authorization: undefined }, 401],
    ['the page of another launch', { authorization: `Bearer ${'y'.repeat(43)}` }, 401],
    ['the secret without its scheme', { authorization: SECRET }, 401],
  ])('is not %s', (_, over, status) => {
    expect(answer(over)).toBe(status);
  });

  test('may open the page itself from a link, and nothing of it from elsewhere', () => {
    const open = { method: 'GET', path: '/', isOpen: true, origin: undefined, authorization: undefined };
    expect(answer({ ...open, site: 'none' })).toBeNull();
    expect(answer({ ...open, site: 'cross-site' })).toBeNull();
    expect(answer({ ...open, path: '/app.js', site: 'cross-site' })).toBe(403);
    expect(answer({ ...open, path: '/app.js', site: 'same-origin' })).toBeNull();
  });
});
