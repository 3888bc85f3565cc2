import { quotation } from '../../notifiers/index.js';
import type { TimelineStep } from '../incidents/timeline.js';
import { counted } from '../wording.js';
import { partsOf, VALUE_CHARACTERS } from './change-view.js';
import type { ShownStep } from './shapes.js';

/** How a finding ended, briefly. */
const ENDED = {
  reverted: 'changed back',
  approved: 'signed',
  superseded: 'followed by another finding about the same record',
  cleared: 'well again',
} as const;

/** A step as far as its words go. */
type WordedStep =
  | Exclude<TimelineStep, { readonly what: 'told' }>
  | Omit<Extract<TimelineStep, { readonly what: 'told' }>, 'type'>;

/** What happened to an incident, in words. */
export function timelineView(steps: readonly WordedStep[]): ShownStep[] {
  return steps.map((step) => ({ atMs: step.atMs, ...wordsOf(step) }));
}

function wordsOf(step: WordedStep): Omit<ShownStep, 'atMs'> {
  const plain = (words: string) => ({ words, value: null });
  switch (step.what) {
    case 'opened':
      return plain('opened');
    case 'resolved':
      return plain(`resolved: ${step.words}`);
    case 'found':
      return plain(`${counted(step.count, 'finding')} began, ${step.severity} at worst`);
    case 'ended':
      return plain(`${counted(step.count, 'finding')} ended: ${ENDED[step.ending]}`);
    case 'told':
      return plain(`told as ${step.role}: ${step.severity.toUpperCase()} ${step.words}`);
    case 'acknowledged':
      return {
        words: `${step.person} answers for it`,
        value: partsOf(quotation({ untrusted: step.reason }, VALUE_CHARACTERS)),
      };
    case 'acknowledgement-ended':
      return plain(`the answer of ${step.person} ended: ${step.because}`);
    case 'called-hostile':
      return plain(`${step.person} called ${counted(step.count, 'change')} hostile`);
  }
}
