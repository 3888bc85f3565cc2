import type { Hint } from '../sources/source.js';

/** The state of a source's hints. `polling`: it has none. */
export type HintStatus = 'polling' | 'starting' | 'listening' | 'disconnected';

/**
 * Hint statuses and types of hints as `/status`, `status --json` and the metrics write them. "deaf" went out before our own word
 * changed, and programs read it (docs/adr/0020).
 */
export type Written<T extends string> = Exclude<T, 'disconnected'> | 'deaf';

export function writtenHintStatus(status: HintStatus): Written<HintStatus> {
  return status === 'disconnected' ? 'deaf' : status;
}

export function writtenHintType(type: Hint['type']): Written<Hint['type']> {
  return type === 'disconnected' ? 'deaf' : type;
}
