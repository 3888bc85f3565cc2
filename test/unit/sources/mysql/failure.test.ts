import { expect, test } from '@jest/globals';
import { isMysqlFull } from '../../../../daemon/sources/mysql/failure.js';

const refused = (errno: number, message: string) =>
  Object.assign(new Error(message), { errno, sqlState: '42000' });
const exceeded = (limit: string) =>
  `User 'tillwarden' has exceeded the '${limit}' resource (current value: 9)`;

test.each([
  [refused(1040, 'Too many connections'), true],
  [refused(1203, 'already has more than'), true],
  [refused(1226, exceeded('max_user_connections')), true],
  [refused(1226, exceeded('max_connections_per_hour')), false],
  [refused(1226, exceeded('max_queries_per_hour')), false],
  [refused(1045, 'Access denied'), false],
  [new Error(exceeded('max_user_connections')), false],
])('a closed connection gives one to whom was refused with %s: %s', (error, isSo) => {
  expect(isMysqlFull(error)).toBe(isSo);
});
