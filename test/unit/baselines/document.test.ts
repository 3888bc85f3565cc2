import { describe, expect, test } from '@jest/globals';
import { byVersion, gapBefore, onlyDocument } from '../../../baselines/document.js';
import { BaselineError, problemOf, type SignedDocument } from '../../../baselines/index.js';

const document = (version: number, bytes = 'a', ...labels: string[]): SignedDocument => ({
  file: `00000${version}.json`,
  bytes: Buffer.from(bytes),
  signatures: labels.map((label) => ({ file: `00000${version}.${label}.sig`, text: label })),
});
const versions = (...documents: SignedDocument[]) => byVersion(documents);

describe('the documents of a chain', () => {
  test('are one of each version, with the signatures of all copies', () => {
    const documents = versions(document(1, 'a', 'anna'), document(2), document(1, 'a', 'ben', 'dan'));
    expect(onlyDocument(documents, 1)).toEqual(document(1, 'a', 'anna', 'ben', 'dan'));
    expect(onlyDocument(documents, 2)).toEqual(document(2));
    expect(onlyDocument(documents, 3)).toBeUndefined();
  });

  test.each([
    ['two', [document(7, 'a'), document(7, 'b')]],
    ['the first of three', [document(7, 'b'), document(7, 'a'), document(7, 'a')]],
    ['the second of three', [document(7, 'a'), document(7, 'b'), document(7, 'a')]],
    ['the last of three', [document(7, 'a'), document(7, 'a'), document(7, 'b')]],
  ])('are refused when copies differ: %s', (_what, documents) => {
    expect(() => onlyDocument(versions(...documents), 7)).toThrow(
      expect.objectContaining({
        code: 'BASELINE_EQUIVOCATION',
        message:
          'There are two different documents of version 7; find out who made the second one and remove it.',
      }),
    );
  });

  test('have a gap where one is missing and a later one is there', () => {
    const documents = versions(document(5), document(1), document(4));
    expect(gapBefore(documents, 2)).toMatchObject({
      code: 'BASELINE_GAP',
      message: 'Version 2 is missing and version 4 is there; restore the missing file.',
    });
    expect(gapBefore(documents, 4)).toBeNull();
    expect(gapBefore(documents, 6)).toBeNull();
  });
});

describe('a problem', () => {
  test('is a refusal of ours, and nothing else: a bug is thrown on', () => {
    expect(problemOf(new BaselineError('BASELINE_GAP', 'It lacks.'), 'notice', '000001.json', 1)).toEqual({
      ...{ code: 'BASELINE_GAP', detail: 'It lacks.', weight: 'notice', file: '000001.json', version: 1 },
    });
    const bug = new TypeError('a bug');
    expect(() => problemOf(bug, 'refused', null, null)).toThrow(bug);
  });
});
