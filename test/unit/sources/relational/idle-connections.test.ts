import { beforeEach, expect, test } from '@jest/globals';
import { IdleConnections } from '../../../../daemon/sources/relational/idle-connections.js';

let connections: IdleConnections;
let closed: string[];
let nowMs: number;

beforeEach(() => {
  nowMs = 0;
  connections = new IdleConnections(() => nowMs);
  closed = [];
});

/** A source with a connection to a server that nothing is done with. */
function idle(name: string, server = 'db 5432') {
  const own = connections.at(server);
  own.busy();
  own.idle(() => closed.push(name));
  return own;
}

test('the connection that was idle for longest makes room, each once', () => {
  const [first] = [idle('a'), idle('b')];
  first.busy();
  first.idle(() => closed.push('a again'));
  const other = connections.at('db 5432');
  expect([1, 2, 3].map(() => other.makeRoom('reading'))).toEqual([true, true, false]);
  expect(closed).toEqual(['b', 'a again']);
});

test('one that something is done with stays, as does one of another server and one that is gone', () => {
  idle('busy').busy();
  idle('elsewhere', 'db 5433');
  idle('gone').gone();
  expect(connections.at('db 5432').makeRoom('reading')).toBe(false);
  expect(closed).toEqual([]);
});

test('four stay for reading, however many would listen', () => {
  const own = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => idle(name));
  own[5]?.busy();
  expect([1, 2, 3].map(() => own[5]?.makeRoom('listening'))).toEqual([true, true, false]);
  expect(closed).toEqual(['a', 'b']);
  // What is closed is not counted, and what is opened again is.
  own[0]?.busy();
  own[0]?.idle(() => closed.push('a again'));
  expect(own[5]?.makeRoom('listening')).toBe(true);
  expect(closed).toEqual(['a', 'b', 'c']);
});

test('it shows at every source of the server, and at no other', () => {
  const [own, elsewhere] = [idle('a'), idle('b', 'db 5433')];
  expect(own.degradations('cas')).toEqual([]);
  connections.at('db 5432').makeRoom('reading');
  expect(own.degradations('cas')).toMatchObject([{ code: 'SOURCE_CONNECTIONS_SHARED' }]);
  expect(elsewhere.degradations('cas')).toEqual([]);
});

test('what is closed and given to one of ours makes room again and again', () => {
  for (let n = 0; n < 12; n++) idle(`${n}`);
  for (let n = 0; n < 12; n++) {
    const other = connections.at('db 5432');
    expect(other.makeRoom('reading')).toBe(true);
    nowMs += 5_000;
    other.busy();
  }
  expect(closed).toHaveLength(12);
});

test('an exhausted server whose connections others take costs four sites theirs, then one at a time and ever more seldom', () => {
  for (let n = 0; n < 20; n++) idle(`${n}`);
  const other = connections.at('db 5432');
  const ask = (forMs: number) => {
    const before = closed.length;
    for (const untilMs = nowMs + forMs; nowMs < untilMs; nowMs += 500) other.makeRoom('reading');
    return closed.length - before;
  };
  expect(ask(2_000)).toBe(4);
  expect(other.makeRoom('reading')).toBe(false);
  expect(other.degradations('cas')[0]?.message).toContain('was taken by others');
  expect(ask(10_000)).toBe(0);
  expect(ask(2_000)).toBe(1);
  expect(ask(20_000)).toBe(0);
  expect(ask(2_000)).toBe(1);
  expect(ask(3_600_000)).toBeLessThan(10);
  // Whoever of ours is given one proves that there are some again.
  other.given();
  expect(other.makeRoom('listening')).toBe(true);
});

test('what was closed a moment ago is waited for by all that ask, however many they are', () => {
  for (let n = 0; n < 20; n++) idle(`${n}`);
  const asked = Array.from({ length: 10 }, () => connections.at('db 5432').makeRoom('reading'));
  expect(asked).toEqual(Array(10).fill(true));
  expect(closed).toEqual(['0', '1', '2', '3']);
});
