import { moment } from '../../../notifiers/index.js';
import type { LastChannelTest } from '../../watchdog/proven.js';

/** When something last arrived through a channel, and what; of one that was never proven the command that does. */
export function channelTestText(channelTest: LastChannelTest | null, command: string): string {
  if (channelTest === null) return `NEVER PROVEN: run ${command}`;
  const what = channelTest.by === 'test' ? 'a test' : 'a message';
  return `last proven ${moment(channelTest.atMs, 'UTC')} by ${what}`;
}
