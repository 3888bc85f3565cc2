import { describe, expect, test } from '@jest/globals';
import { filePatternMistake } from '../../../../daemon/sources/files/pattern-form.js';
import { createMatcher } from '../../../../daemon/sources/files/survey/matcher.js';
import { processorMs } from '../../../support/processor.js';

describe('a pattern', () => {
  test.each(['**', '*.war', '**/*.properties', 'conf/{a,b}.yaml', 'app-?/**', '[a-c]*', '.env', 'a.b-c_d'])(
    '%s is one',
    (pattern) => {
      expect(filePatternMistake(pattern)).toBeNull();
    },
  );

  test.each([
    ['', 'not empty'],
    ['!a', 'without !'],
    ['/etc/hosts', 'below the folder'],
    ['a\\*', 'without \\'],
    ['a\nb', 'control characters'],
    ['+(a|aa)b', 'without ( and )'],
    ['*a*a*a', 'at most 2 of *'],
    ['**/a/**/b/**/c', 'at most 2 of **'],
  ])('%j is none: %s', (pattern, why) => {
    expect(filePatternMistake(pattern)).toContain(why);
  });

  test('takes no time to speak of over the name that is worst for it', () => {
    const { isRecord } = createMatcher(['**/x/**/*a*b'], []);
    const began = processorMs();
    for (let n = 0; n < 100; n++) expect(isRecord(`${'x/'.repeat(50)}${'a'.repeat(250)}`)).toBe(false);
    expect(processorMs() - began).toBeLessThan(3_000);
  });
});

describe('a matcher', () => {
  test('takes everything without patterns, and hidden names like any other', () => {
    const { isRecord } = createMatcher([], []);
    expect(isRecord('.git/config')).toBe(true);
  });

  test('leaves out what is excluded, with what lies below it', () => {
    const { isRecord, isClosed } = createMatcher(['**'], ['logs/**', '**/*.tmp']);
    expect(isClosed('logs')).toBe(true);
    expect(isRecord('a/b.tmp')).toBe(false);
    expect(isRecord('a/b.tmp2')).toBe(true);
  });

  test('knows upper case from lower case', () => {
    expect(createMatcher(['*.war'], []).isRecord('a.WAR')).toBe(false);
  });

  test('is not led astray by names that look like patterns', () => {
    expect(createMatcher([], ['[ab].war']).isRecord('[c].war')).toBe(true);
    expect(createMatcher(['**/*.war'], []).isRecord('a\\x0ab.war')).toBe(true);
  });
});
