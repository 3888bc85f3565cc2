import { expect, test } from '@jest/globals';
import {
  composeProposalEnded,
  composeProposalWaits,
  composeRejected,
} from '../../../daemon/policy/announce-approval.js';
import { alertText, expectWords } from './golden.js';
import { CONTEXT, diverted, NOTICE, newAdmin, newTerminal } from './words-scene.js';

const digest = '8'.repeat(64);
const CROWD = Array.from({ length: 12 }, (_, index) => `owner-${index + 1}`);

expectWords('announce-approval', {
  'proposal-signed-by-one': () =>
    alertText(composeProposalWaits(NOTICE, { version: 8, digest, signers: ['anna'] })),
  'proposal-signed-by-twelve': () =>
    alertText(composeProposalWaits(NOTICE, { version: 8, digest, signers: CROWD })),
  'proposal-withdrawn': () =>
    alertText(composeProposalEnded(NOTICE, { version: 8, how: 'was withdrawn by anna' })),
  'one-change-rejected': () =>
    alertText(composeRejected(NOTICE, { person: 'anna', conditions: newTerminal() })),
  'changes-of-an-incident-rejected': () =>
    alertText(
      composeRejected(CONTEXT, {
        person: 'anna',
        conditions: [...newTerminal(), ...newAdmin(), ...diverted()],
      }),
    ),
});

test('nobody can reject nothing', () => {
  expect(() => composeRejected(NOTICE, { person: 'anna', conditions: [] })).toThrow(
    new RangeError('a rejection is of something'),
  );
});
