import type { Definition } from '../../baselines/index.js';
import type { LogEvent, LogMemory } from '../logs/event.js';
import type { LinePattern } from '../logs/pattern.js';
import type { IdleConnections } from './relational/idle-connections.js';

/** What indicators know of lines of logs. */
export interface LogIndicators {
  /** Patterns that lines are looked through for; the same list for as long as they are the same. */
  patterns(): readonly LinePattern[];
  /** Whether any of them is in a line, or is whom or whence it names. */
  isIndicated(line: Pick<LogEvent, 'line' | 'user' | 'address'>): boolean;
}

/** Everything a source is given besides its own configuration. */
export interface SourceContext {
  readonly site: string;
  /** Name of the source within the site. */
  readonly name: string;
  /** The configured collections of this source; its sensor is its own business. */
  readonly collections: readonly Definition[];
  /** Key of the fingerprints of secret columns; null when none is configured. */
  readonly fingerprintKey: Uint8Array | null;
  /** `details` hold our words, configured names, counts and codes only. */
  readonly log: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    details?: Readonly<Record<string, unknown>>,
  ) => void;
  /** What is kept of the logs of this source; null where nothing is. Absent: nothing is kept. */
  readonly logMemory?: () => LogMemory | null;
  /** What indicators know of lines of logs. Absent: nothing. */
  readonly logIndicators?: () => LogIndicators;
  /** Connections of every source of the process, where several may share a server. Absent: this source is alone. */
  readonly connections?: IdleConnections;
  /** UTC milliseconds; the system's clock when absent. */
  readonly clock?: () => number;
  /**
   * How long `Source.open` may wait for the first connection because other sites wait for it, in milliseconds; absent: as long as connecting
   * may take. Later it goes on beside the watching, and what it finds is said by the reads.
   */
  readonly openWithinMs?: number;
}
