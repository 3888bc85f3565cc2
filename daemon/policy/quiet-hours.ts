import { SEVERITIES, type Severity } from '../../notifiers/index.js';

/** Hours in which what is not urgent waits. */
export interface QuietHours {
  /** Wall clock, `22:00`. */
  readonly from: string;
  readonly to: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly severities: readonly (typeof MAY_WAIT)[number][];
}

/** Severities that wait now, and until when (UTC milliseconds). */
export interface Quiet {
  readonly severities: readonly Severity[];
  readonly untilMs: number;
}

/** Severities that quiet hours may hold back. */
export const MAY_WAIT = ['medium', 'low', 'info'] as const;

/** Kinds that wake people at any hour, whatever severity a rule gives them. */
const NEVER_WAIT: ReadonlySet<string | null> = new Set(['admin', 'wallet-route', 'sensor']);

/**
 * True for a message that quiet hours may hold back: nothing severe, and nothing about an administrator, a destination of money or the watching
 * itself. `severity` is the worst of the message and of the incident it continues: an acknowledgement of what woke people goes out at once.
 */
export function mayWait(severity: Severity, kinds: readonly (string | null)[]): boolean {
  const lesser: readonly Severity[] = MAY_WAIT;
  return lesser.includes(severity) && !kinds.some((kind) => NEVER_WAIT.has(kind));
}

/** The severities that wait, each as the bit of its rank: how the store asks for them. */
export function waitingRanks(quiet: Quiet | null): number {
  return (quiet?.severities ?? []).reduce((bits, severity) => bits | (1 << SEVERITIES.indexOf(severity)), 0);
}
