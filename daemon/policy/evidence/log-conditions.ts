import { SEVERITIES } from '../../../notifiers/index.js';
import { fingerprint } from '../../drift/fingerprint.js';
import type { Condition } from '../../finding.js';
import type { Indicators } from '../../indicators/matcher.js';
import type { LogEvent } from '../../logs/event.js';
import { matchesOf, raised } from './indicated.js';

/** How long after it was read a line is something that is so now, in milliseconds: an incident of it resolves by itself afterwards. */
export const LOG_EVENT_MS = 86_400_000;
/** Events of one source that are told one by one; those before them are in the journal. */
const MOST_TOLD = 50;

/** Conditions for lines that are incidents of their own: by their pattern, by an indicator in them, or because a log is not what it was. */
export function logConditions(
  site: string,
  events: readonly LogEvent[],
  indicators: Indicators,
  nowMs: number,
): readonly Condition[] {
  const told = events.flatMap((event): Condition[] => {
    if (nowMs - event.atMs > LOG_EVENT_MS) return [];
    const matches = matchesOf(indicators.ofLogEvent(event, 'log').slice(0, MOST_MATCHES), null);
    if (event.alert === null && matches.length === 0) return [];
    const { alert, ...rest } = event;
    const ranking =
      alert === null
        ? ({ severity: 'low', reason: 'default for a known indicator' } as const)
        : { severity: alert, reason: `pattern ${event.event}` };
    return [
      {
        fingerprint: fingerprint('log', site, event.source, event.log, event.event, event.id),
        ...raised(ranking, matches),
        graceMs: 0,
        subject: { what: 'log', ...rest, matches },
      },
    ];
  });
  return foremost(told, MOST_TOLD);
}

/** So many of them in their order: the most severe, of these what an indicator knows, of these the latest. Decoys that anybody can have written come last. */
function foremost(told: readonly Condition[], most: number): readonly Condition[] {
  if (told.length <= most) return told;
  const isIndicated = ({ subject }: Condition) => subject.what === 'log' && subject.matches.length > 0;
  const chosen = new Set(
    [...told.entries()]
      .sort(
        ([i, a], [j, b]) =>
          SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
          Number(isIndicated(b)) - Number(isIndicated(a)) ||
          j - i,
      )
      .slice(0, most)
      .map(([, one]) => one),
  );
  return told.filter((one) => chosen.has(one));
}

/** Indicators that one line carries. */
const MOST_MATCHES = 8;
