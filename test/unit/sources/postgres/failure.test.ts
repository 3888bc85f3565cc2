import { expect, test } from '@jest/globals';
import { explainFailure } from '../../../../daemon/sources/postgres/failure.js';
import { surveyRefused } from '../../../../daemon/sources/relational/survey/open-survey.js';

const error = (message: string, code?: unknown) =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

test.each([
  [error('permission denied for table evil', '42501'), 'denied'],
  [error('canceling', '55P03'), 'timeout'],
  [error('canceling', '57014'), 'timeout'],
  [error('gone', '42P01'), 'missing'],
  [error('gone', '42703'), 'missing'],
  [error('x', '57P01'), 'unreachable'],
  [error('x', '57P03'), 'unreachable'],
  [error('x', '08006'), 'unreachable'],
  [error('x', '28P01'), 'denied'],
  [error('x', '53300'), 'unreachable'],
  [error('x', '53200'), 'failed'],
  [error('x', '53300'), 'unreachable'],
  [error('x', 'XX000'), 'failed'],
  [error('x', 'ECONNREFUSED'), 'unreachable'],
  [error('x', 'EPIPE'), 'unreachable'],
  [error('x', 'ERR_TLS_CERT_ALTNAME_INVALID'), 'unreachable'],
  [error('Connection terminated unexpectedly'), 'unreachable'],
  [error('timeout expired'), 'unreachable'],
  [error('anything else'), 'failed'],
  ['not an error', 'failed'],
])('%s is %s', (thrown, cause) => {
  expect(explainFailure(thrown).cause).toBe(cause);
});

test('nothing the server wrote is repeated, not even in a code', () => {
  for (const thrown of [
    error('column "evil" of', '42703'),
    error('evil', 'evil!'),
    error('evil', 'EVIL\u202E'),
    error('evil evil'),
  ]) {
    expect(explainFailure(thrown).detail).not.toMatch(/evil/i);
  }
});

test('a connection that failed says what that means and what to do', () => {
  expect(explainFailure(error('x', 'ECONNREFUSED')).detail).toBe(
    'the connection failed (ECONNREFUSED): nothing listens there; is the server up, and the port right?',
  );
  expect(explainFailure(error('x', 'EMFILE')).detail).toContain('ulimit -n');
  expect(explainFailure(error('x', 'EPROTO')).detail).toBe('the connection failed (EPROTO)');
});

test.each([
  ['db1:5432: the connection failed (ECONNREFUSED): is the port right?', 'right? Needed: the URL'],
  ['permission denied (SQLSTATE 42501)', '42501). Needed: the URL'],
])('a survey that is refused ends what it found as a sentence: %s', (detail, words) => {
  expect(surveyRefused({ cause: 'unreachable', detail }).message).toContain(words);
});
