import { beforeEach, expect, test } from '@jest/globals';
import { IdleConnections } from '../../../../daemon/sources/relational/idle-connections.js';

let connections: IdleConnections;
let closed: string[];

beforeEach(() => {
  connections = new IdleConnections();
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
