import { describe, expect, test } from '@jest/globals';
import { titleOf } from '../../../../daemon/sources/probe/title.js';
import { versionOnPage, versionTextMistake } from '../../../../daemon/sources/probe/version-text.js';
import { processorMs } from '../../../support/processor.js';

describe('a version in a page', () => {
  test('is what stands between both halves of the text', () => {
    expect(versionOnPage('CAS x, CAS 1.2.3-b (2)', 'CAS {version} (')).toBe('1.2.3-b');
    expect(versionOnPage('v=1.2.3.', 'v={version}.')).toBe('1.2.3');
    expect(versionOnPage('build 20230120.44', 'build {version}')).toBe('20230120.44');
  });

  test('is none where the text does not stand', () => {
    expect(versionOnPage('CAS ', 'CAS {version}')).toBeNull();
    expect(versionOnPage('', 'CAS {version}<')).toBeNull();
  });

  test('is looked for in time that no page chooses', () => {
    const before = processorMs();
    expect(versionOnPage('a'.repeat(262_144), 'a{version}b')).toBeNull();
    expect(versionOnPage(`${'CAS '.repeat(65_536)}`, 'CAS {version}<')).toBeNull();
    expect(processorMs() - before).toBeLessThan(1_000);
  });

  test.each([
    ['no {version}', 'CAS', '0 times {version}'],
    ['two', '{version}{version}', '2 times {version}'],
    ['nothing before it', '{version}<', 'nothing before {version}'],
  ])('cannot be looked for by a text with %s', (_name, text, mistake) => {
    expect(versionTextMistake(text)).toBe(mistake);
  });
});

describe('a title', () => {
  test('is what stands in the first element of that name, blanks merged', () => {
    expect(titleOf('<html><Title lang="x">\n a  b\t</TITLE><title>c</title>')).toBe('a b');
  });

  test('that never ends is cut, and one that never begins is none', () => {
    expect(titleOf(`<title>${'x'.repeat(1000)}`)).toBe('x'.repeat(200));
    expect(titleOf('<title')).toBeNull();
    expect(titleOf('x')).toBeNull();
  });
});
