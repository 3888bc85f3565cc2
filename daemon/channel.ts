import type { Kind } from '../baselines/index.js';
import type { Severity } from '../notifiers/index.js';

/** The site that alerts about the monitor itself name. No configured site can be called this. */
export const ALL_SITES = 'all sites';

/** The scope of a channel. An aspect that is absent restricts nothing. */
export interface ChannelScope {
  readonly severities?: readonly Severity[] | undefined;
  readonly kinds?: readonly Kind[] | undefined;
  readonly sites?: readonly string[] | undefined;
}

/** A channel as far as routing needs it. */
export interface Channel {
  /** The configured name. */
  readonly name: string;
  /** Separate messages an alert becomes there, most urgent first. */
  readonly parts: readonly string[];
  /** The part that goes to somebody's former address, null for what is none; absent where such people are not written to. */
  readonly formerPart?: ((address: string) => string | null) | undefined;
  /** Absent: everything. */
  readonly for?: ChannelScope;
}

/** One subject of an alert, as far as routing needs it. */
export interface RoutedSubject {
  readonly severity: Severity;
  /** Kind of the collection it is about; null when it is about none, such as a source out of reach or a signed baseline. */
  readonly kind: Kind | null;
}
