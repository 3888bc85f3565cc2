import { expect, test } from '@jest/globals';
import { turnAway } from '../../../../daemon/cli/console/guard.js';

const door = { origin: 'http://localhost:9774', knows: () => false };
const asked = {
  ...{ method: 'GET', path: '/api/console', host: 'localhost:9774', origin: undefined },
  ...{ site: 'same-origin', isOpen: false },
} as unknown as Parameters<typeof turnAway>[0];

test.each([
  ['another host', { host: 'evil.example:9774' }, 'CONSOLE_HOST', 'open the link as it was printed'],
  ['another page', { origin: 'https://evil.example' }, 'CONSOLE_FOREIGN_PAGE', 'the page of the console'],
  ['a page that says so', { site: 'cross-site' }, 'CONSOLE_FOREIGN_PAGE', 'the page of the console'],
  ['somebody without the secret', {}, 'CONSOLE_SECRET', 'open the link that this launch'],
])('%s is turned away, and told what to open', (_, over, code, way) => {
  expect(turnAway({ ...asked, ...over }, door)).toMatchObject({
    code,
    message: expect.stringContaining(way),
  });
});
