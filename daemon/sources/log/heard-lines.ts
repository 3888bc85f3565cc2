import { KNOWN_LINE, type LogEvent } from '../../logs/event.js';
import type { ScannedLine } from '../../logs/scanner.js';
import type { LogIndicators } from '../context.js';
import type { LogConfig } from './config.js';

/** Lines of one event of one log that are kept of one look, and as many more that an indicator knows; the rest is counted. */
const MOST_OF_ONE = 20;
/** Characters of a line that are kept. */
const LONGEST_KEPT = 1_000;

/** What is kept of a line: texts of the watched system, but for the event and its severity. */
type KeptLine = Pick<LogEvent, 'event' | 'line' | 'user' | 'address' | 'alert'>;

/** The matching lines of one log in one look: which are kept, and how many are counted alone. */
export class HeardLines {
  readonly #patterns: LogConfig['patterns'];
  readonly #indicators: LogIndicators | undefined;
  readonly #counts = new Map<string, { kept: number; indicated: number; passedOver: number }>();

  constructor(patterns: LogConfig['patterns'], indicators: LogIndicators | undefined) {
    this.#patterns = patterns;
    this.#indicators = indicators;
  }

  /** Null where the line is counted alone. Neither behind decoys nor behind a thousand characters is what an indicator knows passed over. */
  take({ pattern, parts, line: whole }: ScannedLine): KeptLine | null {
    const { event = KNOWN_LINE, alert = null } = this.#patterns[pattern] ?? {};
    const counts = this.#counts.get(event) ?? { kept: 0, indicated: 0, passedOver: 0 };
    this.#counts.set(event, counts);
    const [user, address] = [parts.get('user') ?? null, parts.get('address') ?? null];
    const isIndicated = (line: string) => this.#indicators?.isIndicated({ line, user, address }) ?? false;
    const cut = whole.slice(0, LONGEST_KEPT);
    if (counts.indicated < MOST_OF_ONE && isIndicated(whole)) {
      counts.indicated++;
      return { event, line: cut === whole || isIndicated(cut) ? cut : whole, user, address, alert };
    }
    if (counts.kept < MOST_OF_ONE) {
      counts.kept++;
      return { event, line: cut, user, address, alert };
    }
    counts.passedOver++;
    return null;
  }

  /** Each event of which lines were counted alone, as one that stands for all of these. */
  counted(): readonly (KeptLine & Pick<LogEvent, 'count'>)[] {
    return [...this.#counts].flatMap(([event, { passedOver: count }]) => {
      if (count === 0) return [];
      const alert = this.#patterns.find((one) => one.event === event)?.alert ?? null;
      return [{ event, count, line: '', user: null, address: null, alert }];
    });
  }
}
