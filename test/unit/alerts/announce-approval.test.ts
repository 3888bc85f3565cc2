import { expect, test } from '@jest/globals';
import {
  composeProposalEnded,
  composeProposalWaits,
  composeRejected,
} from '../../../daemon/alerts/announce-approval.js';
import { CONTEXT } from '../policy/build.js';

const context = { ...CONTEXT, incident: null };
const proposal = { version: 8, digest: 'd'.repeat(64), signers: ['alice'] };

test('a proposal that waits names who signed it and what the others run', () => {
  const alert = composeProposalWaits(context, proposal);
  expect(alert).toMatchObject({
    type: 'proposal-waits',
    role: 'notice',
    severity: 'medium',
    title: 'baseline 8 is proposed, signed by alice, and waits for others',
  });
  expect(alert.nextSteps.map(({ command }) => command)).toEqual([`tillwarden approve ${context.site}`]);
});

test('a proposal that ended says how', () => {
  const alert = composeProposalEnded(context, { version: 8, how: 'was withdrawn by bob' });
  expect(alert).toMatchObject({
    type: 'proposal-ended',
    title: 'the proposal of baseline 8 was withdrawn by bob',
  });
});

test('changes that a person rejected are announced at the severity they have, quoted, naming their incident', () => {
  const subject = {
    what: 'change' as const,
    collection: 'routes',
    kind: 'wallet-route' as const,
    type: 'added' as const,
    key: '["x\u202e"]',
    before: null,
    after: ['{"fields":{"sell_wallet_address":"bc1q"},"key":["x\u202e"]}'],
  };
  const condition = {
    fingerprint: 'f'.repeat(64),
    severity: 'critical' as const,
    reason: '',
    graceMs: 0,
    subject,
  };
  const alert = composeRejected(CONTEXT, { person: 'alice', conditions: [condition, { ...condition }] });
  expect(alert).toMatchObject({
    type: 'changes-rejected',
    role: 'notice',
    severity: 'critical',
    title: `alice calls 2 changes of incident ${CONTEXT.incident} hostile`,
  });
  expect(alert.changes[0]?.key[0]?.value).toEqual({ untrusted: 'x\u202e' });
  expect(JSON.stringify({ ...alert, changes: [] })).not.toContain('\u202e');
});

test('a rejection of nothing is a mistake of the program', () => {
  expect(() => composeRejected(CONTEXT, { person: 'alice', conditions: [] })).toThrow(
    'a rejection is of something',
  );
});
