import type { Severity, Standing } from '../../notifiers/index.js';

/** A channel as far as routing needs it. */
export interface Channel {
  /** The configured name. */
  readonly name: string;
  /** Separate messages an alert becomes there, most urgent first. */
  readonly parts: readonly string[];
}

/** What is known of an alert when it is enqueued. */
export interface Routed {
  readonly site: string;
  readonly severity: Severity;
  readonly standing: Standing;
}

/** The channels that get an alert: all of them. The one place that decides it. */
export function routeOf<C extends Channel>(_alert: Routed, channels: readonly C[]): readonly C[] {
  return channels;
}

/** A channel that has not taken an alert of such a severity for so long is helped out by the next one, in milliseconds. */
export const FAILOVER_AFTER_MS = 2 * 60_000;

/** How an alert stands on a channel that it was routed to. */
export interface Standby {
  readonly channel: string;
  /** Taken, or still hopeful: neither refused for good nor failing for `FAILOVER_AFTER_MS`. */
  readonly hopeful: boolean;
}

/**
 * The channel that a severe alert goes to as well because `failing` does not take it: the next in the order of the configuration
 * that it was not routed to. Null when another channel took it or may yet, and when there is none left.
 */
export function failoverOf<C extends Channel>(
  failing: string,
  others: readonly Standby[],
  channels: readonly C[],
): C | null {
  if (others.some(({ hopeful }) => hopeful)) return null;
  const at = channels.findIndex(({ name }) => name === failing);
  const inOrder = [...channels.slice(at + 1), ...channels.slice(0, Math.max(0, at))];
  return (
    inOrder.find(({ name }) => name !== failing && others.every(({ channel }) => channel !== name)) ?? null
  );
}
