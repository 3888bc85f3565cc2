import type { Alert } from '../../notifiers/index.js';
import type { Condition } from '../finding.js';
import { counted, listed } from '../wording.js';
import { type AlertContext, completeAlert, quotedChanges } from './compose.js';
import { describeWorstFirst } from './describe.js';
import { siteCommand, stepsAgainst } from './steps.js';

/** A proposal that is not installed yet. Names are those of the trust root and of tokens: ours. */
export interface AwaitingProposal {
  readonly version: number;
  readonly digest: string;
  readonly signers: readonly string[];
}

/** The notice that somebody signed a proposal and others must look at it. */
export function composeProposalWaits(context: AlertContext, proposal: AwaitingProposal): Alert {
  return completeAlert(context, {
    type: 'proposal-waits',
    role: 'notice',
    severity: 'medium',
    title: `baseline ${proposal.version} is proposed, signed by ${listed(proposal.signers)}, and waits for others`,
    consequence: 'Nothing has changed yet. Look at what it would change before you sign, or withdraw it.',
    facts: proposalFacts(proposal),
    nextSteps: [
      { text: 'Look at it, and sign it if it is right:', command: siteCommand('approve', context.site) },
    ],
  });
}

/** The notice that a proposal was cleared away or withdrawn before enough people had signed. */
export function composeProposalEnded(
  context: AlertContext,
  ended: {
    readonly version: number;
    /** In our words: "expired", "was withdrawn by anna". */
    readonly how: string;
  },
): Alert {
  return completeAlert(context, {
    type: 'proposal-ended',
    role: 'notice',
    severity: 'medium',
    title: `the proposal of baseline ${ended.version} ${ended.how}`,
    consequence: 'Nothing of it has taken effect. What differs from the baseline in force is still drift.',
    nextSteps: [{ text: 'Propose it anew:', command: siteCommand('approve', context.site) }],
  });
}

/** The notice that a person looked at changes and rejected them. */
export function composeRejected(
  context: AlertContext,
  rejected: { readonly person: string; readonly conditions: readonly Condition[] },
): Alert {
  const described = describeWorstFirst(rejected.conditions);
  const [first] = described;
  if (first === undefined) throw new RangeError('a rejection is of something');
  return completeAlert(context, {
    type: 'changes-rejected',
    role: 'notice',
    severity: first.condition.severity,
    title: `${rejected.person} calls ${counted(described.length, 'change')}${context.incident === null ? '' : ` of incident ${context.incident}`} hostile`,
    consequence: 'A person has looked at it, and it is not what should be there. Act on it now.',
    facts: [{ label: 'Rejected by', text: rejected.person }],
    ...quotedChanges(
      context,
      described.map((one) => ({ described: one, form: 'now' as const })),
    ),
    nextSteps: stepsAgainst(context, first.condition.subject),
  });
}

function proposalFacts({ digest, signers }: AwaitingProposal) {
  return [
    { label: 'Signed by', text: listed(signers, 10) },
    { label: 'Digest', text: `sha256:${digest}` },
  ];
}
