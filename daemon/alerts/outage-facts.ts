import { type AlertFact, moment } from '../../notifiers/index.js';
import type { Finding } from '../finding.js';
import { hasOutages, outageMs, outagesOf } from '../policy/outages.js';
import { counted, duration } from '../wording.js';

/** How often, how long and since when it was so, and what was missed. `untilMs`: when it was over, or now. */
export function outageFacts(
  finding: Pick<Finding, 'subject' | 'firstSeenMs'>,
  words: {
    readonly untilMs: number;
    readonly isOver?: boolean;
    readonly timeZone: string;
    /** Names of the collections of the source. */
    readonly collections: readonly string[];
  },
): AlertFact[] {
  const { subject } = finding;
  const outages = outagesOf(finding);
  if (!hasOutages(subject) || outages === null) return [];
  const { untilMs, isOver = false, timeZone, collections } = words;
  const since = moment(outages.sinceMs, timeZone);
  const until = moment((outages.runningSinceMs === null ? outages.lastEndedMs : null) ?? untilMs, timeZone);
  // Of what has only begun there is no length to tell yet.
  const hasBegun = !isOver && outages.times === 1 && outages.runningSinceMs !== null;
  const total = hasBegun
    ? ''
    : `${duration(outageMs(outages, untilMs))} in all, ${counted(outages.times, 'time')}, `;
  const which = collections.length === 0 ? subject.source : `${subject.source} (${collections.join(', ')})`;
  return subject.what === 'blind'
    ? [
        { label: 'Not heard', text: `${total}since ${since}` },
        {
          label: 'Missed',
          text: `changes of ${which} ${isOver ? 'were' : 'are'} found by the timed read only, not at once`,
        },
      ]
    : [
        { label: 'Not read', text: `${total}since ${since}` },
        {
          label: 'Missed',
          text: hasBegun
            ? `nothing of ${which} has been read since then`
            : outages.times === 1
              ? `nothing of ${which} was read between ${since} and ${until}`
              : `between ${since} and ${until} nothing of ${which} was read for ${duration(outageMs(outages, untilMs))}`,
        },
      ];
}
