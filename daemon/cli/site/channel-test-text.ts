import type { Config } from '../../config/config.js';
import type { LastChannelTest } from '../../watchdog/proven.js';

/** When something last arrived through a channel, and what. */
export function channelTestText(channelTest: LastChannelTest | null): string {
  if (channelTest === null) return 'NEVER PROVEN: run tillwarden notify test';
  const what = channelTest.by === 'test' ? 'a test' : 'a message';
  return `last proven ${new Date(channelTest.atMs).toISOString()} by ${what}`;
}

/** What a running daemon says of its heartbeat, in one line. What it says comes from a socket: only visible ASCII is printed. */
export function heartbeatText(
  { heartbeat }: Pick<Config, 'heartbeat'>,
  daemon: Readonly<Record<string, unknown>> | null,
): string {
  if (heartbeat === null) {
    return 'heartbeat  none is configured: nobody notices when tillwarden itself is stopped';
  }
  const told = daemon?.['heartbeat'];
  if (typeof told !== 'object' || told === null) return 'heartbeat  not known: no daemon answers';
  const { lastSignal, lastArrivedMs, failure } = told as Record<string, unknown>;
  const arrived =
    typeof lastArrivedMs === 'number' && Number.isFinite(lastArrivedMs)
      ? `last arrived ${new Date(lastArrivedMs).toISOString()}`
      : 'never arrived';
  const says = typeof lastSignal === 'string' ? `, says ${plain(lastSignal)}` : '';
  const why = typeof failure === 'string' ? `: ${plain(failure)}` : '';
  return `heartbeat  ${arrived}${says}${why}`;
}

function plain(text: string): string {
  return text.replace(/[^ -~]/g, '?').slice(0, 500);
}
