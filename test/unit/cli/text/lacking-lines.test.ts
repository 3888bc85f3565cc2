import { describe, expect, test } from '@jest/globals';
import { kindRequirements, type MissingSigners } from '../../../../baselines/index.js';
import { lackingLines } from '../../../../daemon/cli/text/suppression-text.js';
import { trustRoot } from '../../baselines/scene.js';

const [requirement] = kindRequirements(trustRoot, 'admin');
if (requirement === undefined) throw new Error('a rule names admins');
const lacking = (over: Partial<MissingSigners>): MissingSigners[] => [
  { requirement, signed: ['anna'], samePage: [], lacking: 1, ...over },
];

describe('what is still missing', () => {
  test('is said with who can sign and by which command', () => {
    expect(lackingLines(lacking({}), ['anna'], 'tillwarden approve prague-1')).toEqual([
      '  ben must run: tillwarden approve prague-1',
    ]);
  });

  test('names those who have a choice among them', () => {
    const several = { ...requirement, people: ['anna', 'ben', 'cleo'] };
    expect(lackingLines(lacking({ requirement: several }), ['anna'], 'tillwarden approve')).toEqual([
      '  1 more of ben, cleo must run: tillwarden approve',
    ]);
    expect(
      lackingLines(lacking({ requirement: several, lacking: 2 }), ['anna'], 'tillwarden approve'),
    ).toEqual(['  ben and cleo must run: tillwarden approve']);
  });

  test('is said with who has signed on a page that counts for somebody else, also when nobody else is left', () => {
    const both = lacking({ samePage: ['ben'] });
    expect(lackingLines(both, ['anna', 'ben'], 'tillwarden approve prague-1')).toEqual([
      '  1 more of them must run: tillwarden approve prague-1 (a page counts for one person, so ben does not count; withdraw it and sign anew with another key if nobody else is left)',
    ]);
  });
});
