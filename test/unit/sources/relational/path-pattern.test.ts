import { describe, expect, test } from '@jest/globals';
import {
  matchPath,
  overlap,
  parsePattern,
} from '../../../../daemon/sources/relational/derive/path-pattern.js';
import { processorMs } from '../../../support/processor.js';

const match = (pattern: string, path: string) => matchPath(parsePattern(pattern), path.split('/'));

describe('a pattern over the path of a member', () => {
  test.each([
    ['config/wallets_{coin:A-Z0-9_}_wallet', 'config/wallets_BTC_wallet', ['BTC']],
    ['config/wallets_{coin:A-Z0-9_}_wallet', 'config/wallets_USDT_TRON_wallet', ['USDT_TRON']],
    ['config/wallets_{coin:A-Z0-9_}_wallet', 'config/wallets_advanced_wallet', null],
    ['config/wallets_{coin:A-Z0-9_}_wallet', 'config/wallets__wallet', null],
    ['config/wallets_{coin:A-Z0-9_}_wallet', 'wallets_BTC_wallet', null],
    ['config/cashOut_{device:0-9a-f}_{setting}', 'config/cashOut_00ff_zero_conf', ['00ff', 'zero_conf']],
    ['config/cashOut_{device:0-9a-f}_{setting}', 'config/cashOut_fixedFee', null],
    ['{path...}', 'a/b', ['a/b']],
    ['a/{rest...}', 'a', null],
    ['a/{rest...}', 'a/b/c', ['b/c']],
  ])('%s on %s gives %j', (pattern, path, parts) => {
    expect(match(pattern, path)).toEqual(parts);
  });

  test('a name with a slash in it is not taken for two names', () => {
    const pattern = parsePattern('{path...}');
    expect(matchPath(pattern, ['a/b'])).toEqual(['a~1b']);
    expect(matchPath(pattern, ['a', 'b'])).toEqual(['a/b']);
    expect(matchPath(pattern, ['a~1b'])).toEqual(['a~01b']);
  });

  test.each([
    '{a}{b}',
    '{a}_{b}',
    '{a:A-Z_}_{b}',
    '{a',
    'a}',
    '{A}',
    '{a:}',
    '{a:z-a}',
    '',
    'a//b',
    '{a}/{a}',
    '{a...}/b',
    'a/b/c/d/e/f/g/h/i',
  ])('%j is refused: it has no form, or would need trying', (pattern) => {
    expect(() => parsePattern(pattern)).toThrow();
  });

  test('a name of a million characters is matched in one walk', () => {
    const pattern = parsePattern('{a:x}y{b:x}y{c:x}y{d:x}z');
    const started = processorMs();
    expect(matchPath(pattern, ['x'.repeat(1_000_000)])).toBeNull();
    expect(processorMs() - started).toBeLessThan(1_000);
  });

  test.each([
    ['a/{x}', 'a/b', true],
    ['a/{x:A-Z}', 'a/b', false],
    ['w_{c:A-Z0-9_}_active', 'w_{c:A-Z0-9_}_wallet', false],
    ['w_{c:A-Z0-9_}_zeroConf', 'w_{c:A-Z0-9_}_zeroConfLimit', false],
    ['w_{c:A-Z}', 'w_{d:X-Z}', true],
    ['a/b', 'a/b/c', false],
    ['a/{x...}', 'a/b/c', true],
    ['a/{x...}', 'a', false],
    ['{x...}', '{y...}', true],
    ['a/{x...}', 'b/{x...}', false],
  ])('%s and %s claim one member: %s', (a, b, shared) => {
    expect(overlap(parsePattern(a), parsePattern(b))).toBe(shared);
    expect(overlap(parsePattern(b), parsePattern(a))).toBe(shared);
  });
});
