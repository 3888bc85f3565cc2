import { createHash } from 'node:crypto';

/** A message of an alert that is out. */
export interface Posted {
  readonly channel: string;
  readonly ts: string;
  /** The thread it answers in, or null when it stands by itself. */
  readonly threadTs: string | null;
}

const MAX_ALERTS = 100;

/**
 * How far the delivery of an alert with several messages has come, so that another attempt goes on where one stopped and nothing is
 * posted twice. It does not outlive the process: after a crash an alert begins anew and says that it may be a repeat.
 */
export class Progress {
  private readonly reached = new Map<string, readonly Posted[]>();

  of(key: string): readonly Posted[] {
    return this.reached.get(key) ?? [];
  }

  note(key: string, posted: readonly Posted[]): void {
    this.reached.set(key, posted);
    const [oldest] = this.reached.keys();
    if (this.reached.size > MAX_ALERTS && oldest !== undefined) this.reached.delete(oldest);
  }

  forget(key: string): void {
    this.reached.delete(key);
  }
}

/** The content counts, not the id alone: an alert composed anew has other messages. `messages` are those of a first attempt. */
export function progressKey(alertId: string, thread: string | null, messages: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([alertId, thread, messages]))
    .digest('base64');
}
