import { beforeEach, describe, expect, test } from '@jest/globals';
import { type AskedBy, type ConsoleDoor, hostDoor, LINK_MS } from '../../../../daemon/cli/console/door.js';
import { turnAway } from '../../../../daemon/cli/console/guard.js';
import { Sessions } from '../../../../daemon/http/sessions.js';
import type { KeptSession } from '../../../../daemon/store/meta.js';

const ORIGIN = 'https://console.example.net';
const person = { name: 'approver', tokenDigest: 'a'.repeat(64), scopes: ['read'] as const };
let kept: readonly KeptSession[];
let nowMs: number;
let door: ConsoleDoor;

const open = (who = person) =>
  hostDoor(
    ORIGIN,
    who,
    new Sessions(
      {
        load: () => kept,
        save: (all) => {
          kept = all;
        },
      },
      () => nowMs,
      '__Host-tillwarden-console',
    ),
    () => nowMs,
  );
const secretOf = ({ link }: ConsoleDoor) => `Bearer ${link.split('#code=')[1]}`;
const letIn = (from: ConsoleDoor) => /^[^;]+/.exec(from.sessions?.begin(secretOf(from)) ?? '')?.[0];
const asked = (over: Partial<AskedBy>): AskedBy => ({
  ...{ method: 'GET', path: '/api/console', isOpen: false, host: 'console.example.net', origin: undefined },
  ...{ site: 'same-origin', authorization: undefined, cookie: undefined },
  ...over,
});
const status = (over: Partial<AskedBy>, of = door) => turnAway(asked(over), of)?.status ?? null;

beforeEach(() => {
  kept = [];
  nowMs = 1_000_000;
  door = open();
});

describe('the door of a console on a host', () => {
  test('lets one browser in by the link, and no second one', () => {
    const cookie = letIn(door);
    expect(cookie).toMatch(/^__Host-tillwarden-console=[A-Za-z0-9_-]{43}$/);
    expect(letIn(door)).toBeUndefined();
    expect(status({ cookie })).toBeNull();
    expect(status({ cookie: undefined })).toBe(401);
    expect(status({ authorization: secretOf(door) })).toBe(401);
  });

  test('lets nobody in by a link that is older than ten minutes, or by a wrong one', () => {
    expect(door.sessions?.begin(`${secretOf(door)}x`)).toBeNull();
    expect(door.sessions?.begin(undefined)).toBeNull();
    nowMs += LINK_MS + 1;
    expect(letIn(door)).toBeUndefined();
  });

  test('knows its browsers after a restart, and none of another daemon, pin or address', () => {
    const cookie = letIn(door);
    expect(status({ cookie }, open())).toBeNull();
    expect(status({ cookie }, open({ ...person, tokenDigest: 'b'.repeat(64) }))).toBe(401);
    door.sessions?.end(cookie);
    expect(status({ cookie }, open())).toBe(401);
  });

  test('takes no decision by the cookie alone: our own page must ask, by the browser’s own account', () => {
    const cookie = letIn(door);
    const decision = { method: 'POST', path: '/api/sites/prague-1/withdraw', cookie };
    expect(status({ ...decision, origin: ORIGIN })).toBeNull();
    expect(status({ ...decision, site: undefined, origin: ORIGIN })).toBeNull();
    expect(status({ ...decision, site: undefined, origin: undefined })).toBe(401);
    expect(status({ ...decision, site: 'none' })).toBe(401);
    expect(status({ ...decision, site: 'same-site', origin: 'https://other.example.net' })).toBe(403);
    expect(status({ cookie, host: 'other.example.net' })).toBe(421);
  });
});
