import type { LeftWord, RejectionOutcome } from '../../approvals/approval-backend.js';
import { duration, grouped } from '../../wording.js';

/** What became of so many changes that a person called hostile: whom it was told, and of how many of them nobody was told anything. */
export function rejectedLines(count: number, outcome: RejectionOutcome | LeftWord): readonly string[] {
  const what = `${grouped(count, 'change')} rejected`;
  if ('withinMs' in outcome) {
    return [
      `${what}: still drift until put right there. The daemon of this machine, if it runs, marks them as hostile and tells everybody within ${duration(outcome.withinMs)}.`,
    ];
  }
  const { incidents, unknown } = outcome;
  if (incidents.length === 0) {
    return [
      `${what}, and NOBODY was told: the daemon has not seen ${count === 1 ? 'it' : 'any of them'}, or not any more. Look again; tell people yourself what you saw.`,
    ];
  }
  const told = `${what}, marked as hostile in incident ${incidents.join(', ')} and told to everybody: still drift until put right there.`;
  if (unknown === 0) return [told];
  return [
    told,
    `${grouped(unknown, 'change')} of them the daemon has not seen, or not any more: nobody was told of that.`,
  ];
}
