import { describe, expect, test } from '@jest/globals';
import { type LinePattern, parseLinePattern } from '../../../daemon/logs/pattern.js';
import { processorMs } from '../../support/processor.js';

function pattern(text: string): LinePattern {
  const parsed = parseLinePattern(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}
const parts = (text: string, line: string) => {
  const found = pattern(text).match(line);
  return found && Object.fromEntries(found);
};

describe('a pattern for lines', () => {
  test.each([
    ['Server activated.', '10:00 INFO Server activated. (3)', {}],
    [
      'user {user} from {address} failed',
      'x user a b from 1.2.3.4 failed',
      { user: 'a b', address: '1.2.3.4' },
    ],
    ['login={user}', 'login=eve next', { user: 'eve' }],
    ['{time} ERROR {*} denied', '10:00:01 ERROR /etc denied', { time: '10:00:01' }],
    ['name {constructor}', 'name __proto__', { constructor: '__proto__' }],
  ])('%s finds its parts in %s', (text, line, found) => {
    expect(parts(text, line)).toEqual(found);
  });

  test.each([
    ['Server activated.', 'server activated.'],
    ['user {user} from {address}', 'user eve'],
    ['from {address} failed', 'failed from 1.2.3.4'],
  ])('%s does not match %s', (text, line) => {
    expect(parts(text, line)).toBeNull();
  });

  test.each([
    ['{user}{address} failed', 'two parts with nothing between them'],
    ['{user} x', 'no literal text of at least 4 characters'],
    ['from {user} to {user}', 'two parts of one name'],
    ['a\nbcdef', 'a pattern with a control character or line end'],
    ['x'.repeat(501), 'a pattern of more than 500 characters'],
    [`${'{*}, '.repeat(17)}text`, 'more than 16 parts'],
  ])('%s is refused', (text, why) => {
    expect(parseLinePattern(text)).toBe(why);
  });

  test('is what it says letter by letter, so that no text of a regular expression can take long', () => {
    const line = `${'a'.repeat(1_000_000)}!`;
    const begun = processorMs();
    expect(parts('(a+)+$ {x}', line)).toBeNull();
    expect(parts(`${'aa{*}'.repeat(8)}baaa`, line)).toBeNull();
    expect(processorMs() - begun).toBeLessThan(1_000);
  });
});
